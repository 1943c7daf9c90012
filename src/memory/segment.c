/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Segments: handles that hold ranges of runs.
 *
 * A handle always begins and ends where runs do: slicing or splitting first cuts the runs there. While a handle covers exactly one run, cloning
 * and dropping it are one compare-and-swap on that run's word: it fails if somebody cut the run meanwhile. Everything that walks from run
 * to run, or cuts, holds the family's lock. The last holder of a run needs neither: nobody else can know the run.
 */
#include "../base/node.h"
#include "../base/state.h"
#include "owed.h"
#include "run.h"
#include <dmastream/errors.h>
#include <dmastream/stream.h>

_Static_assert(sizeof(struct dma_run) <= DMA_NODE_SIZE, "a run is a node");

#define MAX_OTHERS ((uint64_t)INT32_MAX)

static struct dma_lock locks[16];

static struct dma_lock *lock_of(const struct dma_run *run)
{
	return &locks[run->family % (sizeof(locks) / sizeof(locks[0]))];
}

static uint64_t others(uint64_t word)
{
	return word >> 32;
}

static uint64_t pages(uint64_t word)
{
	return word & UINT32_MAX;
}

static struct dma_segment slice_of(const struct dma_segment *seg, size_t first, size_t npages, struct dma_run *run)
{
	return (struct dma_segment){
		.paddr = dma_paddr(seg->paddr.raw + ((uint64_t)first << DMA_PAGE_SHIFT)),
		.npages = npages,
		.run = run,
	};
}

/* ---- Counting (callers hold the lock) ---- */

/* One more holder of a run; false if it would be more than can be counted. The compare-and-swap is against the short ways, which do not take
 * the lock. */
static bool count(struct dma_run *run)
{
	uint64_t word = dma_load(&run->word);

	do {
		if (others(word) >= MAX_OTHERS)
			return false;
	} while (!dma_swap_if(&run->word, &word, word + dma_run_word(1, 0)));
	return true;
}

/* One fewer; true if the caller was the only one, so that the run is now nobody's. */
static bool uncount(struct dma_run *run)
{
	uint64_t word = dma_load_acquire(&run->word);

	do {
		if (others(word) == 0)
			return true;
	} while (!dma_swap_if(&run->word, &word, word - dma_run_word(1, 0)));
	return false;
}

/* Takes one holder off each run of npages from run on; those that are nobody's are returned as a list. */
static struct dma_run *remove_holder(struct dma_run *run, uint64_t npages)
{
	struct dma_run *dead = NULL;

	while (npages > 0) {
		struct dma_run *next = run->next;

		npages -= pages(dma_load(&run->word));
		if (uncount(run)) {
			run->next = dead;
			dead = run;
		}
		run = next;
	}
	return dead;
}

static int add_holder(struct dma_run *first, uint64_t npages)
{
	struct dma_run *run = first;
	uint64_t done = 0;

	while (done < npages) {
		if (!count(run)) {
			(void)remove_holder(first, done);
			return DMA_EINVAL;
		}
		done += pages(dma_load(&run->word));
		run = run->next;
	}
	return 0;
}

/* Makes a run begin at page `at` behind the begin of run, with *spare if a cut is due (then *spare is gone). */
static struct dma_run *cut(struct dma_run *run, uint64_t at, struct dma_run **spare)
{
	struct dma_run *tail = *spare;
	uint64_t word = dma_load(&run->word);

	while (at > 0 && at >= pages(word)) {
		at -= pages(word);
		if (at == 0)
			return run->next;
		run = run->next;
		word = dma_load(&run->word);
	}
	if (at == 0)
		return run;
	*spare = NULL;
	tail->next = run->next;
	tail->paddr = dma_paddr(run->paddr.raw + (at << DMA_PAGE_SHIFT));
	tail->family = run->family;
	run->next = tail;
	do {
		tail->word = dma_run_word(others(word), pages(word) - at);
	} while (!dma_swap_if(&run->word, &word, dma_run_word(others(word), at)));
	return tail;
}

