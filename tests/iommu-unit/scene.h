/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A device in a domain behind a modelled unit, whichever: what scenarios for every unit driver do with it. A driver's
 * own world (world.h of its folder) sets it up and fills this in.
 */
#ifndef TESTS_IOMMU_UNIT_SCENE_H
#define TESTS_IOMMU_UNIT_SCENE_H

#include "sim.h"
#include <dmastream/dmastream.h>
#include <dmastream/iommu.h>

struct scene {
	struct dma_device *dev; /* in `domain` */
	struct dma_domain *domain;
	struct sim_device *device; /* the model behind it */
	bool deferred, untrusted;
	void *unit; /* the model of the unit */
	int (*look)(struct sim_device *device, uint64_t daddr, bool write, uint64_t *paddr);
	int (*post)(struct sim_device *device, uint64_t daddr, const void *bytes, size_t n);
	void (*land)(void *unit);
	unsigned (*freed)(void *unit); /* accesses that were led to memory which the allocator has */
	/* Called when an invalidation was taken and nothing is invalidated yet; NULL: nothing. */
	void (*before_invalidation)(void *unit, void (*call)(void *ctx), void *ctx);
};

/* ---- scene.c ---- */

/* The device cannot reach that address, either way. */
void scene_blocked(const struct scene *w, uint64_t daddr);
/* Streams in all directions, used as they may be and as they may not be. */
void scene_traffic(const struct scene *w, size_t npages, unsigned char seed);

/* ---- scene_release.c: what another CPU, a posted write, or a device that tries without end can do ---- */

void scene_addresses_wait(const struct scene *w);
void scene_tables_wait(const struct scene *w);
void scene_nobodys(const struct scene *w);
void scene_drained(const struct scene *w);

#endif
