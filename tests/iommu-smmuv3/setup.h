/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An SMMUv3 machine for tests: a unit of some kind, its driver probed, devices behind it, and the kinds that differ.
 */
#ifndef TESTS_SMMU_SETUP_H
#define TESTS_SMMU_SETUP_H

#include <dmastream/dmastream.h>
#include <dmastream/smmuv3.h>

#include "../../platform/sim/iommu/sim_smmuv3.h"

#define SMMU_REGISTERS 0xf9050000u /* above the low RAM, 256 MiB of it with pages of 64 KiB */

/* A kind of unit, and how the driver is told to use it. */
struct kind {
	const char *name;
	const char *words; /* of the machine */
	unsigned stage;	   /* for the driver; 0: it chooses */
	bool one_stage;	   /* the unit has no other */
	bool linear, no_snoop, no_range, breaks, narrow_ids, lazy, deferred;
	unsigned output_code;			/* 0: 44 bits */
	const struct dma_iommu_region *regions; /* the host's */
	size_t nregions;
	void (*unit)(struct sim_smmu_config *config); /* changes the unit */
	uint64_t timeout_ns;			      /* 0: 10 ms */
	bool two_units;				      /* one for each device of world.c, which have one stream id */
};

extern const struct kind kinds[];
extern const size_t nkinds;

struct machine {
	const struct kind *kind;
	struct sim_smmu *unit;
	struct dma_iommu *iommu;
};

/* A device with a domain of its own. */
struct attached {
	struct sim_device *model;
	struct dma_domain *domain;
	struct dma_device dev;
};

struct sim_smmu_config kind_hardware(const struct kind *kind);
struct dma_smmuv3_config kind_driver(const struct kind *kind);
int machine_probe(struct machine *m, const struct kind *kind);	      /* adds the unit: 0, or the probe's error */
void machine_open(struct machine *m, const struct kind *kind);	      /* the same, SIM_CHECKed */
void machine_open_second(struct machine *m, const struct kind *kind); /* another unit beside it */
void machine_stop(struct machine *m);
void machine_close(struct machine *m); /* the same, and no unit is there any more */
struct sim_device *setup_device(uint32_t stream, bool trusted);
/* 0 or the error; nothing is left of a failure. */
int attach_device(struct machine *m, struct attached *a, uint32_t stream, bool trusted);
int detach_device(struct machine *m, struct attached *a);

/* Runs the body on every kind: plain, then hostile for a few seeds (SEEDS of the environment). Gives the failures. */
unsigned on_every_kind(void (*body)(struct machine *m));

#endif
