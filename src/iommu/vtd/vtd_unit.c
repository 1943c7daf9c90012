/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One VT-d unit from power-on, or from whatever firmware or a previous kernel left running, to "translates, and
 * blocks what nobody mapped". Section numbers are those of the VT-d specification, revision 4.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "vtd_driver.h"

/* The window is as long as the capability registers say, not one page (hazard 25): fault records and IOTLB registers
 * lie where FRO and IRO put them. */
static uint64_t window_of(uint64_t cap, uint64_t ecap)
{
	uint64_t faults = vtd_cap_fault_offset(cap) + 16 * (uint64_t)vtd_cap_fault_records(cap);
	uint64_t iotlb = vtd_ecap_iotlb_offset(ecap) + 16;
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
	if (!(vtd_cap_sagaw(unit->cap) & (VTD_LEVELS_3 | VTD_LEVELS_4 | VTD_LEVELS_5)))
		return "it supports no page-table depth that we know";
	if (!(unit->ecap & VTD_ECAP_C) && !unit->can_sync)
		return "it does not snoop, and the CPU has no cache maintenance";
	return NULL;
}

int dma_vtd_unit_map(struct vtd_unit *unit, const char **why)
{
	volatile void *regs;
	uint32_t version;
	uint64_t window;
	int error;

	*why = "its registers cannot be mapped";
	error = dma_host_mmio_map(unit->paddr, VTD_PAGE, &regs);
	if (error)
		return error;
	version = dma_host_mmio_read32((volatile char *)regs + VTD_VER);
	unit->cap = dma_host_mmio_read64((volatile char *)regs + VTD_CAP);
	unit->ecap = dma_host_mmio_read64((volatile char *)regs + VTD_ECAP);
	unit->base.reach.snoops = unit->ecap & VTD_ECAP_C;
	unit->drain =
		(unit->cap & VTD_CAP_DRD ? VTD_DRAIN_READS : 0) | (unit->cap & VTD_CAP_DWD ? VTD_DRAIN_WRITES : 0);
	dma_host_mmio_unmap(regs, VTD_PAGE);

	*why = unusable(unit, version);
	if (*why)
		return DMA_ENOTSUP;
	window = window_of(unit->cap, unit->ecap);
	*why = "its registers cannot be mapped";
	error = dma_host_mmio_map(unit->paddr, (size_t)window, &regs);
	if (error)
		return error;
	unit->regs = regs;
	unit->window = (size_t)window;
	*why = NULL;
	return 0;
}

/* Whoever ran the unit before us may have left translation, interrupt remapping and the queue on. Translation stays on
 * while its tables are replaced: switching it off would open all memory to every device for that moment. Only a
 * unit in another table mode has to be switched off first (9.1: the mode may not change under translation). */
int dma_vtd_unit_take_over(struct vtd_unit *unit)
{
	uint32_t status = dma_host_mmio_read32(unit->regs + VTD_GSTS);
	int error = 0;

	if (status & VTD_G_IRE && !unit->remaps_by_host) /* its table lies in memory that is somebody else's now */
		error = dma_vtd_command(unit, VTD_G_IRE, 0);
	if (!error && (status & VTD_G_TE) && (dma_host_mmio_read64(unit->regs + VTD_RTADDR) & VTD_RTADDR_TTM))
		error = dma_vtd_command(unit, VTD_G_TE, 0);
	if (!error)
		error = dma_vtd_queue_stop(unit);
	return error ? error : dma_vtd_queue_start(unit);
}

/* 6.6, 11.4.4.1: sets the root pointer and forgets all that was cached under the old one, contexts before
 * translations. With ESRTPS the hardware has done that by itself (hazard 29). */
