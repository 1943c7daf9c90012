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
		cmocka_unit_test(interrupted),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
