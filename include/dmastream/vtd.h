/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Intel VT-d: from the ACPI table to an IOMMU that blocks everything that was not mapped.
 */
#ifndef DMASTREAM_VTD_H
#define DMASTREAM_VTD_H

#include <dmastream/iommu.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dma_vtd_config {
	const void
		*dmar; /* the table's bytes, or what firmware claims to be one: untrusted, read during the call only */
	size_t dmar_nbytes; /* that may be read from there; the table's own length field may say less */
	/* Reads 4 bytes of PCI configuration space, offset a multiple of 4; all ones where nothing is. */
	uint32_t (*pci_read32)(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset);
	void *context;
	/* The host takes no interrupts from devices or the I/O APIC (it polls): where the unit can remap interrupts,
	 * all are blocked, and with them device writes to 0xFEE00000 to 0xFEEFFFFF. */
	bool block_interrupts;
	/* Interrupt remapping is the host's, and may be on already: its table, its enable bits and the format that it
	 * accepts stay as they are, from probe to removal. The invalidation queue is the library's from probe on:
	 * dma_vtd_interrupt_invalidate() carries the host's invalidations. Not together with block_interrupts. */
	bool host_remaps_interrupts;
	const struct dma_iommu_region *host_regions; /* beside firmware's (RMRR); copied */
	size_t nhost_regions;
	uint64_t timeout_ns; /* how long hardware may take for one command; 0: one second */
};

/* Takes over every unit that the table describes, whatever state it was left in, and switches translation on with
 * nothing mapped but the reserved regions (RMRR) of the devices that have some: from then on all other DMA of all
 * devices behind them is blocked. Bus mastering of these devices should be off before, or their transfers are stopped
 * half way.
 *
 * What makes no sense in the table is left out, with a line in the log for each thing (docs/firmware.md). A unit that
 * cannot be driven is left out, too, and the log names the devices behind it: they are not protected.
 * dma_iommu_domain_create() fails for each of them with DMA_ENODEV, and the host must not let such a device do DMA
 * unless it would trust the device with all memory.
 *
 * After an error the host must not let any device do DMA that it would not trust with all memory; units that were
 * reached block everything.
 * Returns: 0 and *iommu if at least one unit works, else an error, and no unit does.
 * Errors: DMA_EINVAL (the table cannot be walked, names no unit with registers, or they lie in RAM; one of the
 * host's regions makes no sense; or both block_interrupts and host_remaps_interrupts are set); DMA_ENOTSUP (the
 * units lack something; the log says what); DMA_ETIMEDOUT (they did not answer); DMA_ENOMEM (the host has no pages
 * or addresses for tables, queues and registers now); DMA_EBUSY (probed already, and not removed).
 * Context: interrupts on.
 * Example:
 *     const struct dma_vtd_config config = {
 *             .dmar = table, .dmar_nbytes = nbytes, .pci_read32 = read_config,
 *     };
 *     struct dma_iommu *iommu;
 *
 *     error = dma_vtd_probe(&config, &iommu);
 * See: dma_vtd_remove(), dma_iommu_domain_create(), dma_iommu_poll(), dma_iommu_cut_off_with(). */
DMA_MUST_CHECK int dma_vtd_probe(const struct dma_vtd_config *config, struct dma_iommu **iommu);

/* Switches the units off (then nothing is contained any more) and gives their memory back.
 * Returns: 0, or an error.
 * Errors: DMA_EBUSY (a domain exists, or a device bypasses a unit: nothing has changed); DMA_ETIMEDOUT (a unit did
 * not stop, and keeps its tables).
 * Context: interrupts on.
 * See: dma_vtd_probe(), dma_iommu_domain_destroy(), dma_device_fini(). */
DMA_MUST_CHECK int dma_vtd_remove(struct dma_iommu *iommu);

#define DMA_VTD_ALL_ENTRIES 32u /* an order */

/* For a host that remaps interrupts by itself. When it returns 0, the unit whose registers lie at that address no
 * longer uses cached copies of entries that were changed before the call (VT-d specification, 6.5.2.7), and if the unit
 * snoops, it sees what the CPU wrote to them. It invalidates 2^order entries, from index on, which is a multiple of
 * 2^order; order is at most 15, and at most what the unit supports (ECAP.MHMV). DMA_VTD_ALL_ENTRIES as order: all
 * entries.
 * Returns: 0, or an error.
 * Errors: DMA_EINVAL (order is beyond 15 or what the unit can, or index is no multiple of 2^order); DMA_ENODEV (no
 * such unit is driven); DMA_ENOTSUP (the unit does not remap interrupts); DMA_ETIMEDOUT (the unit has been given up:
 * what it has cached may stay).
 * Context: any.
 * See: dma_vtd_probe(). */
DMA_MUST_CHECK int dma_vtd_interrupt_invalidate(struct dma_iommu *iommu, dma_paddr_t registers, uint16_t index,
						unsigned order);

#ifdef __cplusplus
}
#endif
#endif