static int set_root(struct vtd_unit *unit)
{
	struct dma_command forget[2] = {vtd_context_descriptor(VTD_ALL, 0, 0),
					vtd_iotlb_descriptor(VTD_ALL, 0, unit->drain, 0, 0, false)};
	int error = dma_vtd_write_buffer_flush(unit);

	if (error)
		return error;
	dma_host_mmio_write64(unit->regs + VTD_RTADDR, unit->root_paddr.raw);
	error = dma_vtd_command(unit, VTD_G_SRTP, VTD_G_SRTP);
	if (error || unit->cap & VTD_CAP_ESRTPS)
		return error;
	error = dma_vtd_run(unit, forget[0]);
	return error ? error : dma_vtd_run(unit, forget[1]);
}

/* Firmware that protected memory by PMRs wants them off once translation does it (11.4.11); left on they would block
 * mapped memory. */
static int end_protected_regions(struct vtd_unit *unit)
{
	if (!(unit->cap & (VTD_CAP_PLMR | VTD_CAP_PHMR)) ||
	    !(dma_host_mmio_read32(unit->regs + VTD_PMEN) & VTD_PMEN_EPM))
		return 0;
	dma_host_mmio_write32(unit->regs + VTD_PMEN, 0);
	return dma_vtd_wait_bits(unit, VTD_PMEN, VTD_PMEN_PRS, 0);
}

/* Interrupt remapping with a table of nothing but absent entries: every write of a device to the interrupt window is
 * blocked and reported. Only for hosts that poll. */
int dma_vtd_unit_block_interrupts(struct vtd_unit *unit)
{
	int error;

	if (!(unit->ecap & VTD_ECAP_IR))
		return DMA_ENOTSUP;
	/* 11.4.24: 256 entries of 16 bytes: one page of zeros, the size field is 7. */
	dma_host_mmio_write64(unit->regs + VTD_IRTA, unit->interrupt_paddr.raw | 7);
	error = dma_vtd_command(unit, VTD_G_SIRTP, VTD_G_SIRTP);
	if (!error)
		error = dma_vtd_run(unit, vtd_interrupt_descriptor(false, 0, 0));
	if (!error)
		error = dma_vtd_command(unit, VTD_G_CFI, 0); /* interrupts in the old format are blocked, too */
	return error ? error : dma_vtd_command(unit, VTD_G_IRE, VTD_G_IRE);
}

int dma_vtd_interrupt_invalidate(struct dma_iommu *iommu, dma_paddr_t registers, uint16_t index, unsigned order)
{
	struct vtd_unit *unit = dma_vtd_of(iommu)->units;
	bool all = order == DMA_VTD_ALL_ENTRIES;
	int error;

	while (unit && unit->paddr.raw != registers.raw)
		unit = unit->next;
	if (!unit)
		return DMA_ENODEV;
	if (!(unit->ecap & VTD_ECAP_IR))
		return DMA_ENOTSUP;
	if (!all && (order > vtd_ecap_handle_mask(unit->ecap) || order > 15 || index & ((1u << order) - 1)))
		return DMA_EINVAL;
	error = dma_vtd_write_buffer_flush(unit); /* hazard 27: the entries, too */
	return error ? error : dma_vtd_run(unit, vtd_interrupt_descriptor(!all, all ? 0 : index, all ? 0 : order));
}

int dma_vtd_unit_start(struct vtd_unit *unit)
{
	int error;

	unit->base.running = true;
	error = set_root(unit);
	if (error)
		return error;
	dma_host_mmio_write32(unit->regs + VTD_FECTL, VTD_FECTL_IM); /* faults are polled */
	dma_unit_faults_clear(&unit->base);
	error = dma_vtd_command(unit, VTD_G_TE, VTD_G_TE);
	return error ? error : end_protected_regions(unit);
}

/* The tables go back only if the unit really stopped looking at them. */
int dma_vtd_unit_stop(struct vtd_unit *unit)
{
	int error = dma_vtd_command(unit, VTD_G_TE, 0);

	if (!error && !unit->remaps_by_host && dma_host_mmio_read32(unit->regs + VTD_GSTS) & VTD_G_IRE)
		error = dma_vtd_command(unit, VTD_G_IRE, 0);
	if (!error)
		error = dma_vtd_queue_stop(unit);
	unit->base.running = error != 0;
	return error;
}