static void free_run(struct dma_run *run)
{
	size_t npages = (size_t)pages(run->word);

	dma_host_frames_free(run->paddr, npages);
	dma_sub(&dma_state.stats.pages_alloc, npages);
	dma_node_free(run);
}

/* ---- Made ---- */

static bool range_ok(dma_paddr_t paddr, size_t npages)
{
	uint64_t nbytes = (uint64_t)npages << DMA_PAGE_SHIFT;

	return npages > 0 && npages <= DMA_SEGMENT_MAX_PAGES && paddr.raw % DMA_PAGE_SIZE == 0 &&
	       paddr.raw + (nbytes - 1) >= paddr.raw;
}

static struct dma_run *new_run(void)
{
	struct dma_run *run = dma_node_alloc();

	if (run)
		run->next = NULL;
	return run;
}

static void start(struct dma_segment *seg, struct dma_run *run, dma_paddr_t paddr, size_t npages)
{
	run->word = dma_run_word(0, npages);
	run->paddr = paddr;
	run->family = paddr.raw >> DMA_PAGE_SHIFT;
	dma_add(&dma_state.stats.pages_alloc, npages);
	*seg = (struct dma_segment){.paddr = paddr, .npages = npages, .run = run};
}

int dma_segment_alloc(struct dma_segment *seg, size_t npages, uint64_t max_paddr, size_t align)
{
	struct dma_run *run;
	dma_paddr_t paddr;
	int error;

	if (!dma_state.ready || seg->npages || npages == 0 || (align & (align - 1)))
		return DMA_EINVAL;
	if (!dma_host_interrupts_on())
		return DMA_EBUSY;
	if (npages > DMA_SEGMENT_MAX_PAGES)
		return DMA_ENOMEM;
	(void)dma_reclaim();
	run = new_run();
	if (!run)
		return DMA_ENOMEM;
	align = align < DMA_PAGE_SIZE ? DMA_PAGE_SIZE : align;
	error = dma_host_frames_alloc(npages, max_paddr, align, &paddr);
	if (dma_unlikely(error == DMA_ENOMEM) && dma_reclaim_all())
		error = dma_host_frames_alloc(npages, max_paddr, align, &paddr);
	if (error) {
		dma_node_free(run);
		return error;
	}
	start(seg, run, paddr, npages);
	return 0;
}

int dma_segment_adopt(struct dma_segment *seg, dma_paddr_t paddr, size_t npages)
{
	struct dma_run *run;

	if (!dma_state.ready || seg->npages || !range_ok(paddr, npages))
		return DMA_EINVAL;
	if (!dma_host_is_ram(paddr, npages))
		return DMA_EFAULT;
	run = new_run();
	if (!run)
		return DMA_ENOMEM;
	start(seg, run, paddr, npages);
	return 0;
}

int dma_segment_borrow(struct dma_segment *seg, dma_paddr_t paddr, size_t npages)
{
	if (!dma_state.ready || seg->npages || !range_ok(paddr, npages))
		return DMA_EINVAL;
	if (!dma_host_is_ram(paddr, npages))
		return DMA_EFAULT;
	*seg = (struct dma_segment){.paddr = paddr, .npages = npages, .run = NULL};
	return 0;
}

/* ---- Shared ---- */

static int clone_runs(const struct dma_segment *seg)
{
	struct dma_lock *lock = lock_of(seg->run);
	uintptr_t irq = dma_host_lock(lock);
	int error = add_holder(seg->run, seg->npages);

	dma_host_unlock(lock, irq);
	return error;
}

int dma_segment_clone(const struct dma_segment *seg, struct dma_segment *copy)
{
	if (seg->npages == 0 || copy->npages)
		return DMA_EINVAL;
	if (seg->run) {
		uint64_t word = dma_load(&seg->run->word);

		if (pages(word) != seg->npages || others(word) >= MAX_OTHERS ||
		    !dma_swap_if(&seg->run->word, &word, word + dma_run_word(1, 0))) {
			int error = clone_runs(seg);

			if (error)
				return error;
		}
	}
	*copy = *seg;
	return 0;
}

