/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Memory as the orders in the code leave it: C11's release and acquire, as an operational model of views.
 *
 *   cell     4 aligned bytes. Keeps every value that was stored there in this run, in the order of the stores: its
 *            history.
 *   view     for each cell, how far in its history somebody is: what lies before cannot be read any more. Each CPU has
 *            one.
 *   load     returns any value from the CPU's view on, and moves the view there. An old one is a load that ran early,
 *            or a store that arrived late.
 *   release  a store with release order keeps a copy of the CPU's view with its value; an acquiring load of that value
 *            takes the copy over. So what came before the store cannot be missed behind the load.
 *   update   reads the newest value, as a compare and swap that succeeds must; it hands on the view of the store that
 *            it read from.
 *   seq_cst  such a load sees at least the last such store to the same cell, and acquires; such a store releases. This
 *            is weaker than a fence on purpose: a relaxed load behind a sequentially consistent update may still be
 *            early, as on Arm.
 *
 * Left out: stores that overtake earlier loads of the same CPU (load buffering), which no compiler here makes of this
 * code and Arm's dependencies forbid in all but contrived code. Interrupts share their CPU's view.
 */
#include "model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELLS	4096u
#define VALUES	(1u << 15)
#define VIEWS	16384u
#define REGIONS 128u
#define OWNED	8u
#define HASH	8192u
#define NONE	UINT32_MAX
#define GARBAGE 0xd5d5d5d5u

typedef uint16_t stamp;

struct view {
	stamp at[CELLS];       /* by cell */
	stamp region[REGIONS]; /* by region: its fill has been seen */
	uint32_t cells;	       /* at[] is 0 from there on */
};

struct value {
	uint32_t bits;
	uint32_t store; /* number of the store: 8 bytes are two cells with one number */
	uint32_t view;	/* index of the released view; NONE: none */
	uint32_t next;	/* the next one of the cell */
};

struct cell {
	uintptr_t address;
	uint32_t first, last; /* values */
	stamp newest;
	stamp last_seq_cst;
	uint32_t region;	       /* its values from 1 on count as seen by who has seen the region's fill; NONE */
	uint32_t loaded[EXPLORE_CPUS]; /* the CPU's last load: `ordered` of then, and 1; 0: none */
};

struct region {
	uintptr_t start, end;
	stamp fills;
};

static struct range {
	uintptr_t start, end;
} * owned; /* by start(); one of no bytes is the last */

static struct {
	struct cell cell[CELLS];
	struct value value[VALUES];
	struct view view[VIEWS];
	struct region region[REGIONS];
	uint32_t hash[HASH]; /* 1 + cell */
	uint32_t ncells, nvalues, nviews, nregions, nstores;
	struct view of_cpu[EXPLORE_CPUS];
	struct view released[EXPLORE_CPUS]; /* by a release fence */
	struct view pending[EXPLORE_CPUS];  /* what relaxed loads have read, for an acquire fence */
	bool has_released[EXPLORE_CPUS], has_pending[EXPLORE_CPUS];
	struct view fence;		/* the total order of full fences */
	uint32_t ordered[EXPLORE_CPUS]; /* fences that order loads before stores */
	/* What a plain access has left to settle. */
	uintptr_t shown, stored;
	size_t shown_bytes, stored_bytes;
	uint64_t newest_value;
} * m;

static void out_of(const char *what)
{
	fprintf(stderr, "explore: out of %s\n", what);
	abort();
}

static void view_clear(struct view *v)
{
	memset(v->at, 0, v->cells * sizeof(v->at[0]));
	memset(v->region, 0, sizeof(v->region));
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
	}
	view_clear(&m->fence);
	m->ncells = m->nvalues = m->nviews = m->nregions = m->nstores = 0;
	m->shown = m->stored = 0;
}

/* ---- Views ---- */

static struct view *mine(void)
{
	return &m->of_cpu[explore_cpu()];
}

static void view_join(struct view *to, const struct view *from)
{
	for (uint32_t i = 0; i < from->cells; i++)
		to->at[i] = from->at[i] > to->at[i] ? from->at[i] : to->at[i];
	to->cells = from->cells > to->cells ? from->cells : to->cells;
	for (uint32_t i = 0; i < m->nregions; i++)
		to->region[i] = from->region[i] > to->region[i] ? from->region[i] : to->region[i];
}

