/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device addresses (src/iommu/iova): CPUs take and free ranges of one space, while books grow, are given back and
 * looked at. addresses_books.c keeps count; books that are freed are not looked into.
 */
#include "addresses.h"

/* The books are there, and the stacks hold what was freed last. */
static void warm(void)
{
	addresses_take_and_give(1);
	addresses_take_and_give(3);
}

static void start_two(void)
{
	addresses_start(2);
	warm();
}

static void start_one_stack(void)
{
	addresses_start(1);
	warm();
}

static void start_cold(void)
{
	addresses_start(2);
}

static void start_three_cold(void)
{
	addresses_start(3);
}

static void start_short_stacks(void)
{
	addresses_start(2);
	addresses_no_stacks();
	warm();
}

static void start_one_short_stack(void)
{
	addresses_start(1);
	addresses_no_stacks();
	warm();
}

/* One page, or one range of 520: CPUs take it from each other, and may find none. */
static void start_one_page(void)
{
	addresses_start_with(2, 2);
	addresses_no_stacks();
	addresses_take_and_give(1);
}

static void start_one_range(void)
{
	addresses_start_with(2, 1 + 520);
	addresses_take_and_give(520);
}

/* A range that begins in one word and ends in the next; there is no other. It goes back past the stacks. */
enum { TWO_WORDS = 65 };

static void start_two_words(void)
{
	addresses_start_with(2, 1 + TWO_WORDS);
	addresses_give_to_the_bitmap(addresses_take(TWO_WORDS), TWO_WORDS);
}

/* ---- What CPUs do ---- */

static void try_to_take(size_t npages)
{
	uint64_t page = addresses_take(npages);

	if (page)
		addresses_give(page, npages);
}

static void tries_one(void)
{
	try_to_take(1);
}

static void tries_520(void)
{
	try_to_take(520);
}

/* What was claimed of a range that another CPU got first is free again, and nothing else. */
static void tries_two_words(void)
{
	uint64_t range = addresses_take(TWO_WORDS), page = range ? 0 : addresses_take(1);

	if (range)
		addresses_give_to_the_bitmap(range, TWO_WORDS);
	if (page)
		addresses_give_to_the_bitmap(page, 1);
}

static void one_page(void)
{
	addresses_take_and_give(1);
}

static void two_pages_at_once(void)
{
	uint64_t a = addresses_take(1), b = addresses_take(1);

	explore_check(a && b, "no address although there are plenty");
	addresses_give(a, 1);
	addresses_give(b, 1);
}

static void three_pages(void)
{
	addresses_take_and_give(3);
}

static void many_pages(void)
{
	addresses_take_and_give(64);
	addresses_take_and_give(520);
}

static void trims(void)
{
	(void)dma_iova_trim(&addresses_space);
}

/* Looks at all books, whoever has what. */
static void looks_at_all(void)
{
	(void)dma_iova_is_empty(&addresses_space);
}

const struct explore_program addresses_two = {
	.name = "addresses: two CPUs",
	.start = start_two,
	.cpu = {two_pages_at_once, three_pages},
	.finish = addresses_finish,
	.preemptions = 2,
};
const struct explore_program addresses_one_stack = {
	.name = "addresses: two CPUs with one stack",
	.start = start_one_stack,
	.cpu = {two_pages_at_once, one_page},
	.finish = addresses_finish,
	.preemptions = 2,
};
const struct explore_program addresses_three = {
	.name = "addresses: three CPUs with one stack",
	.start = start_one_stack,
	.cpu = {one_page, one_page, one_page},
	.finish = addresses_finish,
	.preemptions = 1,
};
const struct explore_program addresses_sizes = {
	.name = "addresses: 3 pages, 64 and 520",
	.start = start_two,
	.cpu = {three_pages, many_pages},
	.finish = addresses_finish,
	.preemptions = 1,
};
const struct explore_program addresses_grow = {
	.name = "addresses: books grow",
	.start = start_cold,
	.cpu = {one_page, three_pages},
	.finish = addresses_finish,
	.preemptions = 1,
};
const struct explore_program addresses_trim = {
	.name = "addresses: books are given back",
	.start = start_two,
	.cpu = {one_page, trims},
	.finish = addresses_finish,
	.preemptions = 1,
};
const struct explore_program addresses_looked_at = {
	.name = "addresses: books are given back while a CPU looks",
	.start = start_two,
	.cpu = {looks_at_all, trims},
	.finish = addresses_finish,
	.preemptions = 1,
	.old_reads = 2,
};
const struct explore_program addresses_interrupt = {
	.name = "addresses: an interrupt",
	.start = start_one_stack,
	.cpu = {two_pages_at_once},
	.interrupt = tries_one,
	.finish = addresses_finish,
	.preemptions = 2,
};

/* ---- What is freed goes back into the bitmap, and to whom it had not belonged ---- */

const struct explore_program addresses_short_stacks = {
	.name = "addresses: stacks are full",
	.start = start_short_stacks,
	.cpu = {two_pages_at_once, one_page},
	.finish = addresses_finish,
	.preemptions = 1,
};
const struct explore_program addresses_short_stack = {
	.name = "addresses: two CPUs with one stack, which is full",
	.start = start_one_short_stack,
	.cpu = {two_pages_at_once, one_page},
	.finish = addresses_finish,
	.preemptions = 1,
};
const struct explore_program addresses_one_page = {
	.name = "addresses: two CPUs want the only page",
	.start = start_one_page,
	.cpu = {tries_one, tries_one},
	.finish = addresses_finish,
	.preemptions = 1,
};
const struct explore_program addresses_one_range = {
	.name = "addresses: two CPUs want the only range",
	.start = start_one_range,
	.cpu = {tries_520, tries_520},
	.finish = addresses_finish,
	.preemptions = 2,
};
const struct explore_program addresses_two_words = {
	.name = "addresses: two CPUs want the only range, of two words",
	.start = start_two_words,
	.cpu = {tries_two_words, tries_two_words},
	.finish = addresses_finish,
	.preemptions = 2,
	.old_reads = 1,
};
const struct explore_program addresses_trim_short = {
	.name = "addresses: books are given back, stacks are full",
	.start = start_short_stacks,
	.cpu = {two_pages_at_once, trims},
	.finish = addresses_finish,
	.preemptions = 1,
};
const struct explore_program addresses_grow_three = {
	.name = "addresses: books grow on three CPUs",
	.start = start_three_cold,
	.cpu = {one_page, one_page, one_page},
	.finish = addresses_finish,
	.preemptions = 1,
};
