/* SPDX-License-Identifier: MPL-2.0 */
/*
 * examples/scattered_list.c with a disk that checks what it is told: 32 address bits, no entry across 64 KiB, all
 * bytes in order. It fails some transfers, and goes on reading after the driver gave up hope.
 */
#include "../../examples/scattered_list.h"
#include "machines.h"

struct disk {
	struct sim_device *sim;
	uint32_t daddr[4 * DISK_PAGES], length[4 * DISK_PAGES];
	unsigned n, transfers;
	bool fails;
};

void disk_entry(struct disk *disk, uint32_t daddr, uint32_t length)
{
	if (!SIM_CHECK(disk->n < 4 * DISK_PAGES))
		return;
	SIM_CHECK(length > 0 && (uint64_t)daddr + length - 1 <= DISK_MASK);
	SIM_CHECK(daddr / DISK_BOUNDARY == ((uint64_t)daddr + length - 1) / DISK_BOUNDARY);
	disk->daddr[disk->n] = daddr;
	disk->length[disk->n++] = length;
}

int disk_go(struct disk *disk)
{
	static unsigned char bytes[DISK_PAGES * DMA_PAGE_SIZE];
	size_t n = 0;

	for (unsigned i = 0; i < disk->n && SIM_CHECK(n + disk->length[i] <= sizeof(bytes)); i++) {
		SIM_CHECK(sim_device_read(disk->sim, dma_daddr(disk->daddr[i]), bytes + n, disk->length[i]) == 0);
		n += disk->length[i];
	}
	disk->n = 0;
	disk->transfers++;
	SIM_CHECK(n == sizeof(bytes));
	for (unsigned i = 0; i < DISK_PAGES; i++)
		SIM_CHECK(example_is(bytes + i * DMA_PAGE_SIZE, i, DMA_PAGE_SIZE));
	return disk->fails ? DMA_EIO : 0;
}

/* Every other page of what the host gives, the highest first. */
static bool pages_of_the_host(struct dma_segment *all, void **pages)
{
	static unsigned char bytes[DMA_PAGE_SIZE];

	for (unsigned i = 0; i < DISK_PAGES; i++) {
		struct dma_segment gap = {0};

		if (!SIM_CHECK(dma_segment_alloc(&all[i], 1, UINT64_MAX, 0) == 0) ||
		    !SIM_CHECK(dma_segment_alloc(&gap, 1, UINT64_MAX, 0) == 0))
			return false;
		pages[i] = dma_host_linear(all[i].paddr, DMA_PAGE_SIZE);
		example_fill(bytes, i, sizeof(bytes));
		dma_arch_copy(pages[i], bytes, sizeof(bytes));
		dma_segment_drop(&gap);
	}
	return true;
}

static int transfers(bool expect)
{
	struct disk disk = {.sim = sim_device_new(NULL)};
	struct dma_segment all[DISK_PAGES] = {{.npages = 0}};
	void *pages[DISK_PAGES] = {0};
	struct dma_device dma;
	int error = disk_open(&dma, sim_device_dma(disk.sim));

	if (error)
		return error;
	if (!expect || pages_of_the_host(all, pages)) {
		for (unsigned i = 0; i < DISK_PAGES && !expect && !error; i++) {
			error = dma_segment_alloc(&all[i], 1, UINT64_MAX, 0);
			pages[i] = error ? NULL : dma_host_linear(all[i].paddr, DMA_PAGE_SIZE);
			error = error || pages[i] ? error : DMA_ENOTSUP;
			if (!error) {
				static unsigned char bytes[DMA_PAGE_SIZE];

				example_fill(bytes, i, sizeof(bytes));
				dma_arch_copy(pages[i], bytes, sizeof(bytes));
			}
		}
		if (!error)
			error = disk_write(&disk, &dma, pages);
		if (expect) {
			SIM_CHECK(error == 0 && disk.transfers == 1);
			disk.fails = true;
			SIM_CHECK(disk_write(&disk, &dma, pages) == DMA_EIO);
		}
	}
	for (unsigned i = 0; i < DISK_PAGES; i++)
		dma_segment_drop(&all[i]);
	SIM_CHECK(dma_device_fini(&dma) == 0);
	return error;
}

static void scene(void *unused)
{
	(void)unused;
	(void)transfers(true);
}

static int attempt(void *unused)
{
	(void)unused;
	return transfers(false);
}

static void pages_arrive(void **state)
{
	(void)state;
	assert_int_equal(example_run(scene), 0);
}

static void every_failure_unwinds(void **state)
{
	struct sim_config machine = sim_config_plain("low=2,high=2,noncoherent");

	(void)state;
	machine.linear_by_offset = true;
	assert_int_equal(sim_for_each_failure(&machine, attempt, NULL, NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(pages_arrive),
						  cmocka_unit_test(every_failure_unwinds)};

	return cmocka_run_group_tests_name("scattered list", tests, NULL, NULL);
}
