/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the VT-d driver: units, and who does what.
 *
 *   dmar.c, dmar_scope.c  the firmware's table     vtd_queue.c    invalidations
 *   vtd.c          finds the units, is the IOMMU   vtd_context.c  root and context tables: who is translated by what
 *   vtd_unit.c     one unit, on and off            vtd_domain.c   what the unit is told when mappings change
 *   vtd_fault.c    what was blocked                vtd_command.c  commands that go through a register
 */
#ifndef DMASTREAM_SRC_IOMMU_VTD_H
#define DMASTREAM_SRC_IOMMU_VTD_H

#include "../unit/unit.h"
#include "../unit/unit_faults.h"
#include "../unit/unit_registers.h"
#include "dmar.h"
#include "vtd_regs.h"
#include <dmastream/vtd.h>

#define VTD_INTERRUPT_WINDOW	   ((uint64_t)0xfee00000) /* 3.14: never translated */
#define VTD_INTERRUPT_WINDOW_BYTES ((uint64_t)0x100000)

struct vtd {
	struct dma_iommu iommu; /* first */
	struct dma_dmar dmar;
	bool remaps_by_host; /* interrupt remapping is the host's */
	bool block_interrupts;
};

struct vtd_unit {
	struct dma_unit base; /* first; its `found` is a struct dma_dmar_unit */
	uint64_t cap;
	uint64_t ecap;
	uint64_t drain; /* VTD_DRAIN_…, as far as it can */
	/* An unmap of up to 2^(plain_orders - 1) pages is one descriptor, and nothing else has to be done; 0: none
	 * is. */
	uint32_t plain_orders;
	uint16_t bypass_id;	      /* of devices that bypass it; 0: none has come yet */
	dma_paddr_t interrupt_paddr;  /* a page of absent entries */
	struct dma_lock command_lock; /* GCMD */
};

DMA_UNIT_OUTER(dma_vtd_of, vtd, dma_iommu, iommu)
DMA_UNIT_OUTER(dma_vtd_unit_of, vtd_unit, dma_unit, base)

/* ---- vtd_command.c: 0, DMA_ETIMEDOUT ---- */
int dma_vtd_command(struct vtd_unit *unit, uint32_t bit, uint32_t value); /* one GCMD bit, and waits for its status */
int dma_vtd_write_buffer_flush_now(struct vtd_unit *unit);

/* If it needs that (hazard 27). */
static inline int dma_vtd_write_buffer_flush(struct vtd_unit *unit)
{
	return unit->cap & VTD_CAP_RWBF ? dma_vtd_write_buffer_flush_now(unit) : 0;
}

/* ---- vtd_queue.c: 0, DMA_ETIMEDOUT ---- */
extern const struct dma_queue_ops dma_vtd_queue;
int dma_vtd_queue_start(struct vtd_unit *unit);
int dma_vtd_queue_stop(struct vtd_unit *unit);
/* Runs a descriptor and waits, behind a flush of the write buffer if the unit needs one: what was written to tables is
 * in memory when the unit forgets what it has read (hazard 27). _plain: of a unit that needs none. */
int dma_vtd_run(struct vtd_unit *unit, struct dma_command descriptor);
int dma_vtd_run_plain(struct vtd_unit *unit, struct dma_command descriptor);
int dma_vtd_forget_all(struct vtd_unit *unit); /* contexts, then translations: 6.5.2.1 */

/* ---- vtd_unit.c, vtd_context.c, vtd_fault.c ---- */
extern const struct dma_unit_power_ops dma_vtd_power;
extern const struct dma_unit_entry_ops dma_vtd_entries;
extern const struct dma_unit_fault_ops dma_vtd_faults;
int dma_vtd_contexts_make(struct dma_unit *base); /* its memory */

/* ---- vtd_domain.c: fills in what the unit's domains are made of ---- */
void dma_vtd_domains_describe(struct vtd_unit *unit);

#endif
