/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which handles of lists, buffers and peers are mapped (arch.h): a handle that was copied and is released twice is
 * reported before the second release touches what is no longer its own. Streams are known by their pages
 * (ownership_life.c), which pieces of pages, blocks and registers are not.
 */
#include "../machine/sim_machine.h"
#include <stdio.h>
#include <stdlib.h>

struct handle {
	const void *dev;
	uint64_t daddr, at, nbytes;
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
		room = room ? 2 * room : 64;
		handles = realloc(handles, room * sizeof(*handles));
		if (!handles) {
			fprintf(stderr, "sim: no memory for %zu handles\n", room);
			exit(1);
		}
	}
	handles[nhandles++] = (struct handle){dev, daddr, at, nbytes};
	machine_unlock();
}

bool sim_handle_ends(const void *dev, uint64_t daddr, uint64_t at, uint64_t nbytes)
{
	bool known = false;

	machine_lock();
	for (size_t i = nhandles; i-- > 0 && !known;) { /* what was mapped last is often released first */
		const struct handle *h = &handles[i];

		known = h->dev == dev && h->daddr == daddr && h->at == at && h->nbytes == nbytes;
		if (known)
			handles[i] = handles[--nhandles];
	}
	machine_unlock();
	if (!known)
		sim_fail(SIM_MISUSE, SIM_NOWHERE,
			 "a list, buffer or peer is released that is no more: its handle was copied, and the copy "
			 "released; keep one handle, and zero the old one when it moves");
	return known;
}
