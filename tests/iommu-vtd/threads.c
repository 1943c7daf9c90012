/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Several CPUs at one VT-d unit: strict releases side by side on its one queue, devices blocked and attached meanwhile,
 * faults polled. Under the thread sanitizer.
 */
#include "world.h"
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 60 };

static struct world w;
static unsigned wrong[THREADS];

static void *worker(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg;

	sim_set_cpu(me);
	for (unsigned n = 0; n < ROUNDS; n++) {
		struct dma_stream s = {0};
		uint64_t daddr, paddr;

		if (dma_stream_alloc_uninit(&s, &w.dev[me % 2], DMA_FROM_DEVICE, 1 + n % 3)) {
			wrong[me]++;
			continue;
		}
		daddr = dma_stream_daddr(&s).raw;
		wrong[me] +=
			sim_vtd_look(w.model[me % 2], daddr, true, &paddr) != 0 || paddr != dma_stream_paddr(&s).raw;
		dma_stream_release(&s);
		(void)dma_iommu_poll_all();
		sim_handover();
	}
	return NULL;
}

static void one_unit(struct sim_vtd_config *config)
{
	config->coherent = false;
	config->eager = true;
}

static void run(void *arg)
{
	static const struct fixture strict = {.name = "threads", .units = 2, .unit = one_unit};
	pthread_t thread[THREADS];

	(void)arg;
	if (world_up(&w, &strict)) {
		sim_handover();
		for (unsigned i = 0; i < THREADS; i++)
			SIM_CHECK(pthread_create(&thread[i], NULL, worker, (void *)(uintptr_t)i) == 0);
		for (unsigned i = 0; i < THREADS; i++) {
			SIM_CHECK(pthread_join(thread[i], NULL) == 0);
			SIM_CHECK(wrong[i] == 0);
		}
	}
	world_down(&w);
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

	dma_domain_stats(w.domain[0], &stats);
	return stats.faults;
}

/* A transfer is blocked; then its driver polls, before it trusts the completion: it has the fault, or finds it counted,
 * whatever the other pollers are about. */
static void pollers(void *arg)
{
	static const struct fixture fixture = {.name = "pollers"};
	pthread_t thread[3];
	uint64_t paddr;

	(void)arg;
	stop = 0;
	if (!world_up(&w, &fixture))
		return;
	dma_iommu_on_fault(on_fault, NULL);
	sim_handover();
	for (uintptr_t i = 0; i < 3; i++)
		SIM_CHECK(pthread_create(&thread[i], NULL, poller, (void *)(i + 1)) == 0);
	for (unsigned i = 0; i < 200; i++) {
		uint64_t before = counted();

		SIM_CHECK(sim_vtd_look(w.model[0], 0x123000, true, &paddr) != 0);
		(void)dma_iommu_poll_all();
		if (!SIM_CHECK(counted() != before))
			break;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 3; i++)
		SIM_CHECK(pthread_join(thread[i], NULL) == 0);
	dma_iommu_on_fault(NULL, NULL);
	world_down(&w);
}

int main(void)
{
	struct sim_config config = sim_config_plain("cpus=4,low=64");
	unsigned failures = sim_run(&config, run, NULL), missed = sim_run(&config, pollers, NULL);

	printf("1..2\n%s 1 - %d CPUs, %d strict releases each, on the queues of two units\n",
	       failures ? "not ok" : "ok", THREADS, ROUNDS);
	printf("%s 2 - four CPUs poll: no fault is missed\n", missed ? "not ok" : "ok");
	sim_vtd_remove_all();
	return failures + missed != 0;
}
