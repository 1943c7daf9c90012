/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fences of the explored memory (memory.c), and what programs and hooks ask of it: what has arrived, what hardware
 * finds, what is fresh or owned.
 */
#include "memory_model.h"

struct range *memory_owned;

/* ---- Fences ---- */

void explore_fence_release(void)
{
	unsigned cpu = explore_cpu();

	if (!explore_running())
		return;
	memory_settle();
	view_join(&m->released[cpu], mine());
	m->has_released[cpu] = true;
}

void explore_fence_acquire(void)
{
	unsigned cpu = explore_cpu();

	if (!explore_running())
		return;
	memory_settle();
	m->ordered[cpu]++;
	m->acquired[cpu] = ++m->time;
	if (m->has_pending[cpu])
		view_join(mine(), &m->pending[cpu]);
}

void explore_fence_full(void)
{
	if (!explore_running())
		return;
	explore_fence_acquire();
	view_join(mine(), &m->fence);
	view_join(&m->fence, mine());
	explore_fence_release();
}

uint64_t explore_newest(const uint64_t *word)
{
	if (explore_running())
		memory_settle();
	return *word;
}

bool explore_arrived(const void *start, size_t nbytes)
{
	memory_settle();
	for (uint32_t i = 0; explore_running() && i < m->ncells; i++)
		if (m->cell[i].address - (uintptr_t)start < nbytes && at_least(i) != m->cell[i].newest)
			return false;
	return true;
}

/* The CPU knows that a load is over by what it has acquired, or by the pointer through which it found the memory. */
static bool load_is_over(const struct cell *c, unsigned cpu)
{
	uint32_t by = c->region == NONE ? NONE : m->by_pointer[explore_cpu()][c->region];

	return c->load[cpu] <= mine()->loads[cpu] || (by != NONE && c->load[cpu] <= m->view[by].loads[cpu]);
}

bool explore_left(const void *start, size_t nbytes)
{
	memory_settle();
	for (uint32_t i = 0; explore_running() && i < m->ncells; i++)
		for (unsigned cpu = 0; m->cell[i].address - (uintptr_t)start < nbytes && cpu < EXPLORE_CPUS; cpu++)
			if (!load_is_over(&m->cell[i], cpu))
				return false;
	return true;
}

bool explore_reads_are_over(unsigned cpu, const void *start, size_t nbytes)
{
	const char *p = start;

	memory_settle();
	for (size_t i = 0; explore_running() && i < nbytes; i += sizeof(uint32_t))
		if (explore_shared(p + i) &&
		    m->cell[cells_of(p + i, sizeof(uint32_t)).cell[0]].loaded[cpu] > m->ordered[cpu])
			return false;
	return true;
}

uint64_t explore_now(void)
{
	return ++m->time;
}

uint64_t explore_loads_ordered(void)
{
	return m->acquired[explore_cpu()];
}

void explore_owned(const void *start, size_t nbytes)
{
	static struct range ranges[OWNED + 1];
	unsigned n = 0;

	for (memory_owned = ranges; ranges[n].end; n++)
		;
	if (n == OWNED)
		out_of("owned ranges");
	ranges[n] = (struct range){(uintptr_t)start, (uintptr_t)start + nbytes};
}

bool explore_published(const uint64_t *word)
{
	struct cells c;
	const struct view *released;

	if (!explore_running() || !explore_watched(word))
		return true;
	memory_settle();
	c = cells_of(word, sizeof(*word));
	released = &m->released[explore_cpu()];
	return view_at(released, c.cell[0]) == m->cell[c.cell[0]].newest &&
	       view_at(released, c.cell[1]) == m->cell[c.cell[1]].newest;
}

uint64_t explore_oldest(const uint64_t *word)
{
	struct cells c;
	stamp at[2];

	if (!explore_running())
		return *word;
	memory_settle();
	c = cells_of(word, sizeof(*word));
	at[0] = view_at(mine(), c.cell[0]);
	at[1] = second_half(&c, at[0]);
	return bits_at(&c, at, sizeof(*word));
}

/* ---- Fresh ---- */

void explore_fresh(void *start, size_t nbytes)
{
	if (!explore_running())
		return;
	if (m->nregions == REGIONS) {
		explore_check(false, "pages are taken for ever");
		return;
	}
	m->region[m->nregions++] = (struct region){(uintptr_t)start, (uintptr_t)start + nbytes, 0};
}
