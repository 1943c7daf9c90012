/* SPDX-License-Identifier: MPL-2.0 */
/*
 * AMD-Vi domains: host page tables (48882, 2.2.3), and what the unit must be told when they change.
 */
#include "../../base/state.h"
#include "../unit/unit_field.h"
#include "amdvi_driver.h"

static inline int run(struct dma_unit_domain *domain, uint64_t daddr, struct dma_command command)
{
	dma_count_invalidations(daddr, 1);
	return dma_amdvi_run(dma_amdvi_unit_of(domain->unit), &command, 1);
}

static dma_cold int invalidate_all(struct dma_space *space)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);

	return run(domain, 0, amdvi_invalidate_domain(domain->id));
}

static int invalidate(struct dma_space *space, uint64_t daddr, size_t npages, bool leaf_only)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);

	return run(domain, daddr, amdvi_invalidate_pages(domain->id, daddr, dma_pages_order(daddr, npages), leaf_only));
}

/* 3.3.1: a unit that has NpCache may remember that there was nothing (hazard 28). */
static int mapped(struct dma_space *space, uint64_t daddr, size_t npages)
{
	return invalidate(space, daddr, npages, false);
}

static const struct dma_unit_ops ops = {DMA_UNIT_DEVICE_OPS, .invalidate = invalidate,
					.invalidate_all = invalidate_all};
static const struct dma_unit_ops ops_telling = {DMA_UNIT_DEVICE_OPS, .invalidate = invalidate,
						.invalidate_all = invalidate_all, .mapped = mapped};

/* Three levels reach below the HyperTransport region. */
void dma_amdvi_domains_describe(struct dma_unit *base, bool not_present)
{
	static const struct dma_reserved windows[] = {
		{AMDVI_INTERRUPT_WINDOW, AMDVI_INTERRUPT_WINDOW_BYTES},
		{AMDVI_TUNNEL_WINDOW, AMDVI_TUNNEL_BYTES},
	};

	base->formats[0] = &dma_format_amdvi3;
	base->formats[1] = &dma_format_amdvi4;
	base->width = dma_amdvi_of(base->iommu)->ivrs.virtual_width;
	base->space.unit = not_present ? &ops_telling : &ops;
	base->space.table.leaf_extra = AMDVI_PTE_FC;
	base->space.reserved = windows;
	base->space.nreserved = sizeof(windows) / sizeof(windows[0]);
}
