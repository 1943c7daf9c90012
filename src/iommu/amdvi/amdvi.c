/* SPDX-License-Identifier: MPL-2.0 */
/*
 * AMD-Vi as an IOMMU of the library: finds all units of the firmware's table (hazard 25), checks every one before it
 * touches any, and switches them on with nothing mapped.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "amdvi_driver.h"

static uint8_t probed; /* there is one set of units in a machine: changed atomically */

static struct dma_unit *unit_for(struct dma_iommu *iommu, uint32_t requester)
{
	const struct dma_ivrs_unit *found = dma_ivrs_unit_of(&dma_amdvi_of(iommu)->ivrs, requester, NULL);
	struct amdvi_unit *unit = found ? found->driver : NULL;

	return unit && (uint16_t)requester < unit->entries ? &unit->base : NULL;
}

uint32_t dma_amdvi_requester(struct dma_iommu *iommu, uint32_t requester)
{
	const struct dma_ivrs_devices *devices = NULL;

	(void)dma_ivrs_unit_of(&dma_amdvi_of(iommu)->ivrs, requester, &devices);
	if (!devices || !devices->aliased)
		return requester;
	return (requester & ~(uint32_t)0xffff) | devices->alias;
}

static bool mine(const struct dma_unit *unit, uint32_t requester)
{
	return unit_for(&dma_amdvi_unit_of(unit)->amdvi->iommu, requester) == unit;
}

static const char *refuses(struct dma_unit_domain *domain, const struct dma_device *dev)
{
	return mine(domain->unit, dev->requester) ? NULL : "no unit, or another, stands in front of it";
}

static void domain_forget(struct dma_unit_domain *domain)
{
	(void)domain;
}

static const struct dma_unit_driver driver = {
	.domain_describe = dma_amdvi_domain_describe,
	.domain_forget = domain_forget,
	.refuses = refuses,
	.mine = mine,
	.set = dma_amdvi_entry_set,
	.clear = dma_amdvi_entry_clear,
	.trim = dma_amdvi_entry_trim,
	.faults = &dma_amdvi_faults,
};

/* ---- A unit's memory ------------------------------------------------------------------------------------------- */

/* Requesters up to the last that the unit is in front of, in whole pages of entries, whatever a page is here. */
static uint32_t entries_for(const struct dma_ivrs_unit *found)
{
	uint32_t last = found->id, each = DMA_PAGE_SIZE / sizeof(struct amdvi_entry);

	for (const struct dma_ivrs_devices *devices = found->devices; devices; devices = devices->next) {
		last = devices->last > last ? devices->last : last;
		last = devices->aliased && devices->alias > last ? devices->alias : last;
	}
	return (last / each + 1) * each;
}

static size_t table_pages(const struct amdvi_unit *unit)
{
	return unit->entries * sizeof(struct amdvi_entry) / DMA_PAGE_SIZE;
}

static int memory_get(struct amdvi_unit *unit)
{
	struct dma_unit_reach reach = unit->base.reach;

	unit->entries = entries_for(unit->found);
	unit->table = dma_unit_frames(reach, table_pages(unit), DMA_PAGE_SIZE, &unit->table_paddr);
	unit->base.queue.ring = dma_unit_frames(reach, 1, DMA_PAGE_SIZE, &unit->queue_paddr);
	unit->status = dma_unit_frames(reach, 1, DMA_PAGE_SIZE, &unit->status_paddr);
	unit->events = dma_unit_frames(reach, 1, DMA_PAGE_SIZE, &unit->event_paddr);
	if (!unit->table || !unit->base.queue.ring || !unit->status || !unit->events)
		return DMA_ENOMEM;
	dma_amdvi_entries_block(unit);
	return dma_unit_ids_init(&unit->base.ids, AMDVI_DOMAINS);
}

static void put(dma_paddr_t paddr, size_t npages)
{
	if (paddr.raw)
		dma_host_frames_free(paddr, npages);
}

/* Of a unit that does not use its memory, or never did. */
static void unit_free(struct amdvi_unit *unit)
{
	put(unit->table_paddr, table_pages(unit));
	put(unit->queue_paddr, 1);
	put(unit->status_paddr, 1);
	put(unit->event_paddr, 1);
	dma_unit_ids_fini(&unit->base.ids);
	if (unit->regs)
		dma_host_mmio_unmap(unit->regs, AMDVI_WINDOW);
	dma_host_page_free(unit);
}

