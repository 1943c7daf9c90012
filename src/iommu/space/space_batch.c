/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Deferred releases: unmapped at once, given back after one invalidation for many (hazards 11, 34, 47).
 *
 * Each CPU number has a ring; pushing is one compare and swap, and no lock is held over hundreds of addresses (hazard
 * 57). A full ring is flushed by itself, so that CPUs that release at the same time share nothing; whoever wants memory
 * back flushes all. Nobody waits for anybody: a flush that finds a ring with another flush invalidates all the same and
 * leaves the ring to that one; a release that finds no free slot invalidates by itself, as a strict one does.
 */
#include "space_batch.h"
#include "../../base/own_page.h"
#include "space.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

#define CPUS (DMA_PAGE_SIZE / sizeof(struct dma_batch))

_Static_assert(sizeof(struct dma_batch) == 128, "CPUs do not share a pair of lines");
_Static_assert(CPUS == DMA_TABLE_CPUS, "an index for both");
_Static_assert((DMA_BATCH_COUNT & (DMA_BATCH_COUNT - 1)) == 0, "places follow one another when the count wraps");

static uint64_t npages_of(uint64_t waiting)
{
	return waiting >> DMA_BATCH_PAGES_SHIFT;
}

/* ---- Flush ---- */

/* What was taken off the rings. Its address names the flush. */
struct taken {
	struct dma_gather tables;
	uint64_t npages;
	bool any;
};

static void take_tables(struct taken *all, struct dma_batch *batch)
{
	uint64_t paddr = __atomic_exchange_n(&batch->tables, 0, __ATOMIC_ACQUIRE);

	while (paddr) {
		uint64_t *va = dma_table_at(paddr), next = dma_entry_read(va);

		dma_entry_write(va, all->tables.first);
		all->tables.first = paddr;
		all->tables.count++;
		all->any = true;
		paddr = next;
	}
}

/* Where the first record is that somebody is still writing, or the tail. Nothing orders the tail behind the ring: this
 * CPU may see that another one pushed before it sees the ring, and then it sees none of its records. */
static uint64_t written(const struct dma_batch *batch)
{
	uint64_t at = dma_load(&batch->head), tail = dma_load(&batch->tail);

	while (at != tail && __atomic_load_n(&batch->ring, __ATOMIC_RELAXED)) {
		uint32_t npages = __atomic_load_n(&dma_batch_record(batch, at)->npages, __ATOMIC_ACQUIRE);

		if (!npages)
			break;
		at += dma_batch_one(npages);
	}
	return at;
}

static void take(struct dma_batch *batch, const struct dma_batch *end, struct taken *all)
{
	for (; batch < end; batch++) {
		uint64_t none = 0;

		if (__atomic_load_n(&batch->tables, __ATOMIC_RELAXED))
			take_tables(all, batch);
		if (dma_batch_waiting(batch, dma_load(&batch->tail)) == 0)
			continue;
		/* If another flush has the ring, it has not invalidated yet: our invalidation covers its records,
		 * too. */
		all->any = true;
		if (!__atomic_compare_exchange_n(&batch->owner, &none, (uintptr_t)all, false, __ATOMIC_ACQUIRE,
						 __ATOMIC_RELAXED))
			continue;
		batch->upto = written(batch);
		all->npages += npages_of(batch->upto - dma_load(&batch->head));
	}
}

