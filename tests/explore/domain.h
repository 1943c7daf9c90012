/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The domain that the programs of domain*.c use, and its unit, which keeps every translation that was ever there
 * until an invalidation covers it.
 */
#ifndef TESTS_EXPLORE_DOMAIN_H
#define TESTS_EXPLORE_DOMAIN_H

#include "../../src/iommu/space/space.h"
#include "../../src/iommu/space/space_batch.h"
#include "programs.h"
#include "world.h"

/* What the device may reach: a page. */
struct domain_mapping {
	uint64_t daddr;
	unsigned frame;
	const uint64_t *entry;
	unsigned cpu; /* that mapped it, and releases it */
	bool live;    /* mapped, not released */
	bool covered; /* no cache has it any more */
};

extern struct dma_space domain_space;
extern struct dma_device domain_dev;
extern bool domain_unit_is_mute;    /* invalidations fail */
extern unsigned domain_batch_count; /* for domain_start() */

/* The library, the domain and a device of it that is trusted. */
void domain_start(bool deferred, unsigned cpus);
/* The tables of the first addresses are there, as in a machine that has run for a while. */
void domain_warm(struct dma_device *device);
void domain_start_deferred(void); /* both, two CPUs */
/* Everything comes back. */
void domain_finish(void);

/* The entry that translates an address, as memory has it now; NULL: there is no table for it. */
const uint64_t *domain_entry(uint64_t daddr);

/* A fresh page is mapped / released. */
void domain_map(struct dma_device *device, struct dma_stream *s, struct domain_mapping **books);
void domain_release(struct dma_stream *s, struct domain_mapping *m);
void domain_map_and_release(void);

#endif
