/* SPDX-License-Identifier: MPL-2.0 */
/*
 * VT-d domains: a space (space.h) with a second-stage table, and what the unit must be told when the table changes.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../../base/state.h"
#include "vtd_driver.h"

enum {
	WHOLE_DOMAIN = 64, /* an order beyond every limit */
};

/* ---- Invalidation ----------------------------------------------------------------------------------------- */

/* Hazard 27. */
static dma_cold int run_behind_write_buffer(struct vtd_unit *unit, struct dma_command descriptor)
{
	int error = dma_vtd_write_buffer_flush(unit);

	return error ? error : dma_vtd_run(unit, descriptor);
}

static inline int run_iotlb(struct vtd_unit *unit, struct dma_command descriptor)
{
	dma_count_invalidations(1);
	return dma_unlikely(unit->cap & VTD_CAP_RWBF) ? run_behind_write_buffer(unit, descriptor)
						      : dma_vtd_run(unit, descriptor);
}

static dma_cold int invalidate_all(struct dma_space *space)
{
	struct vtd_domain *domain = dma_vtd_domain_of(space);

	return run_iotlb(domain->unit, vtd_iotlb_descriptor(VTD_DOMAIN, domain->id, domain->unit->drain, 0, 0, false));
}

/* Smallest naturally aligned power of two of pages (VT-d's) that holds first to last: what one descriptor can name. */
static unsigned order_of(uint64_t first, uint64_t last)
{
	return 63 - (unsigned)__builtin_clzll((first ^ last) << 1 | 1);
}

static int invalidate(struct dma_space *space, uint64_t daddr, size_t npages, bool leaf_only)
{
	struct vtd_domain *domain = dma_vtd_domain_of(space);
	struct vtd_unit *unit = domain->unit;
	uint64_t first = daddr >> VTD_PAGE_SHIFT;
	uint64_t last = first + ((uint64_t)npages << (DMA_PAGE_SHIFT - VTD_PAGE_SHIFT)) - 1;
	unsigned order = unit->cap & VTD_CAP_PSI ? order_of(first, last) : WHOLE_DOMAIN;

	if (dma_unlikely(order > vtd_cap_address_mask(unit->cap))) /* 6.5.2.3: AM is at most MAMV */
		return invalidate_all(space);
	daddr &= ~(uint64_t)0 << VTD_PAGE_SHIFT << order;
	return run_iotlb(unit, vtd_iotlb_descriptor(VTD_SELECTIVE, domain->id, unit->drain, daddr, order, leaf_only));
}

/* 6.1: a unit in caching mode may have cached that there was nothing (hazard 28); one with a write buffer may still
 * have the entry before it (hazard 27). */
static int mapped(struct dma_space *space, uint64_t daddr, size_t npages)
{
	struct vtd_domain *domain = dma_vtd_domain_of(space);

	if (domain->unit->cap & VTD_CAP_CM)
		return invalidate(space, daddr, npages, false);
	return dma_vtd_write_buffer_flush(domain->unit);
}

/* ---- Devices ------------------------------------------------------------------------------------------------ */

static void link_device(struct vtd_domain *domain, struct dma_device *dev)
{
	uintptr_t state = dma_host_lock(&domain->unit->table_lock);

	dev->backend = domain->devices;
	domain->devices = dev;
	dma_host_unlock(&domain->unit->table_lock, state);
}

static void unlink_device(struct vtd_domain *domain, struct dma_device *dev)
{
	uintptr_t state = dma_host_lock(&domain->unit->table_lock);
	struct dma_device **link = &domain->devices;

	while (*link && *link != dev)
		link = (struct dma_device **)(void *)&(*link)->backend;
	if (*link)
		*link = dev->backend;
	dev->backend = NULL;
	dma_vtd_wait_reports(domain->unit, state);
}

/* True if a domain of the unit, other than firmware's, translates for the requester. */
static bool taken(struct vtd_unit *unit, uint32_t requester)
{
	uintptr_t state = dma_host_lock(&unit->table_lock);
	bool found = false;

	for (struct vtd_domain *domain = unit->domains; domain; domain = domain->next)
		for (struct dma_device *dev = domain->devices; dev; dev = dev->backend)
			found = found || dev->requester == requester;
	dma_host_unlock(&unit->table_lock, state);
	return found;
}