/* The count's limit leaves room above it for this. */
void dma_run_keep(struct dma_run *run, size_t npages)
{
	struct dma_lock *lock = lock_of(run);
	uintptr_t irq = dma_host_lock(lock);

	for (size_t done = 0; done < npages; run = run->next) {
		uint64_t word = dma_load(&run->word);

		while (!dma_swap_if(&run->word, &word, word + dma_run_word(1, 0)))
			;
		done += pages(word);
	}
	dma_host_unlock(lock, irq);
}

/* Spare runs for the cuts at both ends of [first, first + npages): more than needed is given back by the caller. */
static int spare_runs(const struct dma_segment *seg, size_t first, size_t npages, struct dma_run *spare[2])
{
	spare[0] = spare[1] = NULL;
	if (first > 0) {
		spare[0] = new_run();
		if (!spare[0])
			return DMA_ENOMEM;
	}
	if (first + npages < seg->npages) {
		spare[1] = new_run();
		if (!spare[1]) {
			if (spare[0])
				dma_node_free(spare[0]);
			return DMA_ENOMEM;
		}
	}
	return 0;
}

static void give_back(struct dma_run *spare[2])
{
	for (unsigned i = 0; i < 2; i++) {
		if (spare[i])
			dma_node_free(spare[i]);
	}
}

int dma_segment_slice(const struct dma_segment *seg, size_t first, size_t npages, struct dma_segment *slice)
{
	struct dma_run *spare[2], *run = NULL;
	int error = 0;

	if (slice->npages || npages == 0 || first > seg->npages || npages > seg->npages - first)
		return DMA_EINVAL;
	if (seg->run) {
		struct dma_lock *lock = lock_of(seg->run);
		uintptr_t irq;

		error = spare_runs(seg, first, npages, spare);
		if (error)
			return error;
		irq = dma_host_lock(lock);
		run = cut(seg->run, first, &spare[0]);
		if (first + npages < seg->npages)
			(void)cut(run, npages, &spare[1]);
		error = add_holder(run, npages);
		dma_host_unlock(lock, irq);
		give_back(spare);
	}
	if (!error)
		*slice = slice_of(seg, first, npages, run);
	return error;
}

int dma_segment_split(struct dma_segment *seg, size_t at, struct dma_segment *tail)
{
	struct dma_run *spare[2], *run = NULL;

	if (tail->npages || at == 0 || at >= seg->npages)
		return DMA_EINVAL;
	if (seg->run) {
		struct dma_lock *lock = lock_of(seg->run);
		uintptr_t irq;
		int error = spare_runs(seg, at, seg->npages - at, spare);

		if (error)
			return error;
		irq = dma_host_lock(lock);
		run = cut(seg->run, at, &spare[0]);
		dma_host_unlock(lock, irq);
		give_back(spare);
	}
	*tail = slice_of(seg, at, seg->npages - at, run);
	seg->npages = at;
	return 0;
}

/* ---- Dropped ---- */

static void drop_runs(struct dma_run *run, size_t npages)
{
	struct dma_lock *lock = lock_of(run);
	uintptr_t irq = dma_host_lock(lock);
	struct dma_run *dead = remove_holder(run, npages);

	dma_host_unlock(lock, irq);
	while (dead) {
		struct dma_run *next = dead->next;

		free_run(dead);
		dead = next;
	}
}

void dma_run_drop(struct dma_run *run, size_t npages)
{
	uint64_t word = dma_load_acquire(&run->word);

	if (word == npages)
		free_run(run);
	else if (pages(word) != npages || !dma_swap_if(&run->word, &word, word - dma_run_word(1, 0)))
		drop_runs(run, npages);
}

void dma_segment_drop(struct dma_segment *seg)
{
	struct dma_segment dropped = *seg;

	*seg = (struct dma_segment){0};
	if (dropped.run && dropped.npages)
		dma_run_drop(dropped.run, dropped.npages);
}
