/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the AMD-Vi driver: units, and who does what.
 *
 *   ivrs.c, ivrs_devices.c  the firmware's table     amdvi_queue.c   commands
 *   amdvi.c        finds the units, is the IOMMU     amdvi_device.c  the device table: who is translated by what
 *   amdvi_unit.c   one unit, on and off              amdvi_domain.c  what the unit is told when mappings change
 *   amdvi_event.c  what was blocked
 */
#ifndef DMASTREAM_SRC_IOMMU_AMDVI_H
#define DMASTREAM_SRC_IOMMU_AMDVI_H

#include "../unit/unit.h"
#include "../unit/unit_faults.h"
#include "../unit/unit_registers.h"
#include "amdvi_regs.h"
#include "ivrs.h"
#include <dmastream/amdvi.h>

/* 2.1.2: interrupt messages are no accesses to memory, and the HyperTransport region holds none. */
#define AMDVI_INTERRUPT_WINDOW	     ((uint64_t)0xfee00000)
#define AMDVI_INTERRUPT_WINDOW_BYTES ((uint64_t)0x100000)
#define AMDVI_TUNNEL_WINDOW	     ((uint64_t)0xfd00000000)
#define AMDVI_TUNNEL_BYTES	     ((uint64_t)0x300000000)

enum {
	AMDVI_EVENTS = 256,    /* entries of the log: 4 KiB */
	AMDVI_EVENT_WORDS = 2, /* of each */
	AMDVI_DOMAINS = 65536, /* ids of 16 bits */
	AMDVI_RING_BITS = 8,   /* both rings have 256 entries */
};

struct amdvi {
	struct dma_iommu iommu; /* first */
	struct dma_ivrs ivrs;
};

struct amdvi_unit {
	struct dma_unit base; /* first; its `found` is a struct dma_ivrs_unit */
	uint64_t features;
	struct dma_lock control_lock;
	uint64_t control; /* as the register is to be; lock held */
};

DMA_UNIT_OUTER(dma_amdvi_of, amdvi, dma_iommu, iommu)
DMA_UNIT_OUTER(dma_amdvi_unit_of, amdvi_unit, dma_unit, base)

/* ---- amdvi_control.c: sets bits of CONTROL and clears others. Any context. ---- */
void dma_amdvi_control(struct amdvi_unit *unit, uint64_t set, uint64_t clear);

/* ---- amdvi_queue.c: 0, DMA_ETIMEDOUT ---- */
extern const struct dma_queue_ops dma_amdvi_queue;
int dma_amdvi_run(struct amdvi_unit *unit, const struct dma_command *commands, unsigned n); /* and waits */
int dma_amdvi_forget_all(struct amdvi_unit *unit);

/* ---- amdvi_unit.c, amdvi_device.c, amdvi_event.c ---- */
extern const struct dma_unit_power_ops dma_amdvi_power;
extern const struct dma_unit_entry_ops dma_amdvi_entries;
extern const struct dma_unit_fault_ops dma_amdvi_faults;
int dma_amdvi_memory(struct dma_unit *base);

/* ---- amdvi_domain.c: what the unit's domains are made of. not_present: it may remember what was not mapped. ---- */
void dma_amdvi_domains_describe(struct dma_unit *base, bool not_present);

#endif
