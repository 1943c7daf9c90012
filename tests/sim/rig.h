/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the tests of the simulated machine share. They use the machine as the library does, by its hooks and arch.h, but
 * no part of the library: what they show is the machine's doing.
 */
#ifndef TESTS_SIM_RIG_H
#define TESTS_SIM_RIG_H

#include "sim.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define PAGE  DMA_PAGE_SIZE
#define SEEDS 200 /* a misbehaviour that needs luck has it within so many */

/* A device and some frames that have been handed over: no cache holds a line of them. */
struct rig {
	struct sim_device *dev;
	dma_paddr_t paddr;
	size_t npages;
	unsigned char *cpu; /* in the linear map */
	dma_daddr_t daddr;
};

void rig_open(struct rig *rig, size_t npages);
void rig_close(struct rig *rig);

/* The three operations on a range, complete with their barriers. */
void rig_clean(const void *at, size_t n);
void rig_invalidate(const void *at, size_t n);
void rig_flush(const void *at, size_t n);

void rig_store(unsigned char *at, unsigned char value);
unsigned char rig_load(const unsigned char *at);
/* One byte as the device reads and writes it. */
unsigned char rig_device_load(const struct rig *rig, size_t at);
void rig_device_store(const struct rig *rig, size_t at, unsigned char value);

/* How many of SEEDS runs (one on a plain machine) had a failure of that kind; runs print nothing. */
unsigned rig_caught(const char *words, sim_scenario scenario, enum sim_failure kind);
unsigned rig_caught_plain(const char *words, sim_scenario scenario, enum sim_failure kind);
/* No failure of any kind, on a plain machine and under SEEDS seeds. */
void rig_fine(const char *words, sim_scenario scenario);

/* What scenarios count over many runs. */
extern unsigned rig_seen[4];

#endif
