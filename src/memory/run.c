/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Runs: counted, cut, found and freed. Their word, and who may do what when, is explained in run.h.
 *
 * A lock is held, and interrupts are off, for a bounded time: a cut goes down the tree a few times, at most 32 steps
 * each; what goes from run to run gives the lock up after RUNS_AT_ONCE of them. That is below 10,000 instructions,
 * whatever a segment is cut into.
 */
#include "run.h"
#include "../base/node.h"
#include "../base/state.h"
#include "late.h"
#include "run_tree.h"
#include <dmastream/errors.h>
#include <dmastream/stream.h>

#define MAX_OTHERS   ((uint64_t)INT32_MAX)
#define RUNS_AT_ONCE 16
#define LOCK_BITS    5

_Static_assert(sizeof(struct dma_run) <= DMA_NODE_SIZE, "a run is a node");
_Static_assert(sizeof(struct dma_family) <= DMA_NODE_SIZE, "so is a family");

static struct {
	_Alignas(64) struct dma_lock lock; /* each in a cache line of its own */
} locks[DMA_CONFIG_SMP ? 1 << LOCK_BITS : 1];

static uint64_t others(uint64_t word)
{
	return word >> 32;
}

static uint64_t pages(const struct dma_run *run)
{
	return dma_load(&run->word) & UINT32_MAX;
}

/* Fibonacci hashing of the node's address, so that nodes that lie side by side get different locks. */
static struct dma_lock *own_lock(const struct dma_run *run)
{
	return &locks[DMA_CONFIG_SMP * ((uint64_t)(uintptr_t)run * UINT64_C(0x9e3779b97f4a7c15) >> (64 - LOCK_BITS))]
			.lock;
}

/* The lock of the run's family; before the first cut, the lock that its family will have. */
static struct dma_lock *lock_of(const struct dma_run *run)
{
	const struct dma_family *family = __atomic_load_n(&run->family, __ATOMIC_ACQUIRE);

	return family ? family->lock : own_lock(run);
}

/* ---- Counting (callers hold the lock, where runs are cut at all) ---- */

/* Raising a count needs no order: whoever raises it holds the run, so nothing is freed meanwhile. Lowering it is a
 * release, and the one that finds itself the last holder acquires. */

/* Adds a holder to a run. False: it would be one more than `most`, and nothing has changed. */
static bool count(struct dma_run *run, uint64_t most)
{
	uint64_t word = dma_load(&run->word);

	do {
		if (others(word) >= most)
			return false;
	} while (!dma_swap_if_relaxed(&run->word, &word, word + dma_run_word(1, 0)));
	return true;
}

/* Takes a holder off a run. True: the caller was the only holder, so that nobody has the run now. */
static bool uncount(struct dma_run *run)
{
	uint64_t word = dma_load_acquire(&run->word);

	do {
		if (others(word) == 0)
			return true;
	} while (!dma_swap_if(&run->word, &word, word - dma_run_word(1, 0)));
	return false;
}

/* ---- Made and freed ---- */

struct dma_run *dma_run_new(void)
{
	return dma_node_alloc();
}

void dma_run_start(struct dma_run *run, dma_paddr_t paddr, size_t npages)
{
	*run = (struct dma_run){.word = dma_run_word(0, npages), .paddr = paddr};
	dma_add(&dma_state.stats.pages_alloc, npages);
}

/* Frees the frames and the node of a run that nobody holds. */
static void free_run(struct dma_run *run)
{
	size_t npages = (size_t)pages(run);

	dma_frames_free(run->paddr, npages);
	dma_sub(&dma_state.stats.pages_alloc, npages);
	dma_store(&run->word, 0);
	dma_node_free(run);
}

/* A handle of a free run is the copy of one that was dropped. While the node is not used for something else, that can
 * be seen. */
static dma_cold bool dead(uint64_t word)
{
	if (word == 0)
		dma_log("dmastream: misuse: a segment is used that was dropped: its handle was copied; take another "
			"reference with dma_segment_clone()");
	return word == 0;
}

