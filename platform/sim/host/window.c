/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Coherent memory under a plain pointer. A page of it, a window, is real memory at the page's own kernel address, so
 * that plain C code loads and stores there; caches, buffers and devices work on the model of it as ever. The two are
 * brought together at each event, which is whenever somebody enters the machine: a barrier, a register, a device's
 * access, a checked call, a hook.
 *
 *   first    bytes of the page that are not what was shown there are the CPU's stores since the last event. In which
 *            order they were made cannot be seen, so they are made in any; but for a store that the compiler announced
 *            (host/announced.c), which is an event of its own.
 *   last     what a device wrote is shown: each word now or at a later event, since loads may run early, until the CPU
 *            consumes. Then everything is.
 */
#define _DEFAULT_SOURCE
#include "window.h"
#include "../machine/sim_machine.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

struct window {
	unsigned char *va;
	uint64_t page; /* of RAM; its PAGE_CHANGED: a device wrote there, and not all of it is shown */
	unsigned char shown[DMA_PAGE_SIZE];
};

static struct window **windows;
static unsigned nwindows, room;

/* A store that is announced and will be made behind the announcement, whatever it changes. */
static _Thread_local struct {
	unsigned char *at;
	size_t nbytes;
} announced;

/* ---- Open and closed ---- */

static struct window *window_of(uint64_t page)
{
	for (unsigned i = 0; i < nwindows; i++)
		if (windows[i]->page == page)
			return windows[i];
	return NULL;
}

static struct window *window_at(const void *va)
{
	for (unsigned i = 0; i < nwindows; i++)
		if ((uintptr_t)va - (uintptr_t)windows[i]->va < DMA_PAGE_SIZE)
			return windows[i];
	return NULL;
}

static void protect(unsigned char *va, int protection)
{
	if (mprotect(va, DMA_PAGE_SIZE, protection)) {
		fprintf(stderr, "sim: the host cannot show memory at %p\n", (void *)va);
		exit(1);
	}
}

/* What a load of the CPU gives now: the newest. */
static void view(uint64_t offset, unsigned char *data, unsigned n)
{
	uint8_t label[LINE_MAX];

	memcpy(data,
	       (line_at(offset >> sim.line_shift)->state != LINE_INVALID &&
				!sim.pages[offset >> DMA_PAGE_SHIFT].uncached
			? sim.cache
			: sim.ram) +
		       offset,
	       n);
	for (unsigned c = 0; c < sim.config.cpus; c++)
		store_forward(&sim.cpus[c], offset, data, label, n);
}

static void show_all(struct window *w)
{
	unsigned size = 1u << sim.line_shift;
	uint64_t offset = w->page << DMA_PAGE_SHIFT;

	for (unsigned at = 0; at < DMA_PAGE_SIZE; at += size)
		view(offset + at, w->shown + at, size);
	memcpy(w->va, w->shown, DMA_PAGE_SIZE);
}

static void close_window(unsigned i)
{
	struct window *w = windows[i];

	protect(w->va, PROT_NONE);
	(void)madvise(w->va, DMA_PAGE_SIZE, MADV_DONTNEED);
	sim.pages[w->page].flags &= (uint8_t) ~(PAGE_WINDOW | PAGE_CHANGED);
	free(w);
	windows[i] = windows[--nwindows];
}

static void close_all(void)
{
	while (nwindows)
		close_window(nwindows - 1);
	announced.at = NULL;
}

void window_end(uint64_t page)
{
	for (unsigned i = 0; i < nwindows; i++) {
		if (windows[i]->page == page) {
			close_window(i);
			return;
		}
	}
}

/* ---- Events ---- */

/* Bytes [from, to) of a word that the CPU has stored. */
struct change {
	struct window *w;
	unsigned from, to;
};

static bool stored(const struct window *w, unsigned at)
{
	const volatile unsigned char *now = &w->va[at];

	return *now != w->shown[at] || (announced.at && (uintptr_t)now - (uintptr_t)announced.at < announced.nbytes);
}

static unsigned find_changes(struct window *w, struct change *changes, unsigned most)
{
	unsigned n = 0;

	if (!announced.at && memcmp(w->va, w->shown, DMA_PAGE_SIZE) == 0)
		return 0;
	for (unsigned at = 0; at < DMA_PAGE_SIZE && n < most; at++) {
		if (!stored(w, at))
			continue;
		if (n > 0 && changes[n - 1].to == at && at % 8 != 0)
			changes[n - 1].to++;
		else
			changes[n++] = (struct change){w, at, at + 1};
	}
	return n;
}

#define CHANGES 512

