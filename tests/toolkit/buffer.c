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

/* ---- Whole in a block that lies ready, behind an IOMMU ---- */

/* The second map finds a block: bytes both ways, nothing beside them, and no access afterwards. */
static void whole_in_a_block(struct rig *rig)
{
	unsigned char bytes[600];
	struct rig_memory m;

	rig_close(rig);
	rig_limits.min_align = sim_config()->device.trusted ? 512 : 0;
	rig_open(rig, rig->kind);
	if (!rig_memory(&m, 100, sizeof(bytes), 1))
		return;
	for (unsigned i = 0; i < 6; i++) {
		unsigned dir = 1 + i % 3;
		struct dma_segment seg = {0};
		struct dma_buffer b = {0};
		uint64_t daddr;

		SIM_CHECK(dma_segment_clone(&m.seg, &seg) == 0);
		if (!SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, dir, &seg, 100, sizeof(bytes)) == 0))
			break;
		daddr = dma_buffer_daddr(&b).raw;
		SIM_CHECK(b.piece.head_len == sizeof(bytes) && daddr % 512 == (sim_config()->device.trusted ? 0 : 100));
		if (dir & DMA_TO_DEVICE) {
			core_pattern(bytes, i, 0, sizeof(bytes));
			SIM_CHECK(dma_buffer_write_bytes(&b, 0, bytes, sizeof(bytes)) == 0);
			SIM_CHECK(dma_buffer_sync_to_device(&b, 0, sizeof(bytes)) == 0);
			SIM_CHECK(sim_device_read(rig->dev.sim, dma_daddr(daddr), bytes, sizeof(bytes)) == 0);
			SIM_CHECK(core_is_pattern(bytes, i, 0, sizeof(bytes)));
			SIM_CHECK(sim_device_foreign(rig->dev.sim, dma_daddr(daddr & ~(uint64_t)(PAGE - 1)), PAGE) ==
				  0);
		}
		if (dir & DMA_FROM_DEVICE) {
			core_pattern(bytes, i + 9, 0, sizeof(bytes));
			SIM_CHECK(sim_device_write(rig->dev.sim, dma_daddr(daddr), bytes, sizeof(bytes)) == 0);
			SIM_CHECK(dma_buffer_sync_from_device(&b, 0, sizeof(bytes)) == 0);
			SIM_CHECK(dma_buffer_read_bytes(&b, 0, bytes, sizeof(bytes)) == 0);
			SIM_CHECK(core_is_pattern(bytes, i + 9, 0, sizeof(bytes)));
		}
		dma_buffer_release(&b);
		SIM_CHECK(dma_device_live(&rig->dev.dma) == 0);
		if (rig->kind == RIG_STRICT)
			SIM_CHECK(!rig_reaches(daddr, false) && !rig_reaches(daddr, true));
	}
	SIM_CHECK(rig_beside(&m));
	rig_forget(&m);
}

static void whole_behind_an_iommu(void **state)
{
	(void)state;
	for (unsigned kind = RIG_STRICT; kind < RIG_IOMMUS; kind++) {
		assert_int_equal(rig_on("low=1,high=1", (enum rig_iommu)kind, whole_in_a_block), 0);
		assert_int_equal(rig_on("low=1,high=1,untrusted", (enum rig_iommu)kind, whole_in_a_block), 0);
	}
}

/* One after the other: the second finds the first one's block. */
static int map_twice(struct rig *rig, const struct rig_memory *m, struct dma_buffer *b)
{
	int error = 0;

	for (unsigned i = 0; i < 2 && !error; i++) {
		struct dma_segment seg = {0};

		dma_buffer_release(b);
		error = dma_segment_clone(&m->seg, &seg);
		if (!error)
			error = dma_buffer_map_segment(b, &rig->dev.dma, DMA_BIDIRECTIONAL, &seg, 100, 600);
		SIM_CHECK((error == 0) == (b->list.dev != NULL));
		dma_segment_drop(&seg);
	}
	return error;
}

