/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the adversary may work on: lines that were touched, and ranges that hostile devices read and change.
 */
#include "sim_machine.h"

void adversary_touch(uint64_t line)
{
	if (sim.mode == RANDOM) {
		sim.recent[sim.nrecent++ % 256] = line;
		return;
	}
	for (unsigned i = 0; i < sim.nrecent; i++)
		if (sim.recent[i] == line)
			return;
	if (sim.mode == EXHAUST && sim.nrecent < ACT_LINES)
		sim.recent[sim.nrecent++] = line;
}

void sim_hostile(struct sim_device *dev, dma_daddr_t daddr, size_t n, bool writes)
{
	machine_lock();
	if (n && sim.nhostile < HOSTILE_RANGES)
		sim.hostile[sim.nhostile++] = (struct hostile){dev, daddr.raw, n, writes};
	machine_unlock();
}

void sim_calm(void)
{
	machine_lock();
	sim.nhostile = 0;
	machine_unlock();
}
