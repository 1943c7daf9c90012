/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Nanoseconds from the time-stamp counter, measured against channel 2 of the interval timer (Intel 8254), whose clock
 * is 1.193182 MHz on every PC, also where QEMU counts instructions instead of time.
 */
#include "../efi/efi.h"
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
	ROUNDS = 7,    /* that are good, out of */
	MOST_ROUNDS = 50,
	EXACT = 50, /* a look may take this part of the window: 2 % */
	TRIES = 1000000,
};
#define PIT_HZ UINT64_C(1193182)

static uint64_t tsc_start;
static uint64_t ns_per_tick; /* 32.32 fixed point */

/* The counter, the TSC at that moment, and how many TSC ticks that moment may be wrong by: the host of a virtual
 * machine may take the CPU away in the middle. */
static uint16_t pit_read(uint64_t *when, uint64_t *width)
{
	uint64_t before = tsc();
	uint16_t low;

	out8(PIT_COMMAND, PIT_LATCH_CHANNEL2);
	*when = tsc();
	*width = *when - before;
	low = in8(PIT_CHANNEL2);
	return (uint16_t)(low | in8(PIT_CHANNEL2) << 8);
}

/* TSC ticks a second, over one window; 0: the timer stands still. *good: both looks were exact. */
static uint64_t measure(bool *good)
{
	uint64_t begin, end, first_width, width;
	uint16_t first, ticks;
	unsigned tries = 0;

	out8(PIT_COMMAND, PIT_LOAD_CHANNEL2);
	out8(PIT_CHANNEL2, 0xff);
	out8(PIT_CHANNEL2, 0xff);
	first = pit_read(&begin, &first_width);
	do {
		ticks = (uint16_t)(first - pit_read(&end, &width));
		if (++tries == TRIES)
			return 0;
	} while (ticks < WINDOW);
	*good = (first_width + width) * EXACT <= end - begin;
	return (end - begin) * PIT_HZ / ticks;
}

/* Takes the smallest of several exact rounds: if the CPU was taken away for long during a round, the counter has
 * wrapped, and the round's result is too large. If no round is exact, it takes the smallest of all. */
void time_init(void)
{
	uint64_t best = UINT64_MAX, any = UINT64_MAX;
	unsigned found = 0;

	out8(GATE, (uint8_t)((in8(GATE) & ~GATE_SPEAKER) | GATE_CHANNEL2));
	for (unsigned i = 0; i < MOST_ROUNDS && found < ROUNDS; i++) {
		bool good = false;
		uint64_t hz = measure(&good);

		any = hz < any ? hz : any;
		best = good && hz < best ? hz : best;
		found += good;
		if (hz == 0)
			break;
	}
	best = found ? best : any;
	if ((best < 1000000 || best == UINT64_MAX) &&
	    efi_handover.ticks_per_ms) /* PCs whose firmware stops the timer */
		best = UINT64_C(1000) * efi_handover.ticks_per_ms;
	if (best < 1000000)
		panic("time: the interval timer does not count");
	ns_per_tick = (UINT64_C(1000000000) << 32) / best;
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
