/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A unit that stops at some command of a life, whichever: no call waits for ever, and what the device may still reach
 * is nobody's.
 */
#include "run.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STREAMS = 5, ROUNDS = 2, MOST = 200, FAILED = 1, KEPT = 2, WHOLE = 4 };

static const unsigned kib[STREAMS] = {4, 8, 12, 160, 2400};
static uint64_t daddr[STREAMS]; /* the last round's; 0: none */

static unsigned pages_of(unsigned i)
{
	return (unsigned)DMA_PAGES(1024 * kib[i]);
}

/* Where the device ends up counts (scene.freed), and so does what the unit reads on the way. */
static void tries(const struct scene *w)
{
	for (unsigned i = 0; i < STREAMS; i++)
		for (unsigned page = 0; daddr[i] && page < pages_of(i); page++)
			if (scene_reaches(w, daddr[i] + page * (uint64_t)DMA_PAGE_SIZE, true))
				SIM_CHECK(!w->aborts);
}

static void use(const struct scene *w)
{
	struct dma_stream s[STREAMS] = {{0}};

	for (unsigned i = 0; i < STREAMS; i++)
		daddr[i] = dma_stream_alloc_uninit(&s[i], w->dev, DMA_BIDIRECTIONAL, pages_of(i))
				   ? 0
				   : dma_stream_daddr(&s[i]).raw;
	for (unsigned i = 0; i < STREAMS; i++) /* so that the unit has cached it */
		if (daddr[i])
			(void)scene_reaches(w, daddr[i], true);
	for (unsigned i = 0; i < STREAMS; i++)
		dma_stream_release(&s[i]);
	if (w->deferred)
		(void)!dma_domain_flush(*w->domain);
	tries(w);
}

/* A device of the domain, and one that shares its requester, come and go. All of it went well: true. */
static bool life(const void *fixture, struct scene *w)
{
	struct dma_iommu_domain_config domain = {0};
	struct dma_device_config config;
	struct dma_device twin = {0};
	bool well;

	if (unit_world.probe(fixture, w))
		return false;
	domain.requester = w->requester;
	domain.deferred = w->deferred;
	if (dma_iommu_domain_create(w->iommu, &domain, w->domain))
		return false;
	config = sim_device_dma(w->device);
	config.domain = *w->domain;
	well = !dma_device_init(w->dev, &config);
	if (well) {
		for (unsigned round = 0; round < ROUNDS; round++) {
			bool both = !dma_device_init(&twin, &config);

			use(w);
			if (both)
				SIM_CHECK(dma_device_fini(&twin) == 0);
		}
		SIM_CHECK(dma_device_fini(w->dev) == 0);
	}
	well = !dma_iommu_domain_destroy(w->iommu, *w->domain) && well;
	tries(w);
	return !w->remove(w->iommu) && well;
}

/* In a process of its own, since the library may keep memory, and the unit, for ever. */
static int apart(const void *fixture)
{
	struct scene w = {0};
	struct dma_stats stats;
	uint64_t began = dma_host_time_ns();
	int result = life(fixture, &w) ? WHOLE : 0;

	SIM_CHECK(!w.freed || w.freed(w.unit) == 0);
	SIM_CHECK(dma_host_time_ns() - began < 2000000000);
	dma_stats(&stats);
	if (stats.pages_quarantined)
		result |= KEPT;
	if (sim_stop() - sim_failures_of(SIM_LEAK))
		result |= FAILED;
	return result;
}

unsigned unit_stops_anywhere(const void *fixture, void (*at)(unsigned n))
{
	struct sim_config machine = sim_config_frames(sim_config_plain("low=8,high=8"));
	unsigned failed = 0, kept = 0, n;
	int result = 0;

	machine.quiet = true;
	for (n = 1; !(result & WHOLE) && n < MOST; n++) {
		int status = 0;
		pid_t child;

		fflush(stdout);
		child = fork();
		if (child == 0) {
			at(n);
			sim_start(&machine);
			_exit(dma_init() ? FAILED : apart(fixture));
		}
		if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
			return failed + 1;
		result = WEXITSTATUS(status);
		if (result & FAILED)
			printf("# it stops at command %u: not right\n", n);
		failed += result & FAILED;
		kept += (unsigned)result >> 1 & 1;
	}
	printf("# the unit stops at each of %u commands: memory is kept %u times\n", n - 2, kept);
	return failed + !(result & WHOLE) + (kept == 0);
}
