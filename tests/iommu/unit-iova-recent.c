/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The stacks of recently freed ranges: a range on one is nobody's and nobody gets it but who asks for its size, within
 * its reach; when addresses run short all come back; and a steady workload stays at its addresses.
 */
#include "addresses.h"
#include "choose.h"
#include <dmastream/errors.h>
#include <string.h>

/* Every CPU has some on its stack; one CPU gets them all, as single pages or as one range. */
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
			assert_true(v.cpu[host_cpu]->recent[v.cpu[host_cpu]->top & v.cpu[host_cpu]->mask] % PAGE != 0);
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

/* In a full space nothing lies on any stack, which an allocation that fails finds out without a look at them:
 * marks stay in the slots. What is freed over a mark, by whichever CPU and again and again, is found by all of
 * them; so is what comes onto a stack behind it. */
static void full_and_freed_again(void **state)
{
	struct dma_iova v;
	uint64_t page;

	(void)state;
	start(&v, 128);
	for (unsigned i = 1; i < 128; i++)
		assert_int_equal(take(&v, 1, &page), 0);
	assert_int_equal(take(&v, 1, &page), DMA_ENOSPC);
	for (unsigned i = 0; i < 500; i++) {
		unsigned from = i % 2, to = i / 2 % 2, n = i % 7 + 1;

		host_cpu = from;
		for (unsigned k = 0; k < n; k++)
			give(&v, 1 + (i + k) % 127, 1);
		if (i % 3 == 0) { /* taken off the stack and put back: over an empty slot, not over a mark */
			assert_int_equal(take(&v, 1, &page), 0);
			give(&v, page, 1);
		}
		assert_int_equal(dma_iova_used(&v), 128 - n);
		host_cpu = to;
		for (unsigned k = 0; k < n; k++) {
			assert_int_equal(take(&v, 1, &page), 0);
			assert_true((page + 127 - 1 - i % 127) % 127 < n);
		}
		for (host_cpu = 0; host_cpu < 2; host_cpu++)
			assert_int_equal(take(&v, 1, &page), DMA_ENOSPC);
		assert_int_equal(v.swept, v.announced);
		for (unsigned k = 0; k <= 2 * v.cpu[0]->mask; k++)
			assert_int_equal(v.cpu[k % 2]->recent[k / 2], DMA_IOVA_SWEPT);
	}
	host_cpu = 0;
	give(&v, 1, 127);
	stop(&v, 1);
}

/* Any size up to a block, also one that was cut out of a larger range: the next of it is there, and nothing else is. */
static void again(void **state)
{
	static const size_t sizes[] = {1, 2, 3, 5, 16, 64, 100, 256, 511};
	struct dma_iova v;

	(void)state;
	start(&v, CHUNK);
	for (unsigned k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		uint64_t first, page, other, last;

		assert_int_equal(take(&v, sizes[k], &first), 0);
		give(&v, first, sizes[k]);
		assert_int_equal(dma_iova_used(&v), 1);
		last = (first + sizes[k]) * PAGE - 1;
		assert_int_equal(dma_iova_take_recent(v.cpu[0], sizes[k] + 1, UINT64_MAX), 0);
		assert_int_equal(dma_iova_take_recent(v.cpu[0], sizes[k], last - 1), 0);
		assert_int_equal(dma_iova_take_recent(v.cpu[1], sizes[k], UINT64_MAX), 0);
		assert_int_equal(take(&v, sizes[k] + 1, &other), 0);
		assert_true(other + sizes[k] + 1 <= first || other >= first + sizes[k]);
		give(&v, other, sizes[k] + 1);
		assert_int_equal(take(&v, sizes[k], &page), 0); /* below the newest */
		assert_int_equal(page, first);
		give(&v, first, sizes[k]);
		assert_int_equal(dma_iova_take_recent(v.cpu[0], sizes[k], last), first * PAGE);
		give(&v, first, sizes[k]);
	}
	stop(&v, 1);
}

/* A range of two blocks, and one of a block, does not come onto a stack: the fast path looks at one leaf table. */
static void within_a_block(void **state)
{
	struct dma_iova v;
	uint64_t page;

	(void)state;
	start(&v, 4 * DMA_IOVA_BLOCK_PAGES);
	for (unsigned i = 1; i < 4 * DMA_IOVA_BLOCK_PAGES; i++)
		assert_int_equal(take(&v, 1, &page), 0);
	give(&v, DMA_IOVA_BLOCK_PAGES - 3, 6);
	assert_int_equal(dma_iova_take_recent(v.cpu[0], 6, UINT64_MAX), 0);
	assert_int_equal(take(&v, 6, &page), 0);
	assert_int_equal(page, DMA_IOVA_BLOCK_PAGES - 3);
	give(&v, DMA_IOVA_BLOCK_PAGES, DMA_IOVA_BLOCK_PAGES);
	for (unsigned i = 0; i < DMA_IOVA_RECENT; i++)
		assert_int_equal(v.cpu[0]->recent[i] % PAGE, 0);
	give(&v, 1, DMA_IOVA_BLOCK_PAGES - 1);
	give(&v, 2 * DMA_IOVA_BLOCK_PAGES, 2 * DMA_IOVA_BLOCK_PAGES);
	stop(&v, 1);
}

