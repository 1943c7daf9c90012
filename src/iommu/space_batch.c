/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Deferred releases: unmapped at once, given back after one invalidation for many (hazards 11, 34, 47).
 *
 * Each CPU number has a list; pushing is one compare and swap, taking all is one exchange, so that no lock is held
 * over hundreds of addresses (hazard 57). A flush takes the lists of all, since its invalidation is good for all.
 */
#include "../hold.h"
#include "../state.h"
#include "space.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

#define CPUS	    (DMA_PAGE_SIZE / sizeof(struct dma_batch))
#define COUNT_SHIFT 40u

_Static_assert(sizeof(struct dma_batch) == 64, "CPUs do not share a line");

static struct {
	struct dma_lock lock;
	struct dma_space *first;
} spaces;

static uint64_t waiting_of(const struct dma_hold *hold)
{
	return (uint64_t)1 << COUNT_SHIFT | hold->npages;
}

static uint64_t npages_of(uint64_t waiting)
{
	return waiting & (((uint64_t)1 << COUNT_SHIFT) - 1);
}

/* ---- Flush ---- */

/* What was taken off the lists. */
struct taken {
	struct dma_hold *list[CPUS];
	struct dma_gather gather;
	uint64_t npages;
	bool any;
};

static void take_tables(struct taken *all, struct dma_batch *batch)
{
	uint64_t paddr = __atomic_exchange_n(&batch->tables, 0, __ATOMIC_ACQ_REL);

	while (paddr) {
		uint64_t *va = dma_table_at(paddr), next = dma_entry_read(va);

		dma_entry_write(va, all->gather.first);
		all->gather.first = paddr;
		all->gather.count++;
		all->any = true;
		paddr = next;
	}
}

static void take(struct dma_space *space, struct taken *all)
{
	all->gather = (struct dma_gather){0};
	all->npages = 0;
	all->any = false;
	for (uint32_t cpu = 0; cpu < space->cpus; cpu++) {
		struct dma_batch *batch = &space->batch[cpu];
		uint64_t waiting = 0;

		all->list[cpu] = NULL;
		if (__atomic_load_n(&batch->tables, __ATOMIC_RELAXED))
			take_tables(all, batch);
		if (!__atomic_load_n(&batch->first, __ATOMIC_RELAXED))
			continue;
		all->list[cpu] = __atomic_exchange_n(&batch->first, NULL, __ATOMIC_ACQ_REL);
		for (const struct dma_hold *hold = all->list[cpu]; hold; hold = hold->next)
			waiting += waiting_of(hold);
		dma_sub(&batch->waiting, waiting);
		all->npages += npages_of(waiting);
		all->any = all->any || waiting;
	}
}

static void give_back(struct dma_space *space, struct dma_hold *hold, bool reachable)
{
	while (hold) {
		struct dma_hold *next = hold->next;

		hold->next = NULL;
		if (reachable) {
			dma_hold_quarantine(hold);
		} else {
			dma_iova_free(&space->iova, hold->daddr, hold->npages);
			dma_hold_finish(hold);
		}
		hold = next;
	}
}

int dma_batch_flush(struct dma_space *space)
{
	struct taken all;
	int error = 0;

	if (!space->batch)
		return 0;
	(void)__atomic_fetch_add(&space->flushing, 1, __ATOMIC_SEQ_CST);
	take(space, &all);
	/* What another CPU has taken may still be reachable: it is before its invalidation. Ours is as good. */
	if (all.any || __atomic_load_n(&space->flushing, __ATOMIC_SEQ_CST) > 1) {
		if (all.npages > dma_load(&space->pending_max))
			dma_store(&space->pending_max, all.npages);
		error = space->mapper->flush_all(space, &all.gather);
		if (error)
			(void)dma_space_give_up(space, (size_t)all.npages);
		for (uint32_t cpu = 0; cpu < space->cpus; cpu++)
			give_back(space, all.list[cpu], error != 0);
		dma_sub(&dma_state.stats.pages_pending, all.npages);
	}
	(void)__atomic_fetch_sub(&space->flushing, 1, __ATOMIC_SEQ_CST);
	return error;
}

/* ---- Retire ---- */

static dma_cold void push_tables(struct dma_batch *batch, const struct dma_gather *gather)
{
	uint64_t *last = dma_table_at(gather->first), next;
	uint64_t head = dma_load(&batch->tables);

	while ((next = dma_entry_read(last)) != 0)
		last = dma_table_at(next);
	do
		dma_entry_write(last, head);
	while (!dma_swap_if(&batch->tables, &head, gather->first));
}

static inline struct dma_batch *batch_here(const struct dma_space *space)
{
	unsigned number = space->cpus == 1 ? 0 : dma_host_cpu();

	return &space->batch[dma_likely(number < space->cpus) ? number : number % space->cpus];
}

