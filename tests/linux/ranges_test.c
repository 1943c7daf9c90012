/* SPDX-License-Identifier: MPL-2.0 */
/* See ranges_test.h. */
#include "ranges_test.h"
#include <stdlib.h>

struct fake_space f;

int ranges_start(void **state)
{
	(void)state;
	return dma_init();
}

struct dma_ranges_config ranges_windowed(void)
{
	return (struct dma_ranges_config){.last = ((uint64_t)1 << 39) - 1,
					  .window = {.daddr_base = dma_daddr(WINDOW), .size = dma_linux_arena_size()}};
}

void ranges_open(void)
{
	struct dma_ranges_config config = ranges_windowed();

	assert_int_equal(fake_open(&f, &config, (struct dma_device_config){.trusted = true}), 0);
}

void ranges_close(void)
{
	assert_int_equal(fake_close(&f), 0);
	assert_null(f.broken);
}

struct dma_segment ranges_frames(size_t npages)
{
	struct dma_segment seg = {0};

	assert_int_equal(dma_segment_alloc(&seg, npages, UINT64_MAX, 0), 0);
	return seg;
}

unsigned char *ranges_memory(size_t npages)
{
	unsigned char *at = aligned_alloc(PAGE, npages * PAGE);

	assert_non_null(at);
	return at;
}

void ranges_map(struct dma_stream *s, void *at, size_t npages, unsigned dir)
{
	struct dma_segment seg = {0};

	assert_int_equal(dma_segment_borrow(&seg, dma_linux_paddr(at), npages), 0);
	assert_int_equal(dma_stream_map(s, &f.dev, dir, &seg), 0);
	for (size_t i = 0; i < npages; i++)
		assert_ptr_equal(fake_reach(&f, dma_stream_daddr(s).raw + i * PAGE, PAGE, dir & DMA_BIDIRECTIONAL),
				 (char *)at + i * PAGE);
}
