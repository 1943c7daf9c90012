/* SPDX-License-Identifier: MPL-2.0 */
/*
 * virtio-iommu (virtio 1.3, 5.13): from the ACPI table, or what a device tree says, to an IOMMU that blocks everything
 * that was not mapped.
 *
 * The unit keeps its tables to itself and takes requests. So every map is a request that is waited for; releases are
 * requests that one notification carries together where the domain is deferred. A mapping goes as a whole: streams
 * split only if they were made with DMA_SPLITTABLE, which costs a request for each page.
 */
#ifndef DMASTREAM_VIRTIOIOMMU_H
#define DMASTREAM_VIRTIOIOMMU_H

#include <dmastream/iommu.h>

#ifdef __cplusplus
extern "C" {
#endif

/* PCI functions behind a unit: one row of the "iommu-map" of a device tree's PCI host, whose phandle is the node of a
 * "virtio,pci-iommu". Requesters and functions: segment << 16 | bus << 8 | device << 3 | function. */
struct dma_virtio_iommu_range {
	uint32_t unit;	      /* the function that the unit itself is */
	uint32_t first, last; /* requesters, inclusive, of one segment */
	uint32_t endpoint;    /* what the unit calls the first; the others count on */
};

struct dma_virtio_iommu_config {
	const void
		*viot; /* the table's bytes, or what firmware claims to be one: untrusted, read during the call only */
	size_t viot_nbytes;			     /* that may be read from there */
	const struct dma_virtio_iommu_range *ranges; /* where there is no table (viot is NULL); copied */
	size_t nranges;
	/* 4 bytes of PCI configuration space, offset a multiple of 4; reads give all ones where nothing is. */
	uint32_t (*pci_read32)(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset);
	void (*pci_write32)(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset,
			    uint32_t value);
	/* A device register of exactly 1 or 2 bytes, as dma_host_mmio_read32() and dma_host_mmio_write32() are for 4.
	 * Any context. */
	uint32_t (*mmio_read)(void *context, const volatile void *reg, unsigned nbytes);
	void (*mmio_write)(void *context, volatile void *reg, unsigned nbytes, uint32_t value);
	void *context;
	const struct dma_iommu_region *host_regions; /* copied */
	size_t nhost_regions;
	uint64_t timeout_ns; /* how long the unit may take for one request; 0: one second */
};

/* Takes over every unit that is a PCI function: resets it, switches memory decoding and bus mastering of that function
 * on, and lets nothing through but the host's regions. From then on all other DMA of the functions behind it is
 * blocked. Bus mastering of these functions should be off before, or their transfers are stopped half way. The unit
 * reads and writes its queues in the CPU's caches: one that does not snoop cannot be driven.
 *
 * Addresses that a unit reserves for an endpoint (RESV_MEM) are never handed out. A region of the host's that lies in
 * one is not mapped: a doorbell of messages that the unit names lets messages through by itself.
 *
 * What makes no sense in the table is left out, with a line in the log for each thing (docs/firmware.md). A unit that
 * cannot be driven (a virtio-mmio one, too) is left out, and the log names the functions behind it: they are not
 * protected. dma_iommu_domain_create() fails for each of them with DMA_ENODEV, and the host must not let such a
 * function do DMA unless it would trust the function with all memory.
 *
 * A domain does not promise DMA_DOMAIN_WRITE_ONLY, since no unit has to: from-device memory is mapped write-only where
 * the unit takes such a mapping. A device may bypass its unit (dma_domain_passthrough) where the unit can say so
 * (BYPASS_CONFIG), and is refused elsewhere.
 * Returns: 0 and *iommu if at least one unit works, else an error, and no unit does.
 * Errors: DMA_EINVAL (the table cannot be walked, or names no unit; no modern virtio-iommu is where it says; a function
 * of the configuration is missing; one of the host's ranges or regions makes no sense); DMA_ENOTSUP (the units
 * lack something; the log says what); DMA_ETIMEDOUT (they did not answer); DMA_ENOMEM (the host has no pages or
 * addresses for queues and registers now); DMA_EBUSY (probed already, and not removed).
 * Context: interrupts on.
 * Example:
 *     const struct dma_virtio_iommu_config config = {
 *             .viot = table, .viot_nbytes = nbytes, .pci_read32 = read_config, .pci_write32 = write_config,
 *             .mmio_read = read_register, .mmio_write = write_register,
 *     };
 *     struct dma_iommu *iommu;
 *
 *     error = dma_virtio_iommu_probe(&config, &iommu);
 * See: dma_virtio_iommu_remove(), dma_iommu_domain_create(), dma_iommu_poll(), dma_iommu_cut_off_with(). */
DMA_MUST_CHECK int dma_virtio_iommu_probe(const struct dma_virtio_iommu_config *config, struct dma_iommu **iommu);

/* Resets the units and gives their memory back. A unit whose bypass the library had to switch off goes on blocking.
 * Returns: 0, or an error.
 * Errors: DMA_EBUSY (a domain exists, or a device bypasses a unit: nothing has changed); DMA_ETIMEDOUT (a unit did not
 * stop, and keeps its queues).
 * Context: interrupts on.
 * See: dma_virtio_iommu_probe(), dma_iommu_domain_destroy(), dma_device_fini(). */
DMA_MUST_CHECK int dma_virtio_iommu_remove(struct dma_iommu *iommu);

#ifdef __cplusplus
}
#endif
#endif
