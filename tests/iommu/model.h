/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A naive model of a page table: a list of pieces. It maps, unmaps and splits at random, and sees that the walker
 * does the same, by the specifications' own walks (hardware.c).
 */
#ifndef TESTS_IOMMU_CORE_MODEL_H
#define TESTS_IOMMU_CORE_MODEL_H

#include "../../src/iommu/table/walker.h"

#define PAGE  DMA_PAGE_SIZE
#define MIB_2 ((uint64_t)1 << 21)
#define GIB   ((uint64_t)1 << 30)

struct piece {
	uint64_t daddr, paddr;
	size_t npages;
	unsigned dir;
	uint32_t tag;
	bool big; /* was mapped with big pages and never split */
};

#define PIECES 96

struct model {
	const struct dma_format *format;
	struct dma_table table;
	struct piece live[PIECES];
	unsigned nlive;
	struct dma_gather gather; /* waits for its invalidation */
	uint32_t generation;
};

/* A host, and an empty table; its end, with nothing left. */
void model_start(struct model *m, const struct dma_format *format, bool snoops, uint8_t big_levels);
void model_stop(struct model *m);

/* That many steps, from an empty table to an empty one. */
void random_steps(const struct dma_format *format, bool snoops, uint8_t big_levels, unsigned steps);

#endif
