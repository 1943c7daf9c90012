/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Nanoseconds from the time-stamp counter, measured against channel 2 of the interval timer (Intel 8254), whose clock
 * is 1.193182 MHz on every PC, also where QEMU counts instructions instead of time.
 */
#include "../kernel/print.h"
#include "port.h"
#include "x86.h"

enum {
	PIT_CHANNEL2 = 0x42,
	PIT_COMMAND = 0x43,
	PIT_LOAD_CHANNEL2 = 0xb0, /* both bytes, mode 0: counts down once and goes on */
	PIT_LATCH_CHANNEL2 = 0x80,
	GATE = 0x61,
	GATE_CHANNEL2 = 0x01,
	GATE_SPEAKER = 0x02,
	WINDOW = 2400, /* PIT ticks to measure over: 2 ms */
	ROUNDS = 7,
	TRIES = 1000000,
};
#define PIT_HZ UINT64_C(1193182)

static uint64_t tsc_start;
static uint64_t ns_per_tick; /* 32.32 fixed point */

/* The counter, and the TSC at that moment. */
static uint16_t pit_read(uint64_t *when)
{
	uint16_t low;

	out8(PIT_COMMAND, PIT_LATCH_CHANNEL2);
	*when = tsc();
	low = in8(PIT_CHANNEL2);
	return (uint16_t)(low | in8(PIT_CHANNEL2) << 8);
}

/* TSC ticks a second, over one window; 0: the timer stands still. */
static uint64_t measure(void)
{
	uint64_t begin, end;
	uint16_t first, ticks;
	unsigned tries = 0;

	out8(PIT_COMMAND, PIT_LOAD_CHANNEL2);
	out8(PIT_CHANNEL2, 0xff);
	out8(PIT_CHANNEL2, 0xff);
	first = pit_read(&begin);
	do {
		ticks = (uint16_t)(first - pit_read(&end));
		if (++tries == TRIES)
			return 0;
	} while (ticks < WINDOW);
	return (end - begin) * PIT_HZ / ticks;
}

/* The middle of several: some may be spoilt by whatever else the host does. */
void time_init(void)
{
	uint64_t hz[ROUNDS] = {0};

	out8(GATE, (uint8_t)((in8(GATE) & ~GATE_SPEAKER) | GATE_CHANNEL2));
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t value = measure();
		unsigned at = i;

		for (; at > 0 && hz[at - 1] > value; at--)
			hz[at] = hz[at - 1];
		hz[at] = value;
	}
	if (hz[ROUNDS / 2] < 1000000)
		panic("time: the interval timer does not count");
	ns_per_tick = (UINT64_C(1000000000) << 32) / hz[ROUNDS / 2];
	tsc_start = tsc();
}

uint64_t machine_time_ns(void)
{
	return (uint64_t)((unsigned __int128)(tsc() - tsc_start) * ns_per_tick >> 32);
}

uint64_t machine_ticks(void)
{
	return tsc();
}
