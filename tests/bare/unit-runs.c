/* SPDX-License-Identifier: MPL-2.0 */
/*
 * platform/bare/memory/runs.c against an array of bools, for sizes around those where a level of the bitmap begins.
 */
#include "../../platform/bare/memory/runs.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct model {
	bool *unused;
	size_t npages;
	uint64_t origin;
};

static size_t model_find(const struct model *m, size_t n, size_t low, size_t high, size_t align)
{
	high = high < m->npages ? high : m->npages;
	for (size_t first = low; first < high && n <= high - first; first++) {
		size_t i = 0;

		if ((m->origin + first) % align)
			continue;
		while (i < n && m->unused[first + i])
			i++;
		if (i == n)
			return first;
	}
	return RUNS_NONE;
}

static uint32_t seed;

static size_t below(size_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (size_t)((uint64_t)seed * n >> 32);
}

static void compare(const struct runs *runs, const struct model *m)
{
	size_t nfree = 0, next = m->npages;

	for (size_t i = m->npages; i-- > 0;) {
		nfree += m->unused[i];
		next = m->unused[i] ? i : next;
		if (i % 7 == 0)
			assert_int_equal(runs_next(runs, i), next);
	}
	assert_int_equal(runs->nfree, nfree);
	assert_int_equal(runs_next(runs, m->npages), m->npages);
}

static void random_steps(size_t npages, uint64_t origin, unsigned steps)
{
	struct runs runs;
	struct model m = {calloc(npages, sizeof(bool)), npages, origin};
	void *memory = calloc(1, runs_bytes(npages));

	runs_init(&runs, memory, npages, origin);
	compare(&runs, &m);
	for (unsigned step = 0; step < steps; step++) {
		size_t n = 1 + below(below(4) ? 5 : 200), first = below(npages), low = below(npages),
		       high = below(npages + 1);
		size_t align = (size_t)1 << below(6), length = 0;

		n = n < npages - first ? n : npages - first;
		if (below(2)) { /* put what is not free of a range */
			while (length < n && !m.unused[first + length])
				length++;
			runs_put(&runs, first, length);
			memset(m.unused + first, true, length);
			continue;
		}
		assert_int_equal(runs_find(&runs, n, low, high, align), model_find(&m, n, low, high, align));
		first = runs_find(&runs, n, 0, npages, align);
		assert_int_equal(first, model_find(&m, n, 0, npages, align));
		if (first == RUNS_NONE)
			continue;
		assert_int_equal(runs_length(&runs, first, n), n);
		runs_take(&runs, first, n);
		memset(m.unused + first, false, n);
		if (step % 16 == 0)
			compare(&runs, &m);
	}
	compare(&runs, &m);
	free(memory);
	free(m.unused);
}

static void sizes(void **state)
{
	static const size_t npages[] = {1, 2, 63, 64, 65, 4095, 4096, 4097, 8192, 10000};

	(void)state;
	for (size_t i = 0; i < sizeof(npages) / sizeof(npages[0]); i++)
		for (seed = 1; seed < 4; seed++)
			random_steps(npages[i], seed * 5, npages[i] > 1000 ? 300 : 3000);
}

static void three_levels(void **state)
{
	(void)state;
	seed = 9;
	random_steps(270000, 0x40000, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(three_levels),
	};

	return cmocka_run_group_tests_name("runs", tests, NULL, NULL);
}
