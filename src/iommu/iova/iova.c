/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device addresses: a request takes a range from its CPU's stack, or else from the bitmap. A range that is freed goes
 * onto the stack, and the entry that has to make room for it goes back into the bitmap.
 */
#include "../../base/state.h"
#include "iova_books.h"
#include <dmastream/errors.h>

#define LOOK_BELOW 4u		      /* how many entries of the stack a request looks at */
#define TRIES	   DMA_IOVA_FEW_TRIES /* attempts at an alignment that is only preferred */

/* The smallest power of two that holds n > 0 pages, at most a block. A range aligned to it lies in one leaf table, and
 * an IOMMU that invalidates powers of two need not invalidate neighbours with it. */
static inline uint64_t natural(uint64_t n)
{
	return n >= DMA_IOVA_BLOCK_PAGES ? DMA_IOVA_BLOCK_PAGES
	       : n == 1			 ? 1
					 : (uint64_t)2 << (63 - __builtin_clzll(n - 1));
}

static inline unsigned class_of(uint64_t npages)
{
	return npages == 1 ? DMA_IOVA_ONE : npages <= 8 ? DMA_IOVA_FEW : DMA_IOVA_MANY;
}

/* ---- Back into the bitmap ---- */

void dma_iova_give_back(struct dma_iova *v, uint64_t page, uint64_t npages)
{
	for (uint64_t end = page + npages; page < end;) {
		struct dma_iova_chunk *chunk = dma_iova_chunk_of(v, page);
		uint64_t from = page, stop = chunk->first + DMA_IOVA_CHUNK_PAGES;

		for (stop = stop < end ? stop : end; page < stop;) {
			unsigned bit = (unsigned)(page % 64);
			uint64_t count = stop - page < 64 - bit ? stop - page : 64 - bit;

			(void)__atomic_fetch_and(&chunk->word[(page - chunk->first) / 64], ~bits(bit, count),
						 __ATOMIC_RELEASE);
			page += count;
		}
		dma_iova_freed(v, chunk, from, stop);
	}
}

/* A slot holds a range: it is neither empty nor a mark. */
static bool is_entry(uint64_t slot)
{
	return slot % DMA_PAGE_SIZE != 0;
}

/* Gives an entry of a stack back to the bitmap. The caller is inside the books. */
static void give_entry(struct dma_iova *v, uint64_t entry)
{
	dma_iova_give_back(v, entry >> DMA_PAGE_SHIFT, entry % DMA_PAGE_SIZE);
}

void dma_iova_give_old(struct dma_iova *v, uint64_t entry)
{
	struct dma_iova_cpu *cpu = cpu_here(v);

	if (entry == DMA_IOVA_SWEPT) {
		(void)__atomic_fetch_add(&v->announced, 1, __ATOMIC_RELEASE);
		return;
	}
	(void)books_enter(cpu);
	give_entry(v, entry);
	books_leave(cpu);
}

void dma_iova_free(struct dma_iova *v, uint64_t daddr, size_t npages)
{
	struct dma_iova_cpu *cpu = cpu_here(v);

	if (npages == 0)
		return;
	if (dma_iova_is_kept(daddr, npages)) {
		dma_iova_give(v, cpu, daddr, npages);
		return;
	}
	(void)books_enter(cpu);
	dma_iova_give_back(v, daddr >> DMA_PAGE_SHIFT, npages);
	books_leave(cpu);
}

/* Acquire alone: the range is ours, as after a pop. Nobody learns anything from the mark: who pushes over it knows its
 * own range already, and what was swept is told by `swept`. */
static bool sweep(struct dma_iova *v, struct dma_iova_cpu *cpu)
{
	bool some = false;

	for (uint64_t k = 0; k <= cpu->mask; k++) {
		uint64_t entry = dma_load(&cpu->recent[k]);

		if (entry == DMA_IOVA_SWEPT)
			continue;
		entry = __atomic_exchange_n(&cpu->recent[k], DMA_IOVA_SWEPT, __ATOMIC_ACQUIRE);
		if (!is_entry(entry))
			continue;
		give_entry(v, entry);
		some = true;
	}
	return some;
}

