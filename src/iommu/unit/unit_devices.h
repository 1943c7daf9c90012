/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One piece of IOMMU hardware as all of them are: domains, the devices in them, and who translates for which requester.
 * A driver embeds struct dma_unit and struct dma_unit_domain in its own and supplies struct dma_unit_driver.
 *
 * Who translates for a requester, by what has happened last:
 *
 * 	probe                 its home, if a region names it (unit_regions.h); else nothing: it is blocked
 * 	a device attaches     the device's domain; more devices with the requester may join that domain (hazard 73)
 * 	the last one leaves   its home again, or nothing
 *
 * Attaching and detaching take turns, with interrupts on. The lists change under the lock; a fault report that has
 * found a device or domain there counts as `reporting`, and whoever takes one off the lists waits for it.
 */
#ifndef DMASTREAM_IOMMU_UNIT_DEVICES_H
#define DMASTREAM_IOMMU_UNIT_DEVICES_H

#include "../space/space.h"
#include "unit_frames.h"
#include "unit_ids.h"
#include "unit_queue.h"
#include "unit_regions.h"

struct dma_unit_domain {
	struct dma_space space; /* first */
	struct dma_unit *unit;
	struct dma_unit_domain *next;	       /* of the unit */
	struct dma_device *devices;	       /* attached, linked by their `backend` */
	struct dma_unit_requesters requesters; /* that it was made for: the first is `requester` */
	uint32_t requester;
	uint32_t *others; /* in a page of the host's, behind `requester` once more; NULL: there are none */
	bool home;
	uint16_t id;
};

struct dma_unit_fault_ops;

struct dma_unit_driver {
	/* Fills in the space of a new domain, whose id is set: format and leaves so that it reaches `last`, holes of
	 * the hardware's own, unit operations; and what the driver keeps beside it. Zeroed before. 0, DMA_ENOMEM,
	 * DMA_ENOTSUP. [on] */
	int (*domain_describe)(struct dma_unit_domain *domain, uint64_t last, struct dma_space_config *config);
	/* Gives back what describe took, in part or whole. [on] */
	void (*domain_forget)(struct dma_unit_domain *domain);

	/* True if the unit is in front of that requester. [any] */
	bool (*mine)(const struct dma_unit *unit, uint32_t requester);
	/* NULL, or why the domain cannot translate for the device, which is the unit's. [on] */
	const char *(*refuses)(struct dma_unit_domain *domain, const struct dma_device *dev);

	/* Makes the domain translate for the requester in place of `former`; NULL: its accesses bypass the unit (hazard
	 * 85), or nothing has translated. One of the two may be its home: what both map it reaches at every moment, if
	 * the hardware leaves a way (hazard 74). coherent: its devices snoop. 0, DMA_ENOMEM, DMA_ENOTSUP,
	 * DMA_ETIMEDOUT: the entry is as it was, or clear. [on] */
	int (*set)(struct dma_unit *unit, uint32_t requester, struct dma_unit_domain *former,
		   struct dma_unit_domain *domain, bool coherent);
	/* Ends all access of the requester. 0, DMA_ETIMEDOUT: the entry is clear, but the unit may go on with what it
	 * has cached. [any] */
	int (*clear)(struct dma_unit *unit, uint32_t requester);
	/* After clear: gives tables back that hold nothing. [on] */
	void (*trim)(struct dma_unit *unit, uint32_t requester);
	/* Where clear fails: blocks every requester of the unit by other means. 0, or an error. NULL: there are none.
	 * [any] */
	int (*abort)(struct dma_unit *unit);

	const struct dma_unit_fault_ops *faults; /* unit_faults.h */
	uint64_t device_extra;			 /* of leaves that map device memory; 0: as any other */
};

struct dma_unit {
	const struct dma_unit_driver *driver;
	struct dma_unit_reach reach;
	struct dma_queue queue;
	struct dma_unit_ids ids;
	const struct dma_unit_regions *regions;
	uint32_t first, last; /* no requesters beyond are the unit's */
	bool running;	      /* it looks at our tables: who changes an entry tells it */

	struct dma_lock lock; /* the lists, and the driver's table entries */
	struct dma_unit_domain *domains;
	struct dma_device *bypassing; /* linked by their `backend` */
	uint32_t reporting;	      /* users of what they found in the lists */
	uint8_t turn;		      /* somebody attaches or detaches: changed atomically */

	struct dma_lock fault_lock;
};

static inline struct dma_unit_domain *dma_unit_domain_of(struct dma_space *space)
{
	return (struct dma_unit_domain *)(void *)space;
}

/* ---- Devices: what a driver puts into its struct dma_unit_ops --------------------------------------------- */

int dma_unit_attach(struct dma_space *space, struct dma_device *dev);
void dma_unit_detach(struct dma_space *space, struct dma_device *dev);
int dma_unit_block(struct dma_space *space, struct dma_device *dev);

/* Devices that bypass the unit, and one device blocked. */
int dma_unit_bypass(struct dma_unit *unit, struct dma_device *dev);
void dma_unit_bypass_end(struct dma_unit *unit, struct dma_device *dev);
bool dma_unit_bypasses(struct dma_unit *unit, const struct dma_device *dev); /* between the two */
int dma_unit_block_device(struct dma_unit *unit, struct dma_device *dev);

/* ---- Lists -------------------------------------------------------------------------------------------------- */

/* Some device with that requester, and its domain (NULL: it bypasses the unit); NULL: there is none. Lock held. */
struct dma_device *dma_unit_find(const struct dma_unit *unit, uint32_t requester, struct dma_unit_domain **domain);
/* True if the domain translates for nobody but that requester. Lock not held. */
bool dma_unit_alone(struct dma_unit_domain *domain, uint32_t requester);
/* Keeps what was found in the lists. Lock held / not held. */
void dma_unit_report_begin(struct dma_unit *unit);
void dma_unit_report_end(struct dma_unit *unit);

/* ---- Domains: unit_domain.c ----------------------------------------------------------------------------------- */

/* As dma_iommu_domain_create() and _destroy(). */
int dma_unit_domain_create(struct dma_unit *unit, const struct dma_iommu_domain_config *asked, struct dma_domain **out);
int dma_unit_domain_destroy(struct dma_unit_domain *domain);

/* ---- Homes: unit_homes.c ---------------------------------------------------------------------------------------- */

/* The requester's home; NULL: it has none. Interrupts on, or the lists do not change. */
struct dma_unit_domain *dma_unit_home(struct dma_unit *unit, uint32_t requester);
/* Makes homes for all of the unit's requesters that regions name, and lets them translate: before the unit is running.
 * 0, DMA_ENOMEM, DMA_ENOSPC. Interrupts on. */
DMA_MUST_CHECK int dma_unit_homes_make(struct dma_unit *unit);
/* True if there are no domains but homes, and no devices. */
bool dma_unit_idle(struct dma_unit *unit);
/* Unmakes the homes of an idle unit that is not running any more. 0, DMA_ETIMEDOUT. */
DMA_MUST_CHECK int dma_unit_homes_unmake(struct dma_unit *unit);

#endif
