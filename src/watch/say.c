/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Places in the code, and what the ledger writes to the log.
 */
#include "watch_own.h"
#include <dmastream/arch.h>

#if DMA_CONFIG_WATCH

#ifndef DMA_WATCH_CALLERS
#define DMA_WATCH_CALLERS 0
#endif

/* How far a frame may lie behind the one before it: what is farther is no frame. */
#define FRAME_MOST (1u << 16)

void dma_watch_place(struct place *place, const void *caller, const void *frame)
{
	const uintptr_t *at = frame;
	unsigned n = 1;

	*place = (struct place){.at = {(uintptr_t)caller}};
	while (DMA_WATCH_CALLERS && n < CALLERS) {
		uintptr_t next = at[DMA_ARCH_FRAME_NEXT];

		if (next <= (uintptr_t)at || next - (uintptr_t)at > FRAME_MOST || next % sizeof(uintptr_t))
			return;
		at = (const uintptr_t *)next;
		place->at[n++] = at[DMA_ARCH_FRAME_CALLER];
	}
}

/* ---- Mistakes that were told already ---- */

#define TOLD 64u /* without callers the place is the library's, the same for many mistakes: this many are told */

static struct {
	uintptr_t at[2];
	const char *what;
} told[TOLD];
static unsigned ntold;

static bool new_one(const char *what, const struct place *here)
{
	if (!DMA_WATCH_CALLERS)
		return ntold++ < TOLD;
	for (unsigned i = 0; i < TOLD && i < ntold; i++)
		if (told[i].what == what && told[i].at[0] == here->at[0] && told[i].at[1] == here->at[1])
			return false;
	told[ntold % TOLD].what = what;
	told[ntold % TOLD].at[0] = here->at[0];
	told[ntold % TOLD].at[1] = here->at[1];
	ntold++;
	return true;
}

/* ---- Lines ---- */

/* A line of the log has room for four addresses of 64 bits. */
static void say_place(const char *level, uint64_t number, const char *which, const struct place *place)
{
	for (unsigned i = 0; i < CALLERS && place->at[i]; i += 4) {
		const uintptr_t *at = &place->at[i];

		which = i ? "from " : which;
		if (!at[1])
			dma_log("ledger: %s %u: %s %x", level, (unsigned)number, which, (uint64_t)at[0]);
		else
			dma_log("ledger: %s %u: %s %x %x %x %x", level, (unsigned)number, which, (uint64_t)at[0],
				(uint64_t)at[1], (uint64_t)at[2], (uint64_t)at[3]);
	}
}

static void say_record(const char *level, uint64_t number, const char *which, const struct record *r)
{
	dma_log("ledger: %s %u: %s%s, %u bytes at device address %x", level, (unsigned)number, which,
		dma_watch_dir(r->dir), (unsigned)r->nbytes, r->daddr);
	say_place(level, number, "made ", &r->made);
	say_place(level, number, "ended", &r->ended);
}

/* So that places can be found in an image that was moved. */
static void say_anchor(void)
{
	static bool said;

	if (!said)
		dma_log("ledger: dma_watch_say is at %x", (uint64_t)(uintptr_t)dma_watch_say);
	said = true;
}

void dma_watch_say(enum level level, const char *what, const struct record *r, const struct record *other,
		   const struct place *here)
{
	const char *name = level == ERROR ? "error" : level == WARNING ? "warning" : "note";
	uint64_t number = level == ERROR     ? ++dma_watch_counted.errors
			  : level == WARNING ? ++dma_watch_counted.warnings
					     : ++dma_watch_counted.notes;

	dma_watch_note(EVENT_FOUND, r, what, 0, 0);
	if (!new_one(what, here))
		return;
	say_anchor();
	dma_log("ledger: %s %u: %s", name, (unsigned)number, what);
	say_place(name, number, "here ", here);
	if (r)
		say_record(name, number, "of   ", r);
	if (other)
		say_record(name, number, "and  ", other);
}

#endif
