/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the AMD-Vi driver: units, domains, and who does what.
 *
 *   ivrs.c, ivrs_devices.c  the firmware's table     amdvi_queue.c   commands
 *   amdvi.c        finds the units, is the IOMMU     amdvi_device.c  the device table: who is translated by what
 *   amdvi_unit.c   one unit, on and off              amdvi_domain.c  domains: what the unit is told of changes
 *   amdvi_event.c  what was blocked                  amdvi_control.c the register that several change
 */
#ifndef DMASTREAM_SRC_IOMMU_AMDVI_H
#define DMASTREAM_SRC_IOMMU_AMDVI_H

#include "../unit/unit.h"
#include "../unit/unit_devices.h"
#include "../unit/unit_faults.h"
#include "amdvi_regs.h"
#include "ivrs.h"
#include <dmastream/amdvi.h>

/* 2.1.2: interrupt messages are no accesses to memory, and the HyperTransport region holds none. */
#define AMDVI_INTERRUPT_WINDOW ((uint64_t)0xfee00000)
#define AMDVI_INTERRUPT_LAST   ((uint64_t)0xfeefffff)
#define AMDVI_TUNNEL_WINDOW    ((uint64_t)0xfd00000000)
#define AMDVI_TUNNEL_BYTES     ((uint64_t)0x300000000)

enum {
	AMDVI_EVENTS = 256,    /* entries of the log: 4 KiB */
	AMDVI_DOMAINS = 65536, /* ids of 16 bits */
	AMDVI_RING_BITS = 8,   /* both rings have 256 entries */
};

struct amdvi;

struct amdvi_unit {
	struct dma_unit base;	 /* first */
	struct amdvi *amdvi;	 /* whose it is */
	struct amdvi_unit *next; /* of its units */
	struct dma_ivrs_unit *found;

	/* what it is */
	volatile char *regs;
	uint64_t features;
	bool not_present; /* it may remember what was not mapped */

	/* its memory */
	dma_paddr_t table_paddr, queue_paddr, status_paddr, event_paddr;
	struct amdvi_entry *table;
	uint32_t entries; /* of the table: requesters below it */
	uint64_t *status; /* a word for each slot of the ring */
	uint64_t *events; /* two words each */
	uint32_t event_head;

	struct dma_lock control_lock;
	uint64_t control; /* as the register is to be; lock held */
};

struct amdvi {
	struct dma_iommu iommu; /* first */
	struct dma_ivrs ivrs;
	struct dma_unit_regions regions;
	struct amdvi_unit *units; /* those that are driven, in the order of the table */
	bool kept;		  /* a unit that did not start may use what it was given */
};

_Static_assert(sizeof(struct amdvi) <= DMA_PAGE_SIZE && sizeof(struct amdvi_unit) <= DMA_PAGE_SIZE, "more than a page");

static inline struct amdvi *dma_amdvi_of(struct dma_iommu *iommu)
{
	return (struct amdvi *)(void *)iommu;
}

static inline struct amdvi_unit *dma_amdvi_unit_of(const struct dma_unit *unit)
{
	return (struct amdvi_unit *)(uintptr_t)unit;
}

static inline struct amdvi_unit *dma_amdvi_of_queue(const struct dma_queue *queue)
{
	return (struct amdvi_unit *)(uintptr_t)((const char *)queue - offsetof(struct amdvi_unit, base.queue));
}

static inline uint64_t dma_amdvi_read(const struct amdvi_unit *unit, enum amdvi_register reg)
{
	return dma_host_mmio_read64(unit->regs + reg);
}

static inline void dma_amdvi_write(const struct amdvi_unit *unit, enum amdvi_register reg, uint64_t value)
{
	dma_host_mmio_write64(unit->regs + reg, value);
}

/* ---- amdvi_unit.c ---------------------------------------------------------------------------------------------- */
int dma_amdvi_unit_map(struct amdvi_unit *unit, const char **why); /* registers; *why: the trouble in words */
int dma_amdvi_unit_stop_rings(struct amdvi_unit *unit);		   /* whoever ran it before */
int dma_amdvi_unit_start(struct amdvi_unit *unit);		   /* translates, by the device table */
int dma_amdvi_unit_stop(struct amdvi_unit *unit);

/* ---- amdvi_control.c: sets bits of CONTROL and clears others. Any context. -- */
void dma_amdvi_control(struct amdvi_unit *unit, uint64_t set, uint64_t clear);

/* ---- amdvi_queue.c: 0, DMA_ETIMEDOUT --------------------------------------------------------------------------- */
void dma_amdvi_queue_start(struct amdvi_unit *unit); /* its registers, before CONTROL lets it run */
int dma_amdvi_run(struct amdvi_unit *unit, const struct dma_command *commands, unsigned n); /* and waits */
int dma_amdvi_forget_all(struct amdvi_unit *unit);					    /* all that it has cached */

/* ---- amdvi_device.c: as in struct dma_unit_driver -------------------------------------------------------------- */
int dma_amdvi_entry_set(struct dma_unit *base, uint32_t requester, struct dma_unit_domain *former,
			struct dma_unit_domain *domain, bool coherent);
int dma_amdvi_entry_clear(struct dma_unit *base, uint32_t requester);
void dma_amdvi_entry_trim(struct dma_unit *base, uint32_t requester);
void dma_amdvi_entries_block(struct amdvi_unit *unit); /* every one; the unit does not look yet */

/* ---- amdvi_domain.c -------------------------------------------------------------------------------------------- */
int dma_amdvi_domain_describe(struct dma_unit_domain *domain, uint64_t last, struct dma_space_config *config);

/* ---- amdvi_event.c ---------------------------------------------------------------------------------------------- */
extern const struct dma_unit_fault_ops dma_amdvi_faults;
void dma_amdvi_events_start(struct amdvi_unit *unit); /* its registers, before CONTROL lets it run */

#endif
