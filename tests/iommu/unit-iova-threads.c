/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device addresses under several threads: every page has one owner, and none is lost.
 */
#include "addresses.h"
#include "choose.h"
#include <dmastream/errors.h>
#include <pthread.h>
#include <string.h>

#define THREADS 4
#define SHARED	(DMA_IOVA_CHUNK_PAGES * 2)

static struct dma_iova shared;
static unsigned char owners[SHARED];
static unsigned wrong, served;

static void *worker(void *arg)
{
	uint64_t seed = 99 + (uint64_t)(uintptr_t)arg;
	struct owned live[40];
	unsigned nlive = 0;

	host_cpu = (unsigned)(uintptr_t)arg % 2;
	for (unsigned round = 0; round < 60000; round++) {
		static const size_t sizes[] = {1, 1, 1, 1, 4, 33, 64, 100, 512, 700};
		size_t n = sizes[next_random(&seed) % 10];
		uint64_t page;

		if (nlive < 40 && next_random(&seed) % 2) {
			if (take(&shared, n, &page))
				continue;
			__atomic_add_fetch(&served, 1, __ATOMIC_RELAXED);
			for (size_t i = 0; i < n; i++)
				if (__atomic_exchange_n(&owners[page + i], 1, __ATOMIC_RELAXED))
					__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
			live[nlive++] = (struct owned){page, n};
		} else if (nlive) {
			struct owned o = live[--nlive];

			for (size_t i = 0; i < o.npages; i++)
				__atomic_store_n(&owners[o.page + i], 0, __ATOMIC_RELAXED);
			give(&shared, o.page, o.npages / 2);
			give(&shared, o.page + o.npages / 2, o.npages - o.npages / 2);
		}
	}
	while (nlive > 0) {
		nlive--;
		for (size_t i = 0; i < live[nlive].npages; i++)
			__atomic_store_n(&owners[live[nlive].page + i], 0, __ATOMIC_RELAXED);
		give(&shared, live[nlive].page, live[nlive].npages);
	}
	return NULL;
}

static void threads(void **state)
{
	pthread_t thread[THREADS];
	uint64_t page;

	(void)state;
	start(&shared, SHARED);
	memset(owners, 0, sizeof(owners));
	wrong = served = 0;
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, worker, (void *)i), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(wrong, 0);
	assert_true(served > 10000);
	/* No block is lost as full: all of it can be had again. */
	for (uint64_t i = 1; i < SHARED; i++)
		assert_int_equal(take(&shared, 1, &page), 0);
	give(&shared, 1, SHARED - 1);
	stop(&shared, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
