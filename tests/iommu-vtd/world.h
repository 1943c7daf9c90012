/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The library on the simulated machine behind modelled VT-d units: set up, worked with, attacked, taken down.
 */
#ifndef TESTS_VTD_WORLD_H
#define TESTS_VTD_WORLD_H

#include "../iommu-unit/scene.h"
#include "iommu/sim_vtd.h"
#include "sim.h"
#include "tables.h"
#include <dmastream/dmastream.h>
#include <dmastream/vtd.h>

#define WORLD_UNITS	 2
#define WORLD_TIMEOUT_NS 10000000 /* of simulated time: every step of a wait is simulated, too */

struct region {
	uint64_t base, limit;
};

/* What a scenario wants; zeroes are usual. */
struct fixture {
	const char *name;
	const char *machine;			     /* words for sim_config_parse() */
	void (*unit)(struct sim_vtd_config *config); /* changes the unit(s) */
	unsigned units;				     /* 0: one */
	struct region region;			     /* an RMRR of device 0 */
	bool left_on;				     /* a former kernel left the unit translating for device 0 */
	bool deferred, untrusted, block_interrupts;
	uint64_t mask;		/* of the devices; 0: all */
	struct dma_window hole; /* device addresses not to be used */
};

struct world {
	const struct fixture *fixture;
	struct sim_vtd *unit[WORLD_UNITS];
	struct dma_iommu *iommu;
	struct sim_device *model[WORLD_UNITS]; /* device i is behind unit i */
	struct dma_device dev[WORLD_UNITS];
	struct dma_domain *domain[WORLD_UNITS];
	struct table table;
};

extern struct world world; /* of the scenarios of every driver, and of the cases of driver.c */

/* Registers of unit i. */
#define WORLD_REGISTERS(i) (0xfed90000u + 0x10000u * (i))

/* Probes, and attaches every device to a domain of its own. False: a check failed; take it down all the same. */
bool world_units(struct world *w, const struct fixture *fixture); /* the machine's part, and the table */
bool world_probe(struct world *w);
bool world_up(struct world *w, const struct fixture *fixture); /* all of it */
void world_down(struct world *w);

/* What dma_vtd_probe() is given. */
struct dma_vtd_config world_config(struct world *w);

/* Device i for the scenarios of every driver. */
struct scene world_scene(struct world *w, unsigned i);
/* Streams in all directions of device i, used as they may be and as they may not be. */
void world_traffic(struct world *w, unsigned i, size_t npages);
/* The device cannot reach that address, either way. */
void world_blocked(struct world *w, unsigned i, uint64_t daddr);
/* No unit has seen the driver break a rule. */
void world_lawful(struct world *w);

#endif
