/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The smallest host that platform.h names: a machine whose devices snoop, without IOMMU and confidential VM, provides
 * eleven hooks. The others say that they cannot, and must never be reached: each call of one is counted.
 */
#include <dmastream/dmastream.h>
#include <dmastream/platform.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- The eleven -------------------------------------------------------------------------------------- */

#define FRAMES	 ((size_t)512)
#define RAM_BASE UINT64_C(0x80000000)

static _Alignas(1 << DMA_PAGE_SHIFT) unsigned char ram[FRAMES << DMA_PAGE_SHIFT];
static bool taken[FRAMES];
static bool interrupts_off;
static unsigned locks;
static unsigned pages;	/* that the library holds */
static unsigned beyond; /* calls of hooks that are none of the eleven */

static size_t frames_taken(void)
{
	size_t n = 0;

	for (size_t i = 0; i < FRAMES; i++)
		n += taken[i];
	return n;
}

int dma_host_info(struct dma_host_info *info)
{
	memset(info, 0, sizeof(*info));
	info->page_shift = DMA_PAGE_SHIFT;
	info->cpus = 1;
	info->line_step = 64;
	info->line_align = 64;
	return 0;
}

void *dma_host_page_alloc(void)
{
	void *page = aligned_alloc(DMA_PAGE_SIZE, DMA_PAGE_SIZE);

	pages += page != NULL;
	return page;
}

void dma_host_page_free(void *page)
{
	pages--;
	free(page);
}

int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	for (size_t first = 0; npages <= FRAMES && first <= FRAMES - npages; first++) {
		uint64_t base = RAM_BASE + (first << DMA_PAGE_SHIFT);
		size_t n = 0;

		if (base & (align - 1) || base + (npages << DMA_PAGE_SHIFT) - 1 > max_paddr)
			continue;
		while (n < npages && !taken[first + n])
			n++;
		if (n < npages)
			continue;
		memset(&taken[first], true, npages);
		memset(&ram[first << DMA_PAGE_SHIFT], 0xa5, npages << DMA_PAGE_SHIFT);
		*out = dma_paddr(base);
		return 0;
	}
	return DMA_ENOMEM;
}

void dma_host_frames_free(dma_paddr_t paddr, size_t npages)
{
	for (size_t i = (size_t)(paddr.raw - RAM_BASE) >> DMA_PAGE_SHIFT; npages > 0; npages--, i++) {
		assert_true(taken[i]);
		taken[i] = false;
	}
}

bool dma_host_is_ram(dma_paddr_t paddr, size_t npages)
{
	return paddr.raw >= RAM_BASE && npages <= FRAMES &&
	       paddr.raw - RAM_BASE <= (uint64_t)(FRAMES - npages) << DMA_PAGE_SHIFT;
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	if (paddr.raw < RAM_BASE || paddr.raw - RAM_BASE > sizeof(ram) - nbytes)
		return NULL;
	return ram + (paddr.raw - RAM_BASE);
}

bool dma_host_interrupts_on(void)
{
	return !interrupts_off && locks == 0;
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	assert_int_equal(lock->word, 0);
	lock->word = 1;
	locks++;
	return 0;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	(void)state;
	assert_int_equal(lock->word, 1);
	lock->word = 0;
	locks--;
}

void dma_host_log(const char *line)
{
	(void)line;
}

/* ---- The others ---------------------------------------------------------------------------------------- */

static int cannot(void)
{
	beyond++;
	return DMA_ENOTSUP;
}

int dma_host_frames_alloc_within(size_t npages, uint64_t min_paddr, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	(void)npages, (void)min_paddr, (void)max_paddr, (void)align, (void)out;
	return cannot();
}

int dma_host_kva_map(dma_paddr_t paddr, size_t npages, unsigned attr, void **va)
{
	(void)paddr, (void)npages, (void)attr, (void)va;
	return cannot();
}

void dma_host_kva_unmap(void *va, dma_paddr_t paddr, size_t npages)
{
	(void)va, (void)paddr, (void)npages;
	(void)cannot();
}

void dma_host_tlb_shootdown(void *va, size_t npages)
{
	(void)va, (void)npages;
	(void)cannot();
}

