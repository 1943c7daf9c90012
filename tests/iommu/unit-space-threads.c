/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Spaces under several threads: maps, splits, releases and flushes in one domain.
 */
#include "choose.h"
#include "scene.h"
#include <dmastream/iommu.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define THREADS 3

static unsigned wrong;

static void *worker(void *arg)
{
	uint64_t random = 17 + (uint64_t)(uintptr_t)arg;

	host_cpu = (unsigned)(uintptr_t)arg % 2;
	for (unsigned round = 0; round < 1500; round++) {
		struct dma_stream s = {0}, tail = {0};
		uint64_t daddr, paddr, at;
		size_t npages;

		random = random * 6364136223846793005u + 1442695040888963407u;
		npages = (random >> 60) == 0 ? 600 : (random >> 40 & 7) + 1;
		if (dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL, npages)) {
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
			continue;
		}
		daddr = dma_stream_daddr(&s).raw;
		at = (random >> 20) % (npages * PAGE);
		if (!unit_access(&unit, daddr + at, UNIT_WRITE, &paddr) || paddr != dma_stream_paddr(&s).raw + at)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		if (npages > 1 && (random >> 30 & 3) == 0 &&
		    (dma_stream_split(&s, PAGE, &tail) || !unit_access(&unit, daddr + at, UNIT_WRITE, &paddr)))
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		dma_stream_release(&s);
		dma_stream_release(&tail);
		if ((random >> 50 & 63) == 0 && dma_domain_flush(&unit.space.domain))
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void threads(void **state)
{
	struct dma_space_config config = deferred_config;

	(void)state;
	for (unsigned deferred = 0; deferred < 2; deferred++) {
		pthread_t thread[THREADS];

		config.deferred = deferred;
		config.batch_count = 20;
		begin(&config, false, true);
		wrong = 0;
		for (uintptr_t i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&thread[i], NULL, worker, (void *)i), 0);
		for (unsigned i = 0; i < 300; i++) {
			struct dma_lookup found;

			unit.space.mapper->lookup(&unit.space, (i % 200 + 1) * PAGE * 7, &found);
			(void)dma_reclaim();
		}
		for (unsigned i = 0; i < THREADS; i++)
			pthread_join(thread[i], NULL);
		assert_int_equal(wrong, 0);
		end();
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
