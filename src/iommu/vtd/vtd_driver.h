/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the VT-d driver: units, domains, and who does what.
 *
 *   dmar.c, dmar_scope.c  the firmware's table     vtd_queue.c    invalidations
 *   vtd.c          finds the units, is the IOMMU   vtd_context.c  root and context tables: who is translated by what
 *   vtd_unit.c     one unit, on and off            vtd_domain.c   domains: what the unit is told when mappings change
 *   vtd_fault.c    what was blocked                vtd_region.c   memory that firmware shares with devices
 */
#ifndef DMASTREAM_SRC_IOMMU_VTD_H
#define DMASTREAM_SRC_IOMMU_VTD_H

#include "../../base/cache.h"
#include "../space/space.h"
#include "../unit/unit.h"
#include "../unit/unit_devices.h"
#include "../unit/unit_faults.h"
#include "../unit/unit_tables.h"
#include "dmar.h"
#include "vtd_regs.h"
#include <dmastream/vtd.h>

#define VTD_INTERRUPT_WINDOW	   ((uint64_t)0xfee00000) /* 3.14: never translated */
#define VTD_INTERRUPT_WINDOW_BYTES ((uint64_t)0x100000)
#define VTD_INTERRUPT_LAST	   (VTD_INTERRUPT_WINDOW + VTD_INTERRUPT_WINDOW_BYTES - 1)

enum { VTD_LEVELS_3 = 1 << 1, VTD_LEVELS_4 = 1 << 2, VTD_LEVELS_5 = 1 << 3 }; /* of SAGAW */

struct vtd;

struct vtd_unit {
	struct dma_unit base;  /* first */
	struct vtd *vtd;       /* whose it is */
	struct vtd_unit *next; /* of its units */
	struct dma_dmar_unit *found;
	/* what it is */
	volatile char *regs;
	size_t window; /* bytes */
	dma_paddr_t paddr;
	uint64_t cap;
	uint64_t ecap;
	uint64_t drain; /* VTD_DRAIN_…, as far as it can */
	uint16_t segment;
	uint16_t bypass_id;  /* of devices that bypass it; 0: none has come yet */
	bool can_sync;	     /* the CPU can flush its caches */
	bool remaps_by_host; /* interrupt remapping is the host's */

	/* its memory: one page each */
	dma_paddr_t root_paddr, queue_paddr, status_paddr, interrupt_paddr;
	struct dma_unit_tables tables; /* root and context tables */
	uint32_t *status;

	struct dma_lock command_lock; /* GCMD */
};

struct vtd {
	struct dma_iommu iommu; /* first */
	struct dma_dmar dmar;
	struct dma_unit_regions regions;
	struct vtd_unit *units; /* those that are driven, in the order of the table */
	bool kept;		/* a unit that did not start may use what it was given */
};

/* Each lives in one of the host's pages for bookkeeping. */
_Static_assert(sizeof(struct vtd) <= DMA_PAGE_SIZE && sizeof(struct vtd_unit) <= DMA_PAGE_SIZE, "more than a page");

static inline struct vtd *dma_vtd_of(struct dma_iommu *iommu)
{
	return (struct vtd *)(void *)iommu;
}

static inline struct vtd_unit *dma_vtd_unit_of(const struct dma_unit *unit)
{
	return (struct vtd_unit *)(uintptr_t)unit;
}

static inline struct vtd_unit *dma_vtd_of_queue(const struct dma_queue *queue)
{
	return (struct vtd_unit *)(uintptr_t)((const char *)queue - offsetof(struct vtd_unit, base.queue));
}

/* ---- vtd_unit.c ---------------------------------------------------------------------------------------- */
int dma_vtd_unit_map(struct vtd_unit *unit,
		     const char **why);		   /* registers and capabilities; *why: the trouble in words */
int dma_vtd_unit_take_over(struct vtd_unit *unit); /* whatever ran it before; the queue works then */
int dma_vtd_unit_start(struct vtd_unit *unit);	   /* translates, and blocks what has no context entry */
int dma_vtd_unit_block_interrupts(struct vtd_unit *unit);
int dma_vtd_unit_stop(struct vtd_unit *unit);
/* Polls until the bits of the register have the value. 0, DMA_ETIMEDOUT. */
int dma_vtd_wait_bits(struct vtd_unit *unit, enum vtd_register reg, uint32_t bits, uint32_t value);
int dma_vtd_command(struct vtd_unit *unit, uint32_t bit, uint32_t value); /* one GCMD bit, and waits for its status */
int dma_vtd_write_buffer_flush_now(struct vtd_unit *unit);

/* If it needs that (hazard 27). */
static inline int dma_vtd_write_buffer_flush(struct vtd_unit *unit)
{
	return unit->cap & VTD_CAP_RWBF ? dma_vtd_write_buffer_flush_now(unit) : 0;
}

/* ---- vtd_queue.c: 0, DMA_ETIMEDOUT -------------------------------------------------------------------------- */
int dma_vtd_queue_start(struct vtd_unit *unit);
int dma_vtd_queue_stop(struct vtd_unit *unit);
int dma_vtd_run(struct vtd_unit *unit, struct dma_command descriptor); /* and waits */

/* ---- vtd_context.c: as in struct dma_unit_driver ---------------------------------------------------------------- */
int dma_vtd_context_set(struct dma_unit *base, uint32_t requester, struct dma_unit_domain *former,
			struct dma_unit_domain *domain, bool coherent);
int dma_vtd_context_clear(struct dma_unit *base, uint32_t requester);
void dma_vtd_context_trim(struct dma_unit *base, uint32_t requester);

/* ---- vtd_domain.c ------------------------------------------------------------------------------------------------ */
int dma_vtd_domain_describe(struct dma_unit_domain *domain, uint64_t last, struct dma_space_config *config);

/* ---- vtd_region.c ------------------------------------------------------------------------------------------------ */
int dma_vtd_regions(struct vtd *vtd, const struct dma_vtd_config *config); /* collects firmware's and the host's */

/* ---- vtd_fault.c ------------------------------------------------------------------------------------------------- */
extern const struct dma_unit_fault_ops dma_vtd_faults;

#endif
