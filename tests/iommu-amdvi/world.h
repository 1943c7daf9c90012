/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The library on the simulated machine behind modelled AMD-Vi units: set up, worked with, attacked, taken down.
 */
#ifndef TESTS_IOMMU_AMDVI_WORLD_H
#define TESTS_IOMMU_AMDVI_WORLD_H

#include "../iommu-unit/scene.h"
#include "iommu/sim_amdvi.h"
#include "ivrs_table.h"
#include <dmastream/amdvi.h>

#define WORLD_UNITS	 2
#define WORLD_TIMEOUT_NS 10000000 /* of simulated time: every step of a wait is simulated, too */

/* Device i is function 0 of slot 4 + i on bus i, behind unit i, which is function 2 of slot 0 there. */
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
	struct region region;			       /* an IVMD of device 0 */
	bool exclusion;				       /* the region is an exclusion range, not a unity mapping */
	bool left_on;				       /* a former kernel left the unit translating for device 0 */
	bool unasked;				       /* nobody reads PCI configuration space */
	bool deferred, untrusted, no_big_pages;
	uint64_t mask;		/* of the devices; 0: all */
	struct dma_window hole; /* device addresses not to be used */
};

struct world {
	const struct fixture *fixture;
	struct sim_amdvi *unit[WORLD_UNITS];
	struct dma_iommu *iommu;
	struct sim_device *model[WORLD_UNITS];
	struct dma_device dev[WORLD_UNITS];
	struct dma_domain *domain[WORLD_UNITS];
	struct ivrs_table table;
};

extern struct world world; /* of the scenarios of every driver, and of the cases of driver.c */

/* Probes, and attaches every device to a domain of its own. False: a check failed; take it down all the same. */
bool world_units(struct world *w, const struct fixture *fixture); /* the machine's part, and the table */
bool world_probe(struct world *w);
bool world_up(struct world *w, const struct fixture *fixture); /* all of it */
void world_down(struct world *w);
/* What dma_amdvi_probe() is given. */
struct dma_amdvi_config world_config(struct world *w);

/* Device i for the scenarios of every driver. */
struct scene world_scene(struct world *w, unsigned i);
void world_traffic(struct world *w, unsigned i, size_t npages);
void world_blocked(struct world *w, unsigned i, uint64_t daddr);
bool world_reaches(struct world *w, unsigned i, uint64_t daddr, bool write);
/* No unit has seen the driver break a rule. */
void world_lawful(struct world *w);

#endif