bool dma_iova_drain(struct dma_iova *v)
{
	uint64_t announced = __atomic_load_n(&v->announced, __ATOMIC_ACQUIRE);
	bool some = false;

	if (__atomic_load_n(&v->swept, __ATOMIC_ACQUIRE) == announced)
		return false;
	for (uint32_t i = 0; i < v->cpus; i++)
		some = sweep(v, v->cpu[i]) || some;
	__atomic_store_n(&v->swept, announced, __ATOMIC_RELEASE);
	return some;
}

/* ---- Out of the bitmap ---- */

/* Tries the block that the CPU allocated from last: it needs no search, and no other CPU writes its leaf table. */
static uint64_t from_cursor(struct dma_iova *v, const struct dma_iova_constraints *c, struct dma_iova_cpu *cpu,
			    uint64_t npages, uint64_t *more)
{
	uint64_t first = dma_load(&cpu->cursor[class_of(npages)]) - 1;
	struct dma_iova_chunk *chunk = first + 1 ? dma_iova_chunk_of(v, first) : NULL;
	unsigned block;

	if (!chunk || c->npages > DMA_IOVA_BLOCK_PAGES)
		return 0;
	block = (unsigned)((first - chunk->first) / DMA_IOVA_BLOCK_PAGES) % CHUNK_BLOCKS;
	if (run_longest(see(&chunk->block[block])) < c->npages)
		return 0;
	return dma_iova_search_block(v, chunk, block, c, more);
}

/* The CPU looks for its next range in the block where it found this one; `busy` keeps other CPUs out of that block. */
static void move_cursor(struct dma_iova *v, struct dma_iova_cpu *cpu, uint64_t npages, uint64_t page)
{
	uint64_t *cursor = &cpu->cursor[class_of(npages)], old = dma_load(cursor) - 1;
	struct dma_iova_chunk *chunk = old + 1 ? dma_iova_chunk_of(v, old) : NULL;

	if (chunk)
		(void)__atomic_fetch_and(&chunk->busy, ~(1u << old / DMA_IOVA_BLOCK_PAGES % CHUNK_BLOCKS),
					 __ATOMIC_RELAXED);
	chunk = dma_iova_chunk_of(v, page);
	if (chunk)
		(void)__atomic_fetch_or(&chunk->busy, 1u << page / DMA_IOVA_BLOCK_PAGES % CHUNK_BLOCKS,
					__ATOMIC_RELAXED);
	dma_store(cursor, (page & ~(uint64_t)(DMA_IOVA_BLOCK_PAGES - 1)) + 1);
}

/* Says whether a search is worth it. 0: a chunk that lies wholly below the limit has a run of that length, or a new
 * chunk has just been made. After an error at most a part of one chunk is left to look at. */
static int little_left(struct dma_iova *v, const struct dma_iova_constraints *c)
{
	uint64_t i = dma_iova_next_chunk(v, 0, c->npages);
	const struct dma_iova_chunk *chunk = i < DMA_IOVA_CHUNKS ? chunk_at(v, i) : NULL;

	return chunk && chunk->first + DMA_IOVA_CHUNK_PAGES <= c->limit ? 0 : dma_iova_grow(v, c->limit);
}

/* Finds a range of up to a chunk. Tries in this order: aligned to its size in the CPU's own block; the same in blocks
 * that no other CPU uses, then in addresses for which books are made now; then anywhere; at last with the alignment
 * that the request needs at least (`tight`). */
static int take(struct dma_iova *v, const struct dma_iova_constraints *tight, struct dma_iova_cpu *cpu, uint64_t npages,
		uint64_t *page, uint64_t *more)
{
	struct dma_iova_constraints c = *tight;
	unsigned tries = c.npages <= DMA_IOVA_BLOCK_PAGES ? DMA_IOVA_TRIES : DMA_IOVA_FEW_TRIES;
	unsigned first = c.npages <= DMA_IOVA_BLOCK_PAGES ? TRIES : 1;
	uint64_t need;
	int error;

	if (c.align < natural(c.npages))
		c.align = natural(c.npages);
	need = c.npages + c.align - 1;
	*page = from_cursor(v, &c, cpu, npages, more);
	if (*page)
		return 0;
	error = little_left(v, &c);
	while (!error) {
		*page = dma_iova_search(v, &c, c.npages, true, first, more);
		if (!*page)
			*page = dma_iova_search(v, &c, need, true, TRIES, more);
		if (*page)
			break;
		error = dma_iova_grow(v, c.limit);
	}
	if (!*page && c.npages <= DMA_IOVA_BLOCK_PAGES) /* for more nothing was avoided */
		*page = dma_iova_search(v, &c, c.npages, false, TRIES, more);
	if (!*page && (c.npages <= DMA_IOVA_BLOCK_PAGES || tight->align < c.align))
		*page = dma_iova_search(v, tight, c.npages, false, tries, NULL);
	if (!*page && tight->align > 1)
		*page = dma_iova_search(v, tight, c.npages + tight->align - 1, false, tries, NULL);
	if (!*page)
		return error;
	if (c.npages <= DMA_IOVA_BLOCK_PAGES)
		move_cursor(v, cpu, npages, *page);
	return 0;
}

