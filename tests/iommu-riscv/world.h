/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The library on the simulated machine behind a modelled RISC-V IOMMU: set up, worked with, attacked, taken down.
 */
#ifndef TESTS_IOMMU_RISCV_WORLD_H
#define TESTS_IOMMU_RISCV_WORLD_H

#include "../iommu-unit/scene.h"
#include "iommu/sim_riscv.h"
#include <dmastream/riscv.h>

#define WORLD_DEVICES	 2
#define WORLD_TIMEOUT_NS 10000000 /* of simulated time: every step of a wait is simulated, too */
#define WORLD_REGISTERS	 0xfeb80000u

/* What a scenario wants; zeroes are usual. */
struct fixture {
	const char *name;
	const char *machine;			       /* words for sim_config_parse() */
	void (*unit)(struct sim_riscv_config *config); /* changes the unit */
	uint32_t device[WORLD_DEVICES];		       /* ids; 0: 0x28 and, with `both`, 0x8140 */
	bool both;				       /* two devices */
	uint32_t last_device;			       /* as in struct dma_riscv_config */
	struct dma_iommu_region region;		       /* nbytes 0: none */
	bool left_on;				       /* a former kernel left the unit translating for device 0 */
	bool deferred, untrusted, no_big_pages;
	uint64_t mask; /* of the devices; 0: all */
};

struct world {
	const struct fixture *fixture;
	struct sim_riscv *unit;
	struct dma_iommu *iommu;
	unsigned n;
	struct sim_device *model[WORLD_DEVICES];
	struct dma_device dev[WORLD_DEVICES];
	struct dma_domain *domain[WORLD_DEVICES];
};

extern struct world world; /* of the scenarios of every driver, and of the cases of driver.c */

/* Probes, and attaches every device to a domain of its own. False: a check failed; take it down all the same. */
void world_unit(struct world *w, const struct fixture *fixture); /* the machine's part */
int world_probe(struct world *w);
bool world_up(struct world *w, const struct fixture *fixture); /* all of it */
void world_down(struct world *w);

uint32_t world_device(const struct world *w, unsigned i);
struct scene world_scene(struct world *w, unsigned i);
bool world_reaches(struct world *w, unsigned i, uint64_t daddr, bool write);

#endif
