/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The choices of one run, the next path, and the addresses at which there is a choice.
 */
#include "explore_own.h"

static uint64_t next_drawn(void)
{
	x->drawn ^= x->drawn << 13;
	x->drawn ^= x->drawn >> 7;
	x->drawn ^= x->drawn << 17;
	return x->drawn;
}

/* Choices that cost nothing are drawn evenly, the others seldom: else the budgets would be gone at once. */
static unsigned char draw(unsigned n, bool costs)
{
	if (costs && next_drawn() % x->rare)
		return 0;
	return (unsigned char)(costs ? 1 + next_drawn() % (n - 1) : next_drawn() % n);
}

unsigned explore_choose(unsigned n, unsigned *budget)
{
	unsigned pick;

	if (n <= 1 || (budget && *budget == 0) || !x->running)
		return 0;
	if (x->depth == PATH) {
		explore_check(false, "the path is too long: something goes round for ever");
		return 0;
	}
	if (x->depth == x->length) {
		x->pick[x->length] = x->drawn ? draw(n, budget != NULL) : 0;
		x->width[x->length++] = (unsigned char)n;
	}
	pick = x->pick[x->depth++];
	if (pick && budget)
		--*budget;
	return pick;
}

unsigned *explore_old_reads(void)
{
	return &x->old_reads;
}

/* The next path; false: that was the last. */
bool next_path(void)
{
	size_t at = x->length;

	while (at > 0 && x->pick[at - 1] + 1u >= x->width[at - 1])
		at--;
	if (at == 0)
		return false;
	x->pick[at - 1]++;
	x->length = at;
	return true;
}

/* ---- Addresses that contexts share ---- */

bool explore_shared(const void *address)
{
	uintptr_t word = (uintptr_t)address & ~(uintptr_t)7;
	size_t slot = (word >> 3) % USED;
	unsigned bit = 1u << x->now;

	while (x->used[slot].address && x->used[slot].address != word)
		slot = (slot + 1) % USED;
	x->used[slot].address = word;
	if (!(x->used[slot].by & bit)) {
		if (x->used[slot].by)
			x->learned = true;
		x->used[slot].by |= bit;
	}
	return (x->used[slot].by & (x->used[slot].by - 1)) != 0;
}

bool explore_watched(const void *address)
{
	unsigned now = x->now;
	bool before, known;

	x->now = HARDWARE;
	before = x->learned;
	(void)explore_shared(address);
	known = before || !x->learned;
	x->now = now;
	return known;
}
