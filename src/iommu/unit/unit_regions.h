/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions: memory or registers that a device reaches at its own address whatever else is mapped, from probe to
 * removal (hazard 74). Firmware names them (RMRR, RMR, unity ranges), or the host (iommu.h: struct dma_iommu_region).
 * There may be any number.
 *
 * Every domain that is made for a requester has its regions mapped, and leaves their addresses out. A requester that is
 * named has a home beside them, a domain that holds nothing but the regions: it translates for the requester whenever
 * no driver's domain does (unit_devices.h).
 */
#ifndef DMASTREAM_IOMMU_UNIT_REGIONS_H
#define DMASTREAM_IOMMU_UNIT_REGIONS_H

#include "../space/space.h"
#include <dmastream/iommu.h>

struct dma_unit_domain;

struct dma_unit_region {
	uint32_t first, last; /* requesters */
	uint64_t base;	      /* in multiples of 4 KiB, whatever a page is */
	uint64_t end;
	uint8_t dir;
	bool device;   /* device memory */
	bool believed; /* it holds nothing that the host may give to anybody */
};

struct dma_unit_regions {
	struct dma_unit_region_page *pages;
	size_t count;
};

/* Adds one of firmware's. Rounds it out to 4 KiB. A region that is empty or wraps is left out, with a line in the log;
 * one over the host's own memory, or the hole (nbytes 0: there is none), is kept as a reason not to translate for its
 * devices. `name`: the driver's. 0, DMA_ENOMEM. Interrupts on. */
DMA_MUST_CHECK int dma_unit_region_add(struct dma_unit_regions *regions, const char *name,
				       const struct dma_iommu_region *region, const struct dma_reserved *hole);
/* Adds all of the host's: a region of its that makes no sense is DMA_EINVAL. */
DMA_MUST_CHECK int dma_unit_regions_add(struct dma_unit_regions *regions, const char *name,
					const struct dma_iommu_region *host, size_t n, const struct dma_reserved *hole);
void dma_unit_regions_free(struct dma_unit_regions *regions);

/* The index-th; NULL past the last. */
const struct dma_unit_region *dma_unit_region_at(const struct dma_unit_regions *regions, size_t index);

/* Requesters that a domain is made for. */
struct dma_unit_requesters {
	const uint32_t *of;
	size_t count;
};

/* True if one of them has the region. */
bool dma_unit_region_names(const struct dma_unit_region *region, struct dma_unit_requesters of);

/* The last byte of their regions, 0 if they have none. DMA_ENOTSUP: one is not believed. */
DMA_MUST_CHECK int dma_unit_regions_last(const struct dma_unit_regions *regions, struct dma_unit_requesters of,
					 uint64_t *last);

/* Leaves their regions out of the addresses of a new space. 0, or an error of the space's. */
DMA_MUST_CHECK int dma_unit_regions_reserve(const struct dma_unit_regions *regions, struct dma_unit_requesters of,
					    struct dma_space *space);
/* 0, or DMA_ENOTSUP: what the unit reserves for the domain leaves no way to map one of its requesters' regions, which
 * the log has said. */
DMA_MUST_CHECK int dma_unit_regions_fit(const struct dma_unit_domain *domain);
/* Maps those of the domain's requesters, in multiples of the unit's granule, and around what the unit reserves: in its
 * new space, and by requests once more wherever the unit has forgotten them. Regions may overlap, or meet within a
 * granule: the device reaches there what any of them asks for, and each byte is mapped once. 0, or an error of the
 * space's. */
DMA_MUST_CHECK int dma_unit_regions_map(struct dma_unit_domain *domain);

/* One line in the log if regions of one requester share a granule and differ in what they allow: one of them is opened
 * wider than it asks for. */
void dma_unit_regions_compare(const struct dma_unit_regions *regions, const char *name, uint64_t granule);

/* True if a domain that is made for those has all regions of that requester. */
bool dma_unit_regions_served(const struct dma_unit_regions *regions, struct dma_unit_requesters of, uint32_t requester);

#endif
