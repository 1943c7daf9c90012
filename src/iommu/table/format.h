/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Page-table formats as facts: what the one walker (walker.h) needs to know of VT-d, AMD-Vi, Arm LPAE and RISC-V
 * tables.
 *
 * Levels are counted from the leaf: level 0 holds entries of 4 KiB, level levels - 1 is the root; an index is 9 bits.
 * An entry with none of the `present` bits, all of them below bit 8, is ignored by the hardware as a whole; the
 * walker keeps notes in it (walker.h).
 */
#ifndef DMASTREAM_IOMMU_FORMAT_H
#define DMASTREAM_IOMMU_FORMAT_H

#include <dmastream/types.h>

#define DMA_FORMAT_LEVELS 6
#define DMA_ENTRY_SHIFT	  12u /* an entry of level 0 spans 1 << this bytes; so does a table */
#define DMA_INDEX_BITS	  9u

struct dma_format {
	const char *name;
	uint8_t levels;	       /* 2 to DMA_FORMAT_LEVELS */
	uint8_t root_bits;     /* address bits that index the root: 9; more with concatenated tables; or fewer */
	uint8_t address_shift; /* an entry holds paddr >> address_shift (RISC-V: 2) */
	uint8_t big_levels;    /* bit l set: an entry of level l > 0 may be a leaf */
	uint8_t generation_shift, generation_bits; /* software bits of a leaf: part of its tag. generation_bits >= 1 */
	bool break_before_make;	  /* a valid entry may not change into another valid one: Arm DDI 0487, D8.16 */
	uint64_t present;	  /* an entry is present if it has any of these bits */
	uint64_t address_mask;	  /* of an entry */
	uint64_t table_mask;	  /* a present entry of level l > 0 is a table iff these bits are as in table_bits[l] */
	uint64_t software_start;  /* software bit: first page of a mapping */
	uint64_t software_synced; /* software bit of table entries: flushed to memory. May equal software_start */
	uint64_t software_inside; /* another one of table entries: no mapping starts below it (walker_tree.h) */
	uint64_t direction_bits[4];		/* of a leaf, by enum dma_dir */
	uint64_t leaf_bits[DMA_FORMAT_LEVELS];	/* of a leaf at that level, beside address and direction */
	uint64_t table_bits[DMA_FORMAT_LEVELS]; /* of a pointer to a table, in an entry of that level */
};

/* VT-d second level (Intel VT-d specification, 9.8), by levels. */
extern const struct dma_format dma_format_vtd3, dma_format_vtd4, dma_format_vtd5;
/* AMD-Vi host tables (AMD IOMMU specification 48882, 2.2.3). */
extern const struct dma_format dma_format_amdvi3, dma_format_amdvi4;
/* Arm LPAE, 4 KiB granule, stage 1 and stage 2 (DDI 0487, D8.3); attributes are leaf_extra (table.h). _40 and _42:
 * stage 2 of so many bits, with 2 or 8 concatenated tables as its root. */
extern const struct dma_format dma_format_lpae1_3, dma_format_lpae1_4, dma_format_lpae2_3, dma_format_lpae2_4;
extern const struct dma_format dma_format_lpae2_40, dma_format_lpae2_42;
/* RISC-V second stage (privileged architecture, 18.5.1): Sv39x4, Sv48x4. */
extern const struct dma_format dma_format_sv39x4, dma_format_sv48x4;
/* RISC-V first stage (12.4 to 12.6): the lower half of Sv39's, Sv48's and Sv57's addresses. */
extern const struct dma_format dma_format_sv39, dma_format_sv48, dma_format_sv57;

/* All formats, ending with NULL. */
extern const struct dma_format *const dma_formats[];

/* True if from-device mappings cannot be read. */
static inline bool dma_format_write_only(const struct dma_format *f)
{
	return f->direction_bits[DMA_FROM_DEVICE] != f->direction_bits[DMA_BIDIRECTIONAL];
}

/* An entry of that level spans 1 << this bytes. */
static inline unsigned dma_level_shift(unsigned level)
{
	return DMA_ENTRY_SHIFT + level * DMA_INDEX_BITS;
}

/* Bits of device addresses that the format translates. */
static inline unsigned dma_format_width(const struct dma_format *f)
{
	return dma_level_shift(f->levels - 1u) + f->root_bits;
}

static inline bool dma_entry_present(const struct dma_format *f, uint64_t entry)
{
	return (entry & f->present) != 0;
}

/* Of a present entry. */
static inline bool dma_entry_is_table(const struct dma_format *f, uint64_t entry, unsigned level)
{
	return level && (entry & f->table_mask) == (f->table_bits[level] & f->table_mask);
}

static inline uint64_t dma_entry_address(const struct dma_format *f, uint64_t entry)
{
	return (entry & f->address_mask) << f->address_shift;
}

#endif
