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
 *   seq_cst  such a load sees at least the last such store to the same cell that came before the CPU's last acquire or
 *            sequentially consistent store, and acquires; such a store releases. This
 *            is weaker than a fence on purpose: a relaxed load behind a sequentially consistent update may still be
 *            early, as on Arm.
 *
 * Left out: stores that overtake earlier loads of the same CPU (load buffering), but for two kinds that have claims of
 * their own: what a device writes over (explore_reads_are_over()), and memory that goes back to the host
 * (explore_left()). Interrupts share their CPU's view.
 */
#include "memory_model.h"
#include <string.h>

/* The last sequentially consistent store to the cell that such a load of this CPU cannot miss, from a value on: one
 * that came before the CPU's last acquire or sequentially consistent store. The load may be as early as that, and
 * overtake what is relaxed, as Arm's LDAR does. */
static stamp not_missed(const struct cell *c, stamp from)
{
	unsigned cpu = explore_cpu();
	uint64_t since = m->acquired[cpu] > m->seq_cst[cpu] ? m->acquired[cpu] : m->seq_cst[cpu];
	uint32_t v = c->first;

	for (stamp at = 0; at <= c->newest; v = m->value[v].next, at++)
		if (at > from && m->value[v].time && m->value[v].time <= since)
			from = at;
	return from;
}

/* Which value a load returns: the newest, or an older one that the CPU's view does not forbid. */
static void pick(const struct cells *c, unsigned order, stamp at[2])
{
	const struct cell *first = &m->cell[c->cell[0]];
	stamp least = at_least(c->cell[0]);

	if (order & ORDER_SEQ_CST)
		least = not_missed(first, least);
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

/* A value that was loaded points into a fresh region, whatever bits the code keeps in it beside the address. */
static void take_pointer(uint64_t value, uint32_t view)
{
	uint32_t region = view == NONE ? NONE : region_of((uintptr_t)(value & 0xffffffffffff)), *known;

	if (region == NONE)
		return;
	known = &m->by_pointer[explore_cpu()][region];
	if (*known != NONE && *known != view) {
		uint32_t both = view_copy(&m->view[view]);

		view_join(&m->view[both], &m->view[*known]);
		view = both;
	}
	*known = view;
}

static void seen(const struct cells *c, const stamp at[2], unsigned order)
{
	if (order & (ORDER_ACQUIRE | ORDER_SEQ_CST))
		m->acquired[explore_cpu()] = ++m->time;
	if (c->n == 2)
		take_pointer(bits_at(c, at, sizeof(uint64_t)), value_at(c->cell[0], at[0])->view);
	mine()->loads[explore_cpu()]++;
	for (unsigned i = 0; i < c->n; i++) {
		view_set(mine(), c->cell[i], at[i]);
		m->cell[c->cell[i]].load[explore_cpu()] = mine()->loads[explore_cpu()];
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
	for (const struct range *r = memory_owned; r && r->end; r++)
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

void memory_stores(const void *address)
{
	uint32_t region = region_of((uintptr_t)address);
	unsigned cpu = explore_cpu();

	explore_check(
		region == NONE || !m->region[region].fills || mine()->region[region] ||
			(m->by_pointer[cpu][region] != NONE && m->view[m->by_pointer[cpu][region]].region[region]),
		"a store to a fresh page may come before its zeros");
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