static uint32_t view_copy(const struct view *from)
{
	if (m->nviews == VIEWS)
		out_of("views");
	struct view *to = &m->view[m->nviews];

	view_clear(to);
	view_join(to, from);
	return m->nviews++;
}

static stamp view_at(const struct view *v, uint32_t cell)
{
	const struct cell *c = &m->cell[cell];
	stamp at = cell < v->cells ? v->at[cell] : 0;

	return c->region != NONE && at == 0 && v->region[c->region] ? 1 : at;
}

/* How far the CPU is in a cell's history. Fresh memory is reached by a pointer, and what is read by a pointer comes
 * after it: what came before the pointer's store, if that was ordered, is seen. */
static stamp at_least(uint32_t cell)
{
	unsigned cpu = explore_cpu();
	stamp at = view_at(&m->of_cpu[cpu], cell), by_pointer;

	if (m->cell[cell].region == NONE || !m->has_pending[cpu])
		return at;
	by_pointer = view_at(&m->pending[cpu], cell);
	return by_pointer > at ? by_pointer : at;
}

static void view_set(struct view *v, uint32_t cell, stamp at)
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
	m->value[m->nvalues] = (struct value){bits, store, view, NONE};
	return m->nvalues++;
}

static uint32_t region_of(uintptr_t address)
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

static void cell_store(uint32_t cell, uint32_t bits, uint32_t store, uint32_t view, bool seq_cst)
{
	struct cell *c = &m->cell[cell];
	uint32_t v = value_new(bits, store, view);

	m->value[c->last].next = v;
	c->last = v;
	c->newest++;
	if (seq_cst)
		c->last_seq_cst = c->newest;
	view_set(mine(), cell, c->newest);
}

static const struct value *value_at(uint32_t cell, stamp at)
{
	uint32_t v = m->cell[cell].first;

	while (at-- > 0)
		v = m->value[v].next;
	return &m->value[v];
}

/* ---- 1 to 8 bytes as cells ---- */

struct cells {
	uint32_t cell[2];
	unsigned n;
	unsigned shift; /* bits below the access in the first */
};

static struct cells cells_of(const void *address, size_t nbytes)
{
	uintptr_t first = (uintptr_t)address & ~(uintptr_t)3;
	struct cells c = {.n = (unsigned)(((uintptr_t)address + nbytes - 1 - first) / 4 + 1),
			  .shift = (unsigned)((uintptr_t)address & 3) * 8};

	for (unsigned i = 0; i < c.n; i++)
		c.cell[i] = cell_of(first + 4 * i);
	return c;
}

static uint64_t mask_of(size_t nbytes)
{
	return nbytes == 8 ? ~(uint64_t)0 : ((uint64_t)1 << 8 * nbytes) - 1;
}

static uint64_t bits_at(const struct cells *c, const stamp at[2], size_t nbytes)
{
	uint64_t bits = value_at(c->cell[0], at[0])->bits;

	if (c->n > 1)
		bits |= (uint64_t)value_at(c->cell[1], at[1])->bits << 32;
	return bits >> c->shift & mask_of(nbytes);
}

static void newest_of(const struct cells *c, stamp at[2])
{
	at[0] = m->cell[c->cell[0]].newest;
	at[1] = c->n > 1 ? m->cell[c->cell[1]].newest : 0;
}

/* The second half of the value whose first half is there: of the same store, if it may be seen; else the newest. */
static stamp second_half(const struct cells *c, stamp first)
{
	uint32_t store = value_at(c->cell[0], first)->store;
	stamp at = at_least(c->cell[1]), newest = m->cell[c->cell[1]].newest;

	for (; store && at < newest; at++)
		if (value_at(c->cell[1], at)->store == store)
			return at;
	return store || first == m->cell[c->cell[0]].newest ? newest : at;
}

/* Which value a load returns: the newest, or an older one that the CPU's view does not forbid. */
static void pick(const struct cells *c, unsigned order, stamp at[2])
{
	const struct cell *first = &m->cell[c->cell[0]];
	stamp least = at_least(c->cell[0]);

	if ((order & ORDER_SEQ_CST) && first->last_seq_cst > least)
		least = first->last_seq_cst;
	newest_of(c, at);
	if (least >= at[0])
		return;
	at[0] = (stamp)(at[0] - explore_choose((unsigned)(at[0] - least) + 1, explore_old_reads()));
	if (c->n > 1 && at[0] != first->newest)
		at[1] = second_half(c, at[0]);
}

