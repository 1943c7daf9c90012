/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which handles of lists, buffers, peers, scattered memory, pools and arenas live (arch.h): a handle that was copied
 * and is released twice, or used after its original was released, is reported before the call touches what is no
 * longer its own. Streams are known by their pages (ownership_life.c), which pieces of pages, blocks and registers
 * are not.
 */
#include "sim_machine.h"
#include <stdio.h>
#include <stdlib.h>

struct handle {
	const void *dev;
	uint64_t daddr, at, nbytes;
	bool plain; /* scattered memory whose pages were counted by a plain number */
};

static struct handle *handles; /* those that are mapped, in no order */
static size_t nhandles, room;

void handles_start(void)
{
	nhandles = 0;
}

void sim_handle_begins(const void *dev, uint64_t daddr, uint64_t at, uint64_t nbytes)
{
	machine_lock();
	if (nhandles == room) {
		struct handle *more;

		room = room ? 2 * room : 64;
		more = realloc(handles, room * sizeof(*handles));
		if (!more) {
			fprintf(stderr, "sim: no memory for %zu handles\n", room);
			exit(1);
		}
		handles = more;
	}
	handles[nhandles++] = (struct handle){dev, daddr, at, nbytes, counted_plainly(nbytes)};
	machine_unlock();
}

bool sim_handle_ends(const void *dev, uint64_t daddr, uint64_t at, uint64_t nbytes)
{
	bool known = false;

	machine_lock();
	for (size_t i = nhandles; i-- > 0 && !known;) { /* what was mapped last is often released first */
		const struct handle *h = &handles[i];

		known = h->dev == dev && h->daddr == daddr && h->at == at && h->nbytes == nbytes;
		if (known && h->plain)
			ownership_judge(daddr, nbytes);
		if (known)
			handles[i] = handles[--nhandles];
	}
	machine_unlock();
	if (!known)
		sim_fail(SIM_MISUSE, SIM_NOWHERE,
			 "a list, buffer, peer or scattered memory is released that is no more: its handle was copied, "
			 "and "
			 "the copy released; keep one handle, and zero the old one when it moves");
	return known;
}

bool sim_handle_lives(const void *dev, uint64_t daddr, uint64_t nbytes)
{
	bool known = false;

	machine_lock();
	for (size_t i = nhandles; i-- > 0 && !known;)
		known = handles[i].dev == dev && handles[i].daddr == daddr && handles[i].nbytes == nbytes;
	machine_unlock();
	if (!known)
		sim_fail(SIM_MISUSE, SIM_NOWHERE,
			 "a list, buffer, scattered memory, pool or arena is used that is no more: its handle was "
			 "copied, and the original released; keep one handle, and zero the old one when it moves");
	return known;
}