static int attach(struct dma_space *space, struct dma_device *dev)
{
	struct vtd_domain *domain = dma_vtd_domain_of(space);
	int error;

	if (dma_vtd_unit_for(domain->unit->vtd, dev->requester) != domain->unit ||
	    taken(domain->unit, dev->requester)) {
		dma_log("vtd: %s: its requester %x is not this unit's, or has a domain already", dev->name,
			(uint64_t)dev->requester);
		return DMA_ENOTSUP;
	}
	error = dma_vtd_context_clear(domain->unit, (uint16_t)dev->requester); /* firmware's, if it had one */
	if (!error)
		error = dma_vtd_context_set(domain->unit, (uint16_t)dev->requester, domain);
	if (error) {
		(void)dma_vtd_context_clear(domain->unit, (uint16_t)dev->requester);
		return error;
	}
	link_device(domain, dev);
	return 0;
}

static void detach(struct dma_space *space, struct dma_device *dev)
{
	struct vtd_domain *domain = dma_vtd_domain_of(space);

	if (!dma_vtd_context_clear(domain->unit, (uint16_t)dev->requester))
		dma_vtd_context_trim(domain->unit, (uint16_t)dev->requester);
	unlink_device(domain, dev);
}

/* The requester of the index-th device; false: there are fewer. */
static bool requester_at(struct vtd_domain *domain, unsigned index, uint16_t *requester)
{
	uintptr_t state = dma_host_lock(&domain->unit->table_lock);
	const struct dma_device *dev = domain->devices;

	while (dev && index--)
		dev = dev->backend;
	if (dev)
		*requester = (uint16_t)dev->requester;
	dma_host_unlock(&domain->unit->table_lock, state);
	return dev != NULL;
}

static int block(struct dma_space *space, struct dma_device *dev)
{
	struct vtd_domain *domain = dma_vtd_domain_of(space);
	uint16_t requester;
	int result = 0;

	if (dev)
		return dma_vtd_context_clear(domain->unit, (uint16_t)dev->requester);
	for (unsigned i = 0; requester_at(domain, i, &requester); i++) {
		int error = dma_vtd_context_clear(domain->unit, requester);

		result = result ? result : error;
	}
	return result;
}

static const struct dma_unit_ops ops = {
	.attach = attach,
	.detach = detach,
	.block = block,
	.invalidate = invalidate,
	.invalidate_all = invalidate_all,
};

static const struct dma_unit_ops ops_telling = {
	.attach = attach,
	.detach = detach,
	.block = block,
	.invalidate = invalidate,
	.invalidate_all = invalidate_all,
	.mapped = mapped,
};

/* ---- Made and unmade ---------------------------------------------------------------- */

/* Domain 0 is never used: caching mode keeps it for entries that are not present (hazard 28). 0: none left. */
static unsigned id_get(struct vtd_unit *unit)
{
	unsigned bits = vtd_cap_domain_bits(unit->cap);
	unsigned most = sizeof(unit->domain_ids) * 8, id = 0;
	unsigned count = bits < 14 ? 1u << bits : most;
	uintptr_t state = dma_host_lock(&unit->table_lock);

	for (unsigned i = 1; i < count && !id; i++)
		if (!(unit->domain_ids[i / 64] >> i % 64 & 1))
			id = i;
	if (id)
		unit->domain_ids[id / 64] |= (uint64_t)1 << id % 64;
	dma_host_unlock(&unit->table_lock, state);
	return id;
}

static void id_put(struct vtd_unit *unit, unsigned id)
{
	uintptr_t state = dma_host_lock(&unit->table_lock);

	unit->domain_ids[id / 64] &= ~((uint64_t)1 << id % 64);
	dma_host_unlock(&unit->table_lock, state);
}

static void link_domain(struct vtd_domain *domain)
{
	uintptr_t state = dma_host_lock(&domain->unit->table_lock);

	domain->next = domain->unit->domains;
	domain->unit->domains = domain;
	dma_host_unlock(&domain->unit->table_lock, state);
}

static void unlink_domain(struct vtd_domain *domain)
{
	uintptr_t state = dma_host_lock(&domain->unit->table_lock);
	struct vtd_domain **link = &domain->unit->domains;

	while (*link != domain)
		link = &(*link)->next;
	*link = domain->next;
	dma_vtd_wait_reports(domain->unit, state);
}

static unsigned width_of(const struct vtd_unit *unit, const struct dma_format *format)
{
	unsigned width = dma_format_width(format);

	return width < vtd_cap_mgaw(unit->cap) ? width : vtd_cap_mgaw(unit->cap);
}

