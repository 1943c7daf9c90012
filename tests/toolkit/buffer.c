/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Buffers: byte ranges at every kind of offset, on every kind of machine: what device and CPU see, what the device
 * could see beside, what is copied and maintained.
 */
#include "rig.h"
#include <dmastream/errors.h>
#include <stdlib.h>

/* ---- Data both ways ---- */

static const struct {
	size_t offset, nbytes;
} ranges[] = {
	{0, PAGE},	     {0, 64}, {64, 64}, {100, 512}, {PAGE - 3, 7}, {1, 2 * PAGE}, {PAGE / 2, 3 * PAGE + 77},
	{33, 3 * PAGE - 33},
};

static void send(struct rig *rig, const struct dma_buffer *b, unsigned char *file, unsigned seed)
{
	size_t n = dma_buffer_size(b), off = n / 3, len = n - n / 3 - n / 5;
	unsigned char *seen = malloc(n);

	core_pattern(file + off, seed, off, len);
	if (n % 2) {
		SIM_CHECK(dma_buffer_write_bytes(b, off, file + off, len) == 0);
	} else {
		struct dma_writer w;

		SIM_CHECK(dma_buffer_writer(b, &w) == 0 && dma_writer_remain(&w) == n && dma_writer_skip(&w, off) == 0);
		SIM_CHECK(dma_writer_write_bytes(&w, file + off, len) == 0);
	}
	SIM_CHECK(dma_buffer_sync_to_device(b, off, len) == 0);
	SIM_CHECK(sim_device_read(rig->dev.sim, dma_buffer_daddr(b), seen, n) == 0);
	SIM_CHECK(memcmp(seen, file, n) == 0);
	free(seen);
}

static void receive(struct rig *rig, const struct dma_buffer *b, unsigned char *file, unsigned seed)
{
	size_t n = dma_buffer_size(b), off = n / 4, len = n - n / 4 - n / 7;
	unsigned char *seen = malloc(n);

	core_pattern(file + off, seed, off, len);
	SIM_CHECK(sim_device_write(rig->dev.sim, dma_daddr(dma_buffer_daddr(b).raw + off), file + off, len) == 0);
	SIM_CHECK(dma_buffer_sync_from_device(b, off, len) == 0);
	if (n % 2) {
		SIM_CHECK(dma_buffer_read_bytes(b, off, seen, len) == 0);
	} else {
		struct dma_reader r;

		SIM_CHECK(dma_buffer_reader(b, &r) == 0 && dma_reader_remain(&r) == n && dma_reader_skip(&r, off) == 0);
		SIM_CHECK(dma_reader_read_bytes(&r, seen, len) == 0);
	}
	SIM_CHECK(memcmp(seen, file + off, len) == 0);
	free(seen);
}

/* Cursors are for the directions of the buffer; an error leaves them as they were. */
static void refuses_cursors(const struct dma_buffer *b, unsigned dir)
{
	unsigned char bytes[3] = {0};
	struct dma_reader r = dma_reader_of(bytes, 3);
	struct dma_writer w = dma_writer_of(bytes, 2);
	const struct dma_buffer empty = {0};

	SIM_CHECK(dma_buffer_reader(&empty, &r) == DMA_EINVAL && dma_buffer_writer(&empty, &w) == DMA_EINVAL);
	if (!(dir & DMA_FROM_DEVICE))
		SIM_CHECK(dma_buffer_reader(b, &r) == DMA_EACCES);
	if (!(dir & DMA_TO_DEVICE))
		SIM_CHECK(dma_buffer_writer(b, &w) == DMA_EACCES);
	SIM_CHECK(dma_reader_remain(&r) == 3 && dma_writer_remain(&w) == 2);
}

