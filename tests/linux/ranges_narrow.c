/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A library that is compiled for devices without bus windows (DMA_CONFIG_WINDOWS=0): the window of a domain of ranges
 * is the domain's, so arena memory is at its device address all the same, and costs no call.
 */
#include "ranges_test.h"

#if DMA_CONFIG_WINDOWS
#error "compile this with DMA_CONFIG_WINDOWS=0"
#endif

static void arena_memory_is_where_the_window_has_it(void **state)
{
	struct dma_stream s = {0};
	struct dma_coherent c = {0};

	(void)state;
	ranges_open();
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		struct dma_segment seg = ranges_frames(4);

		assert_int_equal(dma_stream_map(&s, &f.dev, dir, &seg), 0);
		assert_true(dma_stream_daddr(&s).raw - WINDOW == dma_stream_paddr(&s).raw);
		assert_ptr_equal(fake_reach(&f, dma_stream_daddr(&s).raw, 4 * PAGE, DMA_BIDIRECTIONAL),
				 dma_linux_va(dma_stream_paddr(&s)));
		dma_stream_release(&s);
	}
	assert_int_equal(dma_stream_alloc(&s, &f.dev, DMA_BIDIRECTIONAL, 8), 0);
	assert_non_null(fake_reach(&f, dma_stream_daddr(&s).raw, 8 * PAGE, DMA_BIDIRECTIONAL));
	dma_stream_release(&s);
	assert_int_equal(dma_coherent_alloc(&c, &f.dev, 0, 2), 0);
	assert_non_null(fake_reach(&f, dma_coherent_daddr(&c).raw, 2 * PAGE, DMA_BIDIRECTIONAL));
	dma_coherent_release(&c);
	assert_int_equal(f.maps + f.unmaps + f.watches, 0);
	ranges_close();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_memory_is_where_the_window_has_it),
	};

	return cmocka_run_group_tests_name("domains of ranges, no bus windows", tests, ranges_start, NULL);
}
