/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Batches: many streams, one barrier or one invalidation, nothing of one that is refused.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "rig.h"
#include <dmastream/errors.h>
#include <stdlib.h>

#define STREAMS 9

/* ---- Releases ---- */

static void make(struct rig *rig, struct dma_stream *streams, struct dma_stream **named)
{
	for (unsigned i = 0; i < STREAMS; i++) {
		named[i] = &streams[i];
		streams[i] = (struct dma_stream){0};
		if (i == 4)
			continue; /* an empty one */
		SIM_CHECK(core_stream(&streams[i], &rig->dev, 1 + i % 3, 1 + (i == 7) * 2, i & 1, i));
	}
	named[8] = &streams[2]; /* named twice; its own place is left to a release of its own */
}

static bool all_empty(const struct dma_stream *streams, unsigned n)
{
	static const struct dma_stream zero;

	for (unsigned i = 0; i < n; i++)
		if (memcmp(&streams[i], &zero, sizeof(zero)) != 0)
			return false;
	return true;
}

static void released(struct rig *rig)
{
	struct dma_stream streams[STREAMS], *named[STREAMS];
	uint64_t daddr[STREAMS];
	unsigned before;

	make(rig, streams, named);
	for (unsigned i = 0; i < STREAMS; i++) {
		daddr[i] = dma_stream_daddr(&streams[i]).raw;
		rig_warm(daddr[i]);
	}
	before = rig_invalidations();
	dma_batch_release(named, STREAMS);
	SIM_CHECK(all_empty(streams, STREAMS - 1));
	if (rig->kind == RIG_STRICT || (rig->kind == RIG_DEFERRED && !rig->dev.dma.deferred)) {
		SIM_CHECK(rig_invalidations() - before == 1);
		for (unsigned i = 0; i < STREAMS - 1; i++)
			SIM_CHECK(i == 4 || (!rig_reaches(daddr[i], false) && !rig_reaches(daddr[i], true)));
	}
	dma_stream_release(&streams[8]);
	dma_batch_release(named, STREAMS); /* all empty: nothing */
	dma_batch_release(NULL, 0);
	if (rig->kind != RIG_NONE)
		SIM_CHECK(dma_domain_flush(&rig->space.domain) == 0);
	SIM_CHECK(core_pages() == 0);
}

static void one_invalidation_for_all(void **state)
{
	(void)state;
	assert_int_equal(rig_all(released), 0);
}

/* No answer: all of it is quarantined, nothing is freed. */
static void unanswered(struct rig *rig)
{
	struct dma_stream streams[STREAMS], *named[STREAMS];
	struct dma_stats stats;

	make(rig, streams, named);
	rig_answers(false);
	dma_batch_release(named, STREAMS);
	SIM_CHECK(all_empty(streams, STREAMS - 1));
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined == 9); /* 6 of one page, one of three */
	rig_answers(true);
	dma_stream_release(&streams[8]);
}

static void no_answer_quarantines_all(void **state)
{
	(void)state;
	assert_int_equal(rig_stuck("low=1,high=1", unanswered), 0);
}

/* ---- Syncs ---- */

