/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One piece of IOMMU hardware as all of them are: domains, the devices in them, and who translates for which requester.
 * A driver embeds struct dma_unit, and struct dma_unit_domain if its domains have more than that, first in its own, and
 * supplies struct dma_unit_driver.
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
#include "unit_tables.h"

enum {
	DMA_UNIT_ENTRY_WORDS = 7,
	DMA_UNIT_EVENT_WORDS = 4,
};

/* A ring in memory into which the hardware writes what it blocked: unit_faults.h. Its shape is the driver's to say. */
struct dma_unit_log {
	uint32_t count; /* of events, a power of 2 */
	uint32_t words; /* of 8 bytes, of an event: at most DMA_UNIT_EVENT_WORDS */
	uint32_t span;	/* what its indices count modulo: `count`, or twice that with a wrap bit */
	/* Two registers, by offset, of which the low 32 bits are an index in steps of so many: that of the event that
	 * the hardware writes next, and of the one that we read next. */
	uint32_t tail_register, head_register, step;
	/* Bits in which the two registers differ while it is not acknowledged that events were lost. 0: the driver's
	 * `lost` and `found` do that. */
	uint32_t toggles;
	bool cleared; /* a slot that was read is cleared: the tail may tell of an event before it has arrived */

	uint64_t *events;
	dma_paddr_t paddr;
	uint32_t head;	       /* index of the next event: fault_lock */
	uint32_t acknowledged; /* toggles, as the head register has them: fault_lock */
};

struct dma_unit_domain {
	struct dma_space space; /* first */
	struct dma_unit *unit;
	struct dma_unit_domain *next;	       /* of the unit */
	struct dma_device *devices;	       /* attached, linked by their `backend` */
	struct dma_unit_requesters requesters; /* that it was made for: the first is `requester` */
	uint32_t requester;
	uint32_t *others; /* in a page of the host's, behind `requester` once more; NULL: there are none */
	/* Addresses that the unit keeps for something else: unit_reserved.h. A page of the host's, or NULL. */
	struct dma_reserved *reserved;
	size_t nreserved;
	uint32_t attached; /* requesters, where unit_attached.h counts them. The unit's lock; read without */
	bool home;
	uint16_t id;
};

struct dma_iommu;
struct dma_unit_fault_ops;

/* One unit on and off, as a driver supplies it; in the order of unit.h. [on] */
struct dma_unit_power_ops {
	/* Maps the registers (dma_unit_map()) and reads what the unit is; fills in `reach`, `space`, `formats` and
	 * `width`, `nids`, `first` and `last`, and `no_bypass`. 0, or an error, and *why is what the log says of it. */
	int (*identify)(struct dma_unit *unit, const void *config, const char **why);
	/* Ends what whoever ran the unit before left there, so that it takes commands. NULL: start does that. 0,
	 * DMA_ETIMEDOUT. */
	int (*take_over)(struct dma_unit *unit);
	/* Lets the unit translate, by tables that block all but the homes, with nothing cached; sets `running` when it
	 * begins to look at them. 0, DMA_ETIMEDOUT. */
	int (*start)(struct dma_unit *unit);
	/* Stops it: it looks at no memory any more. Also of one that did not start, or has been stopped. 0,
	 * DMA_ETIMEDOUT, DMA_EIO. */
	int (*stop)(struct dma_unit *unit);
	/* Where an entry cannot be cleared: blocks every requester of the unit by other means. 0, or an error. NULL:
	 * there are none. [any] */
	int (*abort)(struct dma_unit *unit);
};

/* Who translates for a requester, as a driver supplies it. */
struct dma_unit_entry_ops {
	/* NULL, or why the domain cannot translate for the device, which is the unit's. NULL: everything can. [on] */
	const char *(*refuses)(struct dma_unit *unit, struct dma_unit_domain *domain, const struct dma_device *dev);

	/* Of units that read a device table (unit_tables.h), the two that follow; of others NULL. */

	/* The words of an entry by which the domain translates; they are zeros before. domain NULL: accesses bypass the
	 * unit (hazard 85). coherent: the requester's devices snoop. 0, DMA_ENOSPC. [on] */
	int (*describe)(struct dma_unit *unit, struct dma_unit_domain *domain, bool coherent,
			uint64_t words[DMA_UNIT_ENTRY_WORDS]);
	/* The requester's entry has changed: the unit forgets it, and what it translated by it. former, now: its word
	 * that names the domain, before and after; 0: it was closed, or is. Not of a unit that is not running. 0,
	 * DMA_ETIMEDOUT. [any] */
	int (*forget)(struct dma_unit *unit, uint32_t requester, uint64_t former, uint64_t now);

	/* Makes the domain translate for the requester in place of `former`, in one step; words: as described, or
	 * zeros; domain NULL: its accesses bypass the unit; former NULL: it has bypassed it, or nothing has translated.
	 * One of the two may be its home: what both map it reaches at every moment, if the hardware leaves a way
	 * (hazard 74). 0; 1: there is no such step, nothing has changed: it is done again with the entry cleared; or an
	 * error: DMA_ETIMEDOUT (the entry is cleared), DMA_ENOMEM. NULL: dma_unit_entry_swap() is the step. [on] */
	int (*change)(struct dma_unit *unit, uint32_t requester, struct dma_unit_domain *former,
		      struct dma_unit_domain *domain, const uint64_t words[DMA_UNIT_ENTRY_WORDS]);
	/* Ends all access of the requester. 0, DMA_ETIMEDOUT: the entry is clear, but the unit may go on with what it
	 * has cached. NULL: the entry is closed, and forgotten. Units that take requests have change and clear, which
	 * keep a record (unit_attached.h). [any] */
	int (*clear)(struct dma_unit *unit, uint32_t requester);
	/* A table of the second level with the requester's entry has been taken out: the unit forgets where it was. 0,
	 * DMA_ETIMEDOUT: the table is lost. NULL: forget does that, if there is one. [on] */
	int (*forget_table)(struct dma_unit *unit, uint32_t requester);
};

