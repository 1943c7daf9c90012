/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Spaces of every width, with reserved ranges of every width; and the books: they are there when there is something to
 * keep account of, and go back when there is not.
 */
#include "../../src/iommu/iova/iova_books.h"
#include "addresses.h"
#include "choose.h"
#include <dmastream/errors.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#define GIB_PAGES ((uint64_t)1 << (30 - DMA_PAGE_SHIFT))
#define TIB_PAGES ((uint64_t)1 << (40 - DMA_PAGE_SHIFT))

/* Reserved ranges cost by their number: pages of the library, and addresses right behind them. */
static void h78_wide_holes(void **state)
{
	static const struct {
		uint64_t first, npages;
	} hole[] = {
		{1, TIB_PAGES}, {GIB_PAGES - 5, TIB_PAGES}, {1, 15 * TIB_PAGES}, {CHUNK, 4 * CHUNK}, {CHUNK - 1, 1}};
	uint64_t plain = 0;

	(void)state;
	for (unsigned k = 0; k <= sizeof(hole) / sizeof(hole[0]); k++)
		for (unsigned bits = 48; bits <= 57; bits += 9) {
			struct dma_iova v;
			uint64_t page[40], made, last = 0;
			static const size_t sizes[] = {1, 3, 64, 512, 5000, 40000};

			start(&v, (uint64_t)1 << (bits - DMA_PAGE_SHIFT));
			if (k > 0) {
				assert_int_equal(dma_iova_reserve(&v, hole[k - 1].first, hole[k - 1].npages), 0);
				assert_int_equal(dma_iova_reserve(&v, hole[k - 1].first, hole[k - 1].npages), 0);
				assert_int_equal(dma_iova_used(&v), 1 + hole[k - 1].npages);
			}
			made = host.pages;
			plain = k ? plain : made;
			assert_true(made <= plain);
			for (unsigned i = 0; i < 40; i++) {
				size_t n = sizes[i % 6];

				assert_int_equal(take(&v, n, &page[i]), 0);
				last = page[i] + n;
				assert_true(page[i] >= 1 && last <= v.end);
				if (k > 0)
					assert_true(last <= hole[k - 1].first ||
						    page[i] >= hole[k - 1].first + hole[k - 1].npages);
			}
			assert_true(host.pages <= made + 20 * (40000 / CHUNK + 1) + 2);
			for (unsigned i = 0; i < 40; i++)
				give(&v, page[i], sizes[i % 6]);
			assert_int_equal(dma_iova_used(&v), 1 + (k ? hole[k - 1].npages : 0));
			dma_iova_fini(&v);
			assert_true(host_stop());
		}
}

/* More ranges than lie in the struct, of all widths, over one another and beyond the end; every page of the rest can
 * be had once. */
static void many_holes(void **state)
{
	static unsigned char taken[20 * DMA_IOVA_CHUNK_PAGES];
	uint64_t seed = 77;

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		uint64_t reserved = 1, page, end = sizeof(taken);
		struct dma_iova v;

		memset(taken, 0, sizeof(taken));
		taken[0] = 1;
		start(&v, end);
		for (unsigned i = 0; i < 600; i++) {
			uint64_t first = next_random(&seed) % end,
				 n = 1 + next_random(&seed) % (i % 100 == 0 ? 2 * CHUNK
							       : i % 7	    ? 90
									    : 600);

			assert_int_equal(dma_iova_reserve(&v, first, n), 0);
			for (uint64_t p = first; p < first + n && p < end; p++) {
				reserved += !taken[p];
				taken[p] = 1;
			}
			assert_int_equal(dma_iova_used(&v), reserved);
		}
		assert_int_equal(dma_iova_reserve(&v, end, 5), 0);
		assert_int_equal(dma_iova_reserve(&v, end - 1, UINT64_MAX), 0);
		reserved += !taken[end - 1];
		taken[end - 1] = 1;
		for (uint64_t left = end - reserved; left > 0; left--) {
			assert_int_equal(take(&v, 1, &page), 0);
			assert_int_equal(taken[page]++, 0);
		}
		assert_int_equal(take(&v, 1, &page), DMA_ENOSPC);
		assert_int_equal(dma_iova_used(&v), end);
		assert_int_equal(dma_iova_reserve(&v, 1, 5), DMA_EBUSY);
		dma_iova_fini(&v);
		assert_true(host_stop());
	}
}

/* Thousands of them, each over whole chunks, with one chunk between two: in any order of being told, addresses come
 * from between them alone, and come back. Nothing is found by looking at all: half a second, and 1e6 looks for each
 * call. */