static void synced(struct rig *rig)
{
	unsigned char out[STREAMS][300], in[300];
	struct dma_stream streams[STREAMS];
	struct dma_range ranges[STREAMS];

	for (unsigned i = 0; i < STREAMS; i++) {
		if (!core_stream(&streams[i], &rig->dev, DMA_BIDIRECTIONAL, 1, i & 1, i))
			return;
		ranges[i] = (struct dma_range){&streams[i], 40 * i, 300 - 10 * i};
		core_pattern(out[i], 20 + i, 0, ranges[i].len);
		SIM_CHECK(dma_stream_write_bytes(&streams[i], ranges[i].off, out[i], ranges[i].len) == 0);
	}
	SIM_CHECK(dma_batch_sync_to_device(ranges, STREAMS) == 0);
	for (unsigned i = 0; i < STREAMS; i++) {
		dma_daddr_t at = dma_daddr(dma_stream_daddr(&streams[i]).raw + ranges[i].off);

		SIM_CHECK(sim_device_read(rig->dev.sim, at, in, ranges[i].len) == 0);
		SIM_CHECK(memcmp(in, out[i], ranges[i].len) == 0);
		core_pattern(out[i], 40 + i, 0, ranges[i].len);
		SIM_CHECK(sim_device_write(rig->dev.sim, at, out[i], ranges[i].len) == 0);
	}
	SIM_CHECK(dma_batch_sync_from_device(ranges, STREAMS) == 0);
	for (unsigned i = 0; i < STREAMS; i++) {
		SIM_CHECK(dma_stream_read_bytes(&streams[i], ranges[i].off, in, ranges[i].len) == 0);
		SIM_CHECK(memcmp(in, out[i], ranges[i].len) == 0);
	}
	/* Refused as a whole. */
	ranges[STREAMS - 1].len = PAGE + 1;
	SIM_CHECK(dma_batch_sync_to_device(ranges, STREAMS) == DMA_EINVAL);
	SIM_CHECK(dma_batch_sync_from_device(ranges, STREAMS) == DMA_EINVAL);
	SIM_CHECK(dma_batch_sync_to_device(NULL, 0) == 0 && dma_batch_sync_from_device(NULL, 0) == 0);
	for (unsigned i = 0; i < STREAMS; i++)
		dma_stream_release(&streams[i]);
	ranges[0].len = 0;
	SIM_CHECK(dma_batch_sync_to_device(ranges, 1) == DMA_EINVAL); /* an empty stream */
}

static void h55_copies_and_maintenance_in_order(void **state)
{
	(void)state;
	assert_int_equal(rig_all(synced), 0);
}

static void against(struct rig *rig)
{
	struct dma_stream to, from;

	if (!core_stream(&to, &rig->dev, DMA_TO_DEVICE, 1, true, 1) ||
	    !core_stream(&from, &rig->dev, DMA_FROM_DEVICE, 1, true, 2))
		return;
	SIM_CHECK(dma_batch_sync_to_device(&(struct dma_range){&from, 0, 1}, 1) == DMA_EACCES);
	SIM_CHECK(dma_batch_sync_from_device(&(struct dma_range){&to, 0, 1}, 1) == DMA_EACCES);
	dma_stream_release(&to);
	dma_stream_release(&from);
}

static void directions_are_kept(void **state)
{
	(void)state;
	assert_int_equal(rig_all(against), 0);
}

/* The compiler knows the arrays, not the number. */
static void beyond(struct rig *rig)
{
	struct dma_stream s[2];
	struct dma_stream *streams[2] = {&s[0], &s[1]};
	volatile size_t n = 2 * sizeof(*streams);

	if (!core_stream(&s[0], &rig->dev, DMA_BIDIRECTIONAL, 1, true, 1) ||
	    !core_stream(&s[1], &rig->dev, DMA_BIDIRECTIONAL, 1, true, 2))
		return;
	struct dma_range ranges[2] = {{&s[0], 0, 1}, {&s[1], 0, 1}};

	SIM_CHECK(dma_batch_sync_to_device(ranges, n) == DMA_EINVAL);
	SIM_CHECK(dma_batch_sync_from_device(ranges, n) == DMA_EINVAL);
	n = 2;
	SIM_CHECK(dma_batch_sync_to_device(ranges, n) == 0 && dma_batch_sync_from_device(ranges, n) == 0);
	n = sizeof(streams);
	dma_batch_release(streams, n);
	SIM_CHECK(dma_stream_size(&s[0]) == 0 && dma_stream_size(&s[1]) == 0);
}

static void a_number_beyond_the_array(void **state)
{
	(void)state;
	assert_int_equal(rig_all(beyond), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_invalidation_for_all),
		cmocka_unit_test(no_answer_quarantines_all),
		cmocka_unit_test(h55_copies_and_maintenance_in_order),
		cmocka_unit_test(directions_are_kept),
		cmocka_unit_test(a_number_beyond_the_array),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
