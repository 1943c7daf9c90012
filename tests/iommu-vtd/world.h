/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The world of the VT-d scenarios: device i is function 0 of slot 4 + i on bus i, behind unit i. With `segments` it is
 * function 0 of slot 4 on bus 0 of segment i.
 */
#ifndef TESTS_VTD_WORLD_H
#define TESTS_VTD_WORLD_H

#include "../iommu-unit/world.h"
#include "iommu/sim_vtd.h"
#include "tables.h"
#include <dmastream/vtd.h>

struct region {
	uint64_t base, limit;
};

/* What a scenario wants; zeroes are usual. */
struct fixture {
	const char *name;
	const char *machine;			     /* words for sim_config_parse() */
	void (*unit)(struct sim_vtd_config *config); /* changes the unit(s) */
	unsigned units;				     /* 0: one */
	bool segments;				     /* a unit for each */
	struct region region;			     /* an RMRR of device 0 */
	bool meeting;				     /* the regions of scene_regions.c */
	bool left_on;				     /* a former kernel left the unit translating for device 0 */
	bool deferred, untrusted, block_interrupts;
	uint64_t mask;		/* of the devices; 0: all */
	struct dma_window hole; /* device addresses not to be used */
};

extern struct table world_table; /* the DMAR of the world */

/* Registers of unit i. */
#define WORLD_REGISTERS(i) (0xfed90000u + 0x10000u * (i))

/* What dma_vtd_probe() is given. */
struct dma_vtd_config world_config(struct world *w);

#endif
