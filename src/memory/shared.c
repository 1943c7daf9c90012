/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Runs of shared frames: grown, dealt out by a bitmap, given back.
 *
 * A run's record stands in a page of the library's own, never in memory that the host sees (hazard 62). Runs with free
 * frames stand in front of those without, so that a take does not look at what is all in use.
 */
#include "shared.h"
#include "../base/cache.h"
#include "../base/state.h"
#include "convert.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

#if DMA_CONFIG_CVM

#define LARGE_RUN ((size_t)0x200000 >> DMA_PAGE_SHIFT) /* what the technologies convert at once */

struct dma_shared {
	struct dma_shared *next, *prev;
	void *va;
	dma_paddr_t paddr;
	size_t npages, nfree;
	size_t lost; /* in quarantine: neither free nor ever given back */
	unsigned attr;
	uint64_t free[]; /* a bit a page; not of a run with more pages than there is room for, which is taken whole */
};

#define MOST_BITS ((DMA_PAGE_SIZE - sizeof(struct dma_shared)) / sizeof(uint64_t) * 64)

struct list {
	struct dma_shared *first, *last;
	bool taken; /* since the last dma_reclaim() */
};

static struct {
	struct dma_lock lock;
	struct list lists[2]; /* cached, uncached */
} pool;

static struct list *list_of(unsigned attr)
{
	return &pool.lists[attr & DMA_KVA_UNCACHED ? 1 : 0];
}

/* ---- The lists (callers hold the lock) ---- */

static void unlink_run(struct list *list, struct dma_shared *run)
{
	*(run->prev ? &run->prev->next : &list->first) = run->next;
	*(run->next ? &run->next->prev : &list->last) = run->prev;
}

static void link_first(struct list *list, struct dma_shared *run)
{
	run->prev = NULL;
	run->next = list->first;
	*(list->first ? &list->first->prev : &list->last) = run;
	list->first = run;
}

static void link_last(struct list *list, struct dma_shared *run)
{
	run->next = NULL;
	run->prev = list->last;
	*(list->last ? &list->last->next : &list->first) = run;
	list->last = run;
}

static bool is_unused(const struct dma_shared *run)
{
	return run->nfree + run->lost == run->npages;
}

/* ---- Bits ---- */

/* The lowest bit of a word that has one. By steps: compilers take a function of their own library for it on some
 * CPUs. */
static unsigned lowest(uint64_t word)
{
	unsigned at = 0;

	for (unsigned step = 32; step > 0; step /= 2)
		if (!(word >> at & ((UINT64_C(1) << step) - 1)))
			at += step;
	return at;
}

/* The first page from `at` on that is free, or is not; end if there is none before it. */
static size_t next_page(const struct dma_shared *run, size_t at, size_t end, bool is_free)
{
	while (at < end) {
		uint64_t word = (is_free ? run->free[at / 64] : ~run->free[at / 64]) >> at % 64;

		if (word) {
			at += lowest(word);
			break;
		}
		at = (at | 63) + 1;
	}
	return at < end ? at : end;
}

static void mark(struct dma_shared *run, size_t first, size_t npages, bool is_free)
{
	size_t end = first + npages;

	for (size_t at = first; run->npages <= MOST_BITS && at < end;) {
		size_t n = end - at < 64 - at % 64 ? end - at : 64 - at % 64;
		uint64_t bits = (n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1) << at % 64;

		run->free[at / 64] = is_free ? run->free[at / 64] | bits : run->free[at / 64] & ~bits;
		at += n;
	}
}

/* The first npages free pages in a row from `at` on; run->npages if there are none. */
static size_t find(const struct dma_shared *run, size_t at, size_t npages)
{
	if (run->npages > MOST_BITS)
		return at == 0 && run->nfree == run->npages && npages == run->npages ? 0 : run->npages;
	while (at + npages <= run->npages) {
		size_t first = next_page(run, at, run->npages, true);

		if (first + npages > run->npages)
			break;
		at = next_page(run, first, first + npages, false);
		if (at == first + npages)
			return first;
	}
	return run->npages;
}

static dma_paddr_t paddr_of(const struct dma_shared *run, size_t page)
{
	return dma_paddr(run->paddr.raw + ((uint64_t)page << DMA_PAGE_SHIFT));
}

/* ---- Take and give ---- */

static void take_at(struct dma_shared *run, size_t first, size_t npages, struct dma_owed_node *view)
{
	mark(run, first, npages, false);
	dma_arch_frames_taken(paddr_of(run, first).raw, npages);
	run->nfree -= npages;
	dma_sub(&dma_state.stats.pages_own, npages);
	*view = (struct dma_owed_node){
		.owed = {.paddr = paddr_of(run, first),
			 .shared = run,
			 .npages = (uint32_t)npages,
			 .steps = DMA_OWED_SHARED | DMA_OWED_FREE},
		.va = (unsigned char *)run->va + (first << DMA_PAGE_SHIFT),
	};
}

static bool take_from(struct dma_shared *run, size_t npages, const struct dma_device *dev, dma_shared_suits *suits,
		      struct dma_owed_node *view)
{
	for (size_t at = find(run, 0, npages); at < run->npages; at = find(run, at + 1, npages)) {
		if (!suits(dev, paddr_of(run, at), npages))
			continue;
		take_at(run, at, npages, view);
		return true;
	}
	return false;
}

bool dma_shared_take(struct dma_owed_node *view, unsigned attr, size_t npages, const struct dma_device *dev,
		     dma_shared_suits *suits)
{
	uintptr_t irq = dma_host_lock(&pool.lock);
	struct list *list = list_of(attr);
	bool taken = false;

	for (struct dma_shared *run = list->first; run && run->nfree > 0 && !taken; run = run->next) {
		taken = run->nfree >= npages && take_from(run, npages, dev, suits, view);
		if (!taken || run->nfree > 0)
			continue;
		unlink_run(list, run);
		link_last(list, run);
		break;
	}
	list->taken |= taken;
	dma_host_unlock(&pool.lock, irq);
	return taken;
}

