/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reserved regions (RMRR; VT-d specification, 3.16 and 8.4): memory that firmware uses through a device behind our
 * back, a graphics buffer or a legacy keyboard. Mapped one to one for that device alone, from before translation goes
 * on.
 */
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../../base/state.h"
#include "vtd_driver.h"

static const uint64_t largest_region = (uint64_t)4 << 30; /* bytes: firmware that wants more is not believed */

/* A region is believed if it is small and holds nothing that the host may give to anybody: an entry that covers the
 * kernel's memory would hand all of it to the device. */
static bool believable(const struct dma_dmar_region *region)
{
	bool sane = region->limit - region->base < largest_region &&
		    (region->limit < VTD_INTERRUPT_WINDOW ||
		     region->base >= VTD_INTERRUPT_WINDOW + VTD_INTERRUPT_WINDOW_BYTES);

	for (uint64_t at = region->base & ~(uint64_t)(DMA_PAGE_SIZE - 1); sane && at < region->limit;
	     at += DMA_PAGE_SIZE)
		sane = !dma_host_is_ram(dma_paddr(at), 1);
	if (!sane)
		dma_log("vtd: reserved region %x to %x is the host's own memory, or absurd: its devices stay blocked",
			region->base, region->limit);
	return sane;
}

/* Collects the requester's regions, ascending and merged, as holes. DMA_ENOTSUP: one is not believed. */
int dma_vtd_regions_of(const struct dma_dmar *dmar, uint32_t requester, struct dma_reserved *holes, size_t *nholes)
{
	*nholes = 0;
	for (const struct dma_dmar_region *region = dmar->regions; region; region = region->next) {
		uint64_t base = region->base & ~(uint64_t)(DMA_PAGE_SIZE - 1);
		uint64_t end = (region->limit | (DMA_PAGE_SIZE - 1)) + 1;
		size_t n = 0;

		if (region->segment != requester >> 16 ||
		    !dma_dmar_names(region->scopes, (uint8_t)(requester >> 8), (uint8_t)requester))
			continue;
		if (!believable(region))
			return DMA_ENOTSUP;
		for (size_t k = 0; k < *nholes; k++) /* what it touches becomes part of it */
			if (holes[k].daddr <= end && base <= holes[k].daddr + holes[k].nbytes) {
				base = holes[k].daddr < base ? holes[k].daddr : base;
				end = holes[k].daddr + holes[k].nbytes > end ? holes[k].daddr + holes[k].nbytes : end;
			} else {
				holes[n++] = holes[k];
			}
		if (n == VTD_REGIONS) {
			dma_log("vtd: requester %x has more than %u reserved regions: it stays blocked",
				(uint64_t)requester, (unsigned)VTD_REGIONS);
			return DMA_ENOTSUP;
		}
		holes[n] = (struct dma_reserved){base, end - base};
		*nholes = n + 1;
	}
	return 0;
}

/* Gives the device of a scope a domain of its own if it has none. */
static int protect(struct vtd *vtd, struct vtd_unit *unit, uint32_t requester)
{
	struct dma_iommu_domain_config config = {.requester = requester};
	struct dma_domain *domain;
	int error;

	if (dma_vtd_context_present(unit, (uint16_t)requester))
		return 0;
	error = dma_vtd_domain_create(&vtd->iommu, &config, &domain);
	if (error)
		return error == DMA_ENOTSUP ? 0 : error; /* not believed, and said so: the device stays blocked */
	dma_vtd_domain_of(dma_space_of(domain))->firmware = true;
	return dma_vtd_context_set(unit, (uint16_t)requester, dma_vtd_domain_of(dma_space_of(domain)));
}

int dma_vtd_regions_protect(struct vtd *vtd, struct vtd_unit *unit)
{
	for (const struct dma_dmar_region *region = vtd->dmar.regions; region; region = region->next) {
		for (const struct dma_dmar_scope *scope = region->scopes; scope; scope = scope->next) {
			uint32_t requester = (uint32_t)region->segment << 16 | (uint32_t)scope->bus << 8 | scope->devfn;
			int error = dma_vtd_unit_for(vtd, requester) == unit ? protect(vtd, unit, requester) : 0;

			if (error)
				return error;
		}
	}
	return 0;
}
