/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the SMMUv3 driver: a unit, its domains, and who does what.
 *
 *   iort.c, iort_check.c  ACPI's table                smmuv3_queue.c    commands, and waiting for them
 *   smmuv3.c          the unit's life                smmuv3_stream.c   stream table: who is translated by what
 *   smmuv3_unit.c     registers, on and off          smmuv3_domain.c   domains, and what the unit is told when mappings
 *                     change
 *   smmuv3_region.c   firmware's own memory        smmuv3_event.c    what was blocked
 */
#ifndef DMASTREAM_SRC_IOMMU_SMMUV3_H
#define DMASTREAM_SRC_IOMMU_SMMUV3_H

#include "../../base/cache.h"
#include "../space/space.h"
#include "../unit/unit.h"
#include "../unit/unit_devices.h"
#include "../unit/unit_faults.h"
#include "../unit/unit_tables.h"
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
	struct dma_iommu iommu; /* first */
	struct dma_unit base;

	/* what it is */
	volatile char *regs;
	size_t window; /* bytes of them */
	dma_paddr_t paddr;
	uint32_t idr0, idr1, idr3, idr5;
	uint32_t event_page; /* offset of the register page with the event queue's indices */
	uint8_t stage;
	uint8_t output_code; /* IDR5.OAS, as IPS and S2PS want it */
	uint8_t output_bits;
	uint8_t stream_bits; /* of the table */
	uint8_t split;	     /* of them, those that a second-level table resolves */
	bool two_level;

	/* its memory */
	dma_paddr_t streams_paddr, commands_paddr, events_paddr;
	size_t streams_pages;
	struct dma_unit_tables tables; /* of two levels: the stream table's */
	void *streams;		       /* struct smmu_ste[], or uint64_t[] of the first level */
	struct smmu_event *events;
	uint32_t event_head; /* with its wrap bit: fault_lock */
	struct dma_unit_regions regions;
};

static inline struct smmu_unit *dma_smmu_of(struct dma_iommu *iommu)
{
	return (struct smmu_unit *)(void *)iommu;
}

static inline struct smmu_unit *dma_smmu_unit_of(const struct dma_unit *unit)
{
	return (struct smmu_unit *)(uintptr_t)((const char *)unit - offsetof(struct smmu_unit, base));
}

static inline struct smmu_unit *dma_smmu_of_queue(const struct dma_queue *queue)
{
	return (struct smmu_unit *)(uintptr_t)((const char *)queue - offsetof(struct smmu_unit, base.queue));
}

static inline struct smmu_domain *dma_smmu_domain_of(struct dma_space *space)
{
	return (struct smmu_domain *)(void *)space;
}

static inline bool dma_smmu_beyond(const struct smmu_unit *unit, uint32_t stream)
{
	return unit->stream_bits < 32 && stream >> unit->stream_bits;
}

/* IDR3.BBML: a block may become a table without break before make. */
static inline bool dma_smmu_splits_in_place(const struct smmu_unit *unit)
{
	return smmu_idr3_bbml(unit->idr3) >= 2;
}

static inline uint32_t dma_smmu_read(const struct smmu_unit *unit, enum smmu_register reg)
{
	return dma_host_mmio_read32(unit->regs + reg);
}

static inline void dma_smmu_write(const struct smmu_unit *unit, enum smmu_register reg, uint32_t value)
{
	dma_host_mmio_write32(unit->regs + reg, value);
}

/* ---- smmuv3_unit.c ------------------------------------------------------------------------------------- */
int dma_smmu_identify(struct smmu_unit *unit, const struct dma_smmuv3_config *config, const char **why);
int dma_smmu_abort_all(struct smmu_unit *unit);	   /* translation off, everything aborted */
int dma_smmu_start_queues(struct smmu_unit *unit); /* after abort_all: tables set, queues on, nothing cached */
int dma_smmu_enable(struct smmu_unit *unit);	   /* translation on */

/* ---- smmuv3_queue.c: 0, DMA_ETIMEDOUT --------------------------------------------------------------------- */
void dma_smmu_queue_reset(struct smmu_unit *unit); /* the registers are 0, the unit does not look at it */
/* Runs 1 to 32 commands and a CMD_SYNC behind them, and waits for it. */
int dma_smmu_run(struct smmu_unit *unit, const struct dma_command *commands, unsigned n);

/* ---- smmuv3_stream.c: the last three as in struct dma_unit_driver ------------------------------------------------ */
int dma_smmu_streams_make(struct smmu_unit *unit, const struct dma_smmuv3_config *config);
void dma_smmu_streams_free(struct smmu_unit *unit);
int dma_smmu_stream_set(struct dma_unit *base, uint32_t stream, struct dma_unit_domain *former,
			struct dma_unit_domain *domain, bool coherent);
int dma_smmu_stream_clear(struct dma_unit *base, uint32_t stream); /* aborted and recorded from now on */
void dma_smmu_stream_trim(struct dma_unit *base, uint32_t stream);

/* ---- smmuv3_domain.c: as in struct dma_unit_driver --------------------------------------------------------------- */
int dma_smmu_domain_describe(struct dma_unit_domain *domain, uint64_t last, struct dma_space_config *config);
void dma_smmu_domain_forget(struct dma_unit_domain *domain);
const char *dma_smmu_refuses(struct dma_unit_domain *domain, const struct dma_device *dev);
/* Stage 1: writes the context descriptor of a domain that no entry names. */
void dma_smmu_context_write(struct smmu_domain *domain, bool coherent);

/* ---- smmuv3_event.c ---------------------------------------------------------------------------------------------- */
extern const struct dma_unit_fault_ops dma_smmu_faults;

#endif
