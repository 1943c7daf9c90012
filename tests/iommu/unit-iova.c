/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device addresses: every page has one owner, every part comes back, every constraint is kept, and full means
 * DMA_ENOSPC (hazards 10, 12, 17).
 */
#include "addresses.h"
#include "choose.h"
#include <dmastream/errors.h>
#include <stdlib.h>
#include <string.h>

/* ---- One owner for each page, over more than 1000 times the whole space ---- */

#define SMALL 1500u

static void h10_a_thousand_times_the_space(void **state)
{
	static unsigned char owner[SMALL];
	static struct owned live[SMALL];
	struct dma_iova v;
	uint64_t seed = 42, pages = 0, full = 0;
	unsigned nlive = 0;

	(void)state;
	start(&v, SMALL);
	memset(owner, 0, sizeof(owner));
	while (pages < 1100ull * SMALL) {
		static const size_t sizes[] = {1, 1, 1, 2, 3, 8, 17, 64, 65, 200, 600};
		size_t n = sizes[next_random(&seed) % 11];
		uint64_t page;

		if (next_random(&seed) % 2 && nlive < SMALL && take(&v, n, &page) == 0) {
			assert_true(page >= 1 && page + n <= SMALL);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(owner[page + i]++, 0);
			live[nlive++] = (struct owned){page, n};
			pages += n;
		} else if (nlive) {
			/* A part: from the start, the end, or the middle, which leaves two. */
			unsigned k = (unsigned)(next_random(&seed) % nlive);
			struct owned o = live[k];
			size_t from = next_random(&seed) % o.npages, count = 1 + next_random(&seed) % (o.npages - from);

			full += n > 0;
			give(&v, o.page + from, count);
			for (size_t i = 0; i < count; i++)
				assert_int_equal(--owner[o.page + from + i], 0);
			live[k] = live[--nlive];
			if (from)
				live[nlive++] = (struct owned){o.page, from};
			if (from + count < o.npages && nlive < SMALL)
				live[nlive++] = (struct owned){o.page + from + count, o.npages - from - count};
		}
	}
	assert_true(full > 1000);
	while (nlive > 0) {
		nlive--;
		give(&v, live[nlive].page, live[nlive].npages);
	}
	assert_true(v.grown == 1);
	stop(&v, 1);
}

static void full_means_enospc(void **state)
{
	struct dma_iova v;
	uint64_t page, first, end = CHUNK + 700;
	unsigned char *seen = calloc(end, 1);

	(void)state;
	start(&v, end);
	for (uint64_t i = 1; i < end; i++) {
		assert_int_equal(take(&v, 1, &page), 0);
		assert_true(page >= 1 && page < end);
		assert_int_equal(seen[page]++, 0);
	}
	for (size_t n = 1; n <= 1024; n *= 2)
		assert_int_equal(take(&v, n, &page), DMA_ENOSPC);
	assert_int_equal(take(&v, SIZE_MAX, &page), DMA_ENOSPC);
	assert_int_equal(take(&v, 0, &page), DMA_EINVAL);
	/* Whatever part comes back can be had again, by its own size and no larger. */
	for (size_t n = 1; n <= 1000; n = n * 3 + 1) {
		first = 64 * 5 + 37 + n;
		give(&v, first, n);
		assert_int_equal(take(&v, n + 1, &page), DMA_ENOSPC);
		assert_int_equal(take(&v, n, &page), 0);
		assert_int_equal(page, first);
	}
	give(&v, 1, end - 1);
	free(seen);
	stop(&v, 1);
}

static void fragments_join_again(void **state)
{
	struct dma_iova v;
	uint64_t page;

	(void)state;
	start(&v, 2048);
	for (unsigned i = 1; i < 2048; i++)
		assert_int_equal(take(&v, 1, &page), 0);
	for (uint64_t i = 2; i < 2048; i += 2)
		give(&v, i, 1);
	assert_int_equal(take(&v, 2, &page), DMA_ENOSPC);
	assert_int_equal(take(&v, 70, &page), DMA_ENOSPC);
	for (uint64_t i = 3; i < 2048; i += 2)
		give(&v, i, 1);
	assert_int_equal(take(&v, 2046, &page), 0);
	assert_int_equal(page, 2);
	give(&v, 2, 2046);
	give(&v, 1, 1);
	stop(&v, 1);
}

