/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The books: what the allocator records of each address, level by level. Shared by the parts of the allocator.
 *
 *   space           lane[g]   longest run in group g                                 in struct dma_iova
 *     group         lane[c]   longest run in chunk c of it; `group_run` is their maximum,     in its first chunk's page
 *                             `whole` tells of chunks that follow each other
 *       chunk       run       of its 4 quarters                                      16384 pages
 *         quarter   run       of its 8 blocks                                         4096
 *           block   run       of its 8 words                                           512
 *             word  a bit for each page: 1 is taken                                     64
 *
 * A run word says what is free below it:
 *
 *   | changes | first | last | longest |      16 bits each
 *    63     48 47   32 31  16 15      0
 *
 * first: pages that are free at its beginning, last: at its end, longest: the longest run anywhere. `changes` counts
 * how often the word was written, so that a stale value is never swapped in (iova_runs.c).
 */
#ifndef DMASTREAM_IOMMU_IOVA_BOOKS_H
#define DMASTREAM_IOMMU_IOVA_BOOKS_H

#include "iova.h"

#define BLOCK_WORDS	(DMA_IOVA_BLOCK_PAGES / 64)
#define CHUNK_WORDS	(DMA_IOVA_CHUNK_PAGES / 64)
#define CHUNK_BLOCKS	(DMA_IOVA_CHUNK_PAGES / DMA_IOVA_BLOCK_PAGES)
#define QUARTERS	4u
#define QUARTER_BLOCKS	(CHUNK_BLOCKS / QUARTERS)
#define QUARTER_PAGES	(DMA_IOVA_CHUNK_PAGES / QUARTERS)
#define HOLES_OF_A_PAGE ((DMA_PAGE_SIZE - sizeof(struct dma_iova_leaf)) / sizeof(struct dma_iova_hole))

struct dma_iova_chunk {
	uint64_t word[CHUNK_WORDS];
	uint64_t block[CHUNK_BLOCKS]; /* run words */
	uint64_t quarter[QUARTERS];
	uint64_t run;
	uint64_t first; /* its first page */
	uint64_t index;
	uint64_t preset; /* bits that are set without an allocation: pages that are reserved, or beyond the end */
	uint32_t busy;	 /* blocks in which some CPU allocates now; a hint */
	uint32_t pad;
	/* The group's, in its first chunk. */
	uint64_t group_run; /* `longest` and `changes` only */
	uint64_t lane[DMA_IOVA_GROUP_CHUNKS / 4];
	struct dma_iova_chunk *chunk[DMA_IOVA_GROUP_CHUNKS];
	uint64_t whole;				    /* a run word that counts whole chunks: iova_whole.c */
	uint64_t apart[DMA_IOVA_GROUP_CHUNKS / 64]; /* chunks that are not right behind the one before */
};

_Static_assert(sizeof(struct dma_iova_chunk) <= DMA_PAGE_SIZE, "a chunk's books are a page");
_Static_assert(DMA_IOVA_CHUNK_PAGES < 1u << 15, "a lane compares 15 bits");

#define DMA_IOVA_SLOT_PAGES 16u /* a request of up to this size takes several slots out of the bitmap at once */

/* A request in pages. */
struct dma_iova_constraints {
	uint64_t npages;
	uint64_t limit;	   /* first page that may not be used */
	uint64_t boundary; /* 0: none */
	uint64_t align;	   /* 1: none */
};

static inline uint64_t run_longest(uint64_t run)
{
	return run & 0xffff;
}

static inline uint64_t run_last(uint64_t run)
{
	return run >> 16 & 0xffff;
}

static inline uint64_t run_first(uint64_t run)
{
	return run >> 32 & 0xffff;
}

/* Counts the bits that are set. The compiler's builtin is not used: where the CPU has no such instruction, it calls a
 * function of the compiler's library. */
static inline unsigned count_bits(uint64_t word)
{
	unsigned n = 0;

	for (; word; word &= word - 1)
		n++;
	return n;
}

