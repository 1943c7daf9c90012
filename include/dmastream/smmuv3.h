/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Arm SMMUv3: from an address that the device tree or ACPI's IORT named to an IOMMU that blocks everything that was
 * not mapped.
 *
 * Devices are known by stream ids: struct dma_device's `requester`, and that of struct dma_iommu_domain_config, is
 * the id that iommu-map or IORT gives for a PCI function, or the `iommus` property for other devices.
 */
#ifndef DMASTREAM_SMMUV3_H
#define DMASTREAM_SMMUV3_H

#include <dmastream/iommu.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether the unit's own accesses (to tables and queues) snoop the CPU caches. With a device tree its dma-coherent
 * property decides. With IORT, the override flag means DMA_SMMUV3_SNOOPS; without that flag the unit's own register
 * decides. */
enum dma_smmuv3_walks {
	DMA_SMMUV3_ASK = 0,
	DMA_SMMUV3_SNOOPS = 1,
	DMA_SMMUV3_SNOOPS_NOT = 2,
};

/* Implementations with traits that their registers do not show, by IORT's numbers (DEN 0049, table 13); a device tree
 * names them by properties. All others are driven as generic units. */
enum dma_smmuv3_model {
	DMA_SMMUV3_GENERIC = 0,
	DMA_SMMUV3_HISILICON_HI161X = 1, /* "hisilicon,broken-prefetch-cmd" */
	DMA_SMMUV3_CAVIUM_CN99XX = 2,	 /* "cavium,cn9900-broken-page1-regspace": one page of registers, 64 KiB */
};

/* Memory that firmware goes on using through a device, mapped one to one for its stream: what dma_iort_region()
 * finds. */
struct dma_smmuv3_region {
	uint32_t stream;
	uint64_t base; /* rounded out to pages */
	uint64_t nbytes;
	uint32_t last_stream; /* the last of several streams; a value below `stream` means that there is only one */
	enum dma_region_type type;
};

struct dma_smmuv3_config {
	dma_paddr_t registers; /* both 64 KiB pages, or the one that the model has */
	uint32_t model;	       /* enum dma_smmuv3_model */
	enum dma_smmuv3_walks walks;
	unsigned stage; /* 1 or 2; 0: stage 2 where there is one (write-only mappings), else stage 1 */
	/* Highest stream id that will be attached, up to 0xffffffff; 0: 65535; at most what the unit has. Beyond 2^25
	 * the first level of the stream table takes up to 32 MiB. */
	uint32_t last_stream;
	bool linear_table; /* a linear stream table although the unit could have one of two levels */
	const struct dma_smmuv3_region *regions; /* copied as far as needed; read during the call only */
	size_t nregions;
	/* Beside firmware's; copied. An interrupt controller's doorbell (GICv3: the page of GITS_TRANSLATER) is one, of
	 * type DMA_REGION_DEVICE. */
	const struct dma_iommu_region *host_regions;
	size_t nhost_regions;
	uint64_t timeout_ns; /* how long hardware may take for one command; 0: one second */
};

/* Takes over the unit, whatever state it was left in, and switches translation on with nothing mapped but the
 * regions: everything else that its devices do is blocked and recorded. While the tables change hands all
 * transactions are aborted, not bypassed.
 *
 * After an error the unit aborts all transactions if it could be reached; the host must not let a device do DMA that
 * it would not trust with all memory.
 * Returns: 0 and *iommu, or an error.
 * Errors: DMA_EINVAL (a field of *config is outside its range, a region makes no sense, or the registers are not
 * aligned to 64 KiB or lie in RAM); DMA_ENOTSUP (there is no unit, it lacks something, or it cannot have a stream
 * table for last_stream; the log says what); DMA_EIO (the unit does not abort what it should); DMA_EBUSY (the
 * unit is driven already: nothing has changed); DMA_ETIMEDOUT (it did not answer); DMA_ENOMEM (the host has no pages or
 * addresses for tables, queues and registers now).
 * Context: interrupts on.
 * Example:
 *     const struct dma_smmuv3_config config = {.registers = dma_paddr(smmu.registers), .model = smmu.model};
 *     struct dma_iommu *iommu;
 *
 *     error = dma_smmuv3_probe(&config, &iommu);
 * See: dma_smmuv3_remove(), dma_iort_smmu_at(), dma_iommu_domain_create(), dma_iommu_poll(). */
DMA_MUST_CHECK int dma_smmuv3_probe(const struct dma_smmuv3_config *config, struct dma_iommu **iommu);

/* Switches translation off, leaving all transactions aborted, and gives the memory back.
 * Returns: 0, or an error.
 * Errors: DMA_EBUSY (a domain exists, or a device bypasses the unit: nothing has changed); DMA_EIO (the unit does
 * not abort what it should, and keeps its tables); DMA_ETIMEDOUT (the unit did not stop, and keeps its tables).
 * Context: interrupts on.
 * See: dma_smmuv3_probe(), dma_iommu_domain_destroy(), dma_device_fini(). */
DMA_MUST_CHECK int dma_smmuv3_remove(struct dma_iommu *iommu);

/* What the unit turned out to be; for reports and tests. Any context. */
struct dma_smmuv3_facts {
	unsigned stage;	      /* in use: 1 or 2 */
	unsigned stream_bits; /* of the stream table in use */
	bool two_level;
	bool snoops;
	bool range_invalidation;
	bool splits_in_place; /* a block may become a table without break before make */
};
/* What the unit turned out to be; for reports and tests. dma_smmuv3_facts() and dma_smmuv3_facts_get() are the same.
 * Returns: nothing; *out is filled.
 * Errors: none.
 * Context: any.
 * See: dma_smmuv3_probe(). */
void dma_smmuv3_facts_get(const struct dma_iommu *iommu, struct dma_smmuv3_facts *out);

/* What the unit turned out to be: dma_smmuv3_facts_get() by its short name. It is no function, since in C++ one
 * would hide its struct.
 * Macro: void MACRO(const struct dma_iommu *iommu, struct dma_smmuv3_facts *out);
 * Returns: nothing; *out is filled.
 * Errors: none.
 * Context: any.
 * See: dma_smmuv3_facts_get(), dma_smmuv3_probe(). */
#define dma_smmuv3_facts(iommu, out) dma_smmuv3_facts_get(iommu, out)

#ifdef __cplusplus
}
#endif
#endif
