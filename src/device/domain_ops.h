/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a domain's backend does for the core: streams reach IOMMUs through these functions and through nothing else.
 */
#ifndef DMASTREAM_SRC_DOMAIN_H
#define DMASTREAM_SRC_DOMAIN_H

#include <dmastream/device.h>
#include <dmastream/domain.h>

struct dma_stream;
struct dma_segment;
struct dma_pieces;
struct dma_owed_node;

#define DMA_MAP_REGISTERS 8u /* beside enum dma_dir and DMA_SPLITTABLE: the target is registers, not memory */

/* What map returns: small enough for two registers. */
struct dma_mapped {
	dma_daddr_t daddr;
	uint32_t tag;
	int32_t error; /* not 0: the other fields say nothing */
};

struct dma_domain_ops {
	/* The device starts / stops being translated by this domain. attach: 0 or an error, undone. [on] */
	int (*attach)(struct dma_domain *domain, struct dma_device *dev);
	void (*detach)(struct dma_domain *domain, struct dma_device *dev);

	/* Ends the device's access to everything. 0, DMA_ETIMEDOUT. [any] */
	int (*block)(struct dma_domain *domain, struct dma_device *dev);

	/* Maps npages from paddr on at a fresh range of device addresses within the device's mask and boundary, with
	 * the permissions of dir (enum dma_dir | DMA_SPLITTABLE); tag names the mapping in fault reports. When it
	 * returns the device can use it. error 0; DMA_ENOMEM, DMA_ENOSPC, DMA_ENODEV (the hardware has been given up):
	 * nothing is mapped; DMA_ETIMEDOUT: the device is blocked, but it is not certain that it cannot reach the
	 * frames. [any]: with interrupts off, table pages come from the reserve. */
	struct dma_mapped (*map)(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr, size_t npages,
				 unsigned dir);

	/* The same for the npages that the device sees of a list's pieces (src/memory/pieces.h), one behind the other
	 * at one range, which unmap() ends as a whole. A range that is longer than the device's boundary begins at a
	 * multiple of it. [any] */
	struct dma_mapped (*map_pieces)(struct dma_domain *domain, struct dma_device *dev,
					const struct dma_pieces *pieces, size_t npages, unsigned dir);

	/* The same for a chain of runs (src/memory/owed.h), each of which is npages from paddr on. With
	 * DMA_MAP_REGISTERS in dir they are registers of another device, not memory. [any] */
	struct dma_mapped (*map_chain)(struct dma_domain *domain, struct dma_device *dev,
				       const struct dma_owed_node *chain, size_t npages, unsigned dir);

	/* Prepares [daddr, daddr + npages) for being unmapped in two parts, cut at page `at`; *tail_tag, the whole's
	 * tag before, names the second. 0, DMA_ENOMEM, DMA_ENOTSUP, DMA_ETIMEDOUT. Addresses and access stay as they
	 * are. After it succeeded, unmapping either part cannot fail. [any] */
	int (*split)(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, size_t at,
		     uint32_t *tail_tag);

	/* Strict release: unmaps, invalidates and waits, then recycles the addresses. tag: the stream's, kept for
	 * fault reports. 0: access has ended. Else (DMA_ETIMEDOUT) the device has been blocked and its memory must be
	 * quarantined. Never allocates. [any] */
	int (*unmap)(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, uint32_t tag);

	/* Strict release of all streams among n that are marked DMA_PLACE_ENDING, with one invalidation for all. Their
	 * marks stay; the memory is the caller's, as after unmap(). [any] */
	int (*unmap_streams)(struct dma_domain *domain, struct dma_stream *const *streams, size_t n);

	/* Deferred release: unmaps the stream and takes over what it still owes (dma_owed_of()) until its batch is
	 * invalidated; dma_owed_settle() or dma_owed_quarantine() then ends it. Only for trusted devices of
	 * domains with DMA_DOMAIN_DEFERRED. Never allocates. [any] */
	void (*retire)(struct dma_domain *domain, const struct dma_stream *s);

	/* dma_stream_map() and dma_stream_release() as a whole, for streams without a node (translated.h): a fast path
	 * that is one function saves no registers for a caller in between. A domain without fast paths has
	 * dma_stream_map_translated() and dma_stream_release_translated() here. [any] */
	int (*map_stream)(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg);
	void (*release_stream)(struct dma_stream *s);

	/* As dma_domain_flush(). */
	int (*flush)(struct dma_domain *domain);
};

/* What the IOMMUs in front of devices do for the pass-through domain (hazard 85). */
struct dma_bypass_ops {
	/* Lets the device bypass the unit in front of it. asked_for: the host named dma_domain_passthrough. 0, also
	 * where no unit is; DMA_EINVAL, DMA_ENOTSUP, DMA_ENOMEM, DMA_ETIMEDOUT: it stays blocked. [on] */
	int (*begin)(struct dma_device *dev, bool asked_for);
	void (*end)(struct dma_device *dev);  /* [on] */
	int (*block)(struct dma_device *dev); /* Ends the access of a device that bypasses the unit. 0, DMA_ETIMEDOUT,
	                                       * DMA_ENOTSUP (no unit is there). [any] */
};

/* NULL before the first IOMMU. Changed atomically. */
extern const struct dma_bypass_ops *dma_bypass;

static inline const struct dma_bypass_ops *dma_bypass_ops(void)
{
	return DMA_CONFIG_IOMMU ? __atomic_load_n(&dma_bypass, __ATOMIC_RELAXED) : NULL;
}

/* True behind an IOMMU: daddrs are what its map gives. */
static inline bool dma_domain_translates(const struct dma_domain *domain)
{
	return DMA_CONFIG_IOMMU && domain->ops;
}

/* A domain may change to ops without fast paths while it is used, so its ops tables differ in the fast paths alone. */
static inline const struct dma_domain_ops *dma_domain_ops_of(const struct dma_domain *domain)
{
	return __atomic_load_n(&domain->ops, __ATOMIC_RELAXED);
}

#endif
