/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The world of the RISC-V IOMMU's scenarios: one or two devices behind one unit; with `two_units`, each behind a unit
 * of its own.
 */
#ifndef TESTS_IOMMU_RISCV_WORLD_H
#define TESTS_IOMMU_RISCV_WORLD_H

#include "../iommu-unit/world.h"
#include "iommu/sim_riscv.h"
#include <dmastream/riscv.h>

#define WORLD_REGISTERS(i) (0xfeb80000u + 0x10000u * (i))

/* What a scenario wants; zeroes are usual. */
struct fixture {
	const char *name;
	const char *machine;			       /* words for sim_config_parse() */
	void (*unit)(struct sim_riscv_config *config); /* changes the unit */
	uint32_t device[WORLD_DEVICES];		       /* ids; 0: 0x28 and, with `both`, 0x8140 */
	bool both;				       /* two devices */
	bool two_units;				       /* one for each */
	uint32_t last_device;			       /* as in struct dma_riscv_config */
	struct dma_iommu_region region;		       /* nbytes 0: none */
	const struct dma_iommu_region *regions;	       /* in place of it; NULL: that one */
	size_t nregions;
	bool meeting; /* the regions of scene_regions.c */
	bool left_on; /* a former kernel left the unit translating for device 0 */
	bool deferred, untrusted, no_big_pages;
	uint64_t mask; /* of the devices; 0: all */
};

#endif
