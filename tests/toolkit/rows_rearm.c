/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Receive buffers that stay mapped and are armed again (dma_buffer_rearm() and its like), on each row of the truth
 * table, with each line size, without an IOMMU and behind a strict and a deferred one, with interrupts on and off.
 */
#include "rig.h"
#include <dmastream/errors.h>
#include <stdlib.h>

#define ARMED 512u

enum armed { A_BUFFER, A_LIST, A_SLICE, ARMED_KINDS };

struct again {
	struct dma_buffer b;
	struct dma_list l;
	struct dma_piece piece;
	struct dma_stream s;
	struct dma_slice slice;
};

static int again_map(struct again *a, struct rig *rig, enum armed kind, unsigned char *own,
		     const struct dma_segment *seg)
{
	struct dma_segment clone = {0};
	int error;

	switch (kind) {
	case A_BUFFER:
		return dma_buffer_map(&a->b, &rig->dev.dma, DMA_FROM_DEVICE, own, ARMED);
	case A_LIST:
		dma_list_init(&a->l, &a->piece, 1);
		error = dma_list_add(&a->l, own, ARMED);
		return error ? error : dma_list_map(&a->l, &rig->dev.dma, DMA_FROM_DEVICE);
	default:
		error = dma_segment_clone(seg, &clone);
		if (!error)
			error = dma_stream_map(&a->s, &rig->dev.dma, DMA_FROM_DEVICE, &clone);
		return error ? error : dma_stream_slice(&a->s, 0, ARMED, &a->slice);
	}
}

static dma_daddr_t again_daddr(const struct again *a, enum armed kind)
{
	struct dma_list_entry entry = {{0}, 0};
	struct dma_list_walk walk = dma_list_begin(&a->l);

	if (kind == A_LIST)
		SIM_CHECK(dma_list_next(&walk, &entry));
	return kind == A_BUFFER ? dma_buffer_daddr(&a->b) : kind == A_LIST ? entry.daddr : dma_slice_daddr(&a->slice);
}

static int again_take(const struct again *a, enum armed kind, unsigned char *bytes)
{
	int error = kind == A_BUFFER ? dma_buffer_sync_from_device(&a->b, 0, ARMED)
		    : kind == A_LIST ? dma_list_sync_from_device(&a->l, 0, ARMED)
				     : dma_slice_sync_from_device(&a->slice, 0, ARMED);

	if (error)
		return error;
	return kind == A_BUFFER ? dma_buffer_read_bytes(&a->b, 0, bytes, ARMED)
	       : kind == A_LIST ? dma_list_read_bytes(&a->l, 0, bytes, ARMED)
				: dma_slice_read_bytes(&a->slice, 0, bytes, ARMED);
}

static int again_arm(const struct again *a, enum armed kind, size_t off, size_t len)
{
	return kind == A_BUFFER ? dma_buffer_rearm(&a->b, off, len)
	       : kind == A_LIST ? dma_list_rearm(&a->l, off, len)
				: dma_slice_rearm(&a->slice, off, len);
}

/* What the device writes into a part, after the owner wrote zeros over all (where nothing bounces: a sync would go over
 * the zeros): no dirty line of theirs may follow. */
static void armed_again(struct rig *rig, enum armed kind)
{
	struct dma_segment seg = {0};
	unsigned char bytes[ARMED], part[20], *own;
	struct again a;
	bool direct;

	memset(&a, 0, sizeof(a));
	if (!core_segment(&seg, 1, 3))
		return;
	own = dma_host_linear(seg.paddr, PAGE);
	direct = rig->dev.dma.trusted && dma_device_bounces(&rig->dev.dma, &seg) == 0;
	if (own && SIM_CHECK(again_map(&a, rig, kind, own, &seg) == 0)) {
		for (unsigned i = 0; i < 6; i++) {
			dma_daddr_t at = dma_daddr(again_daddr(&a, kind).raw + 100);
			bool before = sim_interrupts(i % 2 != 0);

			core_pattern(part, i, 0, sizeof(part));
			SIM_CHECK(sim_device_write(rig->dev.sim, at, part, sizeof(part)) == 0);
			SIM_CHECK(again_take(&a, kind, bytes) == 0);
			SIM_CHECK(memcmp(bytes + 100, part, sizeof(part)) == 0);
			if (direct)
				dma_arch_fill(own, 0, ARMED);
			SIM_CHECK(again_arm(&a, kind, 0, ARMED) == 0);
			sim_interrupts(before);
		}
		SIM_CHECK(again_arm(&a, kind, 1, ARMED) == DMA_EINVAL && again_arm(&a, kind, ARMED, 0) == 0);
	}
	dma_buffer_release(&a.b);
	dma_list_release(&a.l);
	dma_stream_release(&a.s);
	a.slice = (struct dma_slice){0};
	SIM_CHECK(again_arm(&a, kind, 0, 0) == DMA_EINVAL);
	dma_segment_drop(&seg);
}

static void all(struct rig *rig)
{
	for (enum armed kind = A_BUFFER; kind < ARMED_KINDS; kind++)
		armed_again(rig, kind);
}

static void armed_again_on_every_row(void **state)
{
	(void)state;
	rig_on_every_row(",offset", all);
	assert_int_equal(rig_on("low=1,high=1,untrusted,offset", RIG_STRICT, all), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(armed_again_on_every_row)};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
