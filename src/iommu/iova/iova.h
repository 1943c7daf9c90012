/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device addresses of one domain. An address comes from one of two places:
 *
 *   the fast path   Each CPU number has a stack of ranges that were freed last, still taken in the bitmap. A range of
 *                   the same size is popped by one compare and swap. A steady workload never leaves it, so it stays at
 *                   addresses whose page tables exist.
 *   the bitmap      One bit for each page, and above it, level by level, the longest free run of what lies below
 *                   (iova_books.h). A search goes down one path, so it costs the same whatever lives and however torn
 *                   the space is. If no run is as long, there is no search.
 *
 * Nothing is locked except for growing and trimming, freeing cannot fail, and any part of a range can be freed alone.
 */
#ifndef DMASTREAM_IOMMU_IOVA_H
#define DMASTREAM_IOMMU_IOVA_H

#include "../../base/atomic.h"
#include <dmastream/platform.h>

#define DMA_IOVA_BLOCK_PAGES  512u   /* with 4 KiB pages: what one leaf table maps */
#define DMA_IOVA_CHUNK_PAGES  16384u /* what one page of the books is for: 64 MiB of 4 KiB pages */
#define DMA_IOVA_GROUP_CHUNKS 128u   /* chunks whose directory lies in the first one's page */
#define DMA_IOVA_GROUPS	      256u
#define DMA_IOVA_CHUNKS	      (DMA_IOVA_GROUPS * DMA_IOVA_GROUP_CHUNKS) /* 2 TiB that can be in use */
#define DMA_IOVA_LIMIT	      ((uint64_t)1 << 45)			/* pages: addresses of 57 bits */
#define DMA_IOVA_CPUS	      32u
#define DMA_IOVA_RECENT	      128u /* ranges on a CPU's stack: what a batch of deferred releases gives back */
#define DMA_IOVA_FEW_RECENT   64u  /* where no release is deferred: what the last ones gave */
#define DMA_IOVA_HOLES	      8u   /* reserved ranges that need no page of their own */

enum {
	DMA_IOVA_ONE,
	DMA_IOVA_FEW,
	DMA_IOVA_MANY,
	DMA_IOVA_CLASSES
}; /* 1 page, up to 8, more: each in blocks of its own */

/* Each CPU has cache lines of its own, and two at a time, since processors fetch lines in pairs. A CPU number is a
 * hint: every word is changed atomically.
 *
 *   recent[i]:  | address of the first page         | pages |
 *                63                    DMA_PAGE_SHIFT      0     no pages: empty
 *
 * Who puts an entry in gives the range away (release), who swaps it out owns it (acquire: only the swap, since what a
 * load saw before may have been taken and given back meanwhile). `top` only says where to look first. A range on a
 * stack lies within one block: within one leaf table.
 *
 * Whether anything lies on the stacks at all is known without a look at them, however many CPUs there are, and the fast
 * paths pay nothing for it: a sweep leaves DMA_IOVA_SWEPT in each slot, and who pushes a range over such a mark counts
 * in `announced` (release). As long as that is what it was when the last whole sweep began, `swept`, each slot still
 * has its mark. (A push that is between its swap and its count is a free that is not done yet.) */
#define DMA_IOVA_SWEPT ((uint64_t)1 << 63)
struct dma_iova_cpu {
	uint64_t top;			   /* the newest: recent[top & mask], unless another CPU interfered */
	uint64_t mask;			   /* ranges that the stack holds, a power of two, less 1 */
	uint64_t generation;		   /* counts allocations, by twos from 1 on */
	uint64_t cursor[DMA_IOVA_CLASSES]; /* 1 + first page of the block to look into first; 0: none */
	uint64_t inside;		   /* calls in the books now, which are not freed meanwhile */
	uint64_t now_ns;		   /* the clock, when a strict release read it last (space_page_release.c) */
	uint64_t left;			   /* strict releases that may take that for the time */
	uint64_t pad[7];
	uint64_t recent[DMA_IOVA_RECENT];
};

/* A reserved range; they do not overlap. */
struct dma_iova_hole {
	uint64_t first, npages;
	uint64_t before; /* chunks that lie wholly in the holes of the leaf before this one */
};

