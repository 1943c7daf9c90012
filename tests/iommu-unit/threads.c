/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Several CPUs at one unit: strict releases side by side on its ring of commands, faults polled by all. Under the
 * thread sanitizer.
 */
#include "threads.h"
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 60 };

static struct scene scenes[2];
static unsigned wrong[THREADS];

static void *worker(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg;
	const struct scene *w = &scenes[me % 2];

	sim_set_cpu(me);
	for (unsigned n = 0; n < ROUNDS; n++) {
		struct dma_stream s = {0};
		uint64_t daddr, paddr;

		if (dma_stream_alloc_uninit(&s, w->dev, DMA_FROM_DEVICE, 1 + n % 3)) {
			wrong[me]++;
			continue;
		}
		daddr = dma_stream_daddr(&s).raw;
		wrong[me] += w->look(w->device, daddr, true, &paddr) != 0 || paddr != dma_stream_paddr(&s).raw;
		dma_stream_release(&s);
		(void)dma_iommu_poll_all();
		sim_handover();
	}
	return NULL;
}

static void releases(void *fixture)
{
	pthread_t thread[THREADS];

	if (unit_world.up(fixture, scenes)) {
		sim_handover();
		for (unsigned i = 0; i < THREADS; i++)
			SIM_CHECK(pthread_create(&thread[i], NULL, worker, (void *)(uintptr_t)i) == 0);
		for (unsigned i = 0; i < THREADS; i++) {
			SIM_CHECK(pthread_join(thread[i], NULL) == 0);
			SIM_CHECK(wrong[i] == 0);
		}
	}
	unit_world.down();
}

/* ---- Several pollers (hazard 79) ---- */

static int stop;

static void *poller(void *arg)
{
	sim_set_cpu((unsigned)(uintptr_t)arg);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		(void)dma_iommu_poll_all();
	return NULL;
}

/* A poller is interrupted while it tells of a fault. */
static void on_fault(const struct dma_fault *fault, void *context)
{
	(void)fault, (void)context;
	(void)usleep(100);
}

static uint64_t counted(void)
{
	struct dma_domain_stats stats;

	dma_domain_stats(*scenes[0].domain, &stats);
	return stats.faults;
}

/* A transfer is blocked; then its driver polls, before it trusts the completion: it has the fault, or finds it
 * counted, whatever the other pollers are about. */
static void pollers(void *fixture)
{
	pthread_t thread[3];
	uint64_t paddr;

	stop = 0;
	if (!unit_world.up(fixture, scenes))
		return;
	dma_iommu_on_fault(on_fault, NULL);
	sim_handover();
	for (uintptr_t i = 0; i < 3; i++)
		SIM_CHECK(pthread_create(&thread[i], NULL, poller, (void *)(i + 1)) == 0);
	for (unsigned i = 0; i < 100; i++) {
		uint64_t before = counted();

		SIM_CHECK(scenes[0].look(scenes[0].device, 0x123000, true, &paddr) != 0);
		(void)dma_iommu_poll_all();
		if (!SIM_CHECK(counted() != before))
			break;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 3; i++)
		SIM_CHECK(pthread_join(thread[i], NULL) == 0);
	dma_iommu_on_fault(NULL, NULL);
	unit_world.down();
}

int main(void)
{
	struct sim_config config = sim_config_plain("cpus=4,low=64");
	unsigned failed = sim_run(&config, releases, threads.two_devices), n = 1;

	printf("%s 1 - %d CPUs, %d strict releases each, two devices\n", failed ? "not ok" : "ok", THREADS, ROUNDS);
	for (size_t i = 0; i < 2 && threads.polled[i]; i++) {
		unsigned missed = sim_run(&config, pollers, threads.polled[i]);

		printf("%s %u - four CPUs poll: no fault is missed\n", missed ? "not ok" : "ok", ++n);
		failed += missed;
	}
	printf("1..%u\n", n);
	unit_world.remove_models();
	return failed != 0;
}
