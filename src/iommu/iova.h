/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device addresses of one domain: a bitmap, one bit per page, in frames that come as the space grows.
 *
 * Any part of what was allocated can be freed alone, since a free clears bits. Up to 64 pages come out of one word by one compare and
 * swap, more out of several words that are claimed and rolled back; nothing is locked, nothing is linked, freeing cannot fail.
 * A block is the 512 pages of one cache line of bits (one leaf table); each CPU prefers blocks of its own, as a hint.
 */
#ifndef DMASTREAM_IOMMU_IOVA_H
#define DMASTREAM_IOMMU_IOVA_H

#include <dmastream/platform.h>

#define DMA_IOVA_WORDS (DMA_PAGE_SIZE / 8)            /* words in a chunk: one frame of bits */
#define DMA_IOVA_CHUNK_PAGES (DMA_IOVA_WORDS * 64)    /* pages in a chunk */
#define DMA_IOVA_BLOCK_PAGES 512u
#define DMA_IOVA_DIRECTORIES 256u
#define DMA_IOVA_DIRECTORY_CHUNKS 128u                /* chunks in a directory: one frame of struct dma_iova_chunk */
#define DMA_IOVA_CLASSES 3u                           /* 1, 2 to 8, 9 to 64 pages */

struct dma_iova_chunk {
	uint64_t *words; /* NULL until the space grows into it */
	uint64_t full;   /* by block (4 KiB pages: 64 of them): no bit is clear */
	uint64_t busy;   /* by block: some CPU allocates from it. A hint. */
	uint64_t paddr;
};

struct dma_iova_cpu {
	uint64_t cursor[DMA_IOVA_CLASSES]; /* word to look at first */
	uint64_t generation;               /* counts allocations; racy on purpose */
	uint64_t pad[4];
};

struct dma_iova {
	uint64_t end; /* first page beyond the space */
	uint32_t cpus;
	struct dma_iova_cpu *cpu; /* [cpus] */
	uint64_t spare;           /* paddr of a zeroed frame for growing with interrupts off; 0: none */
	struct dma_lock lock;     /* growing */
	uint64_t cpu_paddr;
	uint32_t cpu_pages;
	uint32_t frames; /* of bits and directories */
	uint64_t grown;  /* chunks: those below this index have words, others only where something was reserved */
	struct dma_iova_chunk *directory[DMA_IOVA_DIRECTORIES];
	uint64_t directory_paddr[DMA_IOVA_DIRECTORIES];
};

/* What a request asks for. */
struct dma_iova_request {
	size_t npages;
	uint64_t last;     /* last byte that may be used (the device's mask) */
	uint64_t boundary; /* bytes, a power of two: no range of up to that size crosses a multiple; 0: none */
	uint64_t align;    /* bytes, a power of two; up to a page: none */
	uint64_t like;     /* 0, or: the address agrees with this one modulo `align` */
};

/* Addresses from page 1 up to `end` pages. 0, DMA_ENOMEM. Interrupts on. */
DMA_MUST_CHECK int dma_iova_init(struct dma_iova *v, uint64_t end_page);
void dma_iova_fini(struct dma_iova *v);

/* Takes a range out for good: windows, RMRRs, doorbells. Parts beyond the end are ignored, parts reserved already are fine.
 * 0, DMA_ENOMEM. Before the first allocation. Interrupts on. */
DMA_MUST_CHECK int dma_iova_reserve(struct dma_iova *v, uint64_t first_page, uint64_t npages);

/* Allocates. *generation changes from one use of an address to the next. 0; DMA_ENOSPC: no room; DMA_ENOMEM: room, but
 * no frame to keep account of it (interrupts off). Any context. */
DMA_MUST_CHECK int dma_iova_alloc(struct dma_iova *v, const struct dma_iova_request *request, uint64_t *daddr,
				  uint32_t *generation);

/* Frees any part of what was allocated. Any context. */
void dma_iova_free(struct dma_iova *v, uint64_t daddr, size_t npages);

/* Takes a block (512 pages) that nobody uses, at or after page *from, below which nothing is looked at: 0 and its address, *from
 * moved past it; DMA_ENOSPC: none left. For giving table pages back. Any context. */
DMA_MUST_CHECK int dma_iova_take_block(struct dma_iova *v, uint64_t *from, uint64_t *daddr);

/* Pages allocated or reserved now. Slow. Any context. */
uint64_t dma_iova_used(const struct dma_iova *v);

/* Prepares for a later allocation with interrupts off. Any context. */
void dma_iova_refill(struct dma_iova *v);

#endif
