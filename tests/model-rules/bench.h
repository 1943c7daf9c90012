/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A bench for a model: one unit, one device, frames for tables and queues, and plain accesses to all of them.
 */
#ifndef TESTS_MODEL_RULES_BENCH_H
#define TESTS_MODEL_RULES_BENCH_H

#include "model_rules.h"

enum { BENCH_FRAMES = 13 };

#define NOWHERE ((uint64_t)0x3000000000) /* no memory is there, and the unit could address some */
#define BIT(n)	((uint64_t)1 << (n))

struct bench {
	volatile void *regs;
	struct sim_device *device;
	uint64_t frame[BENCH_FRAMES];
};
extern struct bench bench;
extern unsigned outcomes; /* bits: what happened in some schedule, if all of them are run (SHUFFLED) */

uint32_t r32(uint64_t offset);
uint64_t r64(uint64_t offset);
void w32(uint64_t offset, uint64_t value);
void w64(uint64_t offset, uint64_t value);
uint64_t load(unsigned frame, unsigned index); /* doubleword of a frame */
void store(unsigned frame, unsigned index, uint64_t value);

/* Runs one breach of the model, or its lawful driver (NULL). Gives the failures of the machine itself. */
unsigned bench_run(const struct model *model, const struct breach *breach);

#endif