/* ---- Probe and removal ------------------------------------------------------------------------------------------ */

/* 3.3.1: does the unit remember what was not mapped? One that cannot be asked may. */
static bool remembers_nothing(const struct dma_ivrs_unit *found, const struct dma_amdvi_config *config)
{
	uint32_t capability = ~(uint32_t)0;

	if (config->pci_read32 && found->capability >= 0x40 && found->capability % 4 == 0)
		capability = config->pci_read32(config->context, found->segment, (uint8_t)(found->id >> 8),
						(uint8_t)found->id, found->capability);
	return !(capability & AMDVI_CAPABILITY_NOT_PRESENT);
}

/* What a unit needs before it is touched. On failure the unit is as it was, and so are our lists. */
static int unit_prepare(struct amdvi *amdvi, struct dma_ivrs_unit *found, const struct dma_amdvi_config *config)
{
	struct amdvi_unit *unit = dma_host_page_alloc(), **end = &amdvi->units;
	const char *why = "its registers lie in memory";
	int error = DMA_EINVAL;

	if (!unit)
		return DMA_ENOMEM;
	dma_arch_fill(unit, 0, sizeof(*unit));
	unit->amdvi = amdvi;
	unit->found = found;
	unit->not_present = !remembers_nothing(found, config);
	unit->base.driver = &driver;
	unit->base.regions = &amdvi->regions;
	unit->base.first = (uint32_t)found->segment << 16;
	unit->base.last = unit->base.first | 0xffff;
	unit->base.reach.snoops = true; /* CONTROL.Coherent */
	unit->base.reach.max_paddr = ((uint64_t)1 << amdvi->ivrs.width) - 1;
	unit->base.queue.name = "amdvi";
	unit->base.queue.unit = found->registers;
	unit->base.queue.timeout_ns = config->timeout_ns ? config->timeout_ns : 1000000000;
	if (!dma_host_is_ram(dma_paddr(found->registers & ~(uint64_t)(DMA_PAGE_SIZE - 1)), 1))
		error = dma_amdvi_unit_map(unit, &why);
	if (error)
		dma_log("amdvi: unit at %x: %s", found->registers, why);
	else
		error = memory_get(unit);
	if (error) {
		unit_free(unit);
		return error;
	}
	for (; *end; end = &(*end)->next)
		;
	*end = unit;
	found->driver = unit;
	return 0;
}

/* Its homes translate as soon as it does (hazard 74). A unit that was reached and did not start may use its tables:
 * what it was given stays with it for ever. */
static int unit_start(struct amdvi *amdvi, struct amdvi_unit **link)
{
	struct amdvi_unit *unit = *link;
	int error = dma_unit_homes_make(&unit->base);
	bool reached = !error;

	if (!error)
		error = dma_amdvi_unit_start(unit);
	if (!error)
		return 0;
	dma_log("amdvi: unit at %x did not start: %s", unit->found->registers, dma_strerror(error));
	*link = unit->next;
	unit->found->driver = NULL;
	if (!reached && !dma_unit_homes_unmake(&unit->base))
		unit_free(unit);
	else
		amdvi->kept = true;
	return error;
}

/* Identifies all units before it starts any. A unit that cannot be driven does not take the others down (hazard 75).
 * 0: at least one unit works. */
static int units_start(struct amdvi *amdvi, const struct dma_amdvi_config *config)
{
	int worst = 0, error;

	for (struct dma_ivrs_unit *found = amdvi->ivrs.units; found; found = found->next) {
		error = found->registers ? unit_prepare(amdvi, found, config) : DMA_EINVAL;
		if (error == DMA_ENOMEM)
			return error;
		worst = error ? error : worst;
	}
	for (struct amdvi_unit **link = &amdvi->units; *link;) {
		error = unit_start(amdvi, link);
		if (error)
			worst = error;
		else
			link = &(*link)->next;
	}
	for (const struct dma_ivrs_unit *found = amdvi->ivrs.units; found; found = found->next)
		if (!found->driver)
			dma_ivrs_log_unprotected(found);
	return amdvi->units ? 0 : worst;
}

