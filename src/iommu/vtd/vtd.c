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

/* A zeroed page that the unit can reach. */
static void *page_for(struct vtd_unit *unit, dma_paddr_t *paddr)
{
	void *page;

	if (dma_host_frames_alloc(1, unit->max_paddr, DMA_PAGE_SIZE, paddr))
		return NULL;
	page = dma_host_linear(*paddr, DMA_PAGE_SIZE);
	if (!page) {
		dma_host_frames_free(*paddr, 1);
		*paddr = dma_paddr(0);
		return NULL;
	}
	dma_arch_fill(page, 0, DMA_PAGE_SIZE);
	vtd_flush(unit, page, DMA_PAGE_SIZE);
	return page;
}

static int pages_get(struct vtd_unit *unit)
{
	unit->root = page_for(unit, &unit->root_paddr);
	unit->queue = page_for(unit, &unit->queue_paddr);
	unit->status = page_for(unit, &unit->status_paddr);
	if (!unit->root || !unit->queue || !unit->status || !page_for(unit, &unit->interrupt_paddr))
		return DMA_ENOMEM;
	return 0;
}

/* Of a unit that does not use its pages, or never did. */
static void unit_free(struct vtd_unit *unit)
{
	dma_paddr_t pages[] = {unit->root_paddr, unit->queue_paddr, unit->status_paddr, unit->interrupt_paddr};

	if (unit->root)
		vtd_contexts_free(unit);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (pages[i].raw)
			dma_host_frames_free(pages[i], 1);
	if (unit->regs)
		dma_host_mmio_unmap(unit->regs, unit->window);
	dma_host_page_free(unit);
}

static int unit_prepare(struct vtd *vtd, unsigned index, const struct dma_vtd_config *config)
{
	const struct dmar_unit *found = &vtd->dmar.units[index];
	const char *why = "its registers lie in memory";
	struct vtd_unit *unit = dma_host_page_alloc();
	int error = DMA_EINVAL;

	if (!unit)
		return DMA_ENOMEM;
	vtd->units[index] = unit;
	dma_arch_fill(unit, 0, sizeof(*unit));
	unit->vtd = vtd;
	unit->paddr = dma_paddr(found->registers);
	unit->segment = found->segment;
	unit->timeout_ns = config->timeout_ns ? config->timeout_ns : usual_timeout_ns;
	unit->can_sync = dma_state.host.can_sync;
	unit->max_paddr = vtd->dmar.width < 64 ? ((uint64_t)1 << vtd->dmar.width) - 1 : ~(uint64_t)0;
	if (!dma_host_is_ram(dma_paddr(found->registers & ~(uint64_t)(DMA_PAGE_SIZE - 1)), 1))
		error = vtd_unit_map(unit, &why);
	if (error) {
		dma_log("vtd: unit %u at %x: %s", index, found->registers, why);
		return error;
	}
	return pages_get(unit);
}

static int unit_start(struct vtd *vtd, unsigned index, const struct dma_vtd_config *config)
{
	struct vtd_unit *unit = vtd->units[index];
	int error = vtd_unit_take_over(unit);

	unit->started = true; /* from here on its pages are in its hands */
	if (!error)
		error = vtd_regions_protect(vtd, unit);
	if (!error)
		error = vtd_unit_start(unit);
	if (!error && config->block_interrupts && unit->ecap & VTD_ECAP_IR)
		error = vtd_unit_block_interrupts(unit);
	if (error)
		dma_log("vtd: unit %u at %x did not start: %s", index, unit->paddr.raw, dma_strerror(error));
	return error;
}

static unsigned poll(struct dma_iommu *iommu)
{
	struct vtd *vtd = vtd_of(iommu);
	unsigned n = 0;

	for (unsigned i = 0; i < vtd->dmar.nunits; i++)
		n += vtd_faults_poll(vtd->units[i]);
	return n;
}

static const struct dma_iommu_ops ops = {
	.domain_create = vtd_domain_create,
	.domain_destroy = vtd_domain_destroy,
	.poll = poll,
};

/* A unit that was reached keeps its empty tables: it blocks everything, and that is right. Its pages, and what its
 * domains need, stay with it. */
static void give_up(struct vtd *vtd)
{
	bool kept = false;

	for (unsigned i = 0; i < vtd->dmar.nunits; i++) {
		if (vtd->units[i] && vtd->units[i]->started)
			kept = true;
		else if (vtd->units[i])
			unit_free(vtd->units[i]);
	}
	if (!kept)
		dma_host_page_free(vtd);
}

int dma_vtd_probe(const struct dma_vtd_config *config, struct dma_iommu **iommu)
{
	struct dmar_bus bus = {config->pci_read32, config->context};
	struct dmar_error wrong;
	struct vtd *vtd;
	int error = DMA_ENOMEM;

	if (__atomic_exchange_n(&probed, 1, __ATOMIC_ACQ_REL))
		return DMA_EBUSY;
	vtd = dma_host_page_alloc();
	if (!vtd)
		goto no_page;
	dma_arch_fill(vtd, 0, sizeof(*vtd));
	vtd->iommu.ops = &ops;
	error = dmar_parse(config->dmar, config->dmar_nbytes, &bus, &vtd->dmar, &wrong);
	if (error)
		dma_log("vtd: DMAR: %s at offset %u %s %x", wrong.structure, wrong.offset, wrong.what, wrong.value);
	for (unsigned i = 0; i < vtd->dmar.nunits && !error; i++)
		error = unit_prepare(vtd, i, config);
	for (unsigned i = 0; i < vtd->dmar.nunits && !error; i++)
		error = unit_start(vtd, i, config);
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

static int domains_remove(struct vtd *vtd, struct vtd_unit *unit)
{
	int error = 0;

	while (unit->domains && !error)
		error = vtd_domain_destroy(&vtd->iommu, &unit->domains->space.domain);
	return error;
}

int dma_vtd_remove(struct dma_iommu *iommu)
{
	struct vtd *vtd = vtd_of(iommu);
	int error = 0;

	/* Domains that firmware's devices have are ours to unmake; others are their makers'. */
	for (unsigned i = 0; i < vtd->dmar.nunits; i++)
		for (struct vtd_domain *domain = vtd->units[i]->domains; domain; domain = domain->next)
			if (!domain->firmware || domain->devices)
				return DMA_EBUSY;
	for (unsigned i = 0; i < vtd->dmar.nunits && !error; i++)
		error = vtd_unit_stop(vtd->units[i]);
	for (unsigned i = 0; i < vtd->dmar.nunits && !error; i++)
		error = domains_remove(vtd, vtd->units[i]);
	if (error)
		return error;
	dma_iommu_unregister(iommu);
	for (unsigned i = 0; i < vtd->dmar.nunits; i++)
		unit_free(vtd->units[i]);
	dma_host_page_free(vtd);
	__atomic_store_n(&probed, 0, __ATOMIC_RELEASE);
	return 0;
}
