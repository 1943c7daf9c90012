/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The RISC-V IOMMU (RISC-V IOMMU Architecture Specification 1.0): from the address of its registers, which the device
 * tree ("riscv,iommu") or a PCI function (class 08 06 00: its first BAR) gives, to an IOMMU that blocks everything that
 * was not mapped.
 *
 * Devices are known by device ids: struct dma_device's `requester`, and that of struct dma_iommu_domain_config, is the
 * id that iommu-map gives for a PCI function, or the `iommus` property for other devices.
 */
#ifndef DMASTREAM_RISCV_H
#define DMASTREAM_RISCV_H

#include <dmastream/iommu.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dma_riscv_config {
	dma_paddr_t registers; /* 4 KiB; of a PCI function, decoding and bus mastering are on, and stay so */
	bool coherent;	       /* the unit's own accesses snoop the CPU caches: not "dma-noncoherent" */
	/* Highest device id that will be attached, up to 0xffffff; 0: 65535. It says how many levels the directory has,
	 * and with 24 bits that takes 2 MiB. */
	uint32_t last_device;
	/* Memory and registers that devices go on reaching; copied. The interrupt files that they write messages to
	 * (IMSIC) are of type DMA_REGION_DEVICE, from the device. Where the unit has MSI page tables and a second
	 * stage, and one mask and pattern tells the files of all its devices from other regions, messages go through
	 * such a table, and streams get no address that the pattern matches; else they are translated as all writes
	 * are. */
	const struct dma_iommu_region *host_regions;
	size_t nhost_regions;
	uint64_t timeout_ns; /* how long hardware may take for one command; 0: one second */
};

/* Takes over the unit, whatever state it was left in, and switches translation on with nothing mapped but the regions:
 * everything else that its devices do is blocked and recorded. While the tables change hands nothing passes. Domains
 * are second-stage tables, or first-stage tables where the unit has no second stage. No mapping is write-only: what a
 * device may write it may read. With first-stage tables addresses have 38 bits (47, 56 where a region needs them), and
 * a device is blocked for a moment when it is attached or detached, its fixed regions too. Page requests and
 * translation requests of devices are refused, and reported as faults.
 *
 * After an error nothing passes if the unit could be reached; the host must not let a device do DMA that it would not
 * trust with all memory.
 * Returns: 0 and *iommu, or an error.
 * Errors: DMA_EINVAL (a region makes no sense, or the registers are not aligned to 4 KiB or lie in RAM); DMA_ENOTSUP
 * (there is no unit, it lacks something, or it cannot have a directory for last_device; the log says what);
 * DMA_EBUSY (the unit is driven already: nothing has changed); DMA_ETIMEDOUT (it did not answer); DMA_ENOMEM (the host
 * has no pages or addresses for tables, queues and registers now).
 * Context: interrupts on.
 * Example:
 *     const struct dma_riscv_config config = {.registers = dma_paddr(0x3010000), .coherent = true};
 *     struct dma_iommu *iommu;
 *
 *     error = dma_riscv_probe(&config, &iommu);
 * See: dma_riscv_remove(), dma_iommu_domain_create(), dma_iommu_poll(), dma_iommu_cut_off_with(). */
DMA_MUST_CHECK int dma_riscv_probe(const struct dma_riscv_config *config, struct dma_iommu **iommu);

/* Switches the unit off: nothing of its devices passes any more. Gives its memory back.
 * Returns: 0, or an error.
 * Errors: DMA_EBUSY (a domain exists, or a device bypasses the unit: nothing has changed); DMA_ETIMEDOUT (the unit did
 * not stop, and keeps its tables).
 * Context: interrupts on.
 * See: dma_riscv_probe(), dma_iommu_domain_destroy(), dma_device_fini(). */
DMA_MUST_CHECK int dma_riscv_remove(struct dma_iommu *iommu);

#ifdef __cplusplus
}
#endif
#endif
