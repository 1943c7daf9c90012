/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IOMMUs: units, the domains they make, and the accesses they blocked.
 *
 * A platform finds its IOMMUs (vtd.h and its siblings) and gives each device a domain of its own; devices that cannot
 * be told apart share one. What a device reaches is what is mapped for it, and nothing else.
 */
#ifndef DMASTREAM_IOMMU_H
#define DMASTREAM_IOMMU_H

#include <dmastream/device.h>
#include <dmastream/domain.h>
#include <dmastream/types.h>

#if !DMA_CONFIG_IOMMU
#error "DMA_CONFIG_IOMMU 0 contradicts this use of an IOMMU (iommu.h)"
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct dma_iommu;

/* ---- Fixed regions ---- */

enum dma_region_type {
	DMA_REGION_MEMORY = 0, /* normal memory, cached as the rest is */
	DMA_REGION_DEVICE =
		1, /* registers: the doorbell of an interrupt controller. Arm: Device-nGnRE. VT-d has no types */
};

/* A fixed region: memory or registers that devices reach at the physical address itself, whatever else is mapped for
 * them. It is a region that firmware forgot to name (RMRR, RMR), or the doorbell that interrupts are written to. The
 * regions that firmware names need not be repeated.
 *
 * Regions may overlap, and may share a page. There a device may do what any of its regions allows, even if another one
 * allows less, and the whole page is device memory if one of them is; the probe says so in one line of the log.
 *
 * A region is mapped in each domain that is made for a requester in [first, last], and no other address of such a
 * domain lies in it. These requesters reach it while no driver has the device, too (before the first domain, between
 * two, after the last), and at every moment while the requester moves from one table to another. Three exceptions. A
 * region for more than 2^20 requesters of one unit is mapped in domains only. An SMMUv3 that translates by stage 2
 * blocks a device of a domain with several requesters (below BBML 2, also of a domain without big pages) for some
 * microseconds while it moves; and so does VT-d on a CPU that cannot store 16 bytes at once. */
struct dma_iommu_region {
	uint32_t first, last; /* requesters, inclusive; 0 and UINT32_MAX: all */
	dma_paddr_t base;     /* rounded out to 4 KiB at both ends, whatever a page is: nothing beside it is reached;
				 by a virtio-iommu with larger pages to these */
	uint64_t nbytes;
	unsigned dir; /* what the device may do (enum dma_dir); 0: both */
	enum dma_region_type type;
};

/* ---- Domains ---- */

struct dma_iommu_domain_config {
	uint32_t requester; /* of the first device to be attached (device.h): says which unit, which fixed regions */
	const uint32_t *others; /* further requesters whose fixed regions it needs: devices that have some, and are to
				   share the domain; NULL with nothers 0 */
	size_t nothers;		/* at most DMA_PAGE_SIZE / 4 - 1 */
	bool deferred;		/* releases of trusted devices are invalidated in batches */
	bool no_big_pages;	/* for measurements */
	const struct dma_window
		*reserved; /* device addresses that must not be handed out, beside what the firmware says: windows of
					      PCI bridges (daddr_base and size count); any number */
	size_t nreserved;
	uint32_t batch_count; /* releases that may wait, each CPU's; 0, or more: what a page holds, 128 of 4 KiB */
	uint64_t batch_bytes; /* bytes that may wait; 0: 64 MiB */
	/* How long they may wait; 0: 10 ms. Needs dma_reclaim() now and then, or further releases: the next one, or,
	 * where they came faster than eight in a sixteenth of that time, one of the next eight. */
	uint64_t batch_ns;
};

/* Makes an empty domain: all is blocked but the fixed regions of config->requester and config->others. A device that
 * has further ones is refused when it is attached (DMA_ENOTSUP of dma_device_init(), the log says so), and keeps them.
 * Returns: 0 and *domain, or an error, and *domain has not changed.
 * Errors: DMA_EINVAL (a pointer is NULL, or a reserved range wraps); DMA_ENODEV (no unit is in front of that
 * device, or another than in front of one of the others); DMA_ENOSPC (the unit has no domain id left, or the others
 * are too many); DMA_ENOTSUP (the unit has no page tables of a depth that holds the requester's regions, or
 * firmware's region for it makes no sense; the log says which); DMA_ENOMEM (the host has no pages for tables and the
 * bookkeeping of addresses now); DMA_ETIMEDOUT (the unit did not answer while a domain that was half made went away:
 * its memory is lost).
 * Context: interrupts on.
 * Example:
 *     const struct dma_iommu_domain_config config = {.requester = 0x0300};
 *     struct dma_domain *domain;
 *
 *     error = dma_iommu_domain_create(iommu, &config, &domain);
 * See: dma_iommu_domain_destroy(), dma_device_init(), dma_vtd_probe(), dma_smmuv3_probe(). */
DMA_MUST_CHECK int dma_iommu_domain_create(struct dma_iommu *iommu, const struct dma_iommu_domain_config *config,
					   struct dma_domain **domain);

/* Unmakes a domain that no device is attached to.
 * Returns: 0, or an error, and the domain still exists.
 * Errors: DMA_EINVAL (a pointer is NULL); DMA_EBUSY (devices are attached, or streams live); DMA_ETIMEDOUT (the unit
 * does not answer, or has been given up: it may use the tables for ever).
 * Context: interrupts on.
 * See: dma_iommu_domain_create(), dma_device_fini(). */