/* What a driver supplies, once for all its units. Functions are NULL where that is said. */
struct dma_unit_driver {
	const char *name;    /* for the log: "vtd" */
	size_t iommu_bytes;  /* of what embeds struct dma_iommu first: at most a page */
	size_t unit_bytes;   /* of what embeds struct dma_unit first: at most a page */
	uint8_t *probed;     /* where all units of a machine belong to one IOMMU: a flag of the driver's; else NULL */
	bool stopped_blocks; /* a unit that is stopped blocks its devices; else it lets everything pass */
	struct dma_reserved hole; /* that no region may touch: where interrupts are written to; nbytes 0: none */

	/* Reads firmware, or what the caller says of it: dma_iommu_add() for each unit, dma_iommu_region_add() for each
	 * region. 0, or the error of the probe. [on] */
	int (*find)(struct dma_iommu *iommu, const void *config);
	/* The unit is not driven: a line in the log for each device that is not protected for that. NULL: none. [on] */
	void (*unprotected)(const struct dma_unit *unit);
	/* Takes what the unit needs beside its ring of commands and its ids: dma_unit_take(), dma_unit_tables_make().
	 * All regions are known. 0, DMA_ENOMEM, or why the unit is left out. NULL: nothing. [on] */
	int (*memory)(struct dma_unit *unit);
	/* True if the unit is in front of that requester. NULL: if it is from `first` to `last`. [any] */
	bool (*mine)(const struct dma_unit *unit, uint32_t requester);

	/* What a new domain has beside `space`, `formats` and `width` of its unit: *config is filled in from them
	 * already, and may be changed. The id is set; everything else is zeros. 0, DMA_ENOMEM, DMA_ENOTSUP. NULL:
	 * nothing. [on] */
	int (*domain_describe)(struct dma_unit_domain *domain, struct dma_space_config *config);
	/* Gives back what describe took, in part or whole. NULL: nothing. [on] */
	void (*domain_forget)(struct dma_unit_domain *domain);

	const struct dma_unit_power_ops *power;
	const struct dma_unit_entry_ops *entries;
	const struct dma_queue_ops *queue;	   /* unit_queue.h; NULL: the driver has a ring of its own */
	const struct dma_unit_fault_ops *faults;   /* unit_faults.h */
	const struct dma_unit_fault_ops *requests; /* the same of the unit's `requests`; NULL: it has none */
};

enum {
	DMA_UNIT_FORMATS = 3,
	DMA_UNIT_PIECES = 6,
};

struct dma_unit {
	const struct dma_unit_driver *driver;
	struct dma_iommu *iommu;
	struct dma_unit *next; /* of the IOMMU */
	void *found;	       /* the driver's, as it was given to dma_iommu_add() */

	/* What identify finds out. */
	dma_paddr_t paddr; /* of the registers */
	volatile char *regs;
	size_t window; /* bytes of them that are mapped */
	struct dma_unit_reach reach;
	uint32_t first, last; /* no requesters beyond are the unit's; 0 and UINT32_MAX unless it says so */
	bool no_bypass;	      /* it has no way to let a requester through untranslated */
	unsigned nids;	      /* domain ids, 0 included, which is none; 0: the unit has no ids */
	/* What its domains are made of: unit operations, leaf_extra and big_levels (all) of the table, reserved (in
	 * rising order; what lies beyond the last address is left out). The format of the page tables is the first of
	 * `formats` (NULL: none) that reaches all fixed regions, in so many bits of device address as `width` says at
	 * most (0: any). */
	struct dma_space_config space;
	const struct dma_format *formats[DMA_UNIT_FORMATS];
	unsigned width;
	uint64_t device_extra; /* leaf_extra of leaves that map device memory; 0: as any other */
	uint64_t granule;      /* bytes that it maps at least at once, for fixed regions: 4 KiB unless it says more */

	struct dma_unit_piece {
		dma_paddr_t paddr;
		size_t npages;
	} pieces[DMA_UNIT_PIECES]; /* dma_unit_take() */
	struct dma_unit_tables tables;
	struct dma_unit_log log;
	struct dma_unit_log requests; /* the same for requests of devices that nobody serves; count 0: there is none */
	struct dma_queue queue;
	struct dma_unit_ids ids;
	const struct dma_unit_regions *regions; /* the IOMMU's */
	bool running;				/* it looks at our tables: who changes an entry tells it */

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

static inline struct dma_unit *dma_unit_of_queue(const struct dma_queue *queue)
{
	return (struct dma_unit *)(uintptr_t)((const char *)queue - offsetof(struct dma_unit, queue));
}

static inline bool dma_unit_mine(const struct dma_unit *unit, uint32_t requester)
{
	return unit->driver->mine ? unit->driver->mine(unit, requester)
				  : requester >= unit->first && requester <= unit->last;
}

/* ---- Devices ------------------------------------------------------------------------------------------------ */

/* The first initialisers of a driver's struct dma_unit_ops, or struct dma_mapper_ops. */
#define DMA_UNIT_DEVICE_OPS .attach = dma_unit_attach, .detach = dma_unit_detach, .block = dma_unit_block

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
