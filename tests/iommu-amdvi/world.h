/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The world of the AMD-Vi scenarios: device i is function 0 of slot 4 + i on bus i, behind unit i, which is function 2
 * of slot 0 there. With `segments` they are on bus 0 of segment i, and both devices in slot 4.
 */
#ifndef TESTS_IOMMU_AMDVI_WORLD_H
#define TESTS_IOMMU_AMDVI_WORLD_H

#include "../iommu-unit/world.h"
#include "iommu/sim_amdvi.h"
#include "ivrs_table.h"
#include <dmastream/amdvi.h>

#define WORLD_REQUESTER(i) ((uint32_t)((i) << 8 | (4 + (i)) << 3))
#define WORLD_UNIT_ID(i)   ((uint16_t)((i) << 8 | 2))
#define WORLD_REGISTERS(i) (0xfeb80000u + 0x10000u * (i))

struct region {
	uint64_t base, limit;
};

/* What a scenario wants; zeroes are usual. */
struct fixture {
	const char *name;
	const char *machine;			       /* words for sim_config_parse() */
	void (*unit)(struct sim_amdvi_config *config); /* changes the unit(s) */
	unsigned units;				       /* 0: one */
	bool segments;				       /* a unit for each */
	bool whole;				       /* in front of the segment, not of a bus each */
	struct region region;			       /* an IVMD of device 0 */
	bool exclusion;				       /* the region is an exclusion range, not a unity mapping */
	bool meeting;				       /* the regions of scene_regions.c */
	bool left_on;				       /* a former kernel left the unit translating for device 0 */
	bool unasked;				       /* nobody reads PCI configuration space */
	bool deferred, untrusted, no_big_pages;
	uint64_t mask;		/* of the devices; 0: all */
	struct dma_window hole; /* device addresses not to be used */
};

extern struct ivrs_table world_table; /* the IVRS of the world */

/* What dma_amdvi_probe() is given. */
struct dma_amdvi_config world_config(struct world *w);

#endif
