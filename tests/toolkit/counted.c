/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Counted streams: the last put releases, whoever it is; a put or a get too many is found.
 */
#include "slices.h"

static unsigned gone;
static struct dma_counted_stream *last_gone;

static void recycle(struct dma_counted_stream *counted)
{
	gone++;
	last_gone = counted;
	SIM_CHECK(!counted->stream.dev && !counted->gone && dma_counted_stream_holders(counted) == 0);
}

static void life(void *unused)
{
	struct dma_counted_stream counted = {0};
	struct dma_stream s, empty = {0};
	struct core_device dev;
	struct dma_slice slice;

	(void)unused;
	core_open(&dev);
	gone = 0;
	log_keep();
	for (unsigned round = 0; round < 2; round++) {
		if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 1, round, 1))
			break;
		SIM_CHECK(dma_counted_stream_init(&counted, &empty, recycle) == DMA_EINVAL && !counted.stream.dev);
		SIM_CHECK(dma_counted_stream_init(&counted, &s, round ? recycle : NULL) == 0 && !s.dev);
		SIM_CHECK(dma_counted_stream_init(&counted, &counted.stream, NULL) == DMA_EINVAL);
		SIM_CHECK(dma_counted_stream_get(&counted) == 0 && dma_counted_stream_get(&counted) == 0);
		SIM_CHECK(dma_counted_stream_holders(&counted) == 3);
		SIM_CHECK(!dma_counted_stream_put(&counted));
		core_exchange(&dev, &counted.stream, 2);
		SIM_CHECK(dma_stream_slice(&counted.stream, 0, 128, &slice) == 0);
		sim_interrupts(false);
		SIM_CHECK(dma_counted_stream_get(&counted) == 0 && !dma_counted_stream_put(&counted));
		SIM_CHECK(!dma_counted_stream_put(&counted) && gone == 0 && dma_slice_lives(&slice));
		SIM_CHECK(dma_counted_stream_put(&counted) && gone == round && !counted.stream.dev);
		sim_interrupts(true);
		SIM_CHECK(!dma_slice_lives(&slice) && log_misuses() == 2 * round);
		SIM_CHECK(!dma_counted_stream_put(&counted) && dma_counted_stream_get(&counted) == DMA_EINVAL);
		SIM_CHECK(log_misuses() == 2 * round + 2 && gone == round);
	}
	SIM_CHECK(last_gone == &counted);
	log_end();
	(void)dma_reclaim();
	core_close(&dev);
}

static void the_last_put_releases(void **state)
{
	(void)state;
	core_test_all(life);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_put_releases),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