/* Holes in the order of their addresses. */
struct dma_iova_leaf {
	struct dma_iova_leaf *next;
	uint64_t before;  /* chunks that lie wholly in the holes of the leaves before this one */
	uint32_t n, most; /* holes, and room for */
	struct dma_iova_hole *hole;
};

struct dma_iova_chunk; /* iova_books.h */

struct dma_iova {
	uint64_t end;	    /* first page beyond the space */
	uint64_t grown;	    /* chunks below that index have books */
	uint64_t reserved;  /* pages in holes, below the end */
	uint64_t announced; /* pushes over a mark, and 1 */
	uint64_t swept;	    /* `announced`, as it was when a sweep began that ended; 0: there was none */
	uint32_t cpus;
	bool wide;		    /* some hole covers whole chunks, which have no index */
	struct dma_lock lock;	    /* growing, trimming, the spare */
	void *spare;		    /* a zeroed page for growing with interrupts off */
	struct dma_iova_leaf holes; /* the first leaf */
	struct dma_iova_hole hole[DMA_IOVA_HOLES];
	struct dma_iova_cpu *cpu[DMA_IOVA_CPUS];
	void *cpu_page[DMA_IOVA_CPUS];		       /* the page that the stacks lie in, if the space allocated it */
	uint64_t lane[DMA_IOVA_GROUPS / 4];	       /* longest run of each group: iova_runs.c */
	struct dma_iova_chunk *group[DMA_IOVA_GROUPS]; /* its first chunk */
};

/* What a request asks for. */
struct dma_iova_request {
	size_t npages;
	uint64_t last;	   /* last byte that may be used (the device's mask) */
	uint64_t boundary; /* bytes, a power of two: no range of up to that size crosses a multiple; 0: none */
	uint64_t align;	   /* bytes, a power of two, or 0 */
	uint64_t like;	   /* the address agrees with this one modulo align, unless the boundary forbids it */
};

/* Addresses from page 1 up to end_page (at most DMA_IOVA_LIMIT), no books yet. 0, DMA_EINVAL, DMA_ENOMEM. Interrupts
 * on. */
DMA_MUST_CHECK int dma_iova_init(struct dma_iova *v, uint64_t end_page);
void dma_iova_fini(struct dma_iova *v);

/* Releases of the space are deferred: DMA_IOVA_RECENT for DMA_IOVA_FEW_RECENT. Before the first allocation. */
void dma_iova_defer(struct dma_iova *v);

/* Reserves a range for good: windows, RMRRs, doorbells. The cost depends on the number of ranges, not on their width.
 * Parts beyond the end, and parts that are reserved already, are ignored. 0; DMA_ENOMEM; DMA_EBUSY: after the first
 * allocation. Interrupts on. */
DMA_MUST_CHECK int dma_iova_reserve(struct dma_iova *v, uint64_t first_page, uint64_t npages);

/* Allocates. *generation is odd and differs from one use of an address to the next. 0; DMA_ENOSPC: no room;
 * DMA_ENOMEM: room, but no page to keep account of it; DMA_EINVAL: no pages, or like has a remainder by a page. Any
 * context.
 *
 * Room is found if there is any below the mask, with these exceptions: no range of up to DMA_IOVA_CHUNK_PAGES crosses
 * a multiple of them, a longer one begins at a multiple; and with an alignment or a boundary that only a few places
 * allow for, the first DMA_IOVA_TRIES that are long enough are tried (DMA_IOVA_FEW_TRIES for more than a block), and
 * then those that are longer by the alignment; a range longer than a chunk whose end would share a chunk with others is
 * tried at as few places, and then gets its last chunk whole. */
#define DMA_IOVA_TRIES	   8u
#define DMA_IOVA_FEW_TRIES 2u
DMA_MUST_CHECK int dma_iova_alloc(struct dma_iova *v, const struct dma_iova_request *request, uint64_t *daddr,
				  uint32_t *generation);

/* Frees any part of what was allocated. Any context. */
void dma_iova_free(struct dma_iova *v, uint64_t daddr, size_t npages);

/* Takes a block that nobody uses, at or after page *from: 0, its address, and *from moved past it; DMA_ENOSPC: none
 * left. For giving table pages back; dma_iova_free() ends it. Any context. */