static int attempt(void *kind)
{
	struct dma_buffer b = {0};
	struct rig_memory m = {.offset = 0};
	struct rig rig;
	int error = rig_try_open(&rig, *(enum rig_iommu *)kind);

	if (error)
		return error;
	error = dma_segment_alloc(&m.seg, 1, UINT64_MAX, 0);
	if (!error)
		error = map_twice(&rig, &m, &b);
	SIM_CHECK(!error || error == DMA_ENOMEM);
	dma_buffer_release(&b);
	dma_segment_drop(&m.seg);
	rig_close(&rig);
	return error;
}

static void h12_every_hook_fails(void **state)
{
	(void)state;
	for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
		struct sim_config machine = sim_config_plain("low=1,high=1,untrusted");

		assert_int_equal(sim_for_each_failure(&machine, attempt, &kind, NULL), 0);
	}
}

/* No address is left: the block lies ready again. */
static void no_address(struct rig *rig)
{
	struct dma_stream streams[40] = {{0}};
	struct dma_buffer b = {0};
	struct dma_stats stats;
	struct rig_memory m;
	unsigned n = 0;

	if (!rig_memory(&m, 100, 600, 1) || !SIM_CHECK(map_twice(rig, &m, &b) == 0))
		return;
	dma_buffer_release(&b);
	while (n < 40 && dma_stream_alloc(&streams[n], &rig->dev.dma, DMA_TO_DEVICE, 1) == 0)
		n++;
	SIM_CHECK(n > 2 && n < 40 && map_twice(rig, &m, &b) == DMA_ENOSPC);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_bounce == 0 && dma_device_live(&rig->dev.dma) == n);
	dma_stream_release(&streams[0]);
	SIM_CHECK(map_twice(rig, &m, &b) == 0);
	dma_buffer_release(&b);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_bounce == 0);
	while (n-- > 1)
		dma_stream_release(&streams[n]);
	rig_forget(&m);
}

static void no_address_is_left(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1,untrusted,mask=17", RIG_STRICT, no_address), 0);
}

/* The IOMMU does not answer: what the device may reach serves nobody again (hazard 67). */
static void lost(struct rig *rig, bool at_map)
{
	struct dma_buffer b = {0};
	struct dma_segment seg = {0};
	struct dma_stats stats;
	struct rig_memory m;

	if (!rig_memory(&m, 100, 600, 1) || !SIM_CHECK(map_twice(rig, &m, &b) == 0))
		return;
	if (at_map) {
		dma_buffer_release(&b);
		rig_answers(false);
		SIM_CHECK(dma_segment_clone(&m.seg, &seg) == 0);
		SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, DMA_TO_DEVICE, &seg, 100, 600) == DMA_ETIMEDOUT);
		SIM_CHECK(!b.list.dev && seg.npages == 1);
		dma_segment_drop(&seg);
	} else {
		rig_answers(false);
		dma_buffer_release(&b);
	}
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined == 1 && stats.pages_bounce == 0);
	SIM_CHECK(dma_device_live(&rig->dev.dma) == 0);
	rig_forget(&m);
}

static void lost_at_map(struct rig *rig)
{
	lost(rig, true);
}

static void lost_at_release(struct rig *rig)
{
	lost(rig, false);
}

static void h67_no_answer(void **state)
{
	(void)state;
	assert_int_equal(rig_stuck("low=1,high=1,untrusted", lost_at_release), 0);
	rig_is_told = true;
	assert_int_equal(rig_stuck("low=1,high=1,untrusted", lost_at_map), 0);
	rig_is_told = false;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_both_ways),	  cmocka_unit_test(h56_nothing_beside_a_buffer),
		cmocka_unit_test(h81_edges_of_lines),	  cmocka_unit_test(h81_a_neighbours_byte),
		cmocka_unit_test(edges_alone_are_copied), cmocka_unit_test(h7_a_block_serves_again),
		cmocka_unit_test(whole_behind_an_iommu),  cmocka_unit_test(h12_every_hook_fails),
		cmocka_unit_test(h67_no_answer),	  cmocka_unit_test(no_address_is_left),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
