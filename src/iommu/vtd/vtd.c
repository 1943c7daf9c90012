/* SPDX-License-Identifier: MPL-2.0 */
/*
 * VT-d as an IOMMU of the library: finds all units of the firmware's table (hazard 25), checks every one before it
 * touches any, and switches them on with nothing mapped.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../../base/state.h"
#include "vtd_driver.h"

static const uint64_t usual_timeout_ns = 1000000000;
static uint8_t probed; /* there is one set of units in a machine: changed atomically */

static void *page_for(struct vtd_unit *unit, dma_paddr_t *paddr)
{
	return dma_unit_frames(unit->base.reach, 1, DMA_PAGE_SIZE, paddr);
}

static int pages_get(struct vtd_unit *unit)
{
	unit->tables = (struct dma_unit_tables){
		.first = page_for(unit, &unit->root_paddr),
		.count = VTD_PAGE / sizeof(struct vtd_entry),
		.stride = sizeof(struct vtd_entry),
		.address = VTD_ADDRESS,
		.valid = VTD_ROOT_P,
		.nbytes = VTD_PAGE,
		.entry = sizeof(struct vtd_entry),
		.used = VTD_CONTEXT_P,
	};
	unit->base.queue.ring = page_for(unit, &unit->queue_paddr);
	unit->status = page_for(unit, &unit->status_paddr);
	if (!unit->tables.first || !unit->base.queue.ring || !unit->status || !page_for(unit, &unit->interrupt_paddr))
		return DMA_ENOMEM;
	return dma_unit_ids_init(&unit->base.ids, 1u << vtd_cap_domain_bits(unit->cap));
}

/* Of a unit that does not use its pages, or never did. */
static void unit_free(struct vtd_unit *unit)
{
	dma_paddr_t pages[] = {unit->root_paddr, unit->queue_paddr, unit->status_paddr, unit->interrupt_paddr};

	if (unit->tables.first)
		dma_unit_tables_free_all(&unit->tables);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (pages[i].raw)
			dma_host_frames_free(pages[i], 1);
	dma_unit_ids_fini(&unit->base.ids);
	if (unit->regs)
		dma_host_mmio_unmap(unit->regs, unit->window);
	dma_host_page_free(unit);
}

static struct dma_unit *unit_for(struct dma_iommu *iommu, uint32_t requester)
{
	const struct dma_dmar_unit *found = dma_dmar_unit_of(&dma_vtd_of(iommu)->dmar, (uint16_t)(requester >> 16),
							     (uint8_t)(requester >> 8), (uint8_t)requester);
	struct vtd_unit *unit = found ? found->driver : NULL;

	return unit ? &unit->base : NULL;
}

static bool mine(const struct dma_unit *unit, uint32_t requester)
{
	return unit_for(&dma_vtd_unit_of(unit)->vtd->iommu, requester) == unit;
}

static const char *refuses(struct dma_unit_domain *domain, const struct dma_device *dev)
{
	(void)domain, (void)dev;
	return NULL;
}

static void domain_forget(struct dma_unit_domain *domain)
{
	(void)domain;
}

static const struct dma_unit_driver driver = {
	.domain_describe = dma_vtd_domain_describe,
	.domain_forget = domain_forget,
	.mine = mine,
	.refuses = refuses,
	.set = dma_vtd_context_set,
	.clear = dma_vtd_context_clear,
	.trim = dma_vtd_context_trim,
	.faults = &dma_vtd_faults,
};

/* What a unit needs before it is touched. On failure the unit is as it was, and so are our lists. */
static int unit_prepare(struct vtd *vtd, struct dma_dmar_unit *found, const struct dma_vtd_config *config)
{
	const char *why = "its registers lie in memory";
	struct vtd_unit *unit = dma_host_page_alloc(), **link = &vtd->units;
	int error = DMA_EINVAL;

	if (!unit)
		return DMA_ENOMEM;
	dma_arch_fill(unit, 0, sizeof(*unit));
	unit->vtd = vtd;
	unit->found = found;
	unit->paddr = dma_paddr(found->registers);
	unit->segment = found->segment;
	unit->base.first = (uint32_t)found->segment << 16;
	unit->base.last = unit->base.first | 0xffff;
	unit->base.queue.timeout_ns = config->timeout_ns ? config->timeout_ns : usual_timeout_ns;
	unit->base.queue.name = "vtd";
	unit->base.queue.unit = found->registers;
	unit->can_sync = dma_state.host.can_sync;
	unit->remaps_by_host = config->host_remaps_interrupts;
	unit->base.driver = &driver;
	unit->base.regions = &vtd->regions;
	unit->base.reach.max_paddr = vtd->dmar.width < 64 ? ((uint64_t)1 << vtd->dmar.width) - 1 : ~(uint64_t)0;
	if (!dma_host_is_ram(dma_paddr(found->registers & ~(uint64_t)(DMA_PAGE_SIZE - 1)), 1))
		error = dma_vtd_unit_map(unit, &why);
	if (error)
		dma_log("vtd: unit at %x: %s", found->registers, why);
	else
		error = pages_get(unit);
	if (error) {
		unit_free(unit);
		return error;
	}
	while (*link)
		link = &(*link)->next;
	*link = unit;
	found->driver = unit;
	return 0;
}

