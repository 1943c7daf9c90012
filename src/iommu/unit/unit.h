/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An IOMMU: the units of one driver, from probe to removal. Behind include/dmastream/iommu.h and the probe functions
 * of the drivers.
 *
 * A driver's probe function calls dma_iommu_probe(), which goes through these steps. Those in the right column are the
 * driver's (struct dma_unit_driver, unit_devices.h); a unit for which one fails is left out, and the others go on.
 *
 *	one IOMMU of the kind, one page for it
 *	                                          find: reads firmware, adds its regions (dma_iommu_region_add()), and
 *	                                                its units (dma_iommu_add()), each of which is
 *	a page for the unit
 *	                                                identify()ed: registers mapped, capabilities read
 *	the host's regions, each unit's rings and ids
 *	                                          memory: whatever tables it has beside these
 *	no unit is touched before here (but one that is closed first, as SMMUv3's)
 *	                                          take_over: from firmware; from now on the queue takes commands
 *	homes of the regions' requesters
 *	                                          start: translates, and blocks what nobody mapped
 *	the IOMMU is on the list of all
 *
 * and dma_iommu_remove() back: stop, homes, memory, pages, forget.
 */
#ifndef DMASTREAM_IOMMU_UNIT_H
#define DMASTREAM_IOMMU_UNIT_H

#include "unit_firmware.h"
#include "unit_regions.h"
#include <dmastream/iommu.h>
#include <dmastream/platform.h>

struct dma_unit;
struct dma_unit_driver;

/* Defines NAME(), which gives the driver's structure OUTER in which struct INNER (dma_unit, dma_iommu) is the first
 * member: each lives in one of the host's pages. */
#define DMA_UNIT_OUTER(name, outer, inner, member)                                                                     \
	_Static_assert(offsetof(struct outer, member) == 0 && sizeof(struct outer) <= DMA_PAGE_SIZE,                   \
		       #member " is first, and " #outer " fits into a page");                                          \
	static inline struct outer *name(const struct inner *embedded)                                                 \
	{                                                                                                              \
		return (struct outer *)(uintptr_t)embedded;                                                            \
	}

/* A driver embeds it, first, in what it keeps for all its units. It lives in one of the host's pages. */
struct dma_iommu {
	const struct dma_unit_driver *driver;
	const void *config;	/* of the driver's probe, while that runs */
	uint64_t timeout_ns;	/* of one command */
	struct dma_unit *units; /* those that are driven, linked by their `next`, in the order of dma_iommu_add() */
	struct dma_unit_regions regions;  /* firmware's and the host's */
	struct dma_firmware_store *store; /* what find keeps, given back with the IOMMU; NULL: nothing */
	int worst;			  /* why a unit was left out; 0: none was */
	bool kept;			  /* a unit that did not start may use what it was given, for ever */
	struct dma_iommu *next;		  /* all of them: unit.c */
};

/* ---- Probe and removal: unit_life.c ----------------------------------------------------------------------------- */

/* As the drivers' probe functions, with the driver's configuration and what all of these have: the host's regions, and
 * for how long to wait for one command (0: a second). 0 and *iommu if at least one unit works. DMA_EBUSY: the driver
 * has been probed already, and drives all units of the machine. Interrupts on. */
DMA_MUST_CHECK int dma_iommu_probe(const struct dma_unit_driver *driver, struct dma_iommu **iommu, const void *config,
				   const struct dma_iommu_region *host_regions, size_t nhost_regions,
				   uint64_t timeout_ns);
/* As the drivers' remove functions: 0; DMA_EBUSY (domains or devices), or what stop gives: the unit keeps its memory.
 * Interrupts on. */
DMA_MUST_CHECK int dma_iommu_remove(struct dma_iommu *iommu);

/* For find: adds a unit, whose registers lie at that address (0: firmware names none that can be). found: what the
 * driver knows of it, its `found`. 0, also where the unit is left out, which the log says; DMA_ENOMEM. */
DMA_MUST_CHECK int dma_iommu_add(struct dma_iommu *iommu, dma_paddr_t registers, void *found);

/* For find: adds one of firmware's regions (unit_regions.h). 0, DMA_ENOMEM. */
DMA_MUST_CHECK int dma_iommu_region_add(struct dma_iommu *iommu, const struct dma_iommu_region *region);

/* ---- All IOMMUs: unit.c ----------------------------------------------------------------------------------------- */

/* Adds the IOMMU to the list of those that dma_iommu_poll_all() polls and that devices are behind / takes it off. Any
 * context. */
void dma_iommu_register(struct dma_iommu *iommu);
void dma_iommu_unregister(struct dma_iommu *iommu);
/* Is the unit with these registers one of a registered IOMMU, or of this one? Two drivers would undo each other's
 * work. */
bool dma_iommu_driven(const struct dma_iommu *probed, dma_paddr_t registers);

/* The unit in front of the requester; NULL: none. Any context. */
struct dma_unit *dma_iommu_unit_for(const struct dma_iommu *iommu, uint32_t requester);

/* The host ends all DMA of the device by another way: 0, or an error of its own, DMA_ENOTSUP where it has none. No
 * lock is held. Any context. */
int dma_unit_cut_off(struct dma_device *dev);

#endif