static void one(struct rig *rig, unsigned dir, size_t offset, size_t nbytes)
{
	struct rig_memory m;
	struct dma_buffer b = {0};
	struct dma_segment seg = {0};
	unsigned char *file = malloc(nbytes);
	int error;

	if (!rig_memory(&m, offset, nbytes, 3))
		return;
	core_pattern(file, 3, 0, nbytes);
	SIM_CHECK(dma_segment_clone(&m.seg, &seg) == 0);
	if (!SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, dir, &seg, offset, nbytes) == 0))
		goto out;
	SIM_CHECK(seg.npages == 0 && dma_buffer_size(&b) == nbytes);
	refuses_cursors(&b, dir);
	/* A device finds its memory by being told: what was published before that has arrived. */
	error = sim_device_read(rig->dev.sim, dma_buffer_daddr(&b), file, 1);
	SIM_CHECK(error == 0 || (error == DMA_EFAULT && dir == DMA_FROM_DEVICE && rig->kind != RIG_NONE));
	if (!rig->dev.dma.trusted)
		for (uint64_t page = dma_buffer_daddr(&b).raw / PAGE * PAGE; page < dma_buffer_daddr(&b).raw + nbytes;
		     page += PAGE)
			SIM_CHECK(sim_device_foreign(rig->dev.sim, dma_daddr(page), PAGE) == 0);
	for (unsigned round = 0; round < 2; round++) {
		if (dir & DMA_TO_DEVICE)
			send(rig, &b, file, 10 + round);
		if (dir & DMA_FROM_DEVICE)
			receive(rig, &b, file, 20 + round);
	}
	dma_buffer_release(&b);
	if (!(sim_config()->cvm && dir == DMA_FROM_DEVICE))
		SIM_CHECK(rig_holds(&m, file));
	SIM_CHECK(rig_beside(&m));
out:
	dma_segment_drop(&seg);
	rig_forget(&m);
	free(file);
}

static void every_range(struct rig *rig)
{
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++)
		for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
			one(rig, dir, ranges[i].offset, ranges[i].nbytes);
}

static void data_both_ways(void **state)
{
	(void)state;
	assert_int_equal(rig_all(every_range), 0);
}

/* ---- Hazards ---- */

static void h56_nothing_beside_a_buffer(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1,untrusted", RIG_STRICT, every_range), 0);
	assert_int_equal(rig_on("low=1,high=1,untrusted", RIG_NONE, every_range), 0);
}

/* One block serves long and short buffers in turn: of what it held before, and of what a device that is not trusted
 * wrote around a buffer, the next device sees zeros. */
static void served_again(struct rig *rig)
{
	static const struct {
		size_t offset, nbytes;
	} turn[] = {{8, 3000}, {1000, 64}, {8, 64}, {3000, 1000}, {8, 3000}, {2000, 16}, {2000, 2000}, {64, 64}};
	static unsigned char page[PAGE];

	for (size_t i = 0; i < 3 * sizeof(turn) / sizeof(*turn); i++) {
		size_t offset = turn[i % 8].offset, nbytes = turn[i % 8].nbytes;
		unsigned dir = i % 3 == 1 ? DMA_BIDIRECTIONAL : DMA_TO_DEVICE;
		struct dma_segment seg = {0};
		struct dma_buffer b = {0};
		struct rig_memory m;
		dma_daddr_t base;

		if (!rig_memory(&m, offset, nbytes, (unsigned)(i + 1)))
			return;
		SIM_CHECK(dma_segment_clone(&m.seg, &seg) == 0);
		SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, dir, &seg, offset, nbytes) == 0);
		base = dma_daddr(dma_buffer_daddr(&b).raw & ~(uint64_t)(PAGE - 1));
		SIM_CHECK(sim_device_read(rig->dev.sim, base, page, PAGE) == 0);
		for (size_t at = 0; at < PAGE; at++)
			SIM_CHECK((at >= offset && at < offset + nbytes) || page[at] == 0);
		if (dir == DMA_BIDIRECTIONAL) {
			memset(page, 0xee, PAGE);
			SIM_CHECK(sim_device_write(rig->dev.sim, base, page, PAGE) == 0);
		}
		dma_buffer_release(&b);
		rig_forget(&m);
	}
}

static void h7_a_block_serves_again(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1,untrusted", RIG_NONE, served_again), 0);
	assert_int_equal(rig_on("low=1,high=1,untrusted", RIG_STRICT, served_again), 0);
}

