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
	SIM_CHECK(dma_buffer_write_bytes(b, off, file + off, len) == 0);
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
	SIM_CHECK(dma_buffer_read_bytes(b, off, seen, len) == 0);
	SIM_CHECK(memcmp(seen, file + off, len) == 0);
	free(seen);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_both_ways),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
