/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A device in a domain behind a modelled unit, whichever: what scenarios for every unit driver do with it. A driver's
 * own world (world.h of its folder) sets it up and fills this table in; what a driver has in no other is its own test.
 */
#ifndef TESTS_IOMMU_UNIT_SCENE_H
#define TESTS_IOMMU_UNIT_SCENE_H

#include "sim.h"
#include <dmastream/dmastream.h>
#include <dmastream/iommu.h>

struct scene {
	struct dma_iommu *iommu;
	struct dma_device *dev; /* in *domain */
	struct dma_domain **domain;
	struct sim_device *device; /* the model behind it */
	uint32_t requester;
	const struct scene *next; /* that of another device, which has a domain of its own; NULL: there is none */
	bool deferred, untrusted;
	struct dma_iommu_region region; /* fixed, of the device; nbytes 0: none */
	uint64_t granule;		/* bytes that the unit maps at least at once; 0: 4 KiB */
	bool aborts;			/* the driver makes a unit that answers nothing abort everything */
	void *unit;			/* the model of the unit */
	int (*look)(struct sim_device *device, uint64_t daddr, bool write, uint64_t *paddr);
	int (*post)(struct sim_device *device, uint64_t daddr, const void *bytes, size_t n);
	void (*land)(void *unit);
	unsigned (*freed)(void *unit);	/* accesses that were led to memory which the allocator has */
	unsigned (*opened)(void *unit); /* how often it let pass what nobody had mapped; NULL: it always blocks */
	void (*dies)(void *unit);	/* answers nothing from now on, and goes on with what it has cached */
	int (*remove)(struct dma_iommu *iommu);
	/* Called when an invalidation was taken and nothing is invalidated yet; NULL: nothing. */
	void (*before_invalidation)(void *unit, void (*call)(void *ctx), void *ctx);
};

/* ---- scene.c ---- */

bool scene_reaches(const struct scene *w, uint64_t daddr, bool write);
/* The device cannot reach that address, either way. */
void scene_blocked(const struct scene *w, uint64_t daddr);
/* Streams in all directions, used as they may be and as they may not be. */
void scene_traffic(const struct scene *w, size_t npages, unsigned char seed);

/* ---- scene_life.c: what devices do all day ---- */

void scene_life(const struct scene *w);	       /* all devices of the world */
void scene_long_ranges(const struct scene *w); /* over several leaf tables */
void scene_lengths(const struct scene *w);
void scene_recycle(const struct scene *w); /* a space of 1 MiB, a hundred times over */
void scene_wrap(const struct scene *w);	   /* more invalidations than a ring of commands has room for */
void scene_holes(const struct scene *w);   /* addresses beyond the interrupt window of x86, up to a mask of 4 GiB */
void scene_regions(const struct scene *w); /* with a driver, and without */
void scene_taken_over(const struct scene *w);
void scene_faults(const struct scene *w);

/* ---- scene_regions.c: fixed regions that overlap, or meet within a page; the fixture has them ---- */

enum { SCENE_MEETING = 15 };
extern const struct dma_iommu_region scene_meeting[SCENE_MEETING];
void scene_regions_meet(const struct scene *w);

/* ---- scene_devices.c: domains and their devices ---- */

void scene_arguments(const struct scene *w);
void scene_numbers_again(const struct scene *w);
void scene_shared_requester(const struct scene *w); /* hazard 73 */
void scene_one_blocked(const struct scene *w);	    /* of two */
void scene_bypass(const struct scene *w);	    /* hazard 85 */
void scene_stranger(const struct scene *w);
void scene_crowd(const struct scene *w);   /* hundreds of requesters, up to 0xffff */
void scene_no_page(const struct scene *w); /* for a split: needs 128 MiB */

/* ---- scene_apart.c: two devices with the same bits 15:0 of their requesters, or the same requester ---- */

void scene_apart(const struct scene *w);
/* Of two units: what is mapped for the device of one, that of the other cannot reach through its own. */
void scene_own_unit(const struct scene *w);

/* ---- scene_lists.c: memory in pieces ---- */

void scene_lists(const struct scene *w);
void scene_long_lists(const struct scene *w);
void scene_scattered(const struct scene *w);

/* ---- scene_interrupted.c: a handler that comes at any moment ---- */

void scene_interrupted(const struct scene *w); /* a whole life, at each hook, and between them */

/* ---- scene_dead.c: a unit that dies; what is left of the world stays as it is ---- */

void scene_quarantine(const struct scene *w);
/* Hazard 80: nobody cuts devices off; the host is asked to, and does not; it does. */
void scene_blocked_perhaps(const struct scene *w);
void scene_blocked_in_vain(const struct scene *w);
void scene_blocked_for_good(const struct scene *w);

/* ---- scene_release.c: what another CPU, a posted write, or a device that tries without end can do ---- */

void scene_addresses_wait(const struct scene *w);
void scene_tables_wait(const struct scene *w);
void scene_nobodys(const struct scene *w);
void scene_drained(const struct scene *w);

#endif
