/* SPDX-License-Identifier: MPL-2.0 */
#include "handover.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <string.h>

enum { NEVER = 0, ALWAYS = ~0u };

static const char *const names[] = {"alone", "incoherent", "shared", "made for the other", "small pages", "bypass"};

static struct {
	const struct handover *of;
	uint64_t other; /* where the neighbour works; 0: it does not */
	unsigned steps, forget_at, blocked_at;
	bool other_blocked;
} now;

/* Translation alone: behind it there may be no RAM. */
static bool translated(struct sim_device *device, uint64_t daddr, bool write)
{
	unsigned before = now.of->faults();
	char byte = 0;

	(void)!(write ? sim_device_poke(device, dma_daddr(daddr), &byte, 1)
		      : sim_device_probe(device, dma_daddr(daddr), &byte, 1));
	return now.of->faults() == before;
}

/* After a doorbell. */
static bool reaches(struct sim_device *device, uint64_t daddr, bool write)
{
	sim_handover();
	return translated(device, daddr, write);
}

static void watch(void *unused)
{
	(void)unused;
	now.steps++;
	if (now.of->forget && (now.forget_at == now.steps || now.forget_at == ALWAYS))
		now.of->forget();
	if (!translated(now.of->device, now.of->region + 0x8000, now.steps & 1) && !now.blocked_at)
		now.blocked_at = now.steps;
	if (now.other && !translated(now.of->neighbour, now.other, false))
		now.other_blocked = true;
}

static void begin(unsigned forget_at)
{
	now.steps = now.blocked_at = 0;
	now.forget_at = forget_at;
	sim_watch(watch, NULL);
}

static void end(enum handover_kind kind, bool back, unsigned *steps)
{
	sim_watch(NULL, NULL);
	if (now.blocked_at && !now.of->gap(kind, back))
		sim_fail(SIM_CHECK_FAILED, SIM_NOWHERE, "%s, %s: blocked at step %u of %u, caches emptied at %u",
			 names[kind], back ? "detached" : "attached", now.blocked_at, now.steps, now.forget_at);
	SIM_CHECK(!now.other_blocked);
	*steps = now.steps > *steps ? now.steps : *steps;
}

/* Gives the steps of the longer half. */
static unsigned there_and_back(enum handover_kind kind, struct dma_device_config *config, unsigned forget_at)
{
	struct dma_device dev = {0};
	struct dma_stream s = {0};
	unsigned steps = 0;
	uint64_t at = now.other;

	begin(forget_at);
	SIM_CHECK(dma_device_init(&dev, config) == 0);
	end(kind, false, &steps);
	if (kind != HANDOVER_BYPASS && SIM_CHECK(dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL, 1) == 0)) {
		at = at ? at : dma_stream_daddr(&s).raw;
		SIM_CHECK(reaches(now.of->device, at, true) &&
			  reaches(now.of->device, dma_stream_daddr(&s).raw, false));
		dma_stream_release(&s);
	}
	SIM_CHECK(reaches(now.of->device, now.of->region, true));
	begin(forget_at);
	SIM_CHECK(dma_device_fini(&dev) == 0);
	end(kind, true, &steps);
	SIM_CHECK(reaches(now.of->device, now.of->region + 0xffff, true));
	SIM_CHECK(!reaches(now.of->device, at ? at : SIM_LOW_RAM, false)); /* nor what the former domain maps */
	return steps;
}

/* A domain that was made without the device's region is refused, and the region stays. */
static void unserved(void)
{
	struct dma_device_config config = sim_device_dma(now.of->device);
	struct dma_iommu_domain_config domain = {.requester = sim_device_config(now.of->neighbour)->requester};
	struct dma_device dev = {0};

	SIM_CHECK(dma_iommu_domain_create(now.of->iommu, &domain, &config.domain) == 0);
	SIM_CHECK(dma_device_init(&dev, &config) == DMA_ENOTSUP && reaches(now.of->device, now.of->region, true));
	SIM_CHECK(dma_iommu_domain_destroy(now.of->iommu, config.domain) == 0);
}

