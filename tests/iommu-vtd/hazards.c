/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The hazards of VT-d and of mapping (HAZARDS 10, 11, 13, 17, 25 to 34, 47, 48) on the modelled hardware: the library
 * does it right under every schedule that is tried. mutants.sh puts each mistake back and sees the scenario of that
 * name fail.
 *
 *   hazards             all of them; hazards NAME one
 */
#include "world.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Hardware as it may be ------------------------------------------------------------------------------------- */

static void write_buffer(struct sim_vtd_config *c)
{
	c->write_buffer = true;
}

static void caching_mode(struct sim_vtd_config *c)
{
	c->caching_mode = true;
}

static void unsnooped(struct sim_vtd_config *c)
{
	c->coherent = false;
	c->root_invalidates = false;
}

static void worst(struct sim_vtd_config *c)
{
	c->coherent = c->zero_length_reads = c->root_invalidates = c->snoop_control = c->page_selective = false;
	c->write_buffer = c->caching_mode = true;
	c->big_pages = 0;
	c->sagaw = 4;
	c->domain_bits = 4;
	c->fault_records = 1;
}

static void root_keeps(struct sim_vtd_config *c)
{
	c->root_invalidates = false;
}

static void far_registers(struct sim_vtd_config *c)
{
	c->fault_offset = 0x2000;
	c->iotlb_offset = 0x3000;
}

static void only_3_levels(struct sim_vtd_config *c)
{
	c->sagaw = 2;
	c->width = 39;
}

static void only_4_levels(struct sim_vtd_config *c)
{
	c->sagaw = 4;
}

static void only_5_levels(struct sim_vtd_config *c)
{
	c->sagaw = 8;
	c->width = 57;
}

static void small_pages(struct sim_vtd_config *c)
{
	c->big_pages = 0;
}

static void one_record(struct sim_vtd_config *c)
{
	c->fault_records = 1;
}

/* ---- Scenarios --------------------------------------------------------------------------------------------------- */

static void traffic(struct world *w)
{
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < WORLD_UNITS && w->unit[i]; i++)
			world_traffic(w, i, round ? 3 : 1);
}

/* The whole space, 1 MiB of it, a hundred times over. */
static void recycle(struct world *w)
{
	for (unsigned n = 0; n < 400; n++) {
		struct dma_stream s = {0};

		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, &w->dev[0], DMA_TO_DEVICE, 60) == 0))
			return;
		SIM_CHECK((dma_stream_daddr(&s).raw + dma_stream_size(&s) - 1) <= w->fixture->mask);
		dma_stream_release(&s);
	}
}

/* Directions are the hardware's, and every access is made to snoop. */
static void directions(struct world *w)
{
	traffic(w);
	SIM_CHECK(sim_vtd_seen(w->unit[0]).unsnooped == 0);
	SIM_CHECK(w->domain[0]->features & DMA_DOMAIN_WRITE_ONLY);
}

/* The first free address is where the interrupt window begins; a mask and a boundary hold, too. */
static void holes(struct world *w)
{
	struct dma_stream s = {0};

	world_traffic(w, 0, 1);
	if (SIM_CHECK(dma_stream_alloc_uninit(&s, &w->dev[0], DMA_FROM_DEVICE, 2) == 0)) {
		SIM_CHECK(dma_stream_daddr(&s).raw > 0xfeefffff);
		SIM_CHECK(dma_stream_daddr(&s).raw + dma_stream_size(&s) - 1 <= w->fixture->mask);
	}
	dma_stream_release(&s);
}

static const struct region firmware_region = {0x7b800000, 0x7b8fffff};

/* The region works before anybody took the device, and with a driver, and is never handed out; nothing beside it is
 * open. */
static void reserved_region(struct world *w)
{
	uint64_t paddr;

	for (uint64_t at = firmware_region.base; at < firmware_region.limit; at += 0x10000) {
		SIM_CHECK(sim_vtd_look(w->model[0], at, true, &paddr) == 0 && paddr == at);
		SIM_CHECK(sim_vtd_look(w->model[0], at, false, &paddr) == 0 && paddr == at);
	}
	world_blocked(w, 0, firmware_region.base - 1);
	world_blocked(w, 0, firmware_region.limit + 1);
}

static void reserved_regions(struct world *w)
{
	reserved_region(w);
	traffic(w);
	reserved_region(w);
}

/* Translation never went off, and what the former kernel's cache held leads nowhere. */
static void taken_over(struct world *w)
{
	for (uint64_t at = 0; at < 64; at += 7)
		world_blocked(w, 0, (at << 21) + 0x1000);
	SIM_CHECK(sim_vtd_seen(w->unit[0]).opened == 0);
	traffic(w);
}

static unsigned told;
static uint64_t told_page;
static enum dma_fault_owner told_owner;

static void on_fault(const struct dma_fault *fault, void *context)
{
	struct world *w = context;

	told += fault->dev == &w->dev[0];
	told_page = fault->daddr.raw;
	told_owner = fault->owner;
}