int dma_host_share(dma_paddr_t paddr, size_t npages, size_t *done)
{
	(void)paddr, (void)npages, (void)done;
	return cannot();
}

int dma_host_unshare(dma_paddr_t paddr, size_t npages, size_t *done)
{
	(void)paddr, (void)npages, (void)done;
	return cannot();
}

/* 0 is always right, and costs nothing: asking for it is no breach. */
unsigned dma_host_cpu(void)
{
	return 0;
}

uint64_t dma_host_time_ns(void)
{
	return (uint64_t)cannot();
}

int dma_host_mmio_map(dma_paddr_t paddr, size_t nbytes, volatile void **regs)
{
	(void)paddr, (void)nbytes, (void)regs;
	return cannot();
}

void dma_host_mmio_unmap(volatile void *regs, size_t nbytes)
{
	(void)regs, (void)nbytes;
	(void)cannot();
}

uint32_t dma_host_mmio_read32(const volatile void *reg)
{
	(void)reg;
	return (uint32_t)cannot();
}

uint64_t dma_host_mmio_read64(const volatile void *reg)
{
	(void)reg;
	return (uint64_t)cannot();
}

void dma_host_mmio_write32(volatile void *reg, uint32_t value)
{
	(void)reg, (void)value;
	(void)cannot();
}

void dma_host_mmio_write64(volatile void *reg, uint64_t value)
{
	(void)reg, (void)value;
	(void)cannot();
}

/* ---- What it can do -------------------------------------------------------------------------------------- */

static struct dma_device dev;

