/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The hazards of mapping and of the RISC-V IOMMU (HAZARDS 10, 11, 29, 32, 34, 47, 48, 61, 71, 74, 79) on the modelled
 * hardware: the library does it right under every schedule that is tried.
 *
 *   hazards             all of them; hazards NAME one
 */
#include "world.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Hardware as it may be ------------------------------------------------------------------------------------- */

static void base_format(struct sim_riscv_config *c)
{
	c->base_format = true;
}

static void three_levels(struct sim_riscv_config *c)
{
	c->levels = 1 << 3;
}

static void slow(struct sim_riscv_config *c)
{
	c->busy = true;
}

static void worst(struct sim_riscv_config *c)
{
	c->busy = c->only_50 = c->base_format = c->big_endian = true;
}

/* ---- Scenarios --------------------------------------------------------------------------------------------------- */

static void traffic_of(struct world *w, size_t npages)
{
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < w->n; i++) {
			struct scene scene = world_scene(w, i);

			scene_traffic(&scene, round ? npages : 1, (unsigned char)i);
		}
}

static void traffic(struct world *w)
{
	traffic_of(w, 3);
}

static void long_ranges(struct world *w)
{
	traffic_of(w, 700);
}

static void recycle(struct world *w)
{
	for (unsigned n = 0; n < 400; n++) {
		struct dma_stream s = {0};

		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, &w->dev[0], DMA_TO_DEVICE, 60) == 0))
			return;
		SIM_CHECK(dma_stream_daddr(&s).raw + dma_stream_size(&s) - 1 <= w->fixture->mask);
		dma_stream_release(&s);
	}
}

/* What the former kernel's cache held leads nowhere. */
static void taken_over(struct world *w)
{
	for (uint64_t at = 0; at < 64; at += 7)
		SIM_CHECK(!world_reaches(w, 0, (at << 21) + 0x1000, true));
	traffic(w);
}

/* The region works with a driver and without, one way, and nothing beside it is open. */
static void region_is_there(struct world *w)
{
	const struct dma_iommu_region *region = &w->fixture->region;
	uint64_t paddr, last = region->base.raw + region->nbytes - 1;

	for (uint64_t at = region->base.raw; at < last; at += 0x1000)
		SIM_CHECK(sim_riscv_look(w->model[0], at, true, &paddr) == 0 && paddr == at);
	SIM_CHECK(!world_reaches(w, 0, region->base.raw - 1, true) && !world_reaches(w, 0, last + 1, true));
}

static void regions(struct world *w)
{
	struct dma_device_config config = sim_device_dma(w->model[0]);

	region_is_there(w);
	traffic(w);
	SIM_CHECK(dma_device_fini(&w->dev[0]) == 0);
	region_is_there(w);
	config.domain = w->domain[0];
	SIM_CHECK(dma_device_init(&w->dev[0], &config) == 0);
	region_is_there(w);
}

static unsigned told;
static uint64_t told_page;
static enum dma_fault_access told_access;

static void on_fault(const struct dma_fault *fault, void *context)
{
	struct world *w = context;

	told += fault->dev == &w->dev[0];
	told_page = fault->daddr.raw;
	told_access = fault->access;
}

/* Faults are read, cleared and told one by one, for ever: also after the queue has overflowed. */
static void faults(struct world *w)
{
	uint64_t paddr;

	dma_iommu_on_fault(on_fault, w);
	while (dma_iommu_poll_all()) /* those of the set-up */
		;
	for (unsigned n = 0; n < 40; n++) {
		bool write = n & 1;

		told = 0;
		SIM_CHECK(sim_riscv_look(w->model[0], 0x40000000 + n * 0x1000, write, &paddr) == DMA_EFAULT);
		SIM_CHECK(dma_iommu_poll_all() == 1 && told == 1 && told_page == 0x40000000 + n * 0x1000);
		SIM_CHECK(told_access == (write ? DMA_FAULT_WRITE : DMA_FAULT_READ));
		SIM_CHECK(dma_iommu_poll_all() == 0);
		if (n % 10 != 9)
			continue;
		for (unsigned k = 0; k < 300; k++) /* a flood: more than the queue has room for */
			SIM_CHECK(sim_riscv_look(w->model[0], k << 12, false, &paddr) == DMA_EFAULT);
		told = 0;
		SIM_CHECK(dma_iommu_poll_all() >= 1 && told >= 1);
		while (dma_iommu_poll_all())
			;
	}
	dma_iommu_on_fault(NULL, NULL);
}