static int region_add(struct amdvi *amdvi, const struct dma_ivrs_region *found, uint32_t first, uint32_t last)
{
	struct dma_iommu_region region = {
		.first = first,
		.last = last,
		.base = dma_paddr(found->base),
		.nbytes = found->limit - found->base + 1,
		.dir = found->dir,
	};

	return dma_unit_region_add(&amdvi->regions, "amdvi", &region, AMDVI_INTERRUPT_WINDOW, AMDVI_INTERRUPT_LAST);
}

/* The requests for a region carry the alias of its devices, where firmware gives them one. */
static int region_for_aliases(struct amdvi *amdvi, const struct dma_ivrs_region *found)
{
	int error = 0;

	for (const struct dma_ivrs_unit *unit = amdvi->ivrs.units; unit; unit = unit->next) {
		uint32_t segment = (uint32_t)unit->segment << 16;

		for (const struct dma_ivrs_devices *devices = unit->devices; devices && !error; devices = devices->next)
			if (devices->aliased && (segment | devices->first) <= found->last &&
			    (segment | devices->last) >= found->first)
				error = region_add(amdvi, found, segment | devices->alias, segment | devices->alias);
	}
	return error;
}

/* Firmware's regions (IVMD), and the host's. */
static int regions(struct amdvi *amdvi, const struct dma_amdvi_config *config)
{
	int error = dma_unit_regions_add(&amdvi->regions, "amdvi", config->host_regions, config->nhost_regions,
					 AMDVI_INTERRUPT_WINDOW, AMDVI_INTERRUPT_LAST);

	for (const struct dma_ivrs_region *found = amdvi->ivrs.regions; found && !error; found = found->next) {
		error = region_add(amdvi, found, found->first, found->last);
		if (!error)
			error = region_for_aliases(amdvi, found);
	}
	return error;
}

static unsigned poll(struct dma_iommu *iommu)
{
	unsigned n = 0;

	for (struct amdvi_unit *unit = dma_amdvi_of(iommu)->units; unit; unit = unit->next)
		n += dma_unit_poll(&unit->base);
	return n;
}

/* What was not reached goes back. */
static void forget(struct amdvi *amdvi)
{
	for (struct amdvi_unit *unit = amdvi->units, *next; unit; unit = next) {
		next = unit->next;
		unit_free(unit);
	}
	amdvi->units = NULL;
	if (!amdvi->kept) {
		dma_unit_regions_free(&amdvi->regions);
		dma_ivrs_free(&amdvi->ivrs);
		dma_host_page_free(amdvi);
	}
	__atomic_store_n(&probed, 0, __ATOMIC_RELEASE);
}

int dma_amdvi_probe(const struct dma_amdvi_config *config, struct dma_iommu **iommu)
{
	static const struct dma_iommu_ops ops = {.unit_for = unit_for, .poll = poll};
	struct amdvi *amdvi;
	int error;

	if (__atomic_exchange_n(&probed, 1, __ATOMIC_ACQ_REL))
		return DMA_EBUSY;
	amdvi = dma_host_page_alloc();
	if (!amdvi) {
		__atomic_store_n(&probed, 0, __ATOMIC_RELEASE);
		return DMA_ENOMEM;
	}
	dma_arch_fill(amdvi, 0, sizeof(*amdvi));
	amdvi->iommu.ops = &ops;
	error = dma_ivrs_parse(config->ivrs, config->ivrs_nbytes, &amdvi->ivrs);
	if (!error)
		error = regions(amdvi, config);
	if (!error)
		error = units_start(amdvi, config);
	if (error) {
		forget(amdvi);
		return error;
	}
	dma_iommu_register(&amdvi->iommu);
	*iommu = &amdvi->iommu;
	return 0;
}

int dma_amdvi_remove(struct dma_iommu *iommu)
{
	struct amdvi *amdvi = dma_amdvi_of(iommu);
	int error = 0;

	for (struct amdvi_unit *unit = amdvi->units; unit; unit = unit->next)
		if (!dma_unit_idle(&unit->base))
			return DMA_EBUSY;
	for (struct amdvi_unit *unit = amdvi->units; unit && !error; unit = unit->next) {
		error = dma_amdvi_unit_stop(unit);
		if (!error)
			error = dma_unit_homes_unmake(&unit->base);
	}
	if (error)
		return error;
	dma_iommu_unregister(iommu);
	forget(amdvi);
	return 0;
}
