/* SPDX-License-Identifier: MPL-2.0 */
/*
 * AMD-Vi: from the ACPI table to an IOMMU that blocks everything that was not mapped.
 */
#ifndef DMASTREAM_AMDVI_H
#define DMASTREAM_AMDVI_H

#include <dmastream/iommu.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dma_amdvi_config {
	const void
		*ivrs; /* the table's bytes, or what firmware claims to be one: untrusted, read during the call only */
	size_t ivrs_nbytes; /* that may be read from there; the table's own length field may say less */
	/* Reads 4 bytes of PCI configuration space, offset a multiple of 4; all ones where nothing is. NULL: the host
	 * cannot, and a unit is believed to remember what was not mapped (NpCache), which costs an invalidation for
	 * each map. */
	uint32_t (*pci_read32)(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset);
	void *context;
	const struct dma_iommu_region *host_regions; /* beside firmware's (IVMD); copied */
	size_t nhost_regions;
	uint64_t timeout_ns; /* how long hardware may take for one command; 0: one second */
};

/* Takes over every unit that the table describes, whatever state it was left in, and switches translation on with
 * nothing mapped but the regions (IVMD) of the devices that have some: from then on all other DMA of all devices behind
 * them is blocked, and so are their interrupts, until dma_amdvi_interrupts_set() lets some through. Bus mastering of
 * these devices should be off before, or their transfers are stopped half way. Each unit takes a device table of up to
 * 2 MiB, in one piece of physical memory.
 *
 * What makes no sense in the table is left out, with a line in the log for each thing (docs/firmware.md). A unit that
 * cannot be driven is left out, too, and the log names the devices behind it: they are not protected.
 * dma_iommu_domain_create() fails for each of them with DMA_ENODEV, and the host must not let such a device do DMA
 * unless it would trust the device with all memory.
 *
 * After an error the host must not let any device do DMA that it would not trust with all memory; units that were
 * reached block everything.
 * Returns: 0 and *iommu if at least one unit works, else an error, and no unit does.
 * Errors: DMA_EINVAL (the table cannot be walked, names no unit with registers, or they lie in RAM; or one of the
 * host's regions makes no sense); DMA_ENOTSUP (the units lack something; the log says what); DMA_ETIMEDOUT (they did
 * not answer); DMA_ENOMEM (the host has no pages or addresses for tables, queues and registers now); DMA_EBUSY (probed
 * already, and not removed).
 * Context: interrupts on.
 * Example:
 *     const struct dma_amdvi_config config = {
 *             .ivrs = table, .ivrs_nbytes = nbytes, .pci_read32 = read_config,
 *     };
 *     struct dma_iommu *iommu;
 *
 *     error = dma_amdvi_probe(&config, &iommu);
 * See: dma_amdvi_remove(), dma_iommu_domain_create(), dma_iommu_poll(), dma_iommu_cut_off_with(). */
DMA_MUST_CHECK int dma_amdvi_probe(const struct dma_amdvi_config *config, struct dma_iommu **iommu);

/* Switches the units off (then nothing is contained any more) and gives their memory back.
 * Returns: 0, or an error.
 * Errors: DMA_EBUSY (a domain exists, or a device bypasses a unit: nothing has changed); DMA_ETIMEDOUT (a unit did
 * not stop, and keeps its tables).
 * Context: interrupts on.
 * See: dma_amdvi_probe(), dma_iommu_domain_destroy(), dma_device_fini(). */
DMA_MUST_CHECK int dma_amdvi_remove(struct dma_iommu *iommu);

/* The id that a device's requests reach the unit with, where firmware says that it is another than the device's own
 * (the alias of a bridge of an old kind): what a host gives as its requester.
 * Returns: that requester, with the segment in bits 31:16; or `requester` itself if firmware says nothing of it.
 * Errors: none.
 * Context: any.
 * See: dma_iommu_domain_create(), dma_device_init(). */
uint32_t dma_amdvi_requester(struct dma_iommu *iommu, uint32_t requester);

/* For a host that remaps interrupts by itself: the third quarter of a requester's device table entry, bits 191:128
 * (specification 48882, 2.2.2.1: IV, IntTabLen, the table's root and IntCtl; the bits by which INIT, ExtInt, NMI and
 * LINT pass stay as firmware's table has them). The requester may be an I/O APIC's or a timer's, which firmware names
 * as sources of interrupts. When it returns 0, the unit uses the word, and no entry of the old table out of its cache;
 * call it again with the same word after entries have changed.
 * Returns: 0, or an error.
 * Errors: DMA_ENODEV (no unit is in front of that requester); DMA_ETIMEDOUT (the unit has been given up: what it has
 * cached may stay).
 * Context: any.
 * See: dma_amdvi_probe(). */
DMA_MUST_CHECK int dma_amdvi_interrupts_set(struct dma_iommu *iommu, uint32_t requester, uint64_t word);

#ifdef __cplusplus
}
#endif
#endif
