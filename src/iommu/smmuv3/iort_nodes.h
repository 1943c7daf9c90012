/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the IORT reader: offsets by name (DEN 0049E.e, chapter 3), and walking nodes, mappings and ranges. Every read
 * is checked against the table's end, so that no answer depends on what was seen when the table was opened.
 */
#ifndef DMASTREAM_SRC_IOMMU_IORT_NODES_H
#define DMASTREAM_SRC_IOMMU_IORT_NODES_H

#include <dmastream/iort.h>

enum {
	TABLE_LENGTH = 4,
	TABLE_CHECKSUM = 9,
	TABLE_NODES = 36,
	TABLE_FIRST = 40,
	TABLE_SIZE = 48,

	NODE_LENGTH = 1, /* behind the type (3.1) */
	NODE_MAPPINGS = 8,
	NODE_MAPPINGS_AT = 12,
	NODE_SIZE = 16,

	MAPPING_SINGLE = 1, /* flag (3.1.2, table 4) */
	MAPPING_SIZE = 20,

	ITS_COUNT = 16, /* 3.1.1.1 */
	ITS_FIRST = 20,
	ITS_SIZE = 24, /* with one identifier */

	ROOT_COHERENT = 16, /* 3.1.1.3 */
	ROOT_ATTRIBUTES = 23,
	ROOT_FORCED = 3, /* coherent path to memory, and accesses that are made cacheable and shareable */
	ROOT_SEGMENT = 28,
	ROOT_SIZE = 32,

	SMMU_BASE = 16, /* 3.1.1.2 */
	SMMU_FLAGS = 24,
	SMMU_COHERENT = 1,
	SMMU_KNOWN_FLAGS = 0x1f,
	SMMU_MODEL = 40,
	SMMU_SIZE = 60, /* of revision 0; later ones have more behind it */
	SMMU_ALIGN = 4096,
	IORT_SMMUV3_WINDOW = 0x20000,

	RESERVED_FLAGS = 16, /* 3.1.1.5 */
	RESERVED_MEMORY = 2, /* bits 9:2: 0 to 3 device memory, 4 and 5 normal */
	RESERVED_MEMORY_MASK = 0xff,
	RESERVED_DEVICE_LAST = 3,
	RESERVED_MEMORY_LAST = 5,
	RESERVED_RANGES = 20,
	RESERVED_RANGES_AT = 24,
	RESERVED_SIZE = 28,
	RANGE_SIZE = 20,
};

enum dma_iort_type {
	NODE_ITS = 0,
	NODE_NAMED = 1,
	NODE_ROOT = 2,
	NODE_SMMU_V2 = 3,
	NODE_SMMU_V3 = 4,
	NODE_PMCG = 5,
	NODE_RESERVED = 6,
	NODE_TYPES = 7,
};

/* A walk over the nodes in the order of the table; where it stands. */
struct dma_iort_walk {
	uint32_t at, left;	     /* the next one; how many the header says are left */
	uint32_t node, length, type; /* the one that dma_iort_next() returned */
};

struct dma_iort_mapping {
	uint32_t at; /* offset in the table */
	uint32_t first;
	uint32_t more; /* ids beside the first: the table's "number of IDs", 0 for a single mapping */
	uint32_t output;
	uint32_t target; /* offset of a node */
	uint32_t flags;
};

/* Little-endian value; 0 where it is not inside the table. */
uint64_t dma_iort_field(const struct dma_iort *t, uint32_t at, unsigned nbytes);
struct dma_iort_walk dma_iort_all(const struct dma_iort *t);
/* Steps on: the node's offset, or 0 at the end, or where the next one cannot be. */
uint32_t dma_iort_next(const struct dma_iort *t, struct dma_iort_walk *walk);
/* False: no node begins at that offset (an offset into the middle of one must not be followed), or it is shorter than
 * its type. */
bool dma_iort_node_at(const struct dma_iort *t, uint32_t at, struct dma_iort_walk *walk);
/* Bytes that a node of the type has at least. */
uint32_t dma_iort_least(uint32_t type);
/* How many of `count` rows at offset `at` of the node lie inside it. */
uint32_t dma_iort_rows(const struct dma_iort_walk *walk, uint32_t at, uint32_t count, uint32_t row_bytes);
/* The index-th row; false past the last. */
bool dma_iort_mapping(const struct dma_iort *t, const struct dma_iort_walk *walk, uint32_t index,
		      struct dma_iort_mapping *out);
bool dma_iort_range(const struct dma_iort *t, const struct dma_iort_walk *reserved, uint32_t index, uint64_t *base,
		    uint64_t *nbytes);
/* An SMMUv3 whose registers can be where the table says. */
bool dma_iort_drivable(const struct dma_iort *t, const struct dma_iort_walk *smmu);
/* True if all output ids of the mapping are stream ids. */
bool dma_iort_streams(const struct dma_iort_mapping *mapping);

static inline bool dma_iort_range_fits(uint64_t base, uint64_t nbytes)
{
	return nbytes && nbytes - 1 <= ~(uint64_t)0 - base;
}

#endif
