/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Buffers that bounce whole in a block that lies ready, behind an IOMMU; every hook of the host failing, no address
 * left, and an IOMMU that does not answer.
 */
#include "rig.h"
#include <dmastream/errors.h>
#include <stdlib.h>

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
		cmocka_unit_test(whole_behind_an_iommu),
		cmocka_unit_test(h12_every_hook_fails),
		cmocka_unit_test(h67_no_answer),
		cmocka_unit_test(no_address_is_left),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