/* Many more invalidations than the command queue has room for. */
static void wrap(struct world *w)
{
	for (unsigned n = 0; n < 300; n++) {
		struct dma_stream s = {0};
		uint64_t daddr;

		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, &w->dev[0], DMA_TO_DEVICE, 1) == 0))
			return;
		daddr = dma_stream_daddr(&s).raw;
		dma_stream_release(&s);
		if (n % 50 == 0)
			SIM_CHECK(!world_reaches(w, 0, daddr, false));
	}
	traffic(w);
}

/* A domain's number goes to another when it is destroyed: nothing that was cached under it leads anywhere. */
static void numbers_again(struct world *w)
{
	for (unsigned n = 0; n < 6; n++) {
		struct dma_device_config config = sim_device_dma(w->model[0]);
		struct dma_iommu_domain_config domain = {.requester = world_device(w, 0), .deferred = n & 1};
		struct dma_stream s = {0};
		uint64_t daddr;

		SIM_CHECK(dma_stream_alloc_uninit(&s, &w->dev[0], DMA_BIDIRECTIONAL, 2) == 0);
		daddr = dma_stream_daddr(&s).raw;
		SIM_CHECK(world_reaches(w, 0, daddr, true));
		dma_stream_release(&s);
		SIM_CHECK(dma_device_fini(&w->dev[0]) == 0 && !world_reaches(w, 0, daddr, false));
		SIM_CHECK(dma_iommu_domain_destroy(w->iommu, w->domain[0]) == 0);
		SIM_CHECK(dma_iommu_domain_create(w->iommu, &domain, &w->domain[0]) == 0);
		config.domain = w->domain[0];
		SIM_CHECK(dma_device_init(&w->dev[0], &config) == 0);
		SIM_CHECK(!world_reaches(w, 0, daddr, false) && !world_reaches(w, 0, daddr + 0x1000, true));
	}
}

/* Without a domain the device bypasses the unit, and really does; then it is blocked again (hazard 85). */
static void bypass(struct world *w)
{
	struct dma_device_config config = sim_device_dma(w->model[0]);
	uint64_t paddr = 0;

	SIM_CHECK(dma_device_fini(&w->dev[0]) == 0);
	SIM_CHECK(!world_reaches(w, 0, 0x123000, true));
	config.domain = &dma_domain_passthrough;
	SIM_CHECK(dma_device_init(&w->dev[0], &config) == 0);
	SIM_CHECK(sim_riscv_look(w->model[0], 0x123456, true, &paddr) == 0 && paddr == 0x123456);
	SIM_CHECK(dma_device_fini(&w->dev[0]) == 0);
	SIM_CHECK(!world_reaches(w, 0, 0x123000, true));
	config.domain = w->domain[0];
	SIM_CHECK(dma_device_init(&w->dev[0], &config) == 0);
	traffic(w);
}

/* What scenes of all drivers do with device 0. */
#define SCENE(name)                                                                                                    \
	static void name(struct world *w)                                                                              \
	{                                                                                                              \
		struct scene scene = world_scene(w, 0);                                                                \
                                                                                                                       \
		scene_##name(&scene);                                                                                  \
	}
SCENE(addresses_wait)
SCENE(tables_wait)
SCENE(nobodys)
SCENE(drained)

/* ---- The table --------------------------------------------------------------------------------------------------- */

#define DOORBELL                                                                                                       \
	{                                                                                                              \
		.base = {0x28000000}, .nbytes = 0x4000, .last = UINT32_MAX, .dir = DMA_FROM_DEVICE                     \
	}