static struct dma_shared *run_of(const struct dma_owed *owed)
{
	struct dma_shared *run = owed->shared;

	for (unsigned i = 0; i < 2 && !run; i++) {
		run = pool.lists[i].first;
		while (run && owed->paddr.raw - run->paddr.raw >= (uint64_t)run->npages << DMA_PAGE_SHIFT)
			run = run->next;
	}
	return run;
}

void dma_shared_give(const struct dma_owed *owed)
{
	uintptr_t irq = dma_host_lock(&pool.lock);
	struct dma_shared *run = run_of(owed);

	if (run->nfree == 0) {
		unlink_run(list_of(run->attr), run);
		link_first(list_of(run->attr), run);
	}
	mark(run, (size_t)((owed->paddr.raw - run->paddr.raw) >> DMA_PAGE_SHIFT), owed->npages, true);
	dma_arch_frames_kept(owed->paddr.raw, owed->npages);
	run->nfree += owed->npages;
	dma_add(&dma_state.stats.pages_own, owed->npages);
	dma_host_unlock(&pool.lock, irq);
	(void)dma_shared_reclaim_waiting();
}

void dma_shared_lose(const struct dma_owed *owed)
{
	uintptr_t irq = dma_host_lock(&pool.lock);

	run_of(owed)->lost += owed->npages;
	dma_host_unlock(&pool.lock, irq);
	(void)dma_shared_reclaim_waiting();
}

/* ---- Grow ---- */

size_t dma_shared_run_pages(void)
{
	return dma_state.host.shared_run ? dma_state.host.shared_run : LARGE_RUN;
}

int dma_shared_grow(struct dma_owed_node *view, unsigned attr, size_t npages, dma_paddr_t paddr, size_t run_pages)
{
	struct dma_shared *run = dma_host_page_alloc();
	uintptr_t irq;
	int error;

	if (!run) {
		dma_host_frames_free(paddr, run_pages);
		return DMA_ENOMEM;
	}
	__builtin_memset(run, 0, DMA_PAGE_SIZE);
	run->paddr = paddr;
	run->npages = run->nfree = run_pages;
	run->attr = attr;
	mark(run, 0, run_pages, true);
	error = dma_convert_share(paddr, run_pages);
	if (!error) {
		error = dma_host_kva_map(paddr, run_pages, attr, &run->va);
		if (error)
			dma_convert_give_back(paddr, run_pages);
	}
	if (error) {
		dma_host_page_free(run);
		return error;
	}
	dma_add(&dma_state.stats.pages_own, run_pages + 1);
	dma_add(&dma_state.stats.pages_shared, run_pages);
	dma_arch_frames_kept(paddr.raw, run_pages);
	irq = dma_host_lock(&pool.lock);
	take_at(run, 0, npages, view);
	if (run->nfree > 0)
		link_first(list_of(attr), run);
	else
		link_last(list_of(attr), run);
	list_of(attr)->taken = true;
	dma_host_unlock(&pool.lock, irq);
	return 0;
}

/* ---- Reclaim ---- */

/* A run that nobody uses any more. Lines are flushed through the mapping that was used; the private alias is not
 * touched before its pages are private again. */
static size_t end_run(struct dma_shared *run)
{
	size_t npages = run->nfree;

	dma_arch_frames_taken(run->paddr.raw, run->npages);
	if (dma_can_sync())
		dma_cache_flush(run->va, run->npages << DMA_PAGE_SHIFT);
	dma_host_kva_unmap(run->va, run->paddr, run->npages);
	dma_host_tlb_shootdown(run->va, run->npages);
	if (run->npages <= MOST_BITS) {
		size_t end, at = next_page(run, 0, run->npages, true);

		for (; at < run->npages; at = next_page(run, end, run->npages, true)) {
			end = next_page(run, at, run->npages, false);
			dma_convert_give_back(paddr_of(run, at), end - at);
		}
	} else if (run->lost == 0) {
		dma_convert_give_back(run->paddr, run->npages);
	} else { /* which of them are lost is not known */
		dma_count_quarantined(run->nfree);
	}
	dma_sub(&dma_state.stats.pages_own, npages + 1);
	dma_sub(&dma_state.stats.pages_shared, run->npages);
	dma_host_page_free(run);
	return npages;
}

/* Unlinks the runs that go. */
static struct dma_shared *take_unused(struct list *list, bool all)
{
	struct dma_shared *gone = NULL, *next;
	bool keep = !all && list->taken;

	for (struct dma_shared *run = list->first; run && (all || run->nfree > 0); run = next) {
		next = run->next;
		if (!is_unused(run))
			continue;
		if (keep && run->nfree > 0) {
			keep = false;
			continue;
		}
		unlink_run(list, run);
		run->next = gone;
		gone = run;
	}
	list->taken = false;
	return gone;
}

size_t dma_shared_reclaim(bool all)
{
	size_t npages = 0;

	for (unsigned i = 0; i < 2; i++) {
		uintptr_t irq = dma_host_lock(&pool.lock);
		struct dma_shared *run = take_unused(&pool.lists[i], all || dma_shared_run_pages() == 1), *next;

		dma_host_unlock(&pool.lock, irq);
		for (; run; run = next) {
			next = run->next;
			npages += end_run(run);
		}
	}
	return npages;
}

size_t dma_shared_reclaim_waiting(void)
{
	return dma_shared_run_pages() == 1 && dma_host_interrupts_on() ? dma_shared_reclaim(true) : 0;
}

#endif