static void h81_edges_of_lines(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1,noncoherent,line=128", RIG_STRICT, every_range), 0);
	assert_int_equal(rig_on("low=1,high=1,noncoherent,line=32,step=32,align=128", RIG_NONE, every_range), 0);
}

/* The neighbour writes his byte of the line while the device works; neither loses a byte (shared/cases: subpage). */
static void neighbour(struct rig *rig)
{
	unsigned char block[512], seen[512], mine = 'x', now = 0;
	struct dma_segment seg = {0};
	struct dma_buffer b = {0};
	struct rig_memory m;

	memset(block, 'b', sizeof(block));
	if (!rig_memory(&m, 100, sizeof(block), 1))
		return;
	SIM_CHECK(dma_segment_clone(&m.seg, &seg) == 0);
	SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, DMA_FROM_DEVICE, &seg, 100, sizeof(block)) == 0);
	dma_arch_copy((char *)dma_host_linear(m.seg.paddr, 1) + 90, &mine, 1);
	SIM_CHECK(sim_device_write(rig->dev.sim, dma_buffer_daddr(&b), block, sizeof(block)) == 0);
	SIM_CHECK(dma_buffer_sync_from_device(&b, 0, sizeof(block)) == 0);
	SIM_CHECK(dma_buffer_read_bytes(&b, 0, seen, sizeof(seen)) == 0);
	SIM_CHECK(memcmp(seen, block, sizeof(seen)) == 0);
	dma_arch_copy(&now, (char *)dma_host_linear(m.seg.paddr, 1) + 90, 1);
	SIM_CHECK(now == 'x');
	dma_buffer_release(&b);
	rig_forget(&m);
}

static void h81_a_neighbours_byte(void **state)
{
	static const char *const machines[] = {"low=1,high=1,noncoherent,line=32", "low=1,high=1,noncoherent,line=64",
					       "low=1,high=1,noncoherent,line=128", "low=1,high=1,noncoherent,mask=32",
					       "low=1,high=1"};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++)
		for (unsigned kind = RIG_NONE; kind < RIG_IOMMUS; kind++)
			assert_int_equal(rig_on(machines[i], (enum rig_iommu)kind, neighbour), 0);
}

/* ---- What it costs: bytes copied ---- */

static void copied(struct rig *rig)
{
	const size_t nbytes = 16 * PAGE;
	struct dma_segment seg = {0};
	struct dma_buffer b = {0};
	struct dma_stats before, after;
	struct rig_memory m;

	if (!rig_memory(&m, 1001, nbytes, 1))
		return;
	SIM_CHECK(dma_segment_clone(&m.seg, &seg) == 0);
	dma_stats(&before);
	SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, DMA_TO_DEVICE, &seg, 1001, nbytes) == 0);
	dma_stats(&after);
	SIM_CHECK(after.bytes_bounced - before.bytes_bounced <= 2 * PAGE);
	SIM_CHECK((after.bytes_bounced == before.bytes_bounced) == (rig->dev.dma.trusted && rig->dev.dma.coherent));
	dma_buffer_release(&b);
	rig_forget(&m);
}

static void edges_alone_are_copied(void **state)
{
	(void)state;
	for (unsigned kind = RIG_STRICT; kind < RIG_IOMMUS; kind++) {
		assert_int_equal(rig_on("low=1,high=1,untrusted", (enum rig_iommu)kind, copied), 0);
		assert_int_equal(rig_on("low=1,high=1,noncoherent", (enum rig_iommu)kind, copied), 0);
		assert_int_equal(rig_on("low=1,high=1", (enum rig_iommu)kind, copied), 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_both_ways),	  cmocka_unit_test(h56_nothing_beside_a_buffer),
		cmocka_unit_test(h81_edges_of_lines),	  cmocka_unit_test(h81_a_neighbours_byte),
		cmocka_unit_test(edges_alone_are_copied), cmocka_unit_test(h7_a_block_serves_again),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