void dma_batch_push(struct dma_space *space, struct dma_hold *hold, uint64_t now)
{
	struct dma_batch *batch = batch_here(space);
	uint64_t waiting;

	dma_add(&dma_state.stats.pages_pending, hold->npages);
	waiting = __atomic_add_fetch(&batch->waiting, waiting_of(hold), __ATOMIC_RELAXED);
	hold->next = __atomic_load_n(&batch->first, __ATOMIC_RELAXED);
	if (!hold->next)
		dma_store(&batch->oldest_ns, now);
	while (!__atomic_compare_exchange_n(&batch->first, &hold->next, hold, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	if (dma_unlikely(waiting >> COUNT_SHIFT >= space->batch_count || npages_of(waiting) >= space->batch_npages ||
			 now - dma_load(&batch->oldest_ns) >= space->batch_ns))
		(void)dma_batch_flush(space);
}

void dma_batch_retire(struct dma_space *space, struct dma_hold *hold, uint32_t tag)
{
	struct dma_gather gather = {0};
	uint64_t now = dma_host_time_ns();

	if (dma_unlikely(space->mapper->unmap(space, hold->daddr, hold->npages, dma_note(tag, now), &gather))) {
		(void)dma_space_give_up(space, hold->npages);
		dma_hold_quarantine(hold);
		return;
	}
	if (dma_unlikely(gather.count))
		push_tables(batch_here(space), &gather);
	dma_batch_push(space, hold, now);
}

/* ---- Age: what dma_reclaim() comes to ---- */

static bool too_old(const struct dma_space *space, uint64_t now)
{
	for (uint32_t cpu = 0; cpu < space->cpus; cpu++)
		if (__atomic_load_n(&space->batch[cpu].first, __ATOMIC_RELAXED) &&
		    now - dma_load(&space->batch[cpu].oldest_ns) >= space->batch_ns)
			return true;
	return false;
}

bool dma_batch_poll(bool all)
{
	bool some = false;
	uint64_t now;
	uintptr_t state;

	if (!dma_host_interrupts_on())
		return false;
	now = dma_host_time_ns();
	state = dma_host_lock(&spaces.lock);
	for (struct dma_space *space = spaces.first; space; space = space->next) {
		if (!(all ? dma_batch_pending(space) > 0 : too_old(space, now)))
			continue;
		space->polled++; /* keeps it on the list while the lock is not held */
		dma_host_unlock(&spaces.lock, state);
		some = dma_batch_flush(space) == 0 || some;
		state = dma_host_lock(&spaces.lock);
		space->polled--;
	}
	dma_host_unlock(&spaces.lock, state);
	return some;
}

/* ---- Life ---- */

uint64_t dma_batch_pending(const struct dma_space *space)
{
	uint64_t npages = 0;

	for (uint32_t cpu = 0; space->batch && cpu < space->cpus; cpu++)
		npages += npages_of(dma_load(&space->batch[cpu].waiting));
	return npages;
}

int dma_batch_init(struct dma_space *space, const struct dma_space_config *config)
{
	uint64_t nbytes = config->batch_bytes ? config->batch_bytes : DMA_BATCH_BYTES;
	uintptr_t state;

	if (space->cpus > CPUS)
		space->cpus = (uint32_t)CPUS;
	space->batch = dma_host_page_alloc();
	if (!space->batch)
		return DMA_ENOMEM;
	dma_arch_fill(space->batch, 0, DMA_PAGE_SIZE);
	dma_add(&dma_state.stats.pages_own, 1);
	space->batch_count = config->batch_count ? config->batch_count : DMA_BATCH_COUNT;
	space->batch_npages = (nbytes >> DMA_PAGE_SHIFT) / space->cpus;
	if (!space->batch_npages)
		space->batch_npages = 1;
	space->batch_ns = config->batch_ns ? config->batch_ns : DMA_BATCH_NS;
	state = dma_host_lock(&spaces.lock);
	space->next = spaces.first;
	spaces.first = space;
	dma_host_unlock(&spaces.lock, state);
	__atomic_store_n(&dma_reclaim_more, dma_batch_poll, __ATOMIC_RELEASE);
	return 0;
}

void dma_batch_fini(struct dma_space *space)
{
	uintptr_t state = dma_host_lock(&spaces.lock);
	struct dma_space **link = &spaces.first;

	while (space->polled) {
		dma_host_unlock(&spaces.lock, state);
		state = dma_host_lock(&spaces.lock);
	}
	while (*link && *link != space)
		link = &(*link)->next;
	if (*link)
		*link = space->next;
	dma_host_unlock(&spaces.lock, state);
	dma_host_page_free(space->batch);
	dma_sub(&dma_state.stats.pages_own, 1);
	space->batch = NULL;
}
