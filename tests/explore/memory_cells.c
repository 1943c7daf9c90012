/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Views, and the cells' histories: what the explored memory keeps (memory.c).
 */
#include "memory_model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct memory *m;

void out_of(const char *what)
{
	fprintf(stderr, "explore: out of %s\n", what);
	abort();
}

static void view_clear(struct view *v)
{
	memset(v->at, 0, v->cells * sizeof(v->at[0]));
	memset(v->region, 0, sizeof(v->region));
	memset(v->loads, 0, sizeof(v->loads));
	v->cells = 0;
}

void memory_begin(void)
{
	if (!m)
		m = calloc(1, sizeof(*m));
	for (uint32_t i = 0; i < m->ncells; i++)
		m->hash[(m->cell[i].address >> 2) % HASH] = 0;
	memset(m->hash, 0, m->ncells ? sizeof(m->hash) : 0);
	for (unsigned cpu = 0; cpu < EXPLORE_CPUS; cpu++) {
		view_clear(&m->of_cpu[cpu]);
		view_clear(&m->released[cpu]);
		view_clear(&m->pending[cpu]);
		m->has_released[cpu] = m->has_pending[cpu] = false;
		m->ordered[cpu] = 0;
		m->acquired[cpu] = m->seq_cst[cpu] = 0;
		memset(m->by_pointer[cpu], 0xff, sizeof(m->by_pointer[cpu])); /* NONE */
	}
	view_clear(&m->fence);
	m->time = 0;
	m->ncells = m->nvalues = m->nviews = m->nregions = m->nstores = 0;
	m->shown = m->stored = 0;
}

/* ---- Views ---- */

struct view *mine(void)
{
	return &m->of_cpu[explore_cpu()];
}

void view_join(struct view *to, const struct view *from)
{
	for (uint32_t i = 0; i < from->cells; i++)
		to->at[i] = from->at[i] > to->at[i] ? from->at[i] : to->at[i];
	to->cells = from->cells > to->cells ? from->cells : to->cells;
	for (uint32_t i = 0; i < m->nregions; i++)
		to->region[i] = from->region[i] > to->region[i] ? from->region[i] : to->region[i];
	for (unsigned i = 0; i < EXPLORE_CPUS; i++)
		to->loads[i] = from->loads[i] > to->loads[i] ? from->loads[i] : to->loads[i];
}

uint32_t view_copy(const struct view *from)
{
	if (m->nviews == VIEWS)
		out_of("views");
	struct view *to = &m->view[m->nviews];

	view_clear(to);
	view_join(to, from);
	return m->nviews++;
}

stamp view_at(const struct view *v, uint32_t cell)
{
	const struct cell *c = &m->cell[cell];
	stamp at = cell < v->cells ? v->at[cell] : 0;

	return c->region != NONE && at == 0 && v->region[c->region] ? 1 : at;
}

/* How far the CPU is in a cell's history. Fresh memory is reached by a pointer, and what is read by a pointer comes
 * after it: what came before the pointer's store, if that was ordered, is seen. */
stamp at_least(uint32_t cell)
{
	unsigned cpu = explore_cpu();
	uint32_t region = m->cell[cell].region;
	stamp at = view_at(&m->of_cpu[cpu], cell), by_pointer;

	if (region == NONE || m->by_pointer[cpu][region] == NONE)
		return at;
	by_pointer = view_at(&m->view[m->by_pointer[cpu][region]], cell);
	return by_pointer > at ? by_pointer : at;
}

void view_set(struct view *v, uint32_t cell, stamp at)
{
	if (cell >= v->cells)
		v->cells = cell + 1;
	if (at > v->at[cell])
		v->at[cell] = at;
}

/* ---- Cells ---- */

static uint32_t value_new(uint32_t bits, uint32_t store, uint32_t view)
{
	if (m->nvalues == VALUES)
		out_of("values");
	m->value[m->nvalues] = (struct value){bits, store, view, NONE, 0};
	return m->nvalues++;
}

uint32_t region_of(uintptr_t address)
{
	for (uint32_t i = m->nregions; i-- > 0;)
		if (address >= m->region[i].start && address < m->region[i].end)
			return i;
	return NONE;
}

static uint32_t cell_of(uintptr_t address)
{
	uint32_t slot = (uint32_t)(address >> 2) % HASH, bits;

	while (m->hash[slot] && m->cell[m->hash[slot] - 1].address != address)
		slot = (slot + 1) % HASH;
	if (m->hash[slot])
		return m->hash[slot] - 1;
	if (m->ncells == CELLS)
		out_of("cells");
	struct cell *c = &m->cell[m->ncells];

	memcpy(&bits, (const void *)address, sizeof(bits));
	*c = (struct cell){.address = address, .region = region_of(address)};
	/* Whoever has not seen the fill of a fresh region finds there what was there before. */
	c->first = c->last = value_new(c->region == NONE ? bits : GARBAGE, 0, NONE);
	if (c->region != NONE) {
		c->last = m->value[c->first].next = value_new(bits, 0, NONE);
		c->newest = 1;
	}
	m->hash[slot] = m->ncells + 1;
	return m->ncells++;
}

void cell_store(uint32_t cell, uint32_t bits, uint32_t store, uint32_t view, bool seq_cst)
{
	struct cell *c = &m->cell[cell];
	uint32_t v = value_new(bits, store, view);

	m->value[c->last].next = v;
	c->last = v;
	c->newest++;
	if (seq_cst)
		m->value[v].time = m->seq_cst[explore_cpu()] = ++m->time;
	view_set(mine(), cell, c->newest);
}

const struct value *value_at(uint32_t cell, stamp at)
{
	uint32_t v = m->cell[cell].first;

	if (at == m->cell[cell].newest) /* as most loads */
		return &m->value[m->cell[cell].last];
	while (at-- > 0)
		v = m->value[v].next;
	return &m->value[v];
}

/* ---- 1 to 8 bytes as cells ---- */

struct cells cells_of(const void *address, size_t nbytes)
{
	uintptr_t first = (uintptr_t)address & ~(uintptr_t)3;
	struct cells c = {.n = (unsigned)(((uintptr_t)address + nbytes - 1 - first) / 4 + 1),
			  .shift = (unsigned)((uintptr_t)address & 3) * 8};

	for (unsigned i = 0; i < c.n; i++)
		c.cell[i] = cell_of(first + 4 * i);
	return c;
}

uint64_t mask_of(size_t nbytes)
{
	return nbytes == 8 ? ~(uint64_t)0 : ((uint64_t)1 << 8 * nbytes) - 1;
}

uint64_t bits_at(const struct cells *c, const stamp at[2], size_t nbytes)
{
	uint64_t bits = value_at(c->cell[0], at[0])->bits;

	if (c->n > 1)
		bits |= (uint64_t)value_at(c->cell[1], at[1])->bits << 32;
	return bits >> c->shift & mask_of(nbytes);
}

void newest_of(const struct cells *c, stamp at[2])
{
	at[0] = m->cell[c->cell[0]].newest;
	at[1] = c->n > 1 ? m->cell[c->cell[1]].newest : 0;
}

/* The second half of the value whose first half is there: of the same store, if it may be seen; else the newest. */
stamp second_half(const struct cells *c, stamp first)
{
	uint32_t store = value_at(c->cell[0], first)->store;
	stamp at = at_least(c->cell[1]), newest = m->cell[c->cell[1]].newest;

	for (; store && at < newest; at++)
		if (value_at(c->cell[1], at)->store == store)
			return at;
	return store || first == m->cell[c->cell[0]].newest ? newest : at;
}
