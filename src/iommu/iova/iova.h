/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device addresses of one domain: a bitmap, one bit per page, that grows with use.
 *
 * Any part of what was allocated can be freed alone, since a free clears bits. Up to 64 pages come out of one word by
 * one compare and swap, more out of several words that are claimed and rolled back; nothing is locked, nothing is
 * linked, freeing cannot fail. A block is the 512 pages of one cache line of bits (with 4 KiB pages: one leaf table);
 * each CPU prefers blocks of its own, as a hint, and takes single pages out of the bitmap up to 32 at a time.
 */
#ifndef DMASTREAM_IOMMU_IOVA_H
#define DMASTREAM_IOMMU_IOVA_H

#include "../../base/atomic.h"
#include <dmastream/platform.h>

#define DMA_IOVA_BLOCK_PAGES	  512u
#define DMA_IOVA_CHUNK_WORDS	  512u			      /* a chunk is one library page of bits */
#define DMA_IOVA_CHUNK_PAGES	  (DMA_IOVA_CHUNK_WORDS * 64) /* 128 MiB of 4 KiB pages */
#define DMA_IOVA_DIRECTORY_CHUNKS 128u			      /* a directory is one library page of chunks */
#define DMA_IOVA_DIRECTORIES	  128u
#define DMA_IOVA_LIMIT		  ((uint64_t)DMA_IOVA_DIRECTORIES * DMA_IOVA_DIRECTORY_CHUNKS * DMA_IOVA_CHUNK_PAGES) /* pages */

struct dma_iova_chunk {
	uint64_t *words; /* NULL until the space grows into it, or something in it is reserved */
	uint64_t full;	 /* by block: no bit is clear. Never set for longer than it takes to see that it is not so. */
	uint64_t busy;	 /* by block: some CPU allocates from it. A hint. */
	uint64_t pad;
};

enum { DMA_IOVA_SINGLE, DMA_IOVA_FEW, DMA_IOVA_MANY, DMA_IOVA_LARGE, DMA_IOVA_CLASSES }; /* 1, 8, 64 pages, more */

/* 128 bytes, as everything that CPUs have one each of: processors fetch lines in pairs. */
struct dma_iova_cpu {
	/* Single pages that are taken already: a bit each of 32 pages, below the number of those 32. One word, so that
	 * one compare and swap takes a page whoever else comes by. */
	uint64_t singles;
	uint64_t generation;		   /* counts allocations */
	uint64_t cursor[DMA_IOVA_CLASSES]; /* 1 + word to look at first, 0: none; of LARGE the page */
	uint64_t kept; /* page | words: a range of whole words, still taken, left for the next of its size; 0: none */
	uint64_t pad[9];
};

struct dma_iova {
	uint64_t end;	/* first page beyond the space */
	uint64_t grown; /* chunks below it have words */
	uint32_t cpus;
	struct dma_iova_cpu *cpu; /* [cpus] */
	struct dma_lock lock;	  /* growing, the spares */
	void *spare[2];		  /* zeroed pages for growing with interrupts off */
	struct dma_iova_chunk *directory[DMA_IOVA_DIRECTORIES];
};

/* What a request asks for. */
struct dma_iova_request {
	size_t npages;
	uint64_t last;	   /* last byte that may be used (the device's mask) */
	uint64_t boundary; /* bytes, a power of two: no range of up to that size crosses a multiple; 0: none */
	uint64_t align;	   /* bytes, a power of two, or 0 */
	uint64_t like;	   /* the address agrees with this one modulo align, unless the boundary forbids it */
};

/* Addresses from page 1 up to end_page (at most DMA_IOVA_LIMIT). 0, DMA_EINVAL, DMA_ENOMEM. Interrupts on. */
DMA_MUST_CHECK int dma_iova_init(struct dma_iova *v, uint64_t end_page);
void dma_iova_fini(struct dma_iova *v);

/* Takes a range out for good: windows, RMRRs, doorbells. Parts beyond the end are ignored, parts reserved already are
 * fine. 0, DMA_ENOMEM. Before the first allocation. Interrupts on. */
DMA_MUST_CHECK int dma_iova_reserve(struct dma_iova *v, uint64_t first_page, uint64_t npages);

/* Allocates. *generation is odd and differs from one use of an address to the next. 0; DMA_ENOSPC: no room;
 * DMA_ENOMEM: room, but no page to keep account of it; DMA_EINVAL: no pages, or like has a remainder by a page. Any
 * context. */
DMA_MUST_CHECK int dma_iova_alloc(struct dma_iova *v, const struct dma_iova_request *request, uint64_t *daddr,
				  uint32_t *generation);

/* Frees any part of what was allocated. Any context. */
void dma_iova_free(struct dma_iova *v, uint64_t daddr, size_t npages);

/* Takes a block that nobody uses, at or after page *from: 0, its address, and *from moved past it; DMA_ENOSPC: none
 * left. For giving table pages back. Any context. */
