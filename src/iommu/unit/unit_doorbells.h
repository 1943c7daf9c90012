/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Doorbells among the fixed regions: registers that devices write messages to, and do nothing else with (type
 * DMA_REGION_DEVICE, from the device). For units that know such a page by a mask and a pattern, and look up in a table
 * of their own where its messages go.
 */
#ifndef DMASTREAM_IOMMU_UNIT_DOORBELLS_H
#define DMASTREAM_IOMMU_UNIT_DOORBELLS_H

#include "unit_devices.h"

enum {
	DMA_UNIT_DOORBELL_BITS = 12, /* pages of 4 KiB, whatever a page is */
	DMA_UNIT_DOORBELL_RUNS = 16,
};

/* The pages that are alike but for the bits of a mask. All doorbells of the unit's devices are among them, and no other
 * region is. */
struct dma_unit_doorbells {
	uint64_t mask, pattern;
	unsigned bits;					  /* of the mask that are 1 */
	struct dma_reserved runs[DMA_UNIT_DOORBELL_RUNS]; /* these pages, in rising order */
	size_t nruns; /* 0: there is no doorbell, or no such mask of few bits and runs */
};

/* For memory: finds them, in so many bits of address and the unit's reach, and lets no stream have an address there. */
void dma_unit_doorbells_find(struct dma_unit *unit, unsigned width, struct dma_unit_doorbells *doorbells);

/* One page of a doorbell. */
struct dma_unit_doorbell {
	uint64_t page;
	size_t number; /* its bits that the mask names, packed: below 1 << bits */
	size_t region; /* with `page`, where the next one is looked for */
	bool begun;
};

/* Goes through the doorbells of the domain's requesters, from *at zeros on. False: there is no further one. */
bool dma_unit_doorbell_next(const struct dma_unit_domain *domain, const struct dma_unit_doorbells *doorbells,
			    struct dma_unit_doorbell *at);

#endif
