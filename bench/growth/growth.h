/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the program needs beside drivers/bus.h's bus_option(), bus_write() and bus_ticks(): threads, where there are any.
 */
#ifndef BENCH_GROWTH_GROWTH_H
#define BENCH_GROWTH_GROWTH_H

#include "../../drivers/bus.h"

/* Runs lane(0) to lane(n - 1), each as the CPU of its number, and begins all at once. False: this machine has no threads. */
bool growth_lanes(unsigned n, void (*lane)(unsigned number));

/* The longest time that a lock was held since the last call, in ticks: that long interrupts are off. (The linker wraps the hooks.) */
uint64_t growth_longest_lock(void);

#endif
