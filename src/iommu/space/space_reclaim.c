/* SPDX-License-Identifier: MPL-2.0 */
/*
 * All spaces: what dma_reclaim(), and memory that runs out, come to. Batches that are too old are flushed, reserves
 * are filled again, and what an empty space keeps for speed (tables, books of addresses) goes back to the host.
 */
#include "../../base/state.h"
#include "space.h"
#include "space_batch.h"

#define OFTEN 10 /* polls within the age of a batch, of allocs that come faster */

static struct {
	struct dma_lock lock;
	struct dma_space *first;
	uint64_t often_ns; /* a part of the shortest age of a batch that any space has had */
	uint64_t polled_ns;
} spaces = {.often_ns = DMA_BATCH_NS / OFTEN};

enum pass { OLD, ALL, TIDY };

void dma_space_refill(struct dma_space *space)
{
	if (dma_unlikely(dma_table_is_short(&space->table) || !dma_iova_has_spare(&space->iova)) &&
	    space->mapper->refill)
		space->mapper->refill(space);
	if (space->batch)
		dma_batch_refill(space);
}

/* Nobody has an address: nothing of what speeds maps up is of use. A busy space keeps it. */
static void trim_if_empty(struct dma_space *space)
{
	if (!space->mapper->trim || dma_load(&space->table.pages) <= space->fresh_pages ||
	    !dma_iova_is_empty(&space->iova))
		return;
	while (space->mapper->trim_wide && space->mapper->trim_wide(space))
		;
	while (space->mapper->trim(space))
		;
	(void)dma_iova_trim(&space->iova);
}

static bool visit(struct dma_space *space, enum pass pass, uint64_t now)
{
	if (pass == TIDY) {
		dma_space_refill(space);
		trim_if_empty(space);
		return false;
	}
	if (pass == ALL ? dma_batch_pending(space) == 0 : !dma_batch_is_old(space, now))
		return false;
	return dma_batch_flush(space) == 0;
}

/* The lock is not held while a space is worked on: `polled` keeps it on the list. */
static bool each(enum pass pass)
{
	bool some = false;
	uint64_t now;
	uintptr_t state;

	if (!dma_host_interrupts_on())
		return false;
	now = dma_host_time_ns();
	state = dma_host_lock(&spaces.lock);
	for (struct dma_space *space = spaces.first; space; space = space->next) {
		space->polled++;
		dma_host_unlock(&spaces.lock, state);
		some = visit(space, pass, now) || some;
		state = dma_host_lock(&spaces.lock);
		space->polled--;
	}
	dma_host_unlock(&spaces.lock, state);
	return some;
}

static bool poll(bool all)
{
	return each(all ? ALL : OLD);
}

/* Clocks that stand still, or differ between CPUs, cost at worst a poll more, or one that comes later. */
static void often(void)
{
	uint64_t now = dma_host_time_ns();

	if (dma_likely(now - dma_load(&spaces.polled_ns) < dma_load(&spaces.often_ns)))
		return;
	dma_store(&spaces.polled_ns, now);
	(void)each(OLD);
}

static void tidy(void)
{
	(void)each(TIDY);
}

static uint64_t pending(void)
{
	uintptr_t state = dma_host_lock(&spaces.lock);
	uint64_t npages = 0;

	for (const struct dma_space *space = spaces.first; space; space = space->next)
		npages += dma_batch_pending(space);
	dma_host_unlock(&spaces.lock, state);
	return npages;
}

static const struct dma_deferral deferral = {poll, often, pending, tidy};

void dma_spaces_join(struct dma_space *space)
{
	uintptr_t state = dma_host_lock(&spaces.lock);

	space->next = spaces.first;
	spaces.first = space;
	if (space->batch_ns && space->batch_ns / OFTEN < spaces.often_ns)
		dma_store(&spaces.often_ns, space->batch_ns / OFTEN);
	dma_host_unlock(&spaces.lock, state);
	__atomic_store_n(&dma_deferral, &deferral, __ATOMIC_RELAXED); /* a constant: nothing is written before */
}

void dma_spaces_leave(struct dma_space *space)
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
}
