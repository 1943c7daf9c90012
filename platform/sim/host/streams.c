/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the library tells of streams and coherent memory: arch.h.
 */
#include "../machine/sim_machine.h"
#include "window.h"

/* A piece of a list that bounces may lie elsewhere in its page: copies between the two are judged by their lines. */
static bool pages_differ(uint64_t cpu, uint64_t device)
{
	return ((cpu ^ device) & (DMA_PAGE_SIZE - 1)) != 0;
}

void sim_stream_begins(uint64_t cpu, uint64_t device, uint64_t daddr, size_t nbytes, unsigned dir)
{
	size_t shift = (size_t)(cpu & (DMA_PAGE_SIZE - 1)),
	       npages = (shift + nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;

	if (pages_differ(cpu, device))
		return;
	machine_lock();
	ownership_begin(cpu, device, daddr, nbytes, dir);
	if (sim_observer)
		sim_observer->begins(cpu - shift, device - shift, daddr - shift, npages, dir & DMA_BIDIRECTIONAL);
	machine_unlock();
}

bool sim_stream_ends(uint64_t cpu, uint64_t device, uint64_t daddr, size_t nbytes)
{
	size_t shift = (size_t)(cpu & (DMA_PAGE_SIZE - 1)),
	       npages = (shift + nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;
	uint64_t offset;
	bool known;

	if (pages_differ(cpu, device))
		return true;
	machine_lock();
	if (sim_observer)
		sim_observer->ends(cpu - shift, device - shift, daddr - shift, npages);
	known = ownership_end(cpu, device, daddr, nbytes);
	cpu -= shift;
	if (known && ram_offset(cpu, (uint64_t)npages << DMA_PAGE_SHIFT, &offset))
		for (uint64_t page = offset >> DMA_PAGE_SHIFT; page < (offset >> DMA_PAGE_SHIFT) + npages; page++)
			if (sim.pages[page].flags & PAGE_WINDOW)
				window_end(page);
	machine_unlock();
	return known;
}

void sim_stream_coherent(uint64_t cpu, uint64_t daddr, size_t nbytes)
{
	size_t npages = nbytes >> DMA_PAGE_SHIFT;

	machine_lock();
	if (sim_observer) {
		sim_observer->ends(cpu, cpu, daddr, npages);
		sim_observer->begins(cpu, cpu, daddr, npages, 0);
	}
	ownership_coherent(cpu, daddr, nbytes);
	machine_unlock();
}

bool sim_stream_lives(uint64_t cpu, uint64_t daddr)
{
	bool lives;

	machine_lock();
	lives = ownership_lives(cpu, daddr);
	machine_unlock();
	return lives;
}

void sim_stream_stale(uint64_t cpu)
{
	uint64_t offset;

	machine_lock();
	sim_fail_at(SIM_MISUSE, ram_offset(cpu, 1, &offset) ? offset : SIM_NOWHERE,
		    "a stream is used that is no more: its handle was copied, and the original released; keep one "
		    "handle, and zero the old one when it moves");
	machine_unlock();
}

void sim_stream_synced(const void *view, size_t nbytes, unsigned dir)
{
	const unsigned char *at = view;
	struct place place;

	machine_lock();
	while (nbytes) {
		unsigned left = (1u << sim.line_shift) - (unsigned)((uintptr_t)at & ((1u << sim.line_shift) - 1));
		unsigned part = nbytes < left ? (unsigned)nbytes : left;

		if (!kernel_resolve(at, &place))
			break;
		ownership_synced(place.offset, part, dir);
		if (sim_observer)
			sim_observer->synced(place.offset, part, dir);
		at += part;
		nbytes -= part;
	}
	machine_unlock();
}
