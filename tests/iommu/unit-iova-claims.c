/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Ranges that a word does not hold: claimed whole or not at all, whoever comes in between, and kept where they were.
 */
#include "addresses.h"
#include "choose.h"
#include <dmastream/errors.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

/* Where the last long range was there is room for half of it now. */
static void claimed_again(void **state)
{
	struct dma_iova v;
	uint64_t first, page;

	(void)state;
	start(&v, CHUNK);
	assert_int_equal(take(&v, 128, &first), 0);
	give(&v, first, 64);
	assert_int_equal(take(&v, 128, &page), 0);
	assert_true(page + 128 <= first || page >= first + 128);
	assert_int_equal(dma_iova_used(&v), 1 + 64 + 128);
	give(&v, page, 128);
	give(&v, first + 64, 64);
	stop(&v, 1);
}

/* A range that a CPU keeps is nobody's and nobody gets it, until it is asked for again or addresses run short. */
static void kept(void **state)
{
	struct dma_iova v;
	uint64_t first, page, size;

	(void)state;
	start(&v, 512);
	assert_int_equal(take(&v, 128, &first), 0);
	assert_false(dma_iova_keep(&v.cpu[0], first + 1, 64));
	assert_false(dma_iova_keep(&v.cpu[0], first, 65));
	assert_true(dma_iova_keep(&v.cpu[0], first, 128));
	assert_int_equal(dma_iova_used(&v), 1);
	assert_int_equal(take(&v, 64, &page), 0);
	assert_true(page + 64 <= first || page >= first + 128);
	assert_false(dma_iova_keep(&v.cpu[0], page, 64)); /* one at a time */
	assert_true(dma_iova_keep(&v.cpu[1], page, 64));
	assert_int_equal(dma_iova_take_kept(&v.cpu[0], 64, UINT64_MAX), 0);
	assert_int_equal(dma_iova_take_kept(&v.cpu[0], 192, UINT64_MAX), 0);
	assert_int_equal(dma_iova_take_kept(&v.cpu[0], 128, (first + 128) * DMA_PAGE_SIZE - 2), 0);
	assert_int_equal(dma_iova_take_kept(&v.cpu[0], 128, (first + 128) * DMA_PAGE_SIZE), first);
	assert_int_equal(dma_iova_take_kept(&v.cpu[0], 128, UINT64_MAX), 0);
	assert_int_equal(dma_iova_used(&v), 1 + 128);
	assert_true(dma_iova_keep(&v.cpu[0], first, 128));

	/* Both come back before anybody is told that there is no room: page after page, and as much as there is. */
	for (size = 1; take(&v, 1, &page) == 0; size++)
		;
	assert_int_equal(size, 512);
	assert_int_equal(dma_iova_used(&v), 512);
	give(&v, 1, 511);
	assert_int_equal(take(&v, 320, &first), 0);
	assert_true(dma_iova_keep(&v.cpu[1], first, 320));
	assert_int_equal(take(&v, 448, &page), 0);
	give(&v, page, 448);
	stop(&v, 1);
}

/* An interrupt takes a page, or gives it back, at any instruction of a long claim: all of it is had, or nothing. */
static struct {
	struct dma_iova v;
	uint64_t page; /* the handler's; 0: none */
	volatile unsigned came;
} interrupted_by;

static void take_or_give(int number)
{
	(void)number;
	interrupted_by.came++;
	if (interrupted_by.page) {
		give(&interrupted_by.v, interrupted_by.page, 1);
		interrupted_by.page = 0;
	} else if (take(&interrupted_by.v, 1, &interrupted_by.page)) {
		interrupted_by.page = 0;
	}
}

static void interrupted(void **state)
{
	const struct itimerval often = {{0, 30}, {0, 30}}, never = {{0, 0}, {0, 0}};
	const size_t npages = CHUNK - DMA_IOVA_BLOCK_PAGES;
	struct dma_iova *v = &interrupted_by.v;
	unsigned had = 0, refused = 0;
	uint64_t page;

	(void)state;
	start(v, CHUNK);
	assert_int_equal(dma_iova_reserve(v, 0, DMA_IOVA_BLOCK_PAGES), 0);
	interrupted_by.came = 0;
	assert_ptr_not_equal(signal(SIGALRM, take_or_give), SIG_ERR);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	while (interrupted_by.came < 1000 || !had || !refused) {
		if (take(v, npages, &page)) {
			refused++;
		} else {
			had++;
			give(v, page, npages);
		}
	}
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_ptr_not_equal(signal(SIGALRM, SIG_DFL), SIG_ERR);
	if (interrupted_by.page)
		give(v, interrupted_by.page, 1);
	stop(v, DMA_IOVA_BLOCK_PAGES);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claimed_again),
		cmocka_unit_test(kept),
		cmocka_unit_test(interrupted),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
