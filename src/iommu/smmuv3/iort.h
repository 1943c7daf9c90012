/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IORT, the ACPI table that says which SMMU stands in front of which PCI function (Arm DEN 0049, issue E.e): pure
 * functions over bytes that firmware wrote and that are not trusted. dma_iort_open() checks all nodes once; nothing
 * is copied or allocated.
 */
#ifndef DMASTREAM_SRC_IOMMU_IORT_H
#define DMASTREAM_SRC_IOMMU_IORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dma_iort {
	const uint8_t *bytes;
	uint32_t nbytes;
	uint32_t first; /* offset of the first node */
	uint32_t nodes;
};

struct dma_iort_smmu {
	uint32_t node; /* offset: how dma_iort_map() names it */
	uint64_t base; /* physical address of its registers */
	bool coherent; /* the table says that its walks snoop, whatever SMMU_IDR0.COHACC says */
};

/* What the table says about one PCI function. */
struct dma_iort_route {
	uint32_t smmu;	    /* node of the SMMU; 0: none in front */
	uint32_t stream_id; /* what it puts there */
	bool coherent;	    /* the root complex is cache coherent */
};

/* Checks the whole table. NULL, or what is wrong with it. */
const char *dma_iort_open(struct dma_iort *t, const void *bytes, size_t nbytes);

/* The index-th SMMUv3 of the table; false past the last. */
bool dma_iort_smmu(const struct dma_iort *t, unsigned index, struct dma_iort_smmu *out);

/* Follows requester id `requester` (bus << 8 | devfn) of a PCI segment through the mappings. false: no root complex of
 * that segment is in the table, or its mappings lead to more than the table allows. */
bool dma_iort_map(const struct dma_iort *t, uint32_t segment, uint32_t requester, struct dma_iort_route *out);

/* The index-th memory range that this stream must always reach (RMR nodes); false past the last. */
bool dma_iort_reserved(const struct dma_iort *t, const struct dma_iort_route *route, unsigned index, uint64_t *base,
		       uint64_t *nbytes);

#endif