/* ---- Constraints ---- */

static void h17_constraints(void **state)
{
	struct dma_iova v;
	uint64_t seed = 7;
	static struct owned live[3000];
	unsigned nlive = 0;

	(void)state;
	start(&v, CHUNK * 3);
	assert_int_equal(dma_iova_reserve(&v, CHUNK + 100, 256), 0); /* a window */
	assert_int_equal(dma_iova_reserve(&v, CHUNK + 50, 100), 0);  /* one over its start */
	assert_int_equal(dma_iova_reserve(&v, CHUNK * 3 - 5, 1000), 0);
	assert_int_equal(dma_iova_reserve(&v, CHUNK * 9, 1000), 0);
	for (unsigned i = 0; i < 6000; i++) {
		struct dma_iova_request r = {.npages = 1 + next_random(&seed) % (i % 7 ? 60 : 900), .last = UINT64_MAX};
		uint64_t daddr, end, align;
		uint32_t generation;

		if (nlive && (nlive == 3000 || next_random(&seed) % 3 == 0)) {
			unsigned k = (unsigned)(next_random(&seed) % nlive);

			give(&v, live[k].page, live[k].npages);
			live[k] = live[--nlive];
		}
		if (next_random(&seed) % 2)
			r.last = (CHUNK + CHUNK / 2) * PAGE - 1;
		if (next_random(&seed) % 3 == 0)
			r.boundary = PAGE << next_random(&seed) % 12;
		if (next_random(&seed) % 3 == 0)
			r.align = PAGE << next_random(&seed) % 10;
		if (r.align && next_random(&seed) % 2)
			r.like = next_random(&seed) % 1024 * PAGE;
		if (dma_iova_alloc(&v, &r, &daddr, &generation))
			continue;
		end = daddr + r.npages * PAGE;
		align = r.align > PAGE ? r.align : PAGE;
		assert_true(daddr > 0 && end - 1 <= r.last);
		assert_true(end <= (CHUNK + 50) * PAGE || daddr >= (CHUNK + 356) * PAGE);
		assert_true(end <= (CHUNK * 3 - 5) * PAGE);
		if (r.boundary >= r.npages * PAGE)
			assert_int_equal(daddr / r.boundary, (end - 1) / r.boundary);
		if (!r.boundary)
			assert_int_equal(daddr & (align - 1), r.like & (align - 1));
		live[nlive++] = (struct owned){daddr / PAGE, r.npages};
	}
	assert_true(nlive > 300);
	for (unsigned i = 0; i < nlive; i++) /* nobody has what another has */
		for (unsigned k = 0; k < i; k++)
			assert_true(live[i].page + live[i].npages <= live[k].page ||
				    live[k].page + live[k].npages <= live[i].page);
	while (nlive > 0) {
		nlive--;
		give(&v, live[nlive].page, live[nlive].npages);
	}
	stop(&v, 1 + 306 + 5);
}

/* The stack of recent ranges keeps to the device's mask, too. */
static void mask_of_few_pages(void **state)
{
	struct dma_iova v;
	struct dma_iova_request r = {.npages = 1, .last = 100 * PAGE - 1};
	uint64_t daddr, page;
	uint32_t generation;

	(void)state;
	start(&v, CHUNK);
	for (unsigned i = 1; i < 100; i++) {
		assert_int_equal(take(&v, 1, &page), 0); /* another device of the domain takes from the same words */
		give(&v, page, 1);
		assert_int_equal(dma_iova_alloc(&v, &r, &daddr, &generation), 0);
		assert_true(daddr + PAGE - 1 <= r.last);
	}
	assert_int_equal(dma_iova_alloc(&v, &r, &daddr, &generation), DMA_ENOSPC);
	r.last -= 1; /* a mask that ends inside a page */
	give(&v, 99, 1);
	assert_int_equal(dma_iova_alloc(&v, &r, &daddr, &generation), DMA_ENOSPC);
	assert_int_equal(take(&v, 1, &page), 0);
	dma_iova_fini(&v);
	assert_true(host_stop());
}