DMA_MUST_CHECK int dma_iommu_domain_destroy(struct dma_iommu *iommu, struct dma_domain *domain);

struct dma_domain_stats {
	uint64_t pages_mapped_tables; /* table pages in use */
	uint64_t pages_pending;	      /* released, waiting for an invalidation */
	uint64_t pages_pending_max;   /* the most that ever waited */
	uint64_t pages_quarantined;   /* lost: an invalidation timed out */
	uint64_t faults;	      /* blocked accesses */
	uint32_t batch_count;	      /* the bounds in force: releases, each CPU's */
	uint64_t batch_bytes;	      /* bytes, the whole domain's */
	uint64_t batch_ns;
};

/* Figures of a domain; all zero for dma_domain_passthrough. dma_domain_stats() and dma_domain_stats_get() are the
 * same.
 * Returns: nothing; *out is filled.
 * Errors: none.
 * Context: any.
 * See: dma_stats(), dma_iommu_poll(). */
void dma_domain_stats_get(const struct dma_domain *domain, struct dma_domain_stats *out);

/* Figures of a domain: dma_domain_stats_get() by its short name. It is no function, since in C++ one would hide its
 * struct.
 * Macro: void MACRO(const struct dma_domain *domain, struct dma_domain_stats *out);
 * Returns: nothing; *out is filled, with zeros for dma_domain_passthrough.
 * Errors: none.
 * Context: any.
 * See: dma_domain_stats_get(), dma_stats(), dma_iommu_poll(). */
#define dma_domain_stats(domain, out) dma_domain_stats_get(domain, out)

/* ---- Faults ---- */

enum dma_fault_access {
	DMA_FAULT_READ = 1,
	DMA_FAULT_WRITE = 2,
	DMA_FAULT_OTHER = 3, /* atomics, translation requests, execution, or the hardware does not say */
};

enum dma_fault_owner {
	DMA_FAULT_NOBODY = 0,	/* nothing had that address, or too long ago to know */
	DMA_FAULT_LIVE = 1,	/* a stream has it: an access against its direction, or a blocked device */
	DMA_FAULT_RELEASED = 2, /* a stream had it, and nobody since */
};

struct dma_fault {
	struct dma_device *dev; /* NULL: no device that we know */
	uint32_t requester;
	dma_paddr_t registers; /* of the unit that recorded it, as dma_iommu_registers_of() gives them: where each unit
				  has numbers of its own, two units know different devices by one */
	enum dma_fault_access access;
	dma_daddr_t daddr;
	const char *reason; /* a few words of the specification's */
	uint32_t code;	    /* the hardware's number for it */
	enum dma_fault_owner owner;
	uint32_t tag;	      /* of that stream (struct dma_stream's tag); 0: nobody */
	uint64_t released_ns; /* released: how long ago, to about a millisecond */
};

/* A handler of faults: called for every fault that was read, without locks, from whoever polls; interrupts may be
 * off. It must not call back into the library, except for reads of figures. */
typedef void dma_fault_handler(const struct dma_fault *fault, void *context);

/* Sets the handler that is called, with this context, for every fault that is read from any IOMMU; NULL: none. The
 * handler runs without locks, from whoever polls; interrupts may be off. It must not call back into the library,
 * except for reads of figures.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * Example:
 *     static void note(const struct dma_fault *fault, void *context)
 *     {
 *             if (fault->dev && fault->owner != DMA_FAULT_LIVE)
 *                     mark_for_reset(context, fault->dev);
 *     }
 *
 *     dma_iommu_on_fault(note, &devices);
 * See: dma_iommu_poll(), dma_iommu_poll_all(), dma_device_block(). */
void dma_iommu_on_fault(dma_fault_handler *handler, void *context);

/* Where the registers of the unit in front of a requester lie: the address by which firmware's table, or the device
 * tree, names the unit. For reports, and for hosts that want to know which devices are behind one unit.
 * Returns: true and *registers; false: no unit of this IOMMU that is driven stands in front of the requester, or
 * `iommu` is NULL.
 * Errors: none.
 * Context: any.
 * See: dma_iommu_domain_create(), dma_vtd_probe(), dma_amdvi_probe(). */
DMA_MUST_CHECK bool dma_iommu_registers_of(const struct dma_iommu *iommu, uint32_t requester, dma_paddr_t *registers);

/* Reads, decodes, counts, clears and reports what the units have recorded. Call it from a unit's interrupt, or
 * before trusting a completion (hazard 61). Any number of CPUs may poll at once.
 *
 * If another CPU has just taken the fault, this call returns 0. But a fault is counted before it is taken off the
 * hardware: so before a driver trusts a completion, it compares the domain's `faults` (dma_domain_stats()) from before
 * the transfer with those after the poll, and misses no fault.
 * Returns: how many faults this call took off the hardware: a lower bound, since hardware drops repeats; 0 for NULL.
 * Errors: none.
 * Context: any.
 * See: dma_iommu_poll_all(), dma_iommu_on_fault(), dma_domain_stats(). */
unsigned dma_iommu_poll(struct dma_iommu *iommu);

/* Polls all units of all IOMMUs, as dma_iommu_poll() does those of one.
 * Returns: how many faults this call took off the hardware: a lower bound, since hardware drops repeats.
 * Errors: none.
 * Context: any.
 * See: dma_iommu_poll(), dma_iommu_on_fault(). */
unsigned dma_iommu_poll_all(void);

#ifdef __cplusplus
}
#endif
#endif
