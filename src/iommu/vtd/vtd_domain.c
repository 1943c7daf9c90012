/* SPDX-License-Identifier: MPL-2.0 */
/*
 * VT-d domains: second-stage tables, and what the unit must be told when they change.
 */
#include "../../base/state.h"
#include "vtd_driver.h"

/* ---- Invalidation ----------------------------------------------------------------------------------------- */

static inline int run_iotlb(struct vtd_unit *unit, struct dma_command descriptor)
{
	dma_count_invalidations(0, 1);
	return dma_vtd_run(unit, descriptor);
}

static dma_cold int invalidate_all(struct dma_space *space)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);
	struct vtd_unit *unit = dma_vtd_unit_of(domain->unit);

	return run_iotlb(unit, vtd_iotlb_descriptor(VTD_DOMAIN, domain->id, unit->drain, 0, 0, false));
}

static inline struct dma_command pages_of(const struct dma_unit_domain *domain, const struct vtd_unit *unit,
					  uint64_t daddr, unsigned order, bool leaf_only)
{
	daddr &= ~(uint64_t)0 << VTD_PAGE_SHIFT << order;
	return vtd_iotlb_descriptor(VTD_SELECTIVE, domain->id, unit->drain, daddr, order, leaf_only);
}

static dma_cold int invalidate_slowly(struct dma_space *space, uint64_t daddr, unsigned order, bool leaf_only)
{
	const struct dma_unit_domain *domain = dma_unit_domain_of(space);
	struct vtd_unit *unit = dma_vtd_unit_of(domain->unit);

	/* 6.5.2.3: AM is at most MAMV. */
	if (!(unit->cap & VTD_CAP_PSI) || order > dma_field(unit->cap, VTD_CAP_MAMV))
		return invalidate_all(space);
	return run_iotlb(unit, pages_of(domain, unit, daddr, order, leaf_only));
}

static int invalidate(struct dma_space *space, uint64_t daddr, size_t npages, bool leaf_only)
{
	const struct dma_unit_domain *domain = dma_unit_domain_of(space);
	struct vtd_unit *unit = dma_vtd_unit_of(domain->unit);
	unsigned order = dma_pages_order(daddr, npages);

	if (dma_unlikely(order >= unit->plain_orders))
		return invalidate_slowly(space, daddr, order, leaf_only);
	dma_count_invalidations(daddr, 1);
	return dma_vtd_run_plain(unit, pages_of(domain, unit, daddr, order, leaf_only));
}

/* 6.1: a unit in caching mode may have cached that there was nothing (hazard 28); one with a write buffer may still
 * have the entry before it (hazard 27). */
static int mapped(struct dma_space *space, uint64_t daddr, size_t npages)
{
	struct vtd_unit *unit = dma_vtd_unit_of(dma_unit_domain_of(space)->unit);

	if (unit->cap & VTD_CAP_CM)
		return invalidate(space, daddr, npages, false);
	return dma_vtd_write_buffer_flush(unit);
}

static const struct dma_unit_ops ops = {DMA_UNIT_DEVICE_OPS, .invalidate = invalidate,
					.invalidate_all = invalidate_all};
static const struct dma_unit_ops ops_telling = {DMA_UNIT_DEVICE_OPS, .invalidate = invalidate,
						.invalidate_all = invalidate_all, .mapped = mapped};

/* ---- New domains --------------------------------------------------------------------------------------------- */

/* SAGAW: bit 1: 3 levels, bit 2: 4, bit 3: 5. */
void dma_vtd_domains_describe(struct vtd_unit *unit)
{
	static const struct dma_format *const depths[] = {&dma_format_vtd3, &dma_format_vtd4, &dma_format_vtd5};
	struct dma_space_config *space = &unit->base.space;

	for (unsigned i = 0, n = 0; i < 3; i++)
		if (dma_field(unit->cap, VTD_CAP_SAGAW) & 2u << i)
			unit->base.formats[n++] = depths[i];
	unit->base.width = dma_field(unit->cap, VTD_CAP_MGAW) + 1;
	if (unit->cap & VTD_CAP_PSI && !(unit->cap & VTD_CAP_RWBF))
		unit->plain_orders = dma_field(unit->cap, VTD_CAP_MAMV) + 1;
	space->unit = unit->cap & (VTD_CAP_CM | VTD_CAP_RWBF) ? &ops_telling : &ops;
	/* Snoop whatever the device asks for (hazard 13), where the unit can make it so. */
	space->table.leaf_extra = unit->ecap & VTD_ECAP_SC ? VTD_PTE_SNP : 0;
	space->table.big_levels = (uint8_t)(dma_field(unit->cap, VTD_CAP_SSLPS) << 1);
	space->reserved = &unit->base.driver->hole;
	space->nreserved = 1;
}
