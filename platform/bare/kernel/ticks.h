/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A counter's ticks and nanoseconds, without overflow for centuries.
 */
#ifndef BARE_TICKS_H
#define BARE_TICKS_H

#include <stdint.h>

#define NS_PER_SECOND UINT64_C(1000000000)

/* 0 before the frequency is known. */
static inline uint64_t ticks_to_ns(uint64_t ticks, uint64_t per_second)
{
	if (!per_second)
		return 0;
	return ticks / per_second * NS_PER_SECOND + ticks % per_second * NS_PER_SECOND / per_second;
}

static inline uint64_t ticks_of_ns(uint64_t ns, uint64_t per_second)
{
	return ns / NS_PER_SECOND * per_second + ns % NS_PER_SECOND * per_second / NS_PER_SECOND;
}

/* Once: the frequency of machine_counter(), from which machine_time_ns() is made (ticks.c); 0 ends the machine with the
 * line that says what is missing. */
void ticks_init(uint64_t frequency, const char *missing);
/* Nanoseconds in its ticks. */
uint64_t ticks_of(uint64_t ns);

#endif
