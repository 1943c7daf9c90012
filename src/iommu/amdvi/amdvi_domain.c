/* SPDX-License-Identifier: MPL-2.0 */
/*
 * AMD-Vi domains: host page tables (48882, 2.2.3), and what the unit must be told when they change.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "amdvi_driver.h"

static inline int run(struct dma_unit_domain *domain, struct dma_command command)
{
	dma_count_invalidations(1);
	return dma_amdvi_run(dma_amdvi_unit_of(domain->unit), &command, 1);
}

static dma_cold int invalidate_all(struct dma_space *space)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);

	return run(domain, amdvi_invalidate_domain(domain->id));
}

static int invalidate(struct dma_space *space, uint64_t daddr, size_t npages, bool leaf_only)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);
	uint64_t beyond =
		daddr ^ (daddr + ((uint64_t)npages << DMA_PAGE_SHIFT) - 1); /* bits that differ in the range */
	unsigned order = 52 - (unsigned)__builtin_clzll(beyond | 0xfff);

	return run(domain, amdvi_invalidate_pages(domain->id, daddr, order, leaf_only));
}

/* 3.3.1: a unit that has NpCache may remember that there was nothing (hazard 28). */
static int mapped(struct dma_space *space, uint64_t daddr, size_t npages)
{
	return invalidate(space, daddr, npages, false);
}

static const struct dma_unit_ops ops = {
	.attach = dma_unit_attach,
	.detach = dma_unit_detach,
	.block = dma_unit_block,
	.invalidate = invalidate,
	.invalidate_all = invalidate_all,
};
static const struct dma_unit_ops ops_telling = {
	.attach = dma_unit_attach,
	.detach = dma_unit_detach,
	.block = dma_unit_block,
	.invalidate = invalidate,
	.invalidate_all = invalidate_all,
	.mapped = mapped,
};

/* Three levels where they reach `last`: short walks. */
int dma_amdvi_domain_describe(struct dma_unit_domain *domain, uint64_t last, struct dma_space_config *config)
{
	static const struct dma_reserved windows[] = {
		{AMDVI_INTERRUPT_WINDOW, AMDVI_INTERRUPT_LAST - AMDVI_INTERRUPT_WINDOW + 1},
		{AMDVI_TUNNEL_WINDOW, AMDVI_TUNNEL_BYTES},
	};
	const struct amdvi_unit *unit = dma_amdvi_unit_of(domain->unit);
	const struct dma_format *format = last >> 39 ? &dma_format_amdvi4 : &dma_format_amdvi3;
	unsigned width = dma_format_width(format), limit = unit->amdvi->ivrs.virtual_width;

	width = width < limit ? width : limit;
	if (last >> width)
		return DMA_ENOTSUP;
	config->unit = unit->not_present ? &ops_telling : &ops;
	config->table = (struct dma_table_config){
		.format = format,
		.leaf_extra = AMDVI_PTE_FC,
		.big_levels = format->big_levels,
		.snoops = true,
		.max_paddr = unit->base.reach.max_paddr,
	};
	config->last = ((uint64_t)1 << width) - 1;
	config->reserved = windows;
	config->nreserved = sizeof(windows) / sizeof(windows[0]) - (width <= 39);
	return 0;
}