static void make_store(const struct change *c)
{
	unsigned n = c->to - c->from;
	uint8_t data[8], label[8];

	for (unsigned i = 0; i < n; i++)
		data[i] = c->w->shown[c->from + i] = *(volatile unsigned char *)&c->w->va[c->from + i];
	memset(label, (int)sim_thread.label, sizeof(label));
	/* cppcheck-suppress uninitvar ; a change has one byte at least */
	access_store(c->w->va + c->from, data, label, n);
}

static void stores_are_seen(void)
{
	static struct change changes[CHANGES];
	unsigned n;

	if (!sim.on)
		return;
	sim.plain_stores = true;
	do {
		n = 0;
		for (unsigned i = 0; i < nwindows && n < CHANGES; i++)
			n += find_changes(windows[i], changes + n, CHANGES - n);
		announced.at = NULL;
		for (unsigned left = n; left > 0; left--) {
			unsigned i = sim.mode == EXHAUST ? 0 : sim_choose(left);
			struct change c = changes[i];

			changes[i] = changes[left - 1];
			make_store(&c);
		}
	} while (n == CHANGES);
	sim.plain_stores = false;
}

static void show_word(struct window *w, unsigned at, bool all)
{
	unsigned char now[8];

	view((w->page << DMA_PAGE_SHIFT) + at, now, 8);
	if (memcmp(now, w->shown + at, 8) == 0)
		return;
	if (!all && sim_choose(2)) {
		sim.pages[w->page].flags |= PAGE_CHANGED;
		return;
	}
	for (unsigned i = 0; i < 8; i++)
		if (now[i] != w->shown[at + i])
			*(volatile unsigned char *)&w->va[at + i] = w->shown[at + i] = now[i];
}

static void loads_are_new(void)
{
	bool all = sim.mode == PLAIN || sim.consumed;

	sim.consumed = false;
	for (unsigned i = 0; i < nwindows; i++) {
		struct window *w = windows[i];

		if (!(sim.pages[w->page].flags & PAGE_CHANGED))
			continue;
		sim.pages[w->page].flags &= (uint8_t)~PAGE_CHANGED;
		for (unsigned at = 0; at < DMA_PAGE_SIZE; at += 8)
			show_word(w, at, all);
	}
}

void window_stored(uint64_t offset, const void *data, unsigned n)
{
	struct window *w = window_of(offset >> DMA_PAGE_SHIFT);
	unsigned at = (unsigned)(offset & (DMA_PAGE_SIZE - 1));

	if (!w || sim.plain_stores)
		return;
	memcpy(w->shown + at, data, n);
	memcpy(w->va + at, data, n);
}

void *sim_pointer(void *memory, size_t nbytes)
{
	unsigned char *va = memory;
	struct place place;

	machine_lock();
	for (size_t at = 0; sim_is_kernel(va) && at < nbytes; at += DMA_PAGE_SIZE) {
		struct window *w;

		if (!kernel_resolve(va + at, &place) || sim.pages[place.offset >> DMA_PAGE_SHIFT].flags & PAGE_WINDOW)
			continue;
		if (nwindows == room) {
			/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
			void *more = realloc(windows, (room ? 2 * room : 16) * sizeof(*windows));

			windows = more ? more : windows;
			room = more ? (room ? 2 * room : 16) : room;
		}
		w = nwindows < room ? malloc(sizeof(*w)) : NULL;
		if (!w) {
			fprintf(stderr, "sim: no memory to show memory\n");
			exit(1);
		}
		*w = (struct window){.va = va + at, .page = place.offset >> DMA_PAGE_SHIFT};
		protect(w->va, PROT_READ | PROT_WRITE);
		sim.pages[w->page].flags |= PAGE_WINDOW;
		show_all(w);
		windows[nwindows++] = w;
		sim.event_begins = stores_are_seen;
		sim.event_ends = loads_are_new;
		sim.pointers_end = close_all;
	}
	machine_unlock();
	return memory;
}

/* ---- What the compiler announces ---- */

const struct sim_announcer *sim_announcer;

void sim_announce_load(const void *at, size_t nbytes)
{
	const struct window *w;
	size_t first;

	if (!sim_is_kernel(at) || !nwindows)
		return;
	machine_lock();
	w = window_at(at);
	if (w) {
		adversary_step();
		first = (size_t)((uintptr_t)at - (uintptr_t)w->va);
		if (sim_observer && nbytes <= DMA_PAGE_SIZE - first)
			sim_observer->cpu_plain_load((w->page << DMA_PAGE_SHIFT) + first, (unsigned)nbytes);
	}
	machine_unlock();
}

void sim_announce_store(void *at, size_t nbytes)
{
	if (!sim_is_kernel(at) || !nwindows)
		return;
	machine_lock(); /* the store before is made */
	if (window_at(at)) {
		announced.at = at;
		announced.nbytes = nbytes;
	}
	machine_unlock();
}
