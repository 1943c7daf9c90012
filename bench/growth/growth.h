/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the programs share, and what they need beside drivers/bus.h's bus_option(), bus_write() and bus_ticks().
 */
#ifndef BENCH_GROWTH_GROWTH_H
#define BENCH_GROWTH_GROWTH_H

#include "../../drivers/bus.h"
#include <dmastream/device.h>

#define MAX_LIST 8u

struct list {
	uint64_t at[MAX_LIST];
	unsigned n;
};

/* ---- report.c ---- */

extern int failed; /* something went wrong: the program's status */

struct list list_option(const char *key, const char *otherwise); /* numbers with commas between them */
uint64_t number_option(const char *key, const char *otherwise);

/* A line is begun, gets fields, and ends. */
void begin_line(const char *what);
void put_field(const char *name, uint64_t value);
void put_samples(uint32_t *at, size_t n); /* sorts them */
void end_line(void);
void complain(const char *what, int error);
bool must(const char *what, int error); /* true: no error */

uint64_t next_random(uint64_t *seed);
uint64_t reading_cost(void); /* of the clock, twice, in ticks */

/* ---- native.c, bare.c, locks.c ---- */

/* Runs lane(0) to lane(n - 1), each as the CPU of its number, and begins all at once. False: this machine has fewer
 * CPUs. */
bool growth_lanes(unsigned n, void (*lane)(unsigned number));

/* Makes `dev` of the machine's disk, behind the IOMMU that the machine was started with (without one it passes
 * through), strict or deferred; and its end. 0, or an error: DMA_ENOTSUP (this host has no such thing), or as the bus
 * says. */
int growth_unit_begin(struct dma_device *dev, struct dma_device_config *config, bool deferred);
int growth_unit_end(struct dma_device *dev);

/* The longest time that a lock was held since the last call, in ticks: that long interrupts are off. (The linker wraps
 * the hooks.) */
uint64_t growth_longest_lock(void);

#endif
