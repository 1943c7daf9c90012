/* SPDX-License-Identifier: MPL-2.0 */
/* The time, where a counter of a known frequency is there. */
#include "ticks.h"
#include "../machine.h"
#include "print.h"

static uint64_t per_second;

void ticks_init(uint64_t frequency, const char *missing)
{
	per_second = frequency;
	if (!per_second)
		panic("timer: %s", missing);
}

uint64_t ticks_of(uint64_t ns)
{
	return ticks_of_ns(ns, per_second);
}

uint64_t machine_time_ns(void)
{
	return ticks_to_ns(machine_counter(), per_second);
}
