/* SPDX-License-Identifier: MPL-2.0 */
/*
 * More shared memory at once than a record of the pool has bits for (126 MiB with pages of 4 KiB). Its own program,
 * since it takes seconds.
 */
#include "core.h"

/* Its run of the pool is used as a whole, or not at all, and goes back as a whole. */
static void large(void *unused)
{
	const size_t npages = DMA_PAGE_SIZE / 8 * 64;
	struct core_device dev;
	struct dma_stream s = {0}, small = {0};

	(void)unused;
	core_open(&dev);
	if (SIM_CHECK(dma_stream_alloc_uninit(&s, &dev.dma, DMA_TO_DEVICE, npages) == 0)) {
		dma_stream_release(&s);
		SIM_CHECK(dma_stream_alloc_uninit(&small, &dev.dma, DMA_TO_DEVICE, 1) == 0);
		SIM_CHECK(core_stats().pages_shared > npages); /* none of its pages */
		dma_stream_release(&small);
	}
	for (unsigned i = 0; i < 3; i++)
		(void)dma_reclaim();
	SIM_CHECK(core_stats().pages_shared < npages && core_stats().pages_quarantined == 0);
	core_close(&dev);
}

static void a_large_run_is_used_whole(void **state)
{
	(void)state;
	assert_int_equal(core_run_pool("low=140,cvm", 16, large, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_large_run_is_used_whole),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