static void quarantine(struct dma_batch *batch)
{
	for (uint64_t at = dma_load(&batch->head); at != batch->upto;) {
		struct dma_owed *record = dma_batch_record(batch, at);

		at += dma_batch_one(record->npages);
		dma_owed_quarantine(record);
		record->steps = 0;
		__atomic_store_n(&record->npages, 0, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&batch->head, batch->upto, __ATOMIC_RELEASE);
}

static void give_back(struct dma_space *space, struct dma_batch *batch)
{
	unsigned number = space->cpus == 1 ? 0 : dma_host_cpu();
	/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): a space has a CPU at least */
	struct dma_iova_cpu *cpu = space->iova.cpu[number < space->iova.cpus ? number : number % space->iova.cpus];

	for (uint64_t at = dma_load(&batch->head); at != batch->upto;) {
		struct dma_owed *record = dma_batch_record(batch, at);
		uint32_t npages = record->npages;

		at += dma_batch_one(npages);
		if (dma_likely(dma_iova_is_kept(record->daddr, npages)))
			dma_iova_give(&space->iova, cpu, record->daddr, npages);
		else
			dma_iova_free(&space->iova, record->daddr, npages);
		if (dma_unlikely(record->steps)) {
			dma_owed_settle(record);
			record->steps = 0; /* as in every free slot: fast paths owe no steps, and leave it */
		} else if (record->run) {
			dma_run_drop(record->run, npages);
		}
		__atomic_store_n(&record->npages, 0, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&batch->head, batch->upto, __ATOMIC_RELEASE);
}

/* Flushes `count` rings, starting at `first`. */
static int flush(struct dma_space *space, struct dma_batch *first, uint32_t count)
{
	struct taken all = {0};
	int error = 0;

	take(first, first + count, &all);
	if (all.any) {
		if (all.npages > dma_load(&space->pending_max))
			dma_store(&space->pending_max, all.npages);
		error = space->mapper->flush_all(space, all.tables);
		if (error)
			(void)dma_space_give_up(space, (size_t)all.npages);
		for (struct dma_batch *batch = first; batch < first + count; batch++) {
			if (dma_load(&batch->owner) != (uintptr_t)&all)
				continue;
			if (error)
				quarantine(batch);
			else
				give_back(space, batch);
			__atomic_store_n(&batch->owner, 0, __ATOMIC_RELEASE);
		}
	}
	return error;
}

int dma_batch_flush(struct dma_space *space)
{
	return space->batch ? flush(space, space->batch, space->cpus) : 0;
}

/* ---- Retire ---- */

static dma_cold void push_tables(struct dma_batch *batch, const struct dma_gather *tables)
{
	uint64_t *last = dma_table_at(tables->first), next;
	uint64_t head = dma_load(&batch->tables);

	while ((next = dma_entry_read(last)) != 0)
		last = dma_table_at(next);
	do
		dma_entry_write(last, head);
	while (!dma_swap_if_release(&batch->tables, &head, tables->first));
}

static struct dma_batch *of_cpu(const struct dma_space *space)
{
	unsigned number = dma_host_cpu();

	return &space->batch[dma_likely(number < space->cpus) ? number : number % space->cpus];
}

/* The CPU's, or another one's while it has no ring: dma_batch_refill() gets it one. NULL: there is none. */
static struct dma_batch *batch_here(struct dma_space *space)
{
	struct dma_batch *batch = of_cpu(space);

	if (dma_likely(__atomic_load_n(&batch->ring, __ATOMIC_ACQUIRE) != NULL))
		return batch;
	__atomic_store_n(&batch->wanted, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&space->rings_wanted, 1, __ATOMIC_RELAXED);
	for (uint32_t cpu = 0; cpu < space->cpus; cpu++)
		if (__atomic_load_n(&space->batch[cpu].ring, __ATOMIC_ACQUIRE))
			return &space->batch[cpu];
	return NULL;
}

/* No free slot: a flush has the ring, or the writer of its oldest record was interrupted. What the unmap did decides
 * what is invalidated, here as in every other release (hazard 66). */
static dma_cold void release_strictly(struct dma_space *space, const struct dma_owed *left, struct dma_unmapped what)
{
	if (space->mapper->flush(space, what)) {
		(void)dma_space_give_up(space, left->npages);
		dma_owed_quarantine(left);
		return;
	}
	dma_iova_free(&space->iova, left->daddr, left->npages);
	dma_owed_settle(left);
}

void dma_batch_push(struct dma_space *space, const struct dma_owed *left, struct dma_unmapped what, uint64_t now)
{
	struct dma_batch *batch = batch_here(space);
	uint64_t tail, waiting, one = dma_batch_one(left->npages);
	struct dma_owed *record;

	if (dma_unlikely(!batch)) {
		release_strictly(space, left, what);
		return;
	}
	tail = dma_load(&batch->tail);
	do {
		waiting = dma_batch_waiting(batch, tail);
		if (dma_unlikely(DMA_BATCH_RELEASES(waiting) >= DMA_BATCH_COUNT)) {
			release_strictly(space, left, what);
			return;
		}
		if (waiting == 0)
			dma_store(&batch->deadline_ns, now + space->batch_ns);
	} while (!dma_swap_if_relaxed(&batch->tail, &tail, tail + one));
	/* Before the record is complete, so that the tables wait no longer than it does. */
	if (dma_unlikely(what.tables.count))
		push_tables(batch, &what.tables);
	record = dma_batch_record(batch, tail);
	record->daddr = left->daddr;
	record->paddr = left->paddr;
	record->run = left->run; /* or its node */
	record->steps = left->steps;
	dma_batch_placed(record, left->npages);
	waiting += one;
	if (dma_batch_full(space, waiting) || dma_batch_due(batch, now))
		(void)flush(space, batch, 1);
}

void dma_batch_retire(struct dma_space *space, const struct dma_stream *s)
{
	struct dma_owed left = dma_owed_of(s);
	uint64_t now = dma_host_time_ns();
	struct dma_unmapped what = space->mapper->unmap(space, left.daddr, left.npages, dma_note(s->tag, now));

	if (dma_unlikely(what.error))
		release_strictly(space, &left, what);
	else
		dma_batch_push(space, &left, what, now);
}

/* ---- Age ---- */

bool dma_batch_is_old(const struct dma_space *space, uint64_t now)
{
	for (uint32_t cpu = 0; space->batch && cpu < space->cpus; cpu++) {
		const struct dma_batch *batch = &space->batch[cpu];

		if (dma_batch_waiting(batch, dma_load(&batch->tail)) && dma_batch_due(batch, now))
			return true;
	}
	return false;
}

uint64_t dma_batch_pending(const struct dma_space *space)
{
	uint64_t npages = 0;

	for (uint32_t cpu = 0; space->batch && cpu < space->cpus; cpu++) {
		const struct dma_batch *batch = &space->batch[cpu];
		uint64_t head = dma_load_acquire(&batch->head); /* first: it never overtakes the tail */

		npages += npages_of(dma_load(&batch->tail) - head);
	}
	return npages;
}

/* ---- Life ---- */

/* The slots of all CPUs lie behind the table's cache, in its page, if there is room. */
static struct dma_batch *slots_of(const struct dma_space *space)
{
	if (!space->table.cache || 2 * space->cpus > CPUS)
		return NULL;
	return (struct dma_batch *)(void *)(space->table.cache + space->cpus);
}

int dma_batch_init(struct dma_space *space, const struct dma_space_config *config)
{
	uint64_t nbytes = config->batch_bytes ? config->batch_bytes : DMA_BATCH_BYTES, npages;

	if (space->cpus > CPUS)
		space->cpus = (uint32_t)CPUS;
	npages = (nbytes >> DMA_PAGE_SHIFT) / space->cpus;
	space->batch = slots_of(space);
	if (space->batch)
		dma_arch_fill(space->batch, 0, space->cpus * sizeof(struct dma_batch));
	else
		space->batch = dma_own_page_alloc();
	if (!space->batch)
		return DMA_ENOMEM;
	space->batch_count =
		config->batch_count && config->batch_count < DMA_BATCH_COUNT ? config->batch_count : DMA_BATCH_COUNT;
	space->batch_pages = (npages ? npages : 1) << DMA_BATCH_PAGES_SHIFT;
	space->batch_bias = dma_batch_bias(space->batch_count, space->batch_pages);
	space->batch_ns = config->batch_ns ? config->batch_ns : DMA_BATCH_NS;
	return 0;
}

void dma_batch_refill(struct dma_space *space)
{
	struct dma_batch *here = of_cpu(space);

	if (__atomic_load_n(&here->ring, __ATOMIC_RELAXED) && !__atomic_load_n(&space->rings_wanted, __ATOMIC_RELAXED))
		return;
	if (!dma_host_interrupts_on())
		return;
	__atomic_store_n(&space->rings_wanted, 0, __ATOMIC_RELAXED);
	for (struct dma_batch *batch = space->batch; batch < space->batch + space->cpus; batch++) {
		struct dma_owed *none = NULL, *ring;

		if (__atomic_load_n(&batch->ring, __ATOMIC_RELAXED) ||
		    (batch != here && !__atomic_load_n(&batch->wanted, __ATOMIC_RELAXED)))
			continue;
		ring = dma_own_page_alloc();
		if (ring &&
		    !__atomic_compare_exchange_n(&batch->ring, &none, ring, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			dma_own_page_free(ring);
	}
}

void dma_batch_fini(struct dma_space *space)
{
	for (uint32_t cpu = 0; cpu < space->cpus; cpu++)
		if (space->batch[cpu].ring)
			dma_own_page_free(space->batch[cpu].ring);
	if (space->batch != slots_of(space))
		dma_own_page_free(space->batch);
	space->batch = NULL;
}
