/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains: the address space of one device, or of devices that the IOMMU cannot tell apart.
 *
 * A device without an IOMMU in front has the domain dma_domain_passthrough: its daddr is the paddr through the
 * device's bus windows, and it can reach everything. IOMMU drivers (iommu.h) make domains that translate.
 */
#ifndef DMASTREAM_DOMAIN_H
#define DMASTREAM_DOMAIN_H

#include <dmastream/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dma_domain_ops;
struct dma_device;

/* What the domain's IOMMU can do. */
enum dma_domain_feature {
	DMA_DOMAIN_TRANSLATES = 1, /* daddr is an IOVA; what is not mapped is blocked */
	DMA_DOMAIN_WRITE_ONLY = 2, /* a from-device stream cannot be read by the device */
	DMA_DOMAIN_SPLITS = 4,	   /* part of a mapping can be unmapped; else only DMA_SPLITTABLE streams split */
	DMA_DOMAIN_DEFERRED = 8,   /* release returns before the device's access ends; the library keeps the memory
				      until then */
	DMA_DOMAIN_WINDOW = 16,	   /* trusted devices reach the domain's window at all times (ranges.h) */
};

/* Common head of every domain; backends embed it first. Its fields are the library's. */
struct dma_domain {
	const struct dma_domain_ops *ops; /* NULL: pass-through */
	unsigned features;		  /* enum dma_domain_feature, ORed */
	uint32_t devices;		  /* attached; changed atomically */
};

/* No translation, no protection: for machines without an IOMMU, and devices trusted to bypass one. Where a unit that
 * is probed stands in front of the requester, dma_device_init() lets the device bypass it, or says in the log why not
 * and fails: DMA_EINVAL if the device is not trusted, has a requester but no domain by name, or is behind one of
 * several IOMMUs that may know the requester; DMA_ENOTSUP if the unit cannot (VT-d: ECAP.PT). */
extern struct dma_domain dma_domain_passthrough;

/* Ends every access that deferred mode still allows to memory released before the call, and gives that memory back.
 * Strict and pass-through domains have nothing to do.
 * Returns: 0, or an error.
 * Errors: DMA_EINVAL (domain is NULL); DMA_ETIMEDOUT (the hardware did not answer: the devices of the domain are
 * blocked then, and the memory is quarantined).
 * Context: any; it waits for the hardware, and with interrupts off memory with a kernel mapping of its own waits for
 * dma_reclaim().
 * See: dma_stream_release(), dma_segment_borrow(), dma_iommu_domain_create(), dma_reclaim(). */
DMA_MUST_CHECK int dma_domain_flush(struct dma_domain *domain);

#ifdef __cplusplus
}
#endif
#endif