DMA_MUST_CHECK int dma_iova_take_block(struct dma_iova *v, uint64_t *from, uint64_t *daddr);

/* Gives books back to the host: of the highest addresses, as far down as nobody uses any. Tables over them go first:
 * dma_iova_take_block(). True: pages came back. Interrupts on. */
bool dma_iova_trim(struct dma_iova *v);

/* Pages allocated or reserved now, not those on stacks. Slow. Any context. */
uint64_t dma_iova_used(struct dma_iova *v);

/* True if nothing is allocated. It returns early as soon as it finds an allocation. Any context. */
bool dma_iova_is_empty(struct dma_iova *v);

/* Without the lock: a CPU that is late refills a little later. */
static inline bool dma_iova_has_spare(const struct dma_iova *v)
{
	return __atomic_load_n(&v->spare, __ATOMIC_RELAXED) != NULL;
}
/* Prepares for growing with interrupts off. Any context. */
void dma_iova_refill(struct dma_iova *v);

/* The CPU's next generation, an odd number. Two CPUs that use one CPU number at the same time may get the same one. */
static inline uint32_t dma_iova_generation(struct dma_iova_cpu *cpu)
{
	uint64_t generation = dma_load(&cpu->generation) + 2;

	dma_store(&cpu->generation, generation);
	return (uint32_t)generation;
}

/* ---- The fast path: 1 to DMA_IOVA_BLOCK_PAGES - 1 pages, no constraints but a mask ---- */

/* Pops the range that was freed last, if it has that size and ends at or below `last`. False: it does not; call
 * dma_iova_alloc(). */
static inline bool dma_iova_pop(struct dma_iova_cpu *cpu, size_t npages, uint64_t last, uint64_t *daddr)
{
	uint64_t top = dma_load(&cpu->top), *slot = &cpu->recent[top & cpu->mask];
	uint64_t entry = dma_load(slot);

	*daddr = entry ^ npages;
	if (dma_unlikely(*daddr % DMA_PAGE_SIZE) || dma_unlikely(*daddr + (npages << DMA_PAGE_SHIFT) - 1 > last))
		return false;
	if (dma_unlikely(!__atomic_compare_exchange_n(slot, &entry, 0, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
		return false;
	dma_store(&cpu->top, top - 1);
	return true;
}

/* The same, returning the address, or 0. */
static inline uint64_t dma_iova_take_recent(struct dma_iova_cpu *cpu, size_t npages, uint64_t last)
{
	uint64_t daddr;

	return dma_iova_pop(cpu, npages, last, &daddr) ? daddr : 0;
}

/* Pushes a range onto the stack. Not 0: the entry, or the mark, that had to make room for it; pass it to
 * dma_iova_give_old(). */
DMA_MUST_CHECK static inline uint64_t dma_iova_keep_recent(struct dma_iova_cpu *cpu, uint64_t daddr, size_t npages)
{
	uint64_t top = dma_load(&cpu->top) + 1;
	uint64_t old = __atomic_exchange_n(&cpu->recent[top & cpu->mask], daddr | npages, __ATOMIC_ACQ_REL);

	dma_store(&cpu->top, top);
	return old;
}

/* Gives the pages of an entry back to the bitmap, or announces that a mark is gone. Any context. */
void dma_iova_give_old(struct dma_iova *v, uint64_t entry);

/* True if a stack keeps such a range when it is freed: the range lies in one block, and is smaller than the block. */
static inline bool dma_iova_is_kept(uint64_t daddr, size_t npages)
{
	return npages < DMA_IOVA_BLOCK_PAGES &&
	       (daddr ^ (daddr + (((uint64_t)npages << DMA_PAGE_SHIFT) - 1))) >> DMA_PAGE_SHIFT < DMA_IOVA_BLOCK_PAGES;
}

/* Frees what dma_iova_is_kept(). Any context. */
static inline void dma_iova_give(struct dma_iova *v, struct dma_iova_cpu *cpu, uint64_t daddr, size_t npages)
{
	uint64_t old = dma_iova_keep_recent(cpu, daddr, npages);

	if (dma_unlikely(old != 0))
		dma_iova_give_old(v, old);
}

#endif
