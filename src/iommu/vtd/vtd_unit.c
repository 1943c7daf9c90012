/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One VT-d unit from power-on, or from whatever firmware or a previous kernel left running, to "translates, and
 * blocks what nobody mapped". Section numbers are those of the VT-d specification, revision 4.
 */
#include <dmastream/errors.h>

#include "vtd_driver.h"

/* The window is as long as the capability registers say, not one page (hazard 25): fault records and IOTLB registers
 * lie where FRO and IRO put them. */
static uint64_t window_of(uint64_t cap, uint64_t ecap)
{
	uint64_t faults = 16 * dma_field(cap, VTD_CAP_FRO) + 16 * (dma_field(cap, VTD_CAP_NFR) + 1);
	uint64_t iotlb = 16 * dma_field(ecap, VTD_ECAP_IRO) + 16;
	uint64_t window = VTD_LEAST_WINDOW;

	window = faults > window ? faults : window;
	window = iotlb > window ? iotlb : window;
	return (window + VTD_PAGE - 1) & VTD_ADDRESS;
}

static const char *unusable(const struct vtd_unit *unit, uint32_t version)
{
	if (version == ~(uint32_t)0 || unit->cap == ~(uint64_t)0 || (version >> 4 & 15) == 0)
		return "there is no unit at the address that the DMAR table gives";
	if (!(unit->ecap & VTD_ECAP_QI))
		return "it has no queued invalidation";
	if (!unit->base.formats[0])
		return "it supports no page-table depth that we know";
	return NULL;
}

static int identify(struct dma_unit *base, const void *config, const char **why)
{
	struct vtd_unit *unit = dma_vtd_unit_of(base);
	const struct vtd *vtd = dma_vtd_of(base->iommu);
	const struct dma_dmar_unit *found = base->found;
	int error = dma_unit_map(base, VTD_PAGE, why);

	(void)config;
	if (error)
		return error;
	unit->cap = dma_unit_read64(base, VTD_CAP);
	unit->ecap = dma_unit_read64(base, VTD_ECAP);
	unit->drain =
		(unit->cap & VTD_CAP_DRD ? VTD_DRAIN_READS : 0) | (unit->cap & VTD_CAP_DWD ? VTD_DRAIN_WRITES : 0);
	base->reach.snoops = unit->ecap & VTD_ECAP_C;
	base->reach.max_paddr = vtd->dmar.width < 64 ? ((uint64_t)1 << vtd->dmar.width) - 1 : ~(uint64_t)0;
	base->first = (uint32_t)found->segment << 16;
	base->last = base->first | 0xffff;
	base->nids = 1u << (4 + 2 * dma_field(unit->cap, VTD_CAP_ND));
	base->no_bypass = !(unit->ecap & VTD_ECAP_PT);
	dma_vtd_domains_describe(unit);
	*why = unusable(unit, dma_unit_read32(base, VTD_VER));
	return *why ? DMA_ENOTSUP : dma_unit_map(base, (size_t)window_of(unit->cap, unit->ecap), why);
}

/* Whoever ran the unit before us may have left translation, interrupt remapping and the queue on. Translation stays on
 * while its tables are replaced: switching it off would open all memory to every device for that moment. Only a
 * unit in another table mode has to be switched off first (9.1: the mode may not change under translation). */
static int take_over(struct dma_unit *base)
{
	struct vtd_unit *unit = dma_vtd_unit_of(base);
	uint32_t status = dma_unit_read32(base, VTD_GSTS);
	int error = 0;

	/* Its table is somebody else's memory now. */
	if (status & VTD_G_IRE && !dma_vtd_of(base->iommu)->remaps_by_host)
		error = dma_vtd_command(unit, VTD_G_IRE, 0);
	if (!error && (status & VTD_G_TE) && (dma_unit_read64(base, VTD_RTADDR) & VTD_RTADDR_TTM))
		error = dma_vtd_command(unit, VTD_G_TE, 0);
	if (!error)
		error = dma_vtd_queue_stop(unit);
	return error ? error : dma_vtd_queue_start(unit);
}