static int unit_start(struct vtd_unit *unit, const struct dma_vtd_config *config)
{
	int error = dma_vtd_unit_take_over(unit);

	if (!error)
		error = dma_unit_homes_make(&unit->base);
	if (!error)
		error = dma_vtd_unit_start(unit);
	if (!error && config->block_interrupts && unit->ecap & VTD_ECAP_IR)
		error = dma_vtd_unit_block_interrupts(unit);
	if (error)
		dma_log("vtd: unit at %x did not start: %s", unit->paddr.raw, dma_strerror(error));
	return error;
}

/* Takes a unit off the list that did not start. It was reached: it may use its tables, which are empty, and its pages
 * and what its domains need stay with it for ever. */
static void unit_drop(struct vtd *vtd, struct vtd_unit *unit)
{
	struct vtd_unit **link = &vtd->units;

	while (*link != unit)
		link = &(*link)->next;
	*link = unit->next;
	unit->found->driver = NULL;
	vtd->kept = true;
}

static unsigned poll(struct dma_iommu *iommu)
{
	struct vtd *vtd = dma_vtd_of(iommu);
	unsigned n = 0;

	for (struct vtd_unit *unit = vtd->units; unit; unit = unit->next)
		n += dma_unit_poll(&unit->base);
	return n;
}

static const struct dma_iommu_ops ops = {
	.unit_for = unit_for,
	.poll = poll,
};

/* Identifies all units before it starts any. A unit that cannot be driven does not take the others down (hazard 75):
 * its devices stay unprotected, and the log names them. 0: at least one unit works. */
static int units_start(struct vtd *vtd, const struct dma_vtd_config *config)
{
	int result = 0;

	for (struct dma_dmar_unit *found = vtd->dmar.units; found; found = found->next) {
		int error = found->registers ? unit_prepare(vtd, found, config) : DMA_EINVAL;

		if (error == DMA_ENOMEM)
			return error;
		result = error ? error : result;
	}
	for (struct vtd_unit *unit = vtd->units, *next; unit; unit = next) {
		int error = unit_start(unit, config);

		next = unit->next;
		if (error)
			unit_drop(vtd, unit);
		result = error ? error : result;
	}
	for (const struct dma_dmar_unit *found = vtd->dmar.units; found; found = found->next)
		if (!found->driver)
			dma_dmar_log_unprotected(found);
	return vtd->units ? 0 : result;
}

/* None works: what was not reached goes back. */
static void give_up(struct vtd *vtd)
{
	while (vtd->units) {
		struct vtd_unit *unit = vtd->units;

		vtd->units = unit->next;
		unit_free(unit);
	}
	if (vtd->kept)
		return;
	dma_unit_regions_free(&vtd->regions);
	dma_dmar_free(&vtd->dmar);
	dma_host_page_free(vtd);
}

int dma_vtd_probe(const struct dma_vtd_config *config, struct dma_iommu **iommu)
{
	struct dma_dmar_bus bus = {config->pci_read32, config->context};
	struct vtd *vtd;
	int error = DMA_ENOMEM;

	if (config->host_remaps_interrupts && config->block_interrupts)
		return DMA_EINVAL;
	if (__atomic_exchange_n(&probed, 1, __ATOMIC_ACQ_REL))
		return DMA_EBUSY;
	vtd = dma_host_page_alloc();
	if (!vtd)
		goto no_page;
	dma_arch_fill(vtd, 0, sizeof(*vtd));
	vtd->iommu.ops = &ops;
	error = dma_dmar_parse(config->dmar, config->dmar_nbytes, &bus, &vtd->dmar);
	if (!error)
		error = dma_vtd_regions(vtd, config);
	if (!error)
		error = units_start(vtd, config);
	if (error)
		goto no_units;
	dma_iommu_register(&vtd->iommu);
	*iommu = &vtd->iommu;
	return 0;

no_units:
	give_up(vtd);
no_page:
	__atomic_store_n(&probed, 0, __ATOMIC_RELEASE);
	return error;
}

int dma_vtd_remove(struct dma_iommu *iommu)
{
	struct vtd *vtd = dma_vtd_of(iommu);
	int error = 0;

	for (struct vtd_unit *unit = vtd->units; unit; unit = unit->next)
		if (!dma_unit_idle(&unit->base))
			return DMA_EBUSY;
	for (struct vtd_unit *unit = vtd->units; unit && !error; unit = unit->next)
		error = dma_vtd_unit_stop(unit);
	for (struct vtd_unit *unit = vtd->units; unit && !error; unit = unit->next)
		error = dma_unit_homes_unmake(&unit->base);
	if (error)
		return error;
	dma_iommu_unregister(iommu);
	give_up(vtd);
	__atomic_store_n(&probed, 0, __ATOMIC_RELEASE);
	return 0;
}
