/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The scene of the tests of spaces: streams through the public interface, over an IOMMU with caches that keep what
 * nobody invalidates (unit.h). What counts is what a device reaches, when, and that nothing it can reach is given to
 * anybody else.
 */
#ifndef TESTS_IOMMU_CORE_SCENE_H
#define TESTS_IOMMU_CORE_SCENE_H

#include "../hosts/iommu_host.h"
#include "check.h"
#include <dmastream/dmastream.h>

#define PAGE	    DMA_PAGE_SIZE
#define MIB_2_PAGES (((size_t)2 << 20) / PAGE)

extern struct unit unit;
extern struct dma_device dev;

extern const struct dma_space_config strict_config, deferred_config;

/* A host, the unit, and dev behind it; tells: the unit wants to hear of maps. */
void begin(const struct dma_space_config *config, bool tells, bool trusted);
/* Nothing may be left, and nothing may have been given away that a device could reach. */
void end(void);
/* After hardware that stopped answering: what is lost is counted, the rest is there. */
void end_dead(uint64_t quarantined);

/* Unscrubbed, and it succeeds. */
void alloc(struct dma_stream *s, unsigned dir, size_t npages);
/* A device of the domain may. */
bool reaches(uint64_t daddr, enum unit_access access);
/* The device has used every page. */
void warm(uint64_t daddr, size_t npages);
/* Pages that wait in batches: what the library and the domain agree on. */
uint64_t pending(void);

#endif