/* 6.6, 11.4.4.1: sets the root pointer and forgets all that was cached under the old one, contexts before
 * translations. With ESRTPS the hardware has done that by itself (hazard 29). */
static int set_root(struct vtd_unit *unit)
{
	int error = dma_vtd_write_buffer_flush(unit);

	if (error)
		return error;
	dma_unit_write64(&unit->base, VTD_RTADDR, unit->base.tables.paddr.raw);
	error = dma_vtd_command(unit, VTD_G_SRTP, VTD_G_SRTP);
	if (error || unit->cap & VTD_CAP_ESRTPS)
		return error;
	return dma_vtd_forget_all(unit);
}

/* Firmware that protected memory by PMRs wants them off once translation does it (11.4.11); left on they would block
 * mapped memory. */
static int end_protected_regions(struct vtd_unit *unit)
{
	if (!(unit->cap & (VTD_CAP_PLMR | VTD_CAP_PHMR)) || !(dma_unit_read32(&unit->base, VTD_PMEN) & VTD_PMEN_EPM))
		return 0;
	return dma_unit_order(&unit->base, VTD_PMEN, 0, VTD_PMEN, VTD_PMEN_PRS, 0);
}

/* Interrupt remapping with a table of nothing but absent entries: every write of a device to the interrupt window is
 * blocked and reported. Only for hosts that poll. */
static int block_interrupts(struct vtd_unit *unit)
{
	int error;

	/* 11.4.24: 256 entries of 16 bytes: one page of zeros, the size field is 7. */
	dma_unit_write64(&unit->base, VTD_IRTA, unit->interrupt_paddr.raw | 7);
	error = dma_vtd_command(unit, VTD_G_SIRTP, VTD_G_SIRTP);
	if (!error)
		error = dma_vtd_run(unit, vtd_interrupt_descriptor(false, 0, 0));
	if (!error)
		error = dma_vtd_command(unit, VTD_G_CFI, 0); /* interrupts in the old format are blocked, too */
	return error ? error : dma_vtd_command(unit, VTD_G_IRE, VTD_G_IRE);
}

int dma_vtd_interrupt_invalidate(struct dma_iommu *iommu, dma_paddr_t registers, uint16_t index, unsigned order)
{
	struct dma_unit *base = iommu->units;
	struct vtd_unit *unit;
	bool all = order == DMA_VTD_ALL_ENTRIES;

	while (base && base->paddr.raw != registers.raw)
		base = base->next;
	if (!base)
		return DMA_ENODEV;
	unit = dma_vtd_unit_of(base);
	if (!(unit->ecap & VTD_ECAP_IR))
		return DMA_ENOTSUP;
	if (!all && (order > dma_field(unit->ecap, VTD_ECAP_MHMV) || order > 15 || index & ((1u << order) - 1)))
		return DMA_EINVAL;
	return dma_vtd_run(unit, vtd_interrupt_descriptor(!all, all ? 0 : index, all ? 0 : order));
}

static int start(struct dma_unit *base)
{
	struct vtd_unit *unit = dma_vtd_unit_of(base);
	int error;

	base->running = true;
	error = set_root(unit);
	if (error)
		return error;
	dma_unit_write32(base, VTD_FECTL, VTD_FECTL_IM); /* faults are polled */
	dma_unit_faults_clear(base);
	error = dma_vtd_command(unit, VTD_G_TE, VTD_G_TE);
	if (!error)
		error = end_protected_regions(unit);
	if (!error && dma_vtd_of(base->iommu)->block_interrupts && unit->ecap & VTD_ECAP_IR)
		error = block_interrupts(unit);
	return error;
}

static int stop(struct dma_unit *base)
{
	struct vtd_unit *unit = dma_vtd_unit_of(base);
	int error = dma_vtd_command(unit, VTD_G_TE, 0);

	if (!error && !dma_vtd_of(base->iommu)->remaps_by_host && dma_unit_read32(base, VTD_GSTS) & VTD_G_IRE)
		error = dma_vtd_command(unit, VTD_G_IRE, 0);
	return error ? error : dma_vtd_queue_stop(unit);
}

const struct dma_unit_power_ops dma_vtd_power = {identify, take_over, start, stop, NULL};
