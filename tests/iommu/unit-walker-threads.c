/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The walker under several threads: disjoint ranges that share tables at every level, and somebody who looks.
 */
#include "../hosts/iommu_host.h"
#include "choose.h"
#include "hardware.h"
#include "model.h"
#include <dmastream/errors.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define THREADS 4
#define ROUNDS	3000

static struct model shared;
static unsigned wrong;

static void *worker(void *arg)
{
	uint64_t number = (uint64_t)(uintptr_t)arg, random = number * 77 + 5;
	struct dma_gather gather = {0};

	host_cpu = (unsigned)number % 2; /* numbers are hints: two threads each have the same one */
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t base, nbytes = PAGE;
		size_t npages = 1;

		random = random * 6364136223846793005u + 1442695040888963407u;
		base = (random >> 40 & 7) * GIB + (random >> 50 & 3) * MIB_2 + 16 * GIB;
		if ((random >> 60) == 0) { /* a 2 MiB block of its own, so that tables come and go */
			base = 64 * GIB + number * MIB_2;
			npages = MIB_2 / PAGE;
			nbytes = MIB_2;
		} else {
			base += (random >> 33 & 31) * THREADS * PAGE + number * PAGE;
		}
		if (dma_table_map(&shared.table, base, 0x4000000000 + base, npages, 3, 1 << 20, true))
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		for (uint64_t at = base; at < base + nbytes; at += PAGE) {
			struct hardware_result r =
				hardware_walk(shared.format->name, shared.table.root.raw, at, shared.table.snoops);

			if (!r.mapped || r.paddr != 0x4000000000 + at)
				__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		}
		if (dma_table_unmap(&shared.table, base, npages, 0, &gather) ||
		    hardware_walk(shared.format->name, shared.table.root.raw, base, shared.table.snoops).mapped)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		dma_table_reclaim(&shared.table, &gather);
	}
	return NULL;
}

static void threads(void **state)
{
	(void)state;
	for (unsigned snoops = 0; snoops < 2; snoops++) {
		pthread_t thread[THREADS];

		model_start(&shared, &dma_format_vtd4, snoops, 6);
		wrong = 0;
		for (uintptr_t i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&thread[i], NULL, worker, (void *)i), 0);
		for (unsigned i = 0; i < 2000; i++) {
			struct dma_lookup found;

			dma_table_lookup(&shared.table, 64 * GIB + i % 16 * MIB_2 / 2, 0, &found);
			dma_table_lookup(&shared.table, 16 * GIB + i % 128 * PAGE, 0, &found);
		}
		for (unsigned i = 0; i < THREADS; i++)
			pthread_join(thread[i], NULL);
		assert_int_equal(wrong, 0);
		model_stop(&shared);
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
