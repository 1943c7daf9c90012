/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Choices: 0 on a plain machine, drawn by seed, or enumerated.
 */
#include "sim_machine.h"

uint64_t sim_random64(void)
{
	uint64_t x = sim.random += 0x9e3779b97f4a7c15; /* splitmix64 */

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

unsigned sim_choose(unsigned n)
{
	if (n < 2 || sim.mode == PLAIN)
		return 0;
	if (sim.mode == EXHAUST)
		return explore_choose(n);
	return (unsigned)((sim_random64() >> 32) * n >> 32);
}