static inline uint64_t see(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/* Bits [first, first + count) of a word, 1 <= count <= 64 - first. */
static inline uint64_t bits(unsigned first, uint64_t count)
{
	return (~(uint64_t)0 >> (64 - count)) << first;
}

/* A bit for each place where `count` clear bits begin, 1 <= count <= 64. */
static inline uint64_t starts(uint64_t taken, uint64_t count)
{
	uint64_t free = ~taken;

	for (uint64_t have = 1; have < count && free;) {
		uint64_t more = count - have < have ? count - have : have;

		free &= free >> more;
		have += more;
	}
	return count > 1 ? free & bits(0, 65 - count) : free;
}

/* A pointer of the directory. Sequentially consistent, as `inside` is: who comes inside finds it gone, or is seen by
 * who frees what it points to. An acquiring load would not do: it may be early although what counted the caller in came
 * before it (Arm's LDAPR). */
static inline struct dma_iova_chunk *see_chunk(struct dma_iova_chunk *const *at)
{
	return __atomic_load_n(at, __ATOMIC_SEQ_CST);
}

/* The chunk with that index; NULL: it has no books (now). v->grown only says where to stop looking: it orders nothing.
 */
static inline struct dma_iova_chunk *chunk_at(const struct dma_iova *v, uint64_t index)
{
	struct dma_iova_chunk *group = see_chunk(&v->group[index / DMA_IOVA_GROUP_CHUNKS]);

	return group ? see_chunk(&group->chunk[index % DMA_IOVA_GROUP_CHUNKS]) : NULL;
}

/* iova_holes.c. The chunk of a page; NULL: the page has none, or none any more. */
struct dma_iova_chunk *dma_iova_chunk_of(struct dma_iova *v, uint64_t page);
/* The index of a page's chunk; if that is reserved as a whole, of the next one. */
uint64_t dma_iova_index_of(struct dma_iova *v, uint64_t page);
/* The number of the chunk (its address / 64 MiB) with that index. */
uint64_t dma_iova_number_of(struct dma_iova *v, uint64_t index);
/* The first hole that ends behind a page, and those behind it, in order; NULL: there is none. */
struct dma_iova_place {
	struct dma_iova_leaf *leaf;
	uint32_t i;
};
const struct dma_iova_hole *dma_iova_hole_from(const struct dma_iova *v, uint64_t page, struct dma_iova_place *at);
const struct dma_iova_hole *dma_iova_hole_next(struct dma_iova_place *at);
void dma_iova_holes_init(struct dma_iova *v);
void dma_iova_holes_free(struct dma_iova *v);

/* iova_grow.c. Makes books for one more chunk: 0, DMA_ENOSPC, DMA_ENOMEM. */
DMA_MUST_CHECK int dma_iova_grow(struct dma_iova *v, uint64_t limit);

/* iova_runs.c. Called after bits of that range of a chunk have changed: brings all levels above up to date. */
void dma_iova_changed(struct dma_iova *v, struct dma_iova_chunk *chunk, uint64_t first, uint64_t end);
/* Sets the run words of a chunk without preset pages, all of which is free. Nobody sees the chunk yet. */
void dma_iova_all_free(struct dma_iova_chunk *chunk);
/* Tells the levels above of a chunk that is new: all of it is free but what is preset. */
void dma_iova_made(struct dma_iova *v, struct dma_iova_chunk *chunk);
/* dma_iova_changed() in two special cases: after pages of one chunk became free; and after pages were claimed out of a
 * run of `run` pages within one word, with taken pages on both sides (RUN_UNKNOWN: it may go on in other words). */
#define RUN_UNKNOWN UINT64_MAX
void dma_iova_freed(struct dma_iova *v, struct dma_iova_chunk *chunk, uint64_t first, uint64_t end);
void dma_iova_claimed(struct dma_iova *v, struct dma_iova_chunk *chunk, unsigned index, uint64_t run);
/* The lowest index, from the given one on, of a chunk with a run of that many pages; v->grown or more: there is
 * none. */
uint64_t dma_iova_next_chunk(struct dma_iova *v, uint64_t from, uint64_t npages);

/* iova_find.c. Claims bits for a request, the books are changed on return: its first page, or 0. dma_iova_search()
 * looks everywhere, dma_iova_search_block() into one block. `more`: NULL, or more slots of the same word for npages
 * each, by their first bits. */
uint64_t dma_iova_search(struct dma_iova *v, const struct dma_iova_constraints *c, uint64_t need, bool avoid_busy,
			 unsigned tries, uint64_t *more);
uint64_t dma_iova_search_block(struct dma_iova *v, struct dma_iova_chunk *chunk, unsigned block,
			       const struct dma_iova_constraints *c, uint64_t *more);
/* The next page, from this one on, at which alignment and boundary let a range begin. */
uint64_t dma_iova_fit(const struct dma_iova_constraints *c, uint64_t page);
/* Claims all of a range of a chunk, or nothing. */
bool dma_iova_claim(struct dma_iova *v, struct dma_iova_chunk *chunk, uint64_t page, uint64_t npages);

/* iova_whole.c. Finds and claims a range that is longer than a chunk, or aligned to more, and makes books for it: 0,
 * DMA_ENOSPC, DMA_ENOMEM. */
DMA_MUST_CHECK int dma_iova_take_chunks(struct dma_iova *v, const struct dma_iova_constraints *tight, uint64_t *page);
/* The lane of a chunk of the group has changed; `was`: as in group_changed() of iova_runs.c. */
void dma_iova_whole_changed(struct dma_iova_chunk *group, const struct dma_iova_chunk *chunk, uint64_t was);
/* Its chunk is not right behind the one with the index before. Under the lock, before its lane has a run. */
void dma_iova_apart(struct dma_iova_chunk *group, uint64_t lane);

/* iova.c. */
void dma_iova_give_back(struct dma_iova *v, uint64_t page, uint64_t npages);
bool dma_iova_drain(struct dma_iova *v); /* empties all stacks; true: they had something. Inside the books. */

/* Between enter and leave, books that the caller has found are not freed. */
static inline struct dma_iova_cpu *books_enter(struct dma_iova_cpu *cpu)
{
	(void)__atomic_fetch_add(&cpu->inside, 1, __ATOMIC_SEQ_CST);
	return cpu;
}

static inline void books_leave(struct dma_iova_cpu *cpu)
{
	(void)__atomic_fetch_sub(&cpu->inside, 1, __ATOMIC_RELEASE);
}

static inline struct dma_iova_cpu *cpu_here(struct dma_iova *v)
{
	unsigned number = v->cpus == 1 ? 0 : dma_host_cpu();

	return v->cpu[number < v->cpus ? number : number % v->cpus];
}

#endif