/* Faults are read, cleared and told one by one, for ever: also after the records have overflowed. */
static void faults(struct world *w)
{
	uint64_t paddr;

	dma_iommu_on_fault(on_fault, w);
	(void)dma_iommu_poll_all(); /* those of the set-up */
	for (unsigned n = 0; n < 40; n++) {
		told = 0;
		SIM_CHECK(sim_vtd_look(w->model[0], 0x40000000 + n * 0x1000, true, &paddr) == DMA_EFAULT);
		SIM_CHECK(dma_iommu_poll_all() >= 1);
		SIM_CHECK(told == 1 && told_page == 0x40000000 + n * 0x1000 && told_owner == DMA_FAULT_NOBODY);
		SIM_CHECK(dma_iommu_poll_all() == 0);
		if (n % 10 == 9) { /* a flood */
			for (unsigned k = 0; k < 30; k++)
				SIM_CHECK(sim_vtd_look(w->model[0], k << 12, false, &paddr) == DMA_EFAULT);
			told = 0;
			SIM_CHECK(dma_iommu_poll_all() >= 1 && told >= 1);
			SIM_CHECK(dma_iommu_poll_all() == 0);
		}
	}
	dma_iommu_on_fault(NULL, NULL);
}

/* Many more invalidations than the queue has room for. */
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
			world_blocked(w, 0, daddr);
	}
	traffic(w);
}

/* Ranges over several leaf tables take the slow path: nothing that the unit must see is left in a store buffer. */
static void long_ranges(struct world *w)
{
	for (unsigned round = 0; round < 2; round++)
		world_traffic(w, 0, 700);
}

/* Untrusted: released means blocked, whatever the domain does for others. */
static void untrusted(struct world *w)
{
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

static const struct scenario {
	struct fixture fixture;
	void (*run)(struct world *w);
	unsigned seeds; /* of the adversary; 0: the plain machine only */
} scenarios[] = {
	{{.name = "h10_addresses_recycled", .mask = 256 * DMA_PAGE_SIZE - 1}, recycle, 0},
	{{.name = "h11_iotlb_invalidated"}, traffic, 40},
	{{.name = "h13_directions_and_snooping"}, directions, 20},
	{{.name = "h17_interrupt_window_and_mask", .mask = 0xffffffff, .hole = {{0}, {0}, 0xfee00000}}, holes, 0},
	{{.name = "h25_all_units", .units = 2}, traffic, 10},
	{{.name = "h25_register_window", .unit = far_registers}, faults, 5},
	{{.name = "h26_reserved_regions", .region = {0x7b800000, 0x7b8fffff}}, reserved_regions, 10},
	{{.name = "h27_write_buffer", .unit = write_buffer}, traffic, 40},
	{{.name = "h28_caching_mode", .unit = caching_mode}, traffic, 40},
	{{.name = "h28_domain_zero", .unit = caching_mode}, traffic, 0},
	{{.name = "h29_root_pointer", .unit = root_keeps, .left_on = true}, taken_over, 20},
	{{.name = "h30_walks_unsnooped", .unit = unsnooped}, traffic, 40},
	{{.name = "h30_short_lines", .unit = unsnooped, .machine = "line=32"}, traffic, 10},
	{{.name = "h30_long_lines", .unit = unsnooped, .machine = "line=128"}, traffic, 10},
	{{.name = "h30_stores_past_the_caches", .unit = unsnooped, .machine = "writepast"}, traffic, 40},
	{{.name = "h31_faults_cleared", .unit = one_record}, faults, 10},
	{{.name = "h32_queue_wraps"}, wrap, 4},
	{{.name = "h33_3_levels", .unit = only_3_levels}, traffic, 4},
	{{.name = "h33_4_levels", .unit = only_4_levels}, traffic, 4},
	{{.name = "h33_5_levels", .unit = only_5_levels}, traffic, 4},
	{{.name = "h34_tables_freed_late", .unit = small_pages, .machine = "low=64"}, tables_wait, 4},
	{{.name = "h47_addresses_freed_late", .mask = 16 * DMA_PAGE_SIZE - 1}, addresses_wait, 20},
	{{.name = "h48_untrusted_is_strict", .deferred = true, .untrusted = true}, untrusted, 10},
	{{.name = "h11_writes_drained"}, drained, 20},
	{{.name = "deferred", .deferred = true}, traffic, 40},
	{{.name = "deferred_memory_is_nobodys", .deferred = true}, nobodys, 60},
	{{.name = "long_ranges", .unit = small_pages, .machine = "low=64"}, long_ranges, 10},
	{{.name = "worst_unit", .unit = worst, .units = 2, .region = {0x7b800000, 0x7b8fffff}, .left_on = true},
	 reserved_regions,
	 40},
	{{.name = "worst_unit_past_the_caches",
	  .unit = worst,
	  .units = 2,
	  .deferred = true,
	  .machine = "writepast,line=32"},
	 traffic,
	 40},
	{{.name = "worst_unit_deferred", .unit = worst, .units = 2, .deferred = true}, traffic, 40},
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
		unsigned seeds = more ? (unsigned)atoi(more) : DMA_PAGE_SHIFT > 12 ? s.seeds / 8 : s.seeds, bad;

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
	sim_vtd_remove_all();
	return failed || !ran;
}