/* Takes a holder off npages of frames, RUNS_AT_ONCE runs at a time. Between two turns the lock is free; the runs that
 * are still to come cannot go meanwhile, since this holder still holds them. */
static void drop_runs(struct dma_run *run, uint64_t npages)
{
	while (npages > 0) {
		struct dma_lock *lock = lock_of(run);
		uintptr_t irq = dma_host_lock(lock);
		struct dma_family *family = run->family, *empty = NULL;
		struct dma_run *nobodys = NULL;
		bool stop = false;

		for (unsigned n = 0; n < RUNS_AT_ONCE && npages > 0 && !stop; n++) {
			struct dma_run *next = run->next;

			npages -= pages(run);
			stop = dead(dma_load(&run->word));
			if (!stop && uncount(run)) {
				if (family)
					dma_run_tree_remove(family, run);
				run->next = nobodys;
				nobodys = run;
			}
			run = next;
		}
		npages = stop ? 0 : npages;
		if (family && family->nruns == 0)
			empty = family;
		dma_host_unlock(lock, irq);
		if (empty)
			dma_node_free(empty);
		while (nobodys) {
			struct dma_run *next = nobodys->next;

			free_run(nobodys);
			nobodys = next;
		}
	}
}

/* The slow path of dma_run_drop(). */
static dma_cold void drop_slowly(struct dma_run *run, size_t npages, uint64_t word)
{
	if (dead(word))
		return;
	if (!DMA_CONFIG_SPLIT) {
		if (uncount(run))
			free_run(run);
	} else if (word == npages && !run->family)
		free_run(run); /* its only holder, and no tree knows it */
	else
		drop_runs(run, npages);
}

void dma_run_drop(struct dma_run *run, size_t npages)
{
	uint64_t word = dma_load_acquire(&run->word);

	if (word == npages || (word & UINT32_MAX) != npages ||
	    !dma_swap_if(&run->word, &word, word - dma_run_word(1, 0)))
		drop_slowly(run, npages, word);
}

/* ---- Held ---- */

/* Adds a holder to npages of frames. The caller holds them already, so the runs stay while it looks at them. Returns
 * how many pages got the holder: fewer than npages if a run has `most` already. */
static uint64_t hold_runs(struct dma_run *run, uint64_t npages, uint64_t most)
{
	uint64_t done = 0;
	bool full = false;

	while (done < npages && !full) {
		struct dma_lock *lock = lock_of(run);
		uintptr_t irq = dma_host_lock(lock);

		for (unsigned n = 0; n < RUNS_AT_ONCE && done < npages && !full; n++) {
			full = dead(dma_load(&run->word)) || !count(run, most);
			if (!full) {
				done += pages(run);
				run = run->next;
			}
		}
		dma_host_unlock(lock, irq);
	}
	return done;
}

int dma_run_hold(struct dma_run *run, size_t npages)
{
	uint64_t word = dma_load(&run->word), done;

	if (dma_likely((word & UINT32_MAX) == npages && others(word) < MAX_OTHERS &&
		       dma_swap_if_relaxed(&run->word, &word, word + dma_run_word(1, 0))))
		return 0;
	if (dead(word))
		return DMA_EINVAL;
	if (!DMA_CONFIG_SPLIT)
		return count(run, MAX_OTHERS) ? 0 : DMA_EINVAL;
	done = hold_runs(run, npages, MAX_OTHERS);
	if (done == npages)
		return 0;
	drop_runs(run, done);
	return DMA_EINVAL;
}

/* The counter has room for these holders above the limit of the others, so it cannot fail. */
void dma_run_keep(struct dma_run *run, size_t npages)
{
	if (DMA_CONFIG_SPLIT)
		(void)hold_runs(run, npages, UINT32_MAX);
	else
		(void)count(run, UINT32_MAX);
}

