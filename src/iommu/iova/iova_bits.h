/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the two halves of the address bitmap share: ranges within a word (iova.c), and longer ones (iova_large.c).
 */
#ifndef DMASTREAM_IOMMU_IOVA_BITS_H
#define DMASTREAM_IOMMU_IOVA_BITS_H

#include "iova.h"

#define BLOCK_WORDS  (DMA_IOVA_BLOCK_PAGES / 64)
#define CHUNK_BLOCKS (DMA_IOVA_CHUNK_WORDS / BLOCK_WORDS)

_Static_assert(CHUNK_BLOCKS == 64, "a word has a bit for each block of a chunk");

/* A request in pages. */
struct dma_iova_wish {
	uint64_t npages;
	uint64_t limit;	   /* first page that may not be used */
	uint64_t boundary; /* 0: none */
	uint64_t align;	   /* 1: none */
	uint32_t *singles; /* npages is 1: not one page, but all that are free among 32, told here by their bits */
};

/* Bits [first, first + count) of a word, 1 <= count <= 64 - first. */
static inline uint64_t bits(unsigned first, uint64_t count)
{
	return (~(uint64_t)0 >> (64 - count)) << first;
}

/* The smallest power of two that holds n > 0, up to a block: ranges aligned to it lie in one leaf table, and IOMMUs that
 * invalidate by such powers need not take more with them. */
static inline uint64_t natural(uint64_t n)
{
	return n >= DMA_IOVA_BLOCK_PAGES ? DMA_IOVA_BLOCK_PAGES
	       : n == 1			 ? 1
					 : (uint64_t)2 << (63 - __builtin_clzll(n - 1));
}

/* iova_large.c. *cursor: the page to look at first. 0, DMA_ENOSPC, DMA_ENOMEM. */
int dma_iova_take_large(struct dma_iova *v, const struct dma_iova_wish *wish, uint64_t *cursor, uint64_t *page);

/* What CPUs have taken ahead or kept goes back. True: something did. */
bool dma_iova_drain(struct dma_iova *v);

#endif