static int begin(void **state)
{
	static const struct dma_device_config config = {
		.name = "disk", .mask = UINT64_MAX, .coherent = true, .trusted = true};

	(void)state;
	beyond = 0;
	interrupts_off = false;
	assert_int_equal(dma_init(), 0);
	assert_int_equal(dma_device_init(&dev, &config), 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	assert_int_equal(dma_device_fini(&dev), 0);
	assert_int_equal(dma_fini(), 0);
	assert_int_equal(frames_taken(), 0);
	assert_int_equal(pages, 0);
	assert_int_equal(beyond, 0);
	return 0;
}

static unsigned char *device_view(dma_daddr_t daddr)
{
	return ram + (daddr.raw - RAM_BASE);
}

static void to_device(void **state)
{
	struct dma_stream_to_device s = {{0}};
	uint32_t command = UINT32_C(0x12345678), seen;

	(void)state;
	assert_int_equal(dma_stream_alloc(&s, &dev, 0, 2), 0);
	assert_int_equal(dma_stream_size(&s), 2 * DMA_PAGE_SIZE);
	for (size_t i = 0; i < dma_stream_size(&s); i++)
		assert_int_equal(device_view(dma_stream_daddr(&s))[i], 0);
	assert_int_equal(dma_stream_write_val(&s, 100, &command), 0);
	assert_int_equal(dma_stream_sync_to_device(&s, 100, sizeof(command)), 0);
	memcpy(&seen, device_view(dma_stream_daddr(&s)) + 100, sizeof(seen));
	assert_int_equal(seen, command);
	dma_stream_release(&s);
	dma_stream_release(&s);
}

static void from_device_mapped(void **state)
{
	struct dma_stream_from_device s = {{0}}, tail = {{0}};
	struct dma_segment seg = {0};
	unsigned char bytes[16], answer[16];

	(void)state;
	assert_int_equal(dma_segment_alloc(&seg, 4, UINT64_MAX, 0), 0);
	assert_int_equal(dma_stream_map(&s, &dev, 0, &seg), 0);
	assert_int_equal(seg.npages, 0);
	memset(answer, 0x3c, sizeof(answer));
	memcpy(device_view(dma_stream_daddr(&s)) + 3 * DMA_PAGE_SIZE, answer, sizeof(answer));
	assert_int_equal(dma_stream_split(&s, 3 * DMA_PAGE_SIZE, &tail), 0);
	dma_stream_release(&s);
	assert_int_equal(dma_stream_sync_from_device(&tail, 0, sizeof(bytes)), 0);
	assert_int_equal(dma_stream_read_bytes(&tail, 0, bytes, sizeof(bytes)), 0);
	assert_memory_equal(bytes, answer, sizeof(bytes));
	dma_stream_release(&tail);
}

static void rings(void **state)
{
	struct dma_coherent ring = {{0}};
	uint64_t entry = 1, seen;

	(void)state;
	assert_int_equal(dma_coherent_alloc(&ring, &dev, 0, 1), 0);
	assert_int_equal(dma_coherent_write_once(&ring, 8, &entry, sizeof(entry)), 0);
	dma_publish();
	memcpy(&seen, device_view(dma_coherent_daddr(&ring)) + 8, sizeof(seen));
	assert_int_equal(seen, 1);
	dma_coherent_release(&ring);
}

/* A typed handle knows its direction; another one named beside it is refused by the core. */
static void named_directions(void **state)
{
	struct dma_stream_to_device to = {{0}};
	struct dma_stream_from_device from = {{0}};
	struct dma_stream_bidirectional both = {{0}};
	unsigned char byte = 1;

	(void)state;
	assert_int_equal(dma_stream_alloc(&to, &dev, DMA_FROM_DEVICE, 1), DMA_EINVAL);
	assert_int_equal(dma_stream_alloc(&to, &dev, DMA_BIDIRECTIONAL, 1), DMA_EINVAL);
	assert_int_equal(dma_stream_alloc_uninit(&from, &dev, DMA_TO_DEVICE, 1), DMA_EINVAL);
	assert_int_equal(dma_stream_alloc_uninit(&from, &dev, 8, 1), DMA_EINVAL);
	assert_int_equal(dma_stream_alloc(&both, &dev, DMA_TO_DEVICE, 1), DMA_EINVAL);
	assert_int_equal(dma_stream_alloc(&to, &dev, DMA_TO_DEVICE | DMA_SPLITTABLE, 1), 0);
	assert_int_equal(dma_stream_alloc_uninit(&from, &dev, DMA_FROM_DEVICE, 1), 0);
	assert_int_equal(dma_stream_alloc(&both, &dev, DMA_SPLITTABLE, 1), 0);
	assert_int_equal(dma_stream_read_val(&to.stream, 0, &byte), DMA_EACCES);
	assert_int_equal(dma_stream_write_val(&to.stream, 0, &byte), 0);
	assert_int_equal(dma_stream_write_val(&from.stream, 0, &byte), DMA_EACCES);
	assert_int_equal(dma_stream_read_val(&from.stream, 0, &byte), 0);
	assert_int_equal(dma_stream_write_val(&both.stream, 0, &byte), 0);
	assert_int_equal(dma_stream_read_val(&both.stream, 0, &byte), 0);
	dma_stream_release(&to);
	dma_stream_release(&from);
	dma_stream_release(&both);
}

static void interrupts_are_off(void **state)
{
	struct dma_stream s = {0}, other = {0};
	struct dma_segment seg = {0};

	(void)state;
	assert_int_equal(dma_stream_alloc(&s, &dev, DMA_TO_DEVICE, 1), 0);
	assert_int_equal(dma_segment_alloc(&seg, 1, UINT64_MAX, 0), 0);
	interrupts_off = true;
	assert_int_equal(dma_stream_alloc(&other, &dev, DMA_TO_DEVICE, 1), DMA_EBUSY);
	assert_int_equal(dma_stream_map(&other, &dev, DMA_TO_DEVICE, &seg), 0);
	dma_stream_release(&other);
	dma_stream_release(&s);
	interrupts_off = false;
}

/* At most 128 bytes per live stream. */
static void size(void **state)
{
	(void)state;
	assert_true(sizeof(struct dma_stream) <= 128);
	assert_int_equal(sizeof(struct dma_stream_to_device), sizeof(struct dma_stream));
	assert_int_equal(sizeof(struct dma_stream_from_device), sizeof(struct dma_stream));
	assert_int_equal(sizeof(struct dma_stream_bidirectional), sizeof(struct dma_stream));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(to_device, begin, end),
		cmocka_unit_test_setup_teardown(from_device_mapped, begin, end),
		cmocka_unit_test_setup_teardown(rings, begin, end),
		cmocka_unit_test_setup_teardown(named_directions, begin, end),
		cmocka_unit_test_setup_teardown(interrupts_are_off, begin, end),
		cmocka_unit_test(size),
	};

	return cmocka_run_group_tests_name("smallest host", tests, NULL, NULL);
}