/* ---- Cut ---- */

/* Takes a node while a lock is held, which forbids asking the host for a page: *spare if there is one, else a free
 * node. */
static void *node_from(void **spare)
{
	void *node = *spare;

	*spare = NULL;
	return node ? node : dma_node_take();
}

/* Makes a family that consists of this run. False: there is no node for it. */
static bool found_family(struct dma_run *run, void **spare)
{
	uint64_t last = pages(run) - 1;
	struct dma_family *family = node_from(spare);

	if (!family)
		return false;
	*family = (struct dma_family){.lock = own_lock(run), .base = run->paddr.raw >> DMA_PAGE_SHIFT};
	family->top = 1;
	while (family->top <= last >> 1)
		family->top <<= 1;
	dma_run_tree_add(family, run);
	__atomic_store_n(&run->family, family, __ATOMIC_RELEASE);
	return true;
}

/* Finds the run that begins `at` pages behind the begin of run, and makes the cut if no run begins there. NULL: there
 * is no node for it. The caller holds the lock. */
static struct dma_run *beginning_at(struct dma_run *run, uint64_t at, void **spare)
{
	uint64_t first = run->paddr.raw >> DMA_PAGE_SHIFT, word;
	struct dma_run *tail;

	if (at >= pages(run))
		run = dma_run_tree_find(run->family, run, first + at - run->family->base);
	at -= (run->paddr.raw >> DMA_PAGE_SHIFT) - first;
	if (at == 0)
		return run;
	if (!run->family && !found_family(run, spare))
		return NULL;
	tail = node_from(spare);
	if (!tail)
		return NULL;
	*tail = (struct dma_run){
		.paddr = dma_paddr(run->paddr.raw + (at << DMA_PAGE_SHIFT)), .family = run->family, .next = run->next};
	run->next = tail;
	dma_run_tree_add(run->family, tail);
	/* Acquire: some holders dropped the whole run before the cut. Whoever drops the tail last must have seen what
	 * they did before that. */
	word = dma_load(&run->word);
	do
		tail->word = word - at; /* the same holders, and the pages from the cut on */
	while (!dma_swap_if_acquire(&run->word, &word, dma_run_word(others(word), at)));
	return tail;
}

/* Brings a spare node after a try failed for want of one. That try may have cut at one end already; a cut changes
 * nothing that a holder can see. */
static bool bring(void **spare)
{
	*spare = dma_node_alloc();
	return *spare != NULL;
}

static void give_back(void *spare)
{
	if (spare)
		dma_node_free(spare);
}

int dma_run_cut(struct dma_run *run, size_t at, struct dma_run **tail)
{
	struct dma_lock *lock = lock_of(run);
	void *spare = NULL;

	if (dead(dma_load(&run->word)))
		return DMA_EINVAL;
	do {
		uintptr_t irq = dma_host_lock(lock);

		*tail = beginning_at(run, at, &spare);
		dma_host_unlock(lock, irq);
	} while (!*tail && bring(&spare));
	give_back(spare);
	return *tail ? 0 : DMA_ENOMEM;
}

int dma_run_slice(struct dma_run *run, size_t first, size_t npages, size_t total, struct dma_run **slice)
{
	struct dma_lock *lock = lock_of(run);
	void *spare = NULL;
	bool cut, held = false;

	if (dead(dma_load(&run->word)))
		return DMA_EINVAL;
	do {
		uintptr_t irq = dma_host_lock(lock);
		struct dma_run *begin = beginning_at(run, first, &spare);

		cut = begin && (first + npages == total || beginning_at(begin, npages, &spare));
		held = cut && pages(begin) == npages && count(begin, MAX_OTHERS);
		dma_host_unlock(lock, irq);
		*slice = begin;
	} while (!cut && bring(&spare));
	give_back(spare);
	if (!cut)
		return DMA_ENOMEM;
	return held ? 0 : dma_run_hold(*slice, npages);
}