static void run(enum handover_kind kind)
{
	bool shared = kind == HANDOVER_SHARED || kind == HANDOVER_OTHERS;
	struct dma_device_config config = sim_device_dma(now.of->device), other = sim_device_dma(now.of->neighbour);
	/* Streams lie in the GiB of the region, and share tables with it. */
	const struct dma_window rest[] = {{.size = 0x80000000}, {.daddr_base = {0xc0000000}, .size = 0xf40000000}};
	struct dma_iommu_domain_config domain = {.reserved = rest,
						 .nreserved = 2,
						 .requester =
							 kind == HANDOVER_OTHERS ? other.requester : config.requester,
						 .no_big_pages = kind == HANDOVER_SMALL_PAGES};
	struct dma_device second = {0};
	struct dma_stream s = {0};
	unsigned steps;

	domain.others = &config.requester;
	domain.nothers = kind == HANDOVER_OTHERS;
	config.coherent = kind != HANDOVER_INCOHERENT;
	config.domain = &dma_domain_passthrough;
	if (kind != HANDOVER_BYPASS)
		SIM_CHECK(dma_iommu_domain_create(now.of->iommu, &domain, &config.domain) == 0);
	now.other = 0;
	other.domain = config.domain;
	if (shared && SIM_CHECK(dma_device_init(&second, &other) == 0) && kind == HANDOVER_SHARED &&
	    SIM_CHECK(dma_stream_alloc_uninit(&s, &second, DMA_BIDIRECTIONAL, 1) == 0))
		now.other = dma_stream_daddr(&s).raw;
	steps = there_and_back(kind, &config, NEVER);
	for (unsigned step = 1; now.of->forget && step <= steps; step++)
		(void)there_and_back(kind, &config, step);
	(void)there_and_back(kind, &config, ALWAYS);
	if (now.other)
		dma_stream_release(&s);
	now.other = 0;
	if (shared)
		SIM_CHECK(dma_device_fini(&second) == 0);
	if (kind != HANDOVER_BYPASS)
		SIM_CHECK(dma_iommu_domain_destroy(now.of->iommu, config.domain) == 0);
	SIM_CHECK(reaches(now.of->device, now.of->region, false));
}

void handover_run(const struct handover *handover)
{
	now.of = handover;
	unserved();
	for (enum handover_kind kind = 0; kind < HANDOVER_KINDS; kind++)
		if (handover->able(kind))
			run(kind);
}

void handover_device(struct handover *handover, struct dma_iommu *iommu, struct sim_device *device, uint32_t neighbour)
{
	struct sim_device_config config = *sim_device_config(device);

	config.requester = neighbour;
	handover->iommu = iommu;
	handover->device = device;
	handover->neighbour = sim_device_new(&config);
}

int handover_main(const struct handover_unit *units, size_t n, sim_scenario scenario, unsigned seeds, int argc,
		  char **argv)
{
	unsigned failed = 0;

	printf("1..%zu\n", argc > 1 ? 1 : n);
	for (size_t i = 0; i < n; i++) {
		char words[64];
		union {
			const struct handover_unit *given;
			void *arg;
		} pass = {&units[i]};
		struct sim_config config, hostile;
		unsigned bad;

		if (argc > 1 && strcmp(argv[1], units[i].name))
			continue;
		snprintf(words, sizeof(words), "low=6,high=1%s%s", units[i].machine ? "," : "",
			 units[i].machine ? units[i].machine : "");
		config = sim_config_frames(sim_config_plain(words));
		hostile = sim_config_frames(sim_config_hostile(words));
		bad = sim_run(&config, scenario, pass.arg);
		if (!bad)
			bad = sim_random(&hostile, scenario, pass.arg, seeds);
		failed += bad;
		printf("%s %zu - a requester keeps its region at each step: %s\n", bad ? "not ok" : "ok", i + 1,
		       units[i].name);
	}
	return failed != 0;
}