static void holes_by_the_thousand(void **state)
{
	enum { MANY = 4000, TAKEN = 200 };
	static uint64_t pages[TAKEN];

	(void)state;
	for (unsigned order = 0; order < 4; order++) {
		uint64_t wide = order == 3 ? CHUNK / 4 : 2 * CHUNK, apart = wide + CHUNK, page;
		uint64_t end = (MANY + 1) * apart;
		struct dma_iova v;

		start(&v, end);
		for (uint64_t i = 0; i < MANY; i++) {
			uint64_t k = order == 0 ? i : order == 1 ? MANY - 1 - i : i * 1009 % MANY;

			assert_int_equal(dma_iova_reserve(&v, k * apart + CHUNK, wide), 0);
		}
		assert_int_equal(dma_iova_used(&v), 1 + MANY * wide);
		assert_true(host.pages <= 3 + 2 * MANY / HOLES_OF_A_PAGE + 2);
		for (unsigned i = 0; i < TAKEN; i++) {
			assert_int_equal(take(&v, CHUNK / 2, &pages[i]), 0);
			assert_true(pages[i] % apart + CHUNK / 2 <= CHUNK);
			if (order < 3)
				assert_int_equal(dma_iova_number_of(&v, dma_iova_index_of(&v, pages[i])),
						 pages[i] / CHUNK);
		}
		assert_true(order == 3 || v.grown <= TAKEN / 2 + 2);
		assert_int_equal(take(&v, 2 * CHUNK, &page), order == 3 ? DMA_ENOSPC : 0);
		if (order < 3)
			give(&v, page, 2 * CHUNK);
		for (unsigned i = 0; i < TAKEN; i++)
			give(&v, pages[i], CHUNK / 2);
		(void)dma_iova_trim(&v);
		assert_int_equal(v.grown, 0);
		stop(&v, 1 + MANY * wide);
	}
}

/* Each width: 1e5 live, in order, replaced, and gone; the books with them. */
static void h10_every_width(void **state)
{
	static const unsigned widths[] = {32, 39, 48, 57};
	static uint64_t pages[100000];

	(void)state;
	for (unsigned k = 0; k < 4; k++) {
		uint64_t seed = 5, empty, end = (uint64_t)1 << (widths[k] - DMA_PAGE_SHIFT);
		struct dma_iova v;

		start(&v, end);
		empty = host.pages;
		assert_true(empty <= 3);
		for (unsigned i = 0; i < 100000; i++) {
			assert_int_equal(take(&v, 1 + i % 7, &pages[i]), 0);
			assert_true(pages[i] + i % 7 < end);
		}
		for (unsigned i = 0; i < 300000; i++) {
			unsigned one = (unsigned)(next_random(&seed) % 100000);

			give(&v, pages[one], 1 + one % 7);
			assert_int_equal(take(&v, 1 + one % 7, &pages[one]), 0);
		}
		assert_true(v.grown <= 100000ull * 8 * 2 / CHUNK);
		assert_false(dma_iova_trim(&v) && host.pages == empty);
		for (unsigned i = 0; i < 100000; i++)
			give(&v, pages[i], 1 + i % 7);
		assert_true(dma_iova_trim(&v));
		assert_int_equal(host.pages, empty);
		assert_false(dma_iova_trim(&v));
		assert_int_equal(take(&v, 5, &pages[0]), 0); /* and it begins anew */
		give(&v, pages[0], 5);
		stop(&v, 1);
	}
}

/* Addresses beyond what most domains use: up to the last page of 57 bits. */
static void the_last_page(void **state)
{
	struct dma_iova v;
	uint64_t page;

	(void)state;
	start(&v, DMA_IOVA_LIMIT);
	assert_int_equal(dma_iova_reserve(&v, 1, DMA_IOVA_LIMIT - 2), 0);
	assert_int_equal(take(&v, 1, &page), 0);
	assert_int_equal(page, DMA_IOVA_LIMIT - 1);
	assert_int_equal(take(&v, 1, &page), DMA_ENOSPC);
	give(&v, DMA_IOVA_LIMIT - 1, 1);
	assert_true(dma_iova_trim(&v));
	stop(&v, DMA_IOVA_LIMIT - 1);
	host_start();
	assert_int_equal(dma_iova_init(&v, DMA_IOVA_LIMIT + 1), DMA_EINVAL);
	assert_int_equal(dma_iova_init(&v, 1), DMA_EINVAL);
	assert_true(host_stop());
}

/* Longer than a chunk: at a multiple, over several, aligned, with a rest, and again once it is free. */
static void several_chunks(void **state)
{
	static const size_t sizes[] = {CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 1, 5 * CHUNK + 100};

	(void)state;
	for (unsigned k = 0; k < 4; k++)
		for (uint64_t align = 0; align <= 4 * CHUNK * PAGE; align = align ? align * 4 : CHUNK * PAGE) {
			const struct dma_iova_request r = {
				.npages = sizes[k], .last = UINT64_MAX, .align = align, .like = align / 2};
			uint64_t daddr[3], page;
			uint32_t generation;
			struct dma_iova v;

			start(&v, 64 * CHUNK);
			assert_int_equal(dma_iova_reserve(&v, 9 * CHUNK, 10), 0);
			assert_int_equal(take(&v, 1, &page), 0);
			for (unsigned i = 0; i < 3; i++) {
				assert_int_equal(dma_iova_alloc(&v, &r, &daddr[i], &generation), 0);
				assert_true(!align || (daddr[i] & (align - 1)) == (r.like & (align - 1)));
				for (unsigned other = 0; other < i; other++)
					assert_true(daddr[i] + sizes[k] * PAGE <= daddr[other] ||
						    daddr[other] + sizes[k] * PAGE <= daddr[i]);
				assert_true(daddr[i] / PAGE + sizes[k] <= 9 * CHUNK ||
					    daddr[i] / PAGE >= 9 * CHUNK + 10);
			}
			dma_iova_free(&v, daddr[1], sizes[k]);
			assert_int_equal(dma_iova_alloc(&v, &r, &daddr[1], &generation), 0);
			for (unsigned i = 0; i < 3; i++) {
				dma_iova_free(&v, daddr[i], CHUNK / 2);
				dma_iova_free(&v, daddr[i] + CHUNK / 2 * PAGE, sizes[k] - CHUNK / 2);
			}
			give(&v, page, 1);
			stop(&v, 11);
		}
}

