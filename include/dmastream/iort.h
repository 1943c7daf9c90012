/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IORT, the ACPI table that says which SMMU stands in front of which PCI function (Arm DEN 0049, issue E.e): a reader
 * of bytes that firmware wrote and that are not trusted.
 *
 * Real tables are odd. What makes no sense is left out, with one line in the log that names node, offset, field and
 * value, and everything else is used (hazard 75); docs/firmware.md says for each field what odd values do. Nothing is
 * copied, nothing is allocated, and nothing has a fixed capacity.
 */
#ifndef DMASTREAM_IORT_H
#define DMASTREAM_IORT_H

#include <dmastream/smmuv3.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An open table. Its fields are the reader's own. */
struct dma_iort {
	const uint8_t *bytes;
	uint32_t nbytes;
	uint32_t first; /* offset of the first node */
	uint32_t nodes;
};

/* Opens the table of at most nbytes bytes at `bytes`, and says in the log what of it is left out. The bytes stay the
 * caller's, and stay where they are while the table is used; bytes that change meanwhile give wrong answers, never
 * an access outside of them.
 * Returns: 0, or an error, and *t must not be used.
 * Errors: DMA_EINVAL (the bytes are no IORT, or it cannot be walked at all; the log says why).
 * Context: any.
 * Example:
 *     struct dma_iort table;
 *     struct dma_iort_smmu smmu;
 *
 *     error = dma_iort_open(&table, bytes, nbytes);
 *     for (unsigned i = 0; !error && dma_iort_smmu_at(&table, i, &smmu); i++)
 *             probe(&smmu);
 * See: dma_iort_smmu_at(), dma_iort_map(), dma_iort_region(). */
DMA_MUST_CHECK int dma_iort_open(struct dma_iort *t, const void *bytes, size_t nbytes);

struct dma_iort_smmu {
	uint32_t node;	    /* its offset in the table: the name by which dma_iort_map() and _region() know it */
	uint64_t registers; /* paddr of the first page */
	uint32_t model;	    /* enum dma_smmuv3_model; one that is not listed there is taken for generic */
	bool coherent;	    /* the table says that its walks snoop, whatever SMMU_IDR0.COHACC says */
};

/* Finds the index-th SMMUv3 that can be driven. One whose registers are impossible is left out, and so is a second
 * node for the same registers.
 * Returns: true and *out; false past the last.
 * Errors: none.
 * Context: any.
 * See: dma_iort_open(), dma_smmuv3_probe(). */
DMA_MUST_CHECK bool dma_iort_smmu_at(const struct dma_iort *t, unsigned index, struct dma_iort_smmu *out);

/* What the table says about one PCI function. */
struct dma_iort_route {
	uint32_t smmu;	    /* node of the SMMUv3 in front of it; 0: none is, and it reaches all memory */
	uint32_t stream_id; /* what it puts there: dma_device_config's requester */
	bool coherent;	    /* the root complex is cache coherent */
};

/* Follows requester id `requester` (bus << 8 | devfn) of a PCI segment through the mappings. A device whose DMA
 * another function carries (behind a PCIe-to-PCI bridge) has that function's. After an error the function must not
 * do DMA that the host would not trust with all memory.
 * Returns: 0 and *out, or an error.
 * Errors: DMA_ENODEV (no root complex of that segment has the id); DMA_ENOTSUP (an SMMU is in front that is no
 * SMMUv3 or cannot be driven, or the mapping makes no sense).
 * Context: any.
 * Example:
 *     struct dma_iort_route route;
 *
 *     error = dma_iort_map(&table, 0, bus << 8 | devfn, &route);
 *     if (!error && route.smmu)
 *             config.requester = route.stream_id;
 * See: dma_iort_open(), dma_iort_smmu_at(), dma_device_init(). */
DMA_MUST_CHECK int dma_iort_map(const struct dma_iort *t, uint16_t segment, uint16_t requester,
				struct dma_iort_route *out);

/* Where the messages (MSI) of a PCI function go. */
struct dma_iort_doorbell {
	uint32_t its;	    /* identifier of an interrupt translation service, as the MADT has it */
	uint32_t device_id; /* by which that service knows the function */
};

/* Follows requester id `requester` of a PCI segment to the interrupt translation service that takes its messages, past
 * the SMMU in front of it, if there is one. Of a group of services it gives the first.
 * Returns: 0 and *out, or an error.
 * Errors: DMA_ENODEV (no root complex of that segment has the id); DMA_ENOTSUP (the table names no service for it, or
 * the mapping makes no sense).
 * Context: any.
 * See: dma_iort_open(), dma_iort_map(). */
DMA_MUST_CHECK int dma_iort_message(const struct dma_iort *t, uint16_t segment, uint16_t requester,
				    struct dma_iort_doorbell *out);

/* Finds the index-th region of memory that firmware goes on using through streams of that SMMU (RMR nodes, 3.1.1.5),
 * as dma_smmuv3_config wants it. Its length is not 0 and does not wrap. Regions may overlap, may be there twice, and
 * may lie anywhere: dma_smmuv3_probe() decides which to believe.
 * Returns: true and *out; false past the last.
 * Errors: none.
 * Context: any.
 * See: dma_iort_open(), dma_iort_smmu_at(), dma_smmuv3_probe(). */
DMA_MUST_CHECK bool dma_iort_region(const struct dma_iort *t, uint32_t smmu, unsigned index,
				    struct dma_smmuv3_region *out);

#ifdef __cplusplus
}
#endif
#endif