static void take_view(uint32_t view, unsigned order)
{
	unsigned cpu = explore_cpu();

	if (view == NONE)
		return;
	if (order & (ORDER_ACQUIRE | ORDER_SEQ_CST)) {
		view_join(mine(), &m->view[view]);
	} else {
		view_join(&m->pending[cpu], &m->view[view]);
		m->has_pending[cpu] = true;
	}
}

static void seen(const struct cells *c, const stamp at[2], unsigned order)
{
	for (unsigned i = 0; i < c->n; i++) {
		view_set(mine(), c->cell[i], at[i]);
		m->cell[c->cell[i]].loaded[explore_cpu()] = m->ordered[explore_cpu()] + 1;
		take_view(value_at(c->cell[i], at[i])->view, order);
	}
}

/* The view that a store hands on; before: that of the value that an update read, NONE for a plain store. */
static uint32_t handed_on(unsigned order, uint32_t before)
{
	unsigned cpu = explore_cpu();
	const struct view *released = order & (ORDER_RELEASE | ORDER_SEQ_CST) ? mine()
				      : m->has_released[cpu]		      ? &m->released[cpu]
									      : NULL;
	uint32_t view;

	if (!released)
		return before;
	view = view_copy(released);
	if (before != NONE)
		view_join(&m->view[view], &m->view[before]);
	return view;
}

static void check_owner(const struct cells *c, const void *address)
{
	for (const struct range *r = owned; r && r->end; r++)
		for (unsigned i = 0; (uintptr_t)address - r->start < r->end - r->start && i < c->n; i++)
			explore_check(at_least(c->cell[i]) == m->cell[c->cell[i]].newest,
				      "a store may come before that of the last owner");
}

/* nbytes of bits in the newest values; the order's view goes along. */
static void put(const struct cells *c, void *address, size_t nbytes, uint64_t bits, unsigned order, uint32_t before)
{
	uint32_t store = ++m->nstores, cell_bits[2];
	stamp at[2];
	uint32_t view;

	check_owner(c, address);
	memcpy(address, &bits, nbytes); /* little-endian hosts, as the sanitizer's callbacks are */
	for (unsigned i = 0; i < c->n; i++) {
		memcpy(&cell_bits[i], (const void *)m->cell[c->cell[i]].address, 4);
		at[i] = (stamp)(m->cell[c->cell[i]].newest + 1);
		view_set(mine(), c->cell[i], at[i]);
	}
	view = handed_on(order, before);
	for (unsigned i = 0; i < c->n; i++)
		cell_store(c->cell[i], cell_bits[i], store, view, (order & ORDER_SEQ_CST) != 0);
}

/* ---- Plain accesses ---- */

void memory_settle(void)
{
	struct cells c;
	uint64_t bits = 0;

	if (m->shown) {
		memcpy((void *)m->shown, &m->newest_value, m->shown_bytes);
		m->shown = 0;
	}
	if (!m->stored)
		return;
	/* The cells were looked up when the store was announced, so they hold what was there before it. */
	c = cells_of((const void *)m->stored, m->stored_bytes);
	memcpy(&bits, (const void *)m->stored, m->stored_bytes);
	put(&c, (void *)m->stored, m->stored_bytes, bits, ORDER_PLAIN, NONE);
	m->stored = 0;
}

void memory_read(const void *address, size_t nbytes)
{
	struct cells c = cells_of(address, nbytes);
	stamp at[2], newest[2];
	uint64_t bits;

	newest_of(&c, newest);
	pick(&c, ORDER_PLAIN, at);
	seen(&c, at, ORDER_PLAIN);
	bits = bits_at(&c, at, nbytes);
	explore_note(at[0] == newest[0] && at[1] == newest[1] ? "read" : "read old", address, bits);
	if (at[0] == newest[0] && at[1] == newest[1])
		return;
	m->shown = (uintptr_t)address;
	m->shown_bytes = nbytes;
	m->newest_value = bits_at(&c, newest, nbytes);
	memcpy((void *)m->shown, &bits, nbytes);
}

void memory_write(void *address, size_t nbytes)
{
	(void)cells_of(address, nbytes);
	m->stored = (uintptr_t)address;
	m->stored_bytes = nbytes;
	explore_note("write", address, 0);
}

