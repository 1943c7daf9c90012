/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the SMMUv3 driver: a unit, its domains, and who does what.
 *
 *   iort.c, iort_check.c  ACPI's table                 smmuv3_queue.c    commands, and waiting for them
 *   smmuv3.c          finds the unit, is the IOMMU    smmuv3_stream.c   stream table: who is translated by what
 *   smmuv3_unit.c     the unit, on and off            smmuv3_domain.c   what the unit is told when mappings change
 *   smmuv3_event.c    what was blocked
 */
#ifndef DMASTREAM_SRC_IOMMU_SMMUV3_H
#define DMASTREAM_SRC_IOMMU_SMMUV3_H

#include "../unit/unit.h"
#include "../unit/unit_faults.h"
#include "../unit/unit_registers.h"
#include "smmuv3_regs.h"
#include <dmastream/smmuv3.h>

enum {
	SMMU_COMMAND_BITS = 8, /* DMA_QUEUE_SLOTS */
	SMMU_EVENT_BITS = 7,   /* 128 events of 32 bytes: a page */
};

struct smmu_domain {
	struct dma_unit_domain base; /* first */
	dma_paddr_t context;	     /* stage 1: a frame with the context descriptor; 0: stage 2 */
	bool coherent;		     /* of its devices: decided by the first */
};

struct smmu_unit {
	struct dma_unit base; /* first */
	uint32_t idr0, idr1, idr3, idr5;
	uint32_t event_page; /* offset of the register page with the event queue's indices */
	uint8_t stage;
	uint8_t output_code; /* IDR5.OAS, as IPS and S2PS want it */
	uint8_t output_bits;
	uint8_t stream_bits; /* of the table */
};

DMA_UNIT_OUTER(dma_smmu_unit_of, smmu_unit, dma_unit, base)
DMA_UNIT_OUTER(dma_smmu_domain_of, smmu_domain, dma_unit_domain, base)

/* IDR3.BBML: a block may become a table without break before make. */
static inline bool dma_smmu_splits_in_place(const struct smmu_unit *unit)
{
	return smmu_idr3_bbml(unit->idr3) >= 2;
}

static inline bool dma_smmu_two_level(const struct smmu_unit *unit)
{
	return unit->base.tables.shift < 32;
}

/* ---- smmuv3_queue.c ---- */
extern const struct dma_queue_ops dma_smmu_queue;
/* Runs 1 to 32 commands and a CMD_SYNC behind them, and waits for it. 0, DMA_ETIMEDOUT. */
int dma_smmu_run(struct dma_unit *base, const struct dma_command *commands, unsigned n);

/* ---- smmuv3_unit.c, smmuv3_stream.c, smmuv3_event.c ---- */
extern const struct dma_unit_power_ops dma_smmu_power;
extern const struct dma_unit_entry_ops dma_smmu_entries;
extern const struct dma_unit_fault_ops dma_smmu_faults;
int dma_smmu_memory(struct dma_unit *base);

/* ---- smmuv3_domain.c: as in struct dma_unit_driver ---- */
void dma_smmu_domains_describe(struct smmu_unit *unit); /* what the unit's domains are made of */
int dma_smmu_domain_describe(struct dma_unit_domain *domain, struct dma_space_config *config);
void dma_smmu_domain_forget(struct dma_unit_domain *domain);
/* Stage 1: writes the context descriptor of a domain that no entry names. */
void dma_smmu_context_write(struct smmu_domain *domain, bool coherent);

#endif
