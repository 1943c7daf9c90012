/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Single pages that CPUs take out of the bitmap ahead: they are free, they come back when somebody needs them, and each has one owner.
 */
#include "addresses.h"
#include "choose.h"
#include <dmastream/errors.h>
#include <string.h>

/* Every CPU holds some; one CPU gets them all, as single pages or as one range. */
static void nobody_hoards(void **state)
{
	for (size_t n = 1; n <= 127; n += 126) {
		static unsigned char seen[128];
		struct dma_iova v;
		uint64_t page, first[2];

		(void)state;
		start(&v, 128);
		memset(seen, 0, sizeof(seen));
		for (host_cpu = 0; host_cpu < 2; host_cpu++) {
			assert_int_equal(take(&v, 1, &first[host_cpu]), 0);
			assert_int_equal(dma_iova_used(&v), 2 + host_cpu);
			assert_true((uint32_t)v.cpu[host_cpu].singles != 0);
		}
		host_cpu = 0;
		give(&v, first[0], 1);
		give(&v, first[1], 1);
		for (uint64_t left = 127; left > 0; left -= n) {
			assert_int_equal(take(&v, n, &page), 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(seen[page + i]++, 0);
		}
		assert_int_equal(take(&v, 1, &page), DMA_ENOSPC);
		assert_int_equal(dma_iova_used(&v), 128);
		give(&v, 1, 127);
		stop(&v, 1);
	}
}

/* A device that reaches less than what lies ready gets what it reaches, and leaves the rest. */
static void within_reach(void **state)
{
	struct dma_iova_request request = {.npages = 1, .last = 40 * PAGE - 1};
	struct dma_iova v;
	uint64_t page, daddr, ready;
	uint32_t generation;

	(void)state;
	start(&v, 4096);
	for (unsigned i = 0; i < 31 + 32 + 5; i++) /* pages 1 to 68 */
		assert_int_equal(take(&v, 1, &page), 0);
	assert_int_equal(page, 68);
	ready = v.cpu[0].singles;
	assert_int_equal(dma_iova_alloc(&v, &request, &daddr, &generation), DMA_ENOSPC);
	assert_int_equal(dma_iova_used(&v), 69);
	assert_int_equal(take(&v, 1, &page), 0);
	give(&v, page, 1);
	ready = v.cpu[0].singles;
	give(&v, 7, 1);
	give(&v, 39, 1);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(dma_iova_alloc(&v, &request, &daddr, &generation), 0);
		assert_true(daddr == 7 * PAGE || daddr == 39 * PAGE);
	}
	assert_true(v.cpu[0].singles == ready);
	assert_int_equal(dma_iova_alloc(&v, &request, &daddr, &generation), DMA_ENOSPC);
	/* The limit lies within the 32 pages that are taken ahead: none beyond it. */
	dma_iova_fini(&v);
	assert_int_equal(dma_iova_init(&v, 4096), 0);
	request.last = 20 * PAGE - 1;
	for (unsigned i = 1; i < 20; i++) {
		assert_int_equal(dma_iova_alloc(&v, &request, &daddr, &generation), 0);
		assert_true(daddr < 20 * PAGE);
	}
	assert_int_equal(dma_iova_alloc(&v, &request, &daddr, &generation), DMA_ENOSPC);
	assert_int_equal(dma_iova_used(&v), 20);
	give(&v, 1, 19);
	stop(&v, 1);
}

/* Tables are given back over blocks of which nothing is allocated, though a CPU has pages of them ready. */
static void blocks_come_free(void **state)
{
	struct dma_iova v;
	uint64_t page, from = 0, daddr;

	(void)state;
	start(&v, 2 * DMA_IOVA_BLOCK_PAGES);
	for (unsigned i = 0; i < DMA_IOVA_BLOCK_PAGES; i++)
		assert_int_equal(take(&v, 1, &page), 0);
	assert_int_equal(page, DMA_IOVA_BLOCK_PAGES);
	give(&v, page, 1);
	assert_int_equal(dma_iova_take_block(&v, &from, &daddr), 0);
	assert_int_equal(daddr, DMA_IOVA_BLOCK_PAGES * PAGE);
	give(&v, DMA_IOVA_BLOCK_PAGES, DMA_IOVA_BLOCK_PAGES);
	give(&v, 1, DMA_IOVA_BLOCK_PAGES - 1);
	stop(&v, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_hoards),
		cmocka_unit_test(within_reach),
		cmocka_unit_test(blocks_come_free),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
