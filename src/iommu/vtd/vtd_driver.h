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
#include "../unit/unit_queue.h"
#include "dmar.h"
#include "vtd_regs.h"
#include <dmastream/vtd.h>

#define VTD_INTERRUPT_WINDOW	   ((uint64_t)0xfee00000) /* 3.14: never translated */
#define VTD_INTERRUPT_WINDOW_BYTES ((uint64_t)0x100000)

enum { VTD_REGIONS = 32 }; /* of one requester */

enum { VTD_LEVELS_3 = 1 << 1, VTD_LEVELS_4 = 1 << 2, VTD_LEVELS_5 = 1 << 3 }; /* of SAGAW */

struct vtd;
struct vtd_domain;

struct vtd_unit {
	struct vtd *vtd;       /* whose it is */
	struct vtd_unit *next; /* of its units */
	struct dma_dmar_unit *found;
	/* what it is */
	volatile char *regs;
	size_t window; /* bytes */
	dma_paddr_t paddr;
	uint64_t cap;
	uint64_t ecap;
	uint64_t drain;	    /* VTD_DRAIN_…, as far as it can */
	uint64_t max_paddr; /* last byte that its tables may lie at */
	uint16_t segment;
	bool coherent; /* its walks snoop the CPU caches (ECAP.C) */
	bool can_sync; /* the CPU can flush its caches */

	/* its memory: one page each */
	dma_paddr_t root_paddr, queue_paddr, status_paddr, interrupt_paddr;
	struct vtd_entry *root;
	uint32_t *status;

	struct dma_queue queue;

	struct dma_lock command_lock; /* GCMD */
	struct dma_lock table_lock;   /* root and context entries; the list of domains */
	struct vtd_domain *domains;
	uint32_t reporting;	  /* fault reports under way */
	uint64_t domain_ids[256]; /* bitmap: those in use */
};

struct vtd_domain {
	struct dma_space space; /* first */
	struct vtd_unit *unit;
	struct vtd_domain *next;    /* of the unit */
	struct dma_device *devices; /* attached, linked by their `backend` */
	uint16_t id;
	uint8_t levels;
	bool firmware; /* holds reserved regions for a device that no driver has taken yet */
};

struct vtd {
	struct dma_iommu iommu; /* first */
	struct dma_dmar dmar;
	struct vtd_unit *units; /* those that are driven, in the order of the table */
	bool kept;		/* a unit that did not start may use what it was given */
};

/* Each lives in one of the host's pages for bookkeeping. */
_Static_assert(sizeof(struct vtd) <= DMA_PAGE_SIZE && sizeof(struct vtd_unit) <= DMA_PAGE_SIZE, "more than a page");

static inline struct vtd *dma_vtd_of(struct dma_iommu *iommu)
{
	return (struct vtd *)(void *)iommu;
}

static inline struct vtd_domain *dma_vtd_domain_of(struct dma_space *space)
{
	return (struct vtd_domain *)(void *)space;
}

static inline struct vtd_unit *dma_vtd_of_queue(const struct dma_queue *queue)
{
	return (struct vtd_unit *)(uintptr_t)((const char *)queue - offsetof(struct vtd_unit, queue));
}

/* Makes what the CPU wrote visible to a walker that does not snoop (hazard 30). */
static inline void dma_vtd_flush(const struct vtd_unit *unit, const void *start, size_t nbytes)
{
	if (!unit->coherent)
		dma_cache_clean(start, nbytes);
}

/* ---- vtd_unit.c ---------------------------------------------------------------------------------------- */
int dma_vtd_unit_map(struct vtd_unit *unit,
		     const char **why);		   /* registers and capabilities; *why: the trouble in words */
int dma_vtd_unit_take_over(struct vtd_unit *unit); /* whatever ran it before; the queue works then */
int dma_vtd_unit_start(struct vtd_unit *unit);	   /* translates, and blocks what has no context entry */
int dma_vtd_unit_block_interrupts(struct vtd_unit *unit);
int dma_vtd_unit_stop(struct vtd_unit *unit);
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

/* ---- vtd_context.c ------------------------------------------------------------------------------------------- */
int dma_vtd_context_set(struct vtd_unit *unit, uint16_t source, const struct vtd_domain *domain); /* translated by */
int dma_vtd_context_clear(struct vtd_unit *unit, uint16_t source); /* 0: its access has ended */
void dma_vtd_context_trim(struct vtd_unit *unit,
			  uint16_t source); /* after clear: gives its bus's table back if unused */
bool dma_vtd_context_present(const struct vtd_unit *unit, uint16_t source);
void dma_vtd_contexts_free(struct vtd_unit *unit);

/* ---- vtd_domain.c -------------------------------------------------------------------------------------------- */
/* The unit in front of the requester; NULL: none. */
struct vtd_unit *dma_vtd_unit_for(const struct vtd *vtd, uint32_t requester);
int dma_vtd_domain_create(struct dma_iommu *iommu, const struct dma_iommu_domain_config *config,
			  struct dma_domain **domain);
int dma_vtd_domain_destroy(struct dma_iommu *iommu, struct dma_domain *domain);

/* ---- vtd_region.c -------------------------------------------------------------------------------------------- */
/* The requester's reserved regions, merged, whole pages: at most VTD_REGIONS. DMA_ENOTSUP: one is not believed, or
 * there are more. */
int dma_vtd_regions_of(const struct dma_dmar *dmar, uint32_t requester, struct dma_reserved *regions, size_t *nregions);
int dma_vtd_regions_protect(struct vtd *vtd, struct vtd_unit *unit); /* domains for the devices that have some */

/* ---- vtd_fault.c --------------------------------------------------------------------------------------------- */
unsigned dma_vtd_faults_poll(struct vtd_unit *unit);
void dma_vtd_faults_clear(struct vtd_unit *unit); /* those from before our time */
/* Gives table_lock back (with the state from taking it) once no report looks at what was in the lists before. */
void dma_vtd_wait_reports(struct vtd_unit *unit, uintptr_t state);

#endif
