/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the SMMUv3 driver: a unit, its domains, and who does what.
 *
 *   iort.c, iort_check.c  ACPI's table                smmuv3_queue.c    commands, and waiting for them
 *   smmuv3.c          the unit's life                smmuv3_stream.c   stream table: who is translated by what
 *   smmuv3_unit.c     registers, on and off          smmuv3_domain.c   domains, and what the unit is told when mappings change
 *   smmuv3_region.c   firmware's own memory        smmuv3_event.c    what was blocked
 */
#ifndef DMASTREAM_SRC_IOMMU_SMMUV3_H
#define DMASTREAM_SRC_IOMMU_SMMUV3_H

#include "../../base/cache.h"
#include "../space/space.h"
#include "../unit/unit.h"
#include "../unit/unit_queue.h"
#include "smmuv3_regs.h"
#include <dmastream/smmuv3.h>

enum {
	SMMU_COMMAND_BITS = 8, /* DMA_QUEUE_SLOTS */
	SMMU_EVENT_BITS = 7,   /* 128 events of 32 bytes: a page */
	SMMU_MAX_REGIONS = 16,
	SMMU_ID_WORDS = 512, /* of the bitmap of VMIDs or ASIDs: a page */
};

struct smmu_unit;

struct smmu_domain {
	struct dma_space space; /* first */
	struct smmu_unit *unit;
	struct smmu_domain *next;   /* of the unit */
	struct dma_device *devices; /* attached, linked by their `backend` */
	dma_paddr_t context;	    /* stage 1: a frame with the context descriptor; 0: stage 2 */
	uint16_t id;		    /* VMID or ASID */
	bool firmware;		    /* holds regions for a stream that no driver has taken yet */
	bool coherent;		    /* of its devices: decided by the first */
};

struct smmu_unit {
	struct dma_iommu iommu; /* first */

	/* what it is */
	volatile char *regs;
	dma_paddr_t paddr;
	uint32_t idr0, idr1, idr3, idr5;
	uint64_t max_paddr; /* last byte that its tables may lie at */
	uint8_t stage;
	uint8_t output_code; /* IDR5.OAS, as IPS and S2PS want it */
	uint8_t output_bits;
	uint8_t stream_bits; /* of the table */
	bool two_level;
	bool snoops;

	/* its memory */
	dma_paddr_t streams_paddr, commands_paddr, events_paddr;
	size_t streams_pages;
	void *streams; /* struct smmu_ste[], or uint64_t[] of the first level */
	struct smmu_event *events;
	uint64_t *ids;

	struct dma_queue queue;

	struct dma_lock event_lock;
	uint32_t event_head; /* with its wrap bit */

	struct dma_lock table_lock; /* stream table entries; the list of domains */
	struct smmu_domain *domains;
	unsigned reporting; /* fault reports that read a device */

	struct dma_smmuv3_region regions[SMMU_MAX_REGIONS];
	size_t nregions;
};

static inline struct smmu_unit *dma_smmu_of(struct dma_iommu *iommu)
{
	return (struct smmu_unit *)(void *)iommu;
}

static inline struct smmu_unit *dma_smmu_of_queue(const struct dma_queue *queue)
{
	return (struct smmu_unit *)(uintptr_t)((const char *)queue - offsetof(struct smmu_unit, queue));
}

static inline struct smmu_domain *dma_smmu_domain_of(struct dma_space *space)
{
	return (struct smmu_domain *)(void *)space;
}

/* IDR3.BBML: a block may become a table without break before make. */
static inline bool dma_smmu_splits_in_place(const struct smmu_unit *unit)
{
	return smmu_idr3_bbml(unit->idr3) >= 2;
}

/* Makes what the CPU wrote visible to a unit that does not snoop (hazard 30). */
static inline void dma_smmu_clean(const struct smmu_unit *unit, const void *start, size_t nbytes)
{
	if (!unit->snoops)
		dma_cache_clean(start, nbytes);
}

static inline uint32_t dma_smmu_read(const struct smmu_unit *unit, enum smmu_register reg)
{
	return dma_host_mmio_read32(unit->regs + reg);
}

static inline void dma_smmu_write(const struct smmu_unit *unit, enum smmu_register reg, uint32_t value)
{
	dma_host_mmio_write32(unit->regs + reg, value);
}

/* Zeroed, flushed frames in reach of the unit; aligned to `align` bytes. NULL: no memory. */
void *dma_smmu_pages(const struct smmu_unit *unit, size_t npages, size_t align, dma_paddr_t *paddr);

/* ---- smmuv3_unit.c ------------------------------------------------------------------------------------- */
int dma_smmu_identify(struct smmu_unit *unit, const struct dma_smmuv3_config *config, const char **why);
int dma_smmu_abort_all(struct smmu_unit *unit);	   /* translation off, everything aborted */
int dma_smmu_start_queues(struct smmu_unit *unit); /* after abort_all: tables set, queues on, nothing cached */
int dma_smmu_enable(struct smmu_unit *unit);	   /* translation on */

/* ---- smmuv3_queue.c: 0, DMA_ETIMEDOUT --------------------------------------------------------------------- */
void dma_smmu_queue_reset(struct smmu_unit *unit); /* the registers are 0, the unit does not look at it */
/* Runs 1 to 32 commands and a CMD_SYNC behind them, and waits for it. */
int dma_smmu_run(struct smmu_unit *unit, const struct dma_command *commands, unsigned n);

/* ---- smmuv3_stream.c ------------------------------------------------------------------------------------------- */
int dma_smmu_streams_make(struct smmu_unit *unit, const struct dma_smmuv3_config *config);
void dma_smmu_streams_free(struct smmu_unit *unit);
/* coherent: of the device behind the stream */
int dma_smmu_stream_set(struct smmu_unit *unit, uint32_t stream, const struct smmu_domain *domain, bool coherent);
int dma_smmu_stream_clear(struct smmu_unit *unit, uint32_t stream); /* aborted and recorded from now on. Any context. */
void dma_smmu_stream_trim(struct smmu_unit *unit,
			  uint32_t stream); /* gives tables around a cleared stream back that are empty */

/* ---- smmuv3_domain.c ----------------------------------------------------------------------------------------------- */
int dma_smmu_domain_create(struct dma_iommu *iommu, const struct dma_iommu_domain_config *config,
			   struct dma_domain **domain);
int dma_smmu_domain_destroy(struct dma_iommu *iommu, struct dma_domain *domain);
/* Makes a new domain that of a stream that no driver has taken yet. */
int dma_smmu_domain_for_firmware(struct smmu_domain *domain, uint32_t stream);

/* ---- smmuv3_region.c ------------------------------------------------------------------------------------------------- */
int dma_smmu_regions_copy(struct smmu_unit *unit, const struct dma_smmuv3_config *config);
/* The stream's. DMA_ENOTSUP: one is not believed. */
int dma_smmu_regions_of(const struct smmu_unit *unit, uint32_t stream, struct dma_reserved *regions, size_t *n);
/* Domains for the streams of the regions, before translation goes on. */
int dma_smmu_regions_protect(struct smmu_unit *unit);

/* ---- smmuv3_event.c -------------------------------------------------------------------------------------------------- */
unsigned dma_smmu_poll(struct dma_iommu *iommu);

#endif
