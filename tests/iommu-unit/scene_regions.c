/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions that overlap, or meet within what a unit maps at once: with the same permissions, and with different
 * ones. The device reaches all that any of them asks for, and nothing beside them.
 */
#include "run.h"
#include <dmastream/errors.h>
#include <string.h>

#define AT(offset)                                                                                                     \
	{                                                                                                              \
		0x88000000 + (offset)                                                                                  \
	}
#define OF_ALL	     .first = 0, .last = UINT32_MAX
#define MEETING_LAST 0x8801ffffull /* nothing lies behind that */

const struct dma_iommu_region scene_meeting[SCENE_MEETING] = {
	/* parts of one page, and the same with the writable one first */
	{OF_ALL, .base = AT(0), .nbytes = 0x800, .dir = DMA_TO_DEVICE},
	{OF_ALL, .base = AT(0x800), .nbytes = 0x800, .dir = DMA_FROM_DEVICE},
	{OF_ALL, .base = AT(0x1800), .nbytes = 0x10, .dir = DMA_FROM_DEVICE},
	{OF_ALL, .base = AT(0x1000), .nbytes = 0x10, .dir = DMA_TO_DEVICE},
	/* one in the middle of another, that comes later or earlier */
	{OF_ALL, .base = AT(0x5000), .nbytes = 0x1000, .dir = DMA_BIDIRECTIONAL},
	{OF_ALL, .base = AT(0x4000), .nbytes = 0x3000, .dir = DMA_TO_DEVICE},
	{OF_ALL, .base = AT(0x8000), .nbytes = 0x3000, .dir = DMA_TO_DEVICE},
	{OF_ALL, .base = AT(0x9000), .nbytes = 0x1000, .dir = DMA_FROM_DEVICE},
	/* chained, each over the end of the one before */
	{OF_ALL, .base = AT(0xc000), .nbytes = 0x1800, .dir = DMA_TO_DEVICE},
	{OF_ALL, .base = AT(0xd000), .nbytes = 0x1800, .dir = DMA_FROM_DEVICE},
	{OF_ALL, .base = AT(0xe000), .nbytes = 0x1800, .dir = DMA_TO_DEVICE},
	/* side by side, alike; and in the next 64 KiB, once more the same */
	{OF_ALL, .base = AT(0x11000), .nbytes = 0x1000},
	{OF_ALL, .base = AT(0x12000), .nbytes = 0x1000},
	{OF_ALL, .base = AT(0x12000), .nbytes = 0x1000},
	{OF_ALL, .base = AT(0x13000), .nbytes = 0x1000, .dir = DMA_TO_DEVICE},
};

/* What all regions together ask for in the unit's granule at that address. */
static unsigned asked(uint64_t first, uint64_t granule)
{
	unsigned dirs = 0;

	for (unsigned i = 0; i < SCENE_MEETING; i++) {
		const struct dma_iommu_region *region = &scene_meeting[i];

		if (region->base.raw < first + granule && region->base.raw + region->nbytes > first)
			dirs |= region->dir ? region->dir : DMA_BIDIRECTIONAL;
	}
	return dirs;
}

static void all_there(const struct scene *w, bool write_only)
{
	uint64_t granule = w->granule ? w->granule : 4096, paddr;

	for (uint64_t at = scene_meeting[0].base.raw - granule; at <= MEETING_LAST; at += 0x800) {
		unsigned dirs = asked(at & ~(granule - 1), granule);
		bool read = w->look(w->device, at, false, &paddr) == 0 && SIM_CHECK(paddr == at);
		bool write = w->look(w->device, at, true, &paddr) == 0 && SIM_CHECK(paddr == at);

		SIM_CHECK(write == ((dirs & DMA_FROM_DEVICE) != 0));
		SIM_CHECK(read || !(dirs & DMA_TO_DEVICE));
		SIM_CHECK(!read || dirs & (write_only ? DMA_TO_DEVICE : DMA_BIDIRECTIONAL));
	}
}

void scene_regions_meet(const struct scene *w)
{
	bool write_only = (*w->domain)->features & DMA_DOMAIN_WRITE_ONLY;
	struct dma_device_config config = sim_device_dma(w->device);

	all_there(w, write_only);
	scene_life(w);
	all_there(w, write_only);
	SIM_CHECK(dma_device_fini(w->dev) == 0);
	all_there(w, write_only); /* without a driver */
	config.domain = *w->domain;
	SIM_CHECK(dma_device_init(w->dev, &config) == 0);
	all_there(w, write_only);
}

/* ---- What the log says ---- */

static unsigned said;

static void on_log(const char *line)
{
	said += strstr(line, ", and 5 more, share pages and differ") != NULL;
}

static void probe(void *arg)
{
	struct scene scene = {0};

	said = 0;
	sim_on_log(on_log);
	if (SIM_CHECK(unit_world.probe(arg, &scene) == 0))
		SIM_CHECK(unit_world.remove(scene.iommu) == 0);
	sim_on_log(NULL);
	SIM_CHECK(said == 1);
}

unsigned unit_says_that_regions_meet(const void *fixture)
{
	struct sim_config machine = sim_config_frames(sim_config_plain(NULL));

	return sim_run(&machine, probe, (void *)(uintptr_t)fixture);
}