/* The region that begins there, lies in the range as a whole and was not filled before; NONE. */
static uint32_t region_to_fill(uintptr_t start, uintptr_t end)
{
	uint32_t region = start < end ? region_of(start) : NONE;

	return region != NONE && start == m->region[region].start && m->region[region].end <= end &&
			       !m->region[region].fills
		       ? region
		       : NONE;
}

/* One cell of a range, or what lies of it in the range: its bytes. */
static size_t piece_of(uintptr_t start, uintptr_t end)
{
	return (start | 3) + 1 < end ? (start | 3) + 1 - start : end - start;
}

void memory_will_write_range(const void *address, size_t nbytes)
{
	uintptr_t start = (uintptr_t)address, end = start + nbytes;
	uint32_t region;

	memory_settle();
	while ((region = region_to_fill(start, end)) != NONE) /* what was there before is garbage */
		start = m->region[region].end;
	for (; start < end; start = (start | 3) + 1)
		if (explore_shared((const void *)start))
			(void)cells_of((const void *)start, piece_of(start, end));
}

void memory_write_range(void *address, size_t nbytes)
{
	uintptr_t start = (uintptr_t)address, end = start + nbytes;
	uint32_t region;

	while ((region = region_to_fill(start, end)) != NONE) { /* no cell of it exists yet */
		m->region[region].fills = 1;
		mine()->region[region] = 1;
		start = m->region[region].end;
	}
	for (; start < end; start = (start | 3) + 1) {
		size_t n = piece_of(start, end);
		struct cells c;
		uint64_t bits = 0;

		if (!explore_shared((const void *)start))
			continue;
		c = cells_of((const void *)start, n);
		memcpy(&bits, (const void *)start, n);
		put(&c, (void *)start, n, bits, ORDER_PLAIN, NONE);
	}
}

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

/* ---- Atomic accesses ---- */

uint64_t memory_load(const void *address, size_t nbytes, unsigned order)
{
	struct cells c = cells_of(address, nbytes);
	stamp at[2], newest[2];
	uint64_t bits;

	newest_of(&c, newest);
	pick(&c, order, at);
	seen(&c, at, order);
	bits = bits_at(&c, at, nbytes);
	explore_note(at[0] == newest[0] ? "load" : "load old", address, bits);
	return bits;
}

void memory_store(void *address, size_t nbytes, uint64_t value, unsigned order)
{
	struct cells c = cells_of(address, nbytes);

	put(&c, address, nbytes, value, order, NONE);
	explore_note("store", address, value);
}

uint64_t memory_update(void *address, size_t nbytes, uint64_t (*change)(uint64_t old, uint64_t operand),
		       uint64_t operand, unsigned order)
{
	struct cells c = cells_of(address, nbytes);
	stamp at[2];
	uint64_t old;
	uint32_t before;

	newest_of(&c, at);
	old = bits_at(&c, at, nbytes);
	before = value_at(c.cell[0], at[0])->view;
	seen(&c, at, order);
	put(&c, address, nbytes, change(old, operand) & mask_of(nbytes), order, before);
	explore_note("update", address, change(old, operand) & mask_of(nbytes));
	return old;
}

static uint64_t replace(uint64_t old, uint64_t operand)
{
	(void)old;
	return operand;
}

bool memory_swap_if(void *address, size_t nbytes, uint64_t *expected, uint64_t desired, unsigned order,
		    unsigned failure, bool weak)
{
	struct cells c = cells_of(address, nbytes);
	stamp at[2], newest[2];
	uint64_t bits;

	newest_of(&c, newest);
	pick(&c, failure, at);
	bits = bits_at(&c, at, nbytes);
	if (bits == *expected && at[0] != newest[0]) { /* it would succeed: then it reads the newest */
		at[0] = newest[0];
		at[1] = newest[1];
		bits = bits_at(&c, at, nbytes);
	}
	if (bits == *expected && !(weak && explore_choose(2, explore_old_reads()))) {
		(void)memory_update(address, nbytes, replace, desired, order);
		return true;
	}
	seen(&c, at, failure);
	explore_note("swap failed", address, bits);
	*expected = bits;
	return false;
}

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

void explore_owned(const void *start, size_t nbytes)
{
	static struct range ranges[OWNED + 1];
	unsigned n = 0;

	for (owned = ranges; ranges[n].end; n++)
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
