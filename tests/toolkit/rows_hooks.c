/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Batches, counted streams, rings, coherent memory as it lies and slices of it, and what is armed again, with every
 * hook failing at every call, on each row of the truth table. (Lists and buffers: list_trouble.c. Slices, pools and
 * arenas: their own files.)
 */
#include "rig.h"
#include <dmastream/errors.h>
#include <stdio.h>

struct entry {
	uint64_t address;
	uint32_t length, phase;
};
DMA_RING(entry_ring, volatile struct entry);

/* Coherent memory as it lies, cut into a slice, which is used; a list and a buffer are armed again. */
static int use_slices(struct rig *rig)
{
	unsigned dir = sim_config()->cvm ? DMA_FROM_DEVICE : DMA_BIDIRECTIONAL;
	struct dma_coherent memory = {0};
	struct dma_slice part = {0};
	struct dma_segment seg = {0};
	struct dma_buffer buffer = {0};
	int error = dma_coherent_alloc_uninit(&memory, &rig->dev.dma, 0, 2);

	if (!error)
		error = dma_coherent_slice(&memory, PAGE, PAGE, &part);
	if (!error)
		SIM_CHECK(dma_slice_fill(&part, 0, 7, PAGE) == 0);
	if (!error)
		error = dma_segment_alloc(&seg, 1, UINT64_MAX, 0);
	if (!error)
		error = dma_buffer_map_segment(&buffer, &rig->dev.dma, dir, &seg, 0, PAGE);
	if (!error)
		error = dma_buffer_rearm(&buffer, 0, PAGE);
	dma_buffer_release(&buffer);
	dma_segment_drop(&seg);
	dma_coherent_release(&memory);
	SIM_CHECK(dma_coherent_size(&memory) == 0);
	(void)dma_reclaim();
	return error;
}

/* What has no file of its own for it: a batch of two streams, one counted, one armed again, a ring. */
static int use(struct rig *rig)
{
	unsigned dir = sim_config()->cvm ? DMA_FROM_DEVICE : DMA_BIDIRECTIONAL;
	struct dma_stream s[3] = {0}, *named[3] = {&s[0], &s[1], &s[2]};
	struct dma_counted_stream c = {0};
	struct dma_segment seg = {0};
	struct entry_ring r = {0};
	struct dma_range range = {&s[1], 0, PAGE};
	int error = dma_stream_alloc_uninit(&s[0], &rig->dev.dma, dir, 1);

	if (!error)
		error = dma_segment_alloc(&seg, 1, UINT64_MAX, 0);
	if (!error)
		error = dma_stream_map(&s[1], &rig->dev.dma, dir, &seg);
	if (!error)
		error = dma_stream_alloc_uninit(&s[2], &rig->dev.dma, dir, 1);
	if (!error)
		error = dma_ring_alloc(&r, &rig->dev.dma, 8);
	if (!error)
		error = dma_counted_stream_init(&c, &s[0], NULL);
	if (!error)
		error = dma_stream_rearm(&c.stream, 0, PAGE);
	if (!error)
		error = dma_batch_sync_from_device(&range, 1);
	if (c.holders)
		SIM_CHECK(dma_counted_stream_put(&c));
	dma_ring_release(&r);
	dma_batch_release(named, 3);
	dma_segment_drop(&seg);
	(void)dma_reclaim();
	return error;
}

static int attempt(void *arg)
{
	struct rig rig;
	int error = rig_try_open(&rig, *(enum rig_iommu *)arg);

	if (error)
		return error;
	error = use(&rig);
	if (!error)
		error = use_slices(&rig);
	SIM_CHECK(!error || error == DMA_ENOMEM || error == DMA_EIO || error == DMA_ETIMEDOUT);
	rig_close(&rig);
	return error;
}

static void h12_every_hook_fails(void **state)
{
	unsigned all_runs = 0, runs;
	char words[100];

	(void)state;
	for (unsigned row = 0; row < 8; row++) {
		for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
			struct sim_config machine;

			snprintf(words, sizeof(words), "low=1,high=1%s%s%s", row & 1 ? ",noncoherent" : "",
				 row & 2 ? ",nosync" : "", row & 4 ? ",cvm" : "");
			machine = sim_config_plain(words);
			assert_int_equal(sim_for_each_failure(&machine, attempt, &kind, &runs), 0);
			all_runs += runs;
		}
	}
	printf("# %u runs\n", all_runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h12_every_hook_fails),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