/* More than a stack holds: the oldest fall off it into the bitmap, and none is lost. */
static void falls_off(void **state)
{
	static uint64_t pages[4 * DMA_IOVA_RECENT];
	struct dma_iova v;
	uint64_t on_stack = 0;

	(void)state;
	start(&v, CHUNK);
	dma_iova_defer(&v);
	for (unsigned i = 0; i < 4 * DMA_IOVA_RECENT; i++)
		assert_int_equal(take(&v, 3, &pages[i]), 0);
	for (unsigned i = 0; i < 4 * DMA_IOVA_RECENT; i++)
		give(&v, pages[i], 3);
	assert_int_equal(dma_iova_used(&v), 1);
	for (unsigned i = 0; i < DMA_IOVA_RECENT; i++)
		on_stack += v.cpu[0]->recent[i] % PAGE != 0;
	assert_int_equal(on_stack, DMA_IOVA_RECENT);
	for (unsigned i = 4 * DMA_IOVA_RECENT; i-- > 3 * DMA_IOVA_RECENT;) { /* the newest first */
		assert_int_equal(take(&v, 3, &pages[0]), 0);
		assert_int_equal(pages[0], pages[i]);
	}
	give(&v, pages[3 * DMA_IOVA_RECENT], 3 * DMA_IOVA_RECENT);
	for (unsigned i = 3 * DMA_IOVA_RECENT + 1; i < 4 * DMA_IOVA_RECENT; i++)
		if (pages[i] < pages[3 * DMA_IOVA_RECENT] ||
		    pages[i] >= pages[3 * DMA_IOVA_RECENT] + 3 * DMA_IOVA_RECENT)
			give(&v, pages[i], 3);
	dma_iova_fini(&v);
	assert_true(host_stop());
}

/* A device that reaches less than what lies ready gets what it reaches, and leaves the rest. */
static void within_reach(void **state)
{
	struct dma_iova_request request = {.npages = 1, .last = 40 * PAGE - 1};
	struct dma_iova v;
	uint64_t page, daddr;
	uint32_t generation;

	(void)state;
	start(&v, 4096);
	for (unsigned i = 0; i < 31 + 32 + 5; i++) /* pages 1 to 68 */
		assert_int_equal(take(&v, 1, &page), 0);
	assert_int_equal(page, 68);
	assert_int_equal(dma_iova_alloc(&v, &request, &daddr, &generation), DMA_ENOSPC);
	assert_int_equal(dma_iova_used(&v), 69);
	for (unsigned i = 0; i < 2; i++) {
		give(&v, i ? 39 : 7, 1);
		give(&v, 60, 1);
		assert_int_equal(dma_iova_alloc(&v, &request, &daddr, &generation), 0);
		assert_int_equal(daddr, (i ? 39 : 7) * PAGE);
		assert_int_equal(dma_iova_alloc(&v, &request, &daddr, &generation), DMA_ENOSPC);
		assert_int_equal(take(&v, 1, &page), 0);
		give(&v, page, 1);
		assert_int_equal(dma_iova_used(&v), 68);
		give(&v, 68, 1);
		assert_int_equal(take(&v, 1, &page), 0);
		assert_int_equal(take(&v, 1, &page), 0);
	}
	/* The limit lies within the pages that come out of the bitmap at once: none beyond it. */
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

/* Blocks of which nothing is allocated can be taken, though stacks have pages of them. */
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

/* 1000 live ranges, replaced one after another and at random: no address that was not there before. */
static void steady(void **state)
{
	static const size_t sizes[] = {1, 3, 16, 64, 256};

	(void)state;
	for (unsigned k = 0; k < 2 * sizeof(sizes) / sizeof(sizes[0]); k++) {
		static uint64_t pages[1000];
		struct dma_iova v;
		uint64_t highest = 0, seed = 3;
		size_t n = sizes[k / 2];

		start(&v, (uint64_t)1 << 36);
		for (unsigned i = 0; i < 1000; i++) {
			assert_int_equal(take(&v, n, &pages[i]), 0);
			highest = pages[i] > highest ? pages[i] : highest;
		}
		for (unsigned i = 0; i < 20000; i++) {
			uint64_t *one = &pages[k % 2 ? next_random(&seed) % 1000 : i % 1000];

			give(&v, *one, n);
			assert_int_equal(take(&v, n, one), 0);
			assert_true(*one <= highest);
		}
		for (unsigned i = 0; i < 1000; i++)
			give(&v, pages[i], n);
		stop(&v, 1);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_hoards),  cmocka_unit_test(again),
		cmocka_unit_test(within_a_block), cmocka_unit_test(falls_off),
		cmocka_unit_test(within_reach),	  cmocka_unit_test(blocks_come_free),
		cmocka_unit_test(steady),	  cmocka_unit_test(full_and_freed_again),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