/* The same for several pages. */
static void mask_of_many_pages(void **state)
{
	static const size_t sizes[] = {4, 33, 64, 128, 512};

	(void)state;
	for (unsigned k = 0; k < 5; k++) {
		struct dma_iova_request r = {.npages = sizes[k], .last = 1024 * PAGE - 1};
		uint64_t daddr, page, first;
		uint32_t generation;
		struct dma_iova v;

		start(&v, CHUNK);
		assert_int_equal(take(&v, sizes[k], &first), 0);
		assert_true(first + sizes[k] <= 1024);
		do
			assert_int_equal(take(&v, sizes[k], &page), 0);
		while (page < 4096);
		while (dma_iova_alloc(&v, &r, &daddr, &generation) == 0)
			assert_true(daddr + sizes[k] * PAGE - 1 <= r.last);
		give(&v, first, sizes[k]);
		assert_int_equal(take(&v, sizes[k], &page), 0); /* up there again */
		assert_int_equal(dma_iova_alloc(&v, &r, &daddr, &generation), page == first ? DMA_ENOSPC : 0);
		assert_true(page == first || daddr == first * PAGE);
		dma_iova_fini(&v);
		assert_true(host_stop());
	}
}

/* ---- Growing ---- */

static void interrupts_off(void **state)
{
	struct dma_iova v;
	uint64_t page;
	int error;

	(void)state;
	start(&v, CHUNK * 8);
	host_interrupts_off = true;
	assert_int_equal(take(&v, CHUNK - 100, &page), 0); /* out of the spare page */
	error = take(&v, CHUNK - 100, &page);
	assert_int_equal(error, DMA_ENOMEM);
	assert_int_equal(take(&v, 1, &page), 0);
	host_interrupts_off = false;
	assert_int_equal(take(&v, CHUNK - 100, &page), 0);
	dma_iova_fini(&v);
	assert_true(host_stop());
}

static void h12_every_hook_fails(void **state)
{
	bool done = false;

	(void)state;
	for (unsigned n = 1; !done; n++) {
		struct dma_iova v;
		uint64_t page, got = 0;
		int error;

		host_start();
		host.fail_at = n;
		error = dma_iova_init(&v, CHUNK * (DMA_IOVA_GROUP_CHUNKS + 2));
		if (!error)
			error = dma_iova_reserve(&v, CHUNK * DMA_IOVA_GROUP_CHUNKS + 9, 20);
		if (!error)
			while ((error = take(&v, CHUNK - 100, &page)) == 0)
				got++;
		done = host.calls < n;
		if (done)
			assert_int_equal(error, DMA_ENOSPC);
		else
			assert_true(error == DMA_ENOMEM || error == DMA_ENOSPC);
		if (v.cpus)
			dma_iova_fini(&v);
		assert_true(host_stop());
	}
}

static void blocks(void **state)
{
	struct dma_iova v;
	uint64_t from = 0, daddr, page, n = 0;

	(void)state;
	start(&v, CHUNK);
	assert_int_equal(take(&v, 1, &page), 0);
	while (dma_iova_take_block(&v, &from, &daddr) == 0) {
		assert_int_equal(daddr % (DMA_IOVA_BLOCK_PAGES * PAGE), 0);
		assert_true(page / DMA_IOVA_BLOCK_PAGES != daddr / PAGE / DMA_IOVA_BLOCK_PAGES);
		n++;
	}
	assert_true(n >= CHUNK / DMA_IOVA_BLOCK_PAGES - 2);
	dma_iova_fini(&v);
	assert_true(host_stop());
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h10_a_thousand_times_the_space),
		cmocka_unit_test(full_means_enospc),
		cmocka_unit_test(fragments_join_again),
		cmocka_unit_test(h17_constraints),
		cmocka_unit_test(mask_of_few_pages),
		cmocka_unit_test(mask_of_many_pages),
		cmocka_unit_test(interrupts_off),
		cmocka_unit_test(h12_every_hook_fails),
		cmocka_unit_test(blocks),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