/* Slots that came out of the bitmap together with the one that was asked for go onto the stack. */
static void keep_more(struct dma_iova *v, struct dma_iova_cpu *cpu, uint64_t page, uint64_t npages, uint64_t more)
{
	uint64_t base = page & ~(uint64_t)63;

	while (more) {
		unsigned bit = 63u - (unsigned)__builtin_clzll(more);

		more &= ~((uint64_t)1 << bit);
		dma_iova_give(v, cpu, (base + bit) << DMA_PAGE_SHIFT, npages);
	}
}

/* Takes an entry of the stack that is not the newest one. */
static uint64_t from_below(struct dma_iova_cpu *cpu, size_t npages, uint64_t last)
{
	uint64_t top = dma_load(&cpu->top);

	for (unsigned i = 0; i < LOOK_BELOW; i++) {
		uint64_t *slot = &cpu->recent[(top - i) & cpu->mask], entry = dma_load(slot);
		uint64_t daddr = entry ^ npages;

		if (daddr % DMA_PAGE_SIZE == 0 && daddr + (npages << DMA_PAGE_SHIFT) - 1 <= last &&
		    __atomic_compare_exchange_n(slot, &entry, 0, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return daddr;
		if (!is_entry(entry) && dma_load(&cpu->top) == top - i)
			dma_store(&cpu->top, top - i - 1);
	}
	return 0;
}

static int from_bitmap(struct dma_iova *v, const struct dma_iova_request *r, struct dma_iova_cpu *cpu, uint64_t *page)
{
	struct dma_iova_constraints c = {.npages = r->npages, .boundary = r->boundary >> DMA_PAGE_SHIFT, .align = 1};
	uint64_t skip = 0, more = 0;
	bool several;
	int error;

	if (r->npages >= DMA_IOVA_CHUNKS * (uint64_t)DMA_IOVA_CHUNK_PAGES)
		return DMA_ENOSPC;
	c.limit = (r->last >> DMA_PAGE_SHIFT) + (r->last % DMA_PAGE_SIZE == DMA_PAGE_SIZE - 1);
	if (c.limit > v->end)
		c.limit = v->end;
	if (r->align > DMA_PAGE_SIZE) {
		c.align = r->align >> DMA_PAGE_SHIFT;
		skip = r->like >> DMA_PAGE_SHIFT & (c.align - 1);
	}
	if (c.boundary && c.npages > c.boundary)
		c.boundary = 0;
	if (c.boundary && c.npages + skip > c.boundary) { /* not both: the device needs the boundary */
		c.align = 1;
		skip = 0;
	}
	c.npages += skip;
	if (c.npages >= c.limit || dma_iova_fit(&c, 1) + c.npages > c.limit) /* page 0 is nobody's */
		return DMA_ENOSPC;
	if (c.npages > DMA_IOVA_CHUNK_PAGES || c.align > DMA_IOVA_CHUNK_PAGES) {
		error = dma_iova_take_chunks(v, &c, page);
	} else {
		several = !skip && c.align == 1 && natural(c.npages) <= DMA_IOVA_SLOT_PAGES &&
			  !is_entry(dma_load(&cpu->recent[dma_load(&cpu->top) & cpu->mask]));
		error = take(v, &c, cpu, r->npages, page, several ? &more : NULL);
	}
	if (error)
		return error;
	if (more)
		keep_more(v, cpu, *page, r->npages, more);
	if (skip)
		dma_iova_give_back(v, *page, skip);
	*page += skip;
	return 0;
}

static dma_cold int alloc_slow(struct dma_iova *v, const struct dma_iova_request *r, struct dma_iova_cpu *cpu,
			       uint64_t *daddr)
{
	uint64_t page;
	int error;

	if (r->npages == 0 || r->like % DMA_PAGE_SIZE)
		return DMA_EINVAL;
	if (r->npages < DMA_IOVA_BLOCK_PAGES && r->align <= DMA_PAGE_SIZE && !r->boundary) {
		*daddr = from_below(cpu, r->npages, r->last);
		if (*daddr)
			return 0;
	}
	(void)books_enter(cpu);
	error = from_bitmap(v, r, cpu, &page);
	for (uint32_t i = 0; dma_unlikely(error) && i < v->cpus && dma_iova_drain(v); i++)
		error = from_bitmap(v, r, cpu, &page); /* once more, while others fill their stacks */
	books_leave(cpu);
	if (error)
		return error;
	*daddr = page << DMA_PAGE_SHIFT;
	return 0;
}

int dma_iova_alloc(struct dma_iova *v, const struct dma_iova_request *r, uint64_t *daddr, uint32_t *generation)
{
	struct dma_iova_cpu *cpu = cpu_here(v);

	*generation = dma_iova_generation(cpu);
	if (dma_likely(r->npages - 1 < DMA_IOVA_BLOCK_PAGES - 1 && r->align <= DMA_PAGE_SIZE &&
		       (!r->boundary || r->npages == 1) && r->like % DMA_PAGE_SIZE == 0)) {
		*daddr = dma_iova_take_recent(cpu, r->npages, r->last);
		if (dma_likely(*daddr != 0))
			return 0;
	}
	return alloc_slow(v, r, cpu, daddr);
}

int dma_iova_take_block(struct dma_iova *v, uint64_t *from, uint64_t *daddr)
{
	uint64_t page = *from & ~(uint64_t)(DMA_IOVA_BLOCK_PAGES - 1), i = 0;
	struct dma_iova_cpu *cpu = cpu_here(v);
	int error = DMA_ENOSPC;

	(void)books_enter(cpu);
	if (page == 0)
		(void)dma_iova_drain(v);
	else
		i = dma_iova_index_of(v, page);
	for (i = dma_iova_next_chunk(v, i, DMA_IOVA_BLOCK_PAGES); error && i < DMA_IOVA_CHUNKS;
	     i = dma_iova_next_chunk(v, i + 1, DMA_IOVA_BLOCK_PAGES)) {
		struct dma_iova_chunk *chunk = chunk_at(v, i);

		for (unsigned block = 0; chunk && error && block < CHUNK_BLOCKS; block++) {
			uint64_t first = chunk->first + block * (uint64_t)DMA_IOVA_BLOCK_PAGES;

			if (first < *from || run_longest(see(&chunk->block[block])) < DMA_IOVA_BLOCK_PAGES ||
			    !dma_iova_claim(v, chunk, first, DMA_IOVA_BLOCK_PAGES))
				continue;
			*from = first + DMA_IOVA_BLOCK_PAGES;
			*daddr = first << DMA_PAGE_SHIFT;
			error = 0;
		}
	}
	books_leave(cpu);
	return error;
}

static uint64_t on_stacks(const struct dma_iova *v)
{
	uint64_t npages = 0;

	for (uint32_t i = 0; i < v->cpus; i++)
		for (unsigned k = 0; k < DMA_IOVA_RECENT; k++)
			npages += dma_load(&v->cpu[i]->recent[k]) % DMA_PAGE_SIZE;
	return npages;
}

/* Counts the pages that are taken in the bitmap, without holes; stops when there are more than `most`. */
static uint64_t taken(struct dma_iova *v, uint64_t most)
{
	struct dma_iova_cpu *cpu = books_enter(cpu_here(v));
	uint64_t npages = 0;

	for (uint64_t i = 0; npages <= most && i < dma_load(&v->grown); i++) {
		const struct dma_iova_chunk *chunk = chunk_at(v, i);

		for (unsigned word = 0; chunk && word < CHUNK_WORDS; word++)
			npages += count_bits(dma_load(&chunk->word[word]));
		npages -= chunk ? chunk->preset : 0;
	}
	books_leave(cpu);
	return npages;
}

bool dma_iova_is_empty(struct dma_iova *v)
{
	uint64_t free = on_stacks(v);

	return taken(v, free) == free;
}

uint64_t dma_iova_used(struct dma_iova *v)
{
	return v->reserved + taken(v, UINT64_MAX) - on_stacks(v);
}