DMA_MUST_CHECK int dma_iova_take_block(struct dma_iova *v, uint64_t *from, uint64_t *daddr);

/* Pages allocated or reserved now, not those that are taken ahead or kept, nor beyond the end. Slow. Any context. */
uint64_t dma_iova_used(const struct dma_iova *v);

/* Prepares for growing with interrupts off. Any context. */
void dma_iova_refill(struct dma_iova *v);

/* iova_grow.c */
DMA_MUST_CHECK int dma_iova_grow(struct dma_iova *v); /* one chunk more; 0, DMA_ENOSPC, DMA_ENOMEM */

/* Racy: two users of one CPU number may get the same. */
static inline uint32_t dma_iova_generation(struct dma_iova_cpu *cpu)
{
	uint64_t generation = dma_load(&cpu->generation) + 2;

	dma_store(&cpu->generation, generation);
	return (uint32_t)generation | 1;
}

static inline struct dma_iova_chunk *dma_iova_chunk(const struct dma_iova *v, uint64_t chunk)
{
	return &v->directory[chunk / DMA_IOVA_DIRECTORY_CHUNKS][chunk % DMA_IOVA_DIRECTORY_CHUNKS];
}

static inline uint64_t *dma_iova_word(const struct dma_iova *v, uint64_t word)
{
	return &dma_iova_chunk(v, word / DMA_IOVA_CHUNK_WORDS)->words[word % DMA_IOVA_CHUNK_WORDS];
}

/* ---- In a few instructions ---- */

/* One of the CPU's single pages, its last byte at or below `last`. False: look further, dma_iova_alloc(). */
static inline bool dma_iova_take_page(struct dma_iova_cpu *cpu, uint64_t last, uint64_t *page)
{
	uint64_t singles = dma_load_acquire(&cpu->singles);

	if (dma_unlikely(!(uint32_t)singles || singles >> 32 >= last >> (DMA_PAGE_SHIFT + 5)))
		return false;
	*page = (singles >> 32) * 32 + (unsigned)__builtin_ctzll(singles);
	return dma_likely(__atomic_compare_exchange_n(&cpu->singles, &singles, singles & (singles - 1), false,
						      __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
}

/* 2 to 64 pages, or more, where the last ones of such a size were, within a block, without other wishes: the first one. 0: look
 * further. */
uint64_t dma_iova_take_again(struct dma_iova *v, struct dma_iova_cpu *cpu, size_t npages, uint64_t last);
uint64_t dma_iova_claim_again(struct dma_iova *v, struct dma_iova_cpu *cpu, size_t npages, uint64_t last);

/* Gives pages of one word of the bitmap back. Any context. */
void dma_iova_give_word(struct dma_iova *v, uint64_t word, uint64_t pages);

/* Gives pages back, up to before end. Any context. */
void dma_iova_give_back(struct dma_iova *v, uint64_t page, uint64_t end);

static inline void dma_iova_give_page(struct dma_iova *v, uint64_t page)
{
	struct dma_iova_chunk *chunk = dma_iova_chunk(v, page / DMA_IOVA_CHUNK_PAGES);
	uint64_t block = (uint64_t)1 << page / DMA_IOVA_BLOCK_PAGES % 64;

	(void)__atomic_fetch_and(&chunk->words[page / 64 % DMA_IOVA_CHUNK_WORDS], ~((uint64_t)1 << page % 64),
				 __ATOMIC_SEQ_CST);
	if (dma_unlikely(__atomic_load_n(&chunk->full, __ATOMIC_SEQ_CST) & block)) /* iova.c */
		(void)__atomic_fetch_and(&chunk->full, ~block, __ATOMIC_SEQ_CST);
}

/* ---- One range that stays taken, for each CPU number ----
 *
 * Who maps and releases the same size again and again leaves the bitmap alone. When addresses run short, it goes back. */

#define DMA_IOVA_KEPT_LEAST 64u /* pages: whole words are kept */

/* The first page of one of that size, its last byte at or below `last`; 0: look further. */
static inline uint64_t dma_iova_take_kept(struct dma_iova_cpu *cpu, size_t npages, uint64_t last)
{
	uint64_t kept = dma_load_acquire(&cpu->kept), page = kept & ~(uint64_t)63;

	if (dma_unlikely(kept % 64 * 64 != npages || page + npages > last >> DMA_PAGE_SHIFT))
		return 0;
	return dma_likely(__atomic_compare_exchange_n(&cpu->kept, &kept, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		       ? page
		       : 0;
}

/* False: give it back. npages > 0. */
static inline bool dma_iova_keep(struct dma_iova_cpu *cpu, uint64_t page, size_t npages)
{
	uint64_t none = 0;

	return (page | npages) % 64 == 0 && npages / 64 < 64 &&
	       __atomic_compare_exchange_n(&cpu->kept, &none, page | npages / 64, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

#endif