/* The fewest levels that the unit supports (hazard 33) and that reach all reserved regions: short walks. */
static const struct dma_format *format_for(const struct vtd_unit *unit, const struct dma_reserved *regions, size_t n)
{
	static const struct {
		unsigned sagaw;
		const struct dma_format *format;
	} depths[] = {
		{VTD_LEVELS_3, &dma_format_vtd3}, {VTD_LEVELS_4, &dma_format_vtd4}, {VTD_LEVELS_5, &dma_format_vtd5}};

	for (unsigned i = 0; i < 3; i++)
		if (vtd_cap_sagaw(unit->cap) & depths[i].sagaw &&
		    dma_unit_reaches(regions, n, width_of(unit, depths[i].format)))
			return depths[i].format;
	return NULL;
}

_Static_assert(VTD_REGIONS + 1 + DMA_UNIT_WINDOWS <= DMA_UNIT_HOLES, "regions, the interrupt window, the host's");

static int make_space(struct vtd *vtd, struct vtd_domain *domain, const struct dma_iommu_domain_config *config)
{
	const struct vtd_unit *unit = domain->unit;
	const struct dma_format *format;
	struct dma_unit_holes holes;
	struct dma_space_config space;
	int error = dma_vtd_regions_of(&vtd->dmar, config->requester, holes.at, &holes.nregions);

	if (error)
		return error;
	format = format_for(unit, holes.at, holes.nregions);
	if (!format)
		return DMA_ENOTSUP;
	holes.n = holes.nregions;
	holes.at[holes.n++] = (struct dma_reserved){VTD_INTERRUPT_WINDOW, VTD_INTERRUPT_WINDOW_BYTES};
	space = (struct dma_space_config){
		.unit = unit->cap & (VTD_CAP_CM | VTD_CAP_RWBF) ? &ops_telling : &ops,
		.table = {.format = format,
			  /* Snoop whatever the device asks for (hazard 13), where the unit can make it so. */
			  .leaf_extra = unit->ecap & VTD_ECAP_SC ? VTD_PTE_SNP : 0,
			  .big_levels = (uint8_t)(vtd_cap_big_pages(unit->cap) << 1),
			  .snoops = unit->coherent,
			  .max_paddr = unit->max_paddr},
		.last = ((uint64_t)1 << width_of(unit, format)) - 1,
	};
	domain->levels = format->levels;
	return dma_unit_space_init(&domain->space, &space, config, &holes);
}

struct vtd_unit *dma_vtd_unit_for(const struct vtd *vtd, uint32_t requester)
{
	const struct dma_dmar_unit *unit = dma_dmar_unit_of(&vtd->dmar, (uint16_t)(requester >> 16),
							    (uint8_t)(requester >> 8), (uint8_t)requester);

	return unit ? unit->driver : NULL;
}

int dma_vtd_domain_create(struct dma_iommu *iommu, const struct dma_iommu_domain_config *config,
			  struct dma_domain **out)
{
	struct vtd *vtd = dma_vtd_of(iommu);
	struct vtd_unit *unit = dma_vtd_unit_for(vtd, config->requester);
	struct vtd_domain *domain;
	int error = DMA_ENOSPC;

	if (!unit)
		return DMA_ENODEV;
	domain = dma_host_page_alloc();
	if (!domain)
		return DMA_ENOMEM;
	dma_arch_fill(domain, 0, sizeof(*domain));
	domain->unit = unit;
	domain->id = (uint16_t)id_get(domain->unit);
	if (!domain->id)
		goto no_id;
	error = make_space(vtd, domain, config);
	if (error == DMA_ETIMEDOUT) /* its frames are the hardware's for ever */
		return error;
	if (error)
		goto no_space;
	link_domain(domain);
	*out = &domain->space.domain;
	return 0;

no_space:
	id_put(domain->unit, domain->id);
no_id:
	dma_host_page_free(domain);
	return error;
}

int dma_vtd_domain_destroy(struct dma_iommu *iommu, struct dma_domain *old)
{
	struct vtd_domain *domain = dma_vtd_domain_of(dma_space_of(old));
	struct vtd_unit *unit = domain->unit;
	int error;

	(void)iommu;
	if (domain->devices)
		return DMA_EBUSY;
	if (dma_queue_failed(&unit->queue)) /* it may use what it has cached for ever: nothing of it can go back */
		return DMA_ETIMEDOUT;
	unlink_domain(domain); /* before it goes: fault reports look for it */
	error = dma_space_fini(&domain->space);
	if (error) {
		link_domain(domain);
		return error;
	}
	id_put(unit, domain->id);
	dma_host_page_free(domain);
	return 0;
}