static const struct scenario {
	struct fixture fixture;
	void (*run)(struct world *w);
	unsigned seeds; /* of the adversary; 0: the plain machine only */
} scenarios[] = {
	{{.name = "h10_addresses_recycled", .mask = 256 * DMA_PAGE_SIZE - 1}, recycle, 0},
	{{.name = "h11_iotlb_invalidated"}, traffic, 12},
	{{.name = "h11_writes_drained"}, drained, 8},
	{{.name = "h29_left_on", .left_on = true}, taken_over, 8},
	{{.name = "h29_left_on_slow", .left_on = true, .unit = slow}, taken_over, 8},
	{{.name = "h31_faults_cleared"}, faults, 10},
	{{.name = "h31_faults_cleared_slow", .unit = slow}, faults, 10},
	{{.name = "h32_queue_wraps"}, wrap, 4},
	{{.name = "h34_tables_freed_late", .no_big_pages = true, .machine = "low=64"}, tables_wait, 4},
	{{.name = "h47_addresses_freed_late", .mask = 16 * DMA_PAGE_SIZE - 1}, addresses_wait, 8},
	{{.name = "h48_untrusted_is_strict", .deferred = true, .untrusted = true}, traffic, 10},
	{{.name = "h71_numbers_again", .both = true, .device = {0x28, 0x29}}, numbers_again, 8},
	{{.name = "h74_doorbell", .region = DOORBELL}, regions, 8},
	{{.name = "h85_bypass"}, bypass, 8},
	{{.name = "one_level", .last_device = 0x3f, .unit = slow}, traffic, 10},
	{{.name = "two_levels", .last_device = 0x7fff, .device = {0x7123}}, traffic, 10},
	{{.name = "three_levels_for_few", .last_device = 0x3f, .unit = three_levels}, traffic, 10},
	{{.name = "24_bits", .last_device = 0xffffff, .both = true, .device = {0xfedcba, 0x012345}}, traffic, 4},
	{{.name = "base_format", .unit = base_format, .both = true}, traffic, 8},
	{{.name = "deferred", .deferred = true, .both = true}, traffic, 12},
	{{.name = "deferred_memory_is_nobodys", .deferred = true}, nobodys, 20},
	{{.name = "long_ranges", .machine = "low=64"}, long_ranges, 10},
	{{.name = "long_ranges_small_pages", .no_big_pages = true, .machine = "low=64"}, long_ranges, 10},
	{{.name = "worst_unit", .unit = worst, .both = true, .left_on = true, .region = DOORBELL}, regions, 12},
	{{.name = "worst_unit_deferred", .unit = worst, .both = true, .deferred = true}, traffic, 12},
};

static void scenario(void *arg)
{
	const struct scenario *s = arg;
	static struct world w;

	if (world_up(&w, &s->fixture))
		s->run(&w);
	world_down(&w);
}

int main(int argc, char **argv)
{
	unsigned n = sizeof(scenarios) / sizeof(scenarios[0]), failed = 0, ran = 0;
	const char *more = getenv("SEEDS");

	printf("1..%u\n", argc > 1 ? 1 : n);
	for (unsigned i = 0; i < n; i++) {
		struct scenario s = scenarios[i];
		struct sim_config plain = sim_config_frames(sim_config_plain(s.fixture.machine)),
				  hostile = sim_config_frames(sim_config_hostile(s.fixture.machine));
		unsigned seeds = more ? (unsigned)atoi(more) : DMA_PAGE_SHIFT > 14 ? s.seeds / 8 : s.seeds, bad;

		if (argc > 1 && strcmp(argv[1], s.fixture.name) != 0)
			continue;
		bad = sim_run(&plain, scenario, &s);
		if (!bad && seeds)
			bad = sim_random(&hostile, scenario, &s, seeds);
		printf("%s %u - %s: the plain machine and %u schedules\n", bad ? "not ok" : "ok", ++ran, s.fixture.name,
		       seeds);
		fflush(stdout);
		failed += bad != 0;
	}
	sim_riscv_remove_all();
	return failed || !ran;
}