/* Ranges of whole chunks come and go at random, over more than two groups, with reserved ranges over whole chunks
 * between: one is found exactly if so many chunks are free one behind the other. */
static void runs_of_chunks(void **state)
{
	enum { CHUNKS = 400, LIVE = 60 };
	static bool taken[CHUNKS];
	struct owned live[LIVE];

	(void)state;
	for (unsigned holes = 0; holes < 2; holes++) {
		uint64_t seed = 99, reserved = 1;
		unsigned refused = 0, found = 0;
		struct dma_iova v;

		memset(taken, 0, sizeof(taken));
		memset(live, 0, sizeof(live));
		start(&v, CHUNKS * CHUNK);
		taken[0] = true; /* page 0 is nobody's */
		for (unsigned i = 20; holes && i < CHUNKS; i += 37 + i % 5) {
			assert_int_equal(dma_iova_reserve(&v, i * CHUNK, (1 + i % 2) * CHUNK), 0);
			reserved += (1 + i % 2) * CHUNK;
			taken[i] = taken[i + i % 2] = true;
		}
		for (unsigned turn = 0; turn < 6000; turn++) {
			struct owned *one = &live[next_random(&seed) % LIVE];
			uint64_t n = 2 + next_random(&seed) % (turn % 10 ? 12 : 160), run = 0, longest = 0, page;

			if (one->npages) {
				give(&v, one->page, one->npages);
				memset(taken + one->page / CHUNK, 0, one->npages / CHUNK);
				one->npages = 0;
				continue;
			}
			for (unsigned i = 0; i < CHUNKS; i++) {
				run = taken[i] ? 0 : run + 1;
				longest = run > longest ? run : longest;
			}
			if (take(&v, n * CHUNK, &page)) {
				assert_true(longest < n);
				refused++;
				continue;
			}
			found++;
			*one = (struct owned){page, n * CHUNK};
			assert_int_equal(page % CHUNK, 0);
			for (uint64_t i = page / CHUNK; i < page / CHUNK + n; i++) {
				assert_false(taken[i]);
				taken[i] = true;
			}
		}
		assert_true(refused > 100 && found > 1000);
		for (unsigned i = 0; i < LIVE; i++)
			give(&v, live[i].page, live[i].npages);
		(void)dma_iova_trim(&v);
		assert_int_equal(v.grown, 0);
		stop(&v, reserved);
	}
}

/* ---- Trimming while others allocate and free ---- */

static struct dma_iova shared;
static bool over;

static void *user(void *arg)
{
	const struct timespec pause = {0, 50000}; /* in which nobody has anything */
	uint64_t seed = 3 + (uint64_t)(uintptr_t)arg;

	host_cpu = (unsigned)(uintptr_t)arg % 2;
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		struct owned live[60];
		unsigned n = 0;

		for (; n < 60; n++) {
			live[n].npages = 1 + next_random(&seed) % (n % 10 ? 40 : 9000);
			if (take(&shared, live[n].npages, &live[n].page))
				break;
		}
		while (n-- > 0)
			give(&shared, live[n].page, live[n].npages);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void trimmed_meanwhile(void **state)
{
	pthread_t thread[2];
	unsigned trimmed = 0;
	uint64_t empty;

	(void)state;
	start(&shared, 64 * CHUNK);
	empty = host.pages;
	over = false;
	for (uintptr_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, user, (void *)i), 0);
	for (unsigned i = 0; i < 300 || trimmed < 3; i++)
		trimmed += dma_iova_trim(&shared);
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	assert_true(trimmed > 0);
	(void)dma_iova_trim(&shared);
	assert_int_equal(host.pages, empty);
	assert_int_equal(shared.grown, 0);
	stop(&shared, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h78_wide_holes),	 cmocka_unit_test(many_holes),
		cmocka_unit_test(holes_by_the_thousand), cmocka_unit_test(h10_every_width),
		cmocka_unit_test(the_last_page),	 cmocka_unit_test(several_chunks),
		cmocka_unit_test(runs_of_chunks),	 cmocka_unit_test(trimmed_meanwhile),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
