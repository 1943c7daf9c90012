/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ring of commands that the programs of queue*.c use, and the hardware behind it.
 */
#ifndef TESTS_EXPLORE_QUEUE_H
#define TESTS_EXPLORE_QUEUE_H

#include "../../src/iommu/unit/unit_bell.h"
#include "programs.h"
#include "world.h"

#define COMMANDS 8u

extern struct dma_queue queue;

/* The hardware, and what it was asked for: no event touches them. */
struct queue_hardware {
	uint32_t head, tail;	  /* positions */
	uint64_t asked[COMMANDS]; /* by number: 0, or how often it was submitted */
	uint64_t done[COMMANDS];
	unsigned slow; /* looks until it executes anything */
	bool late;     /* who looks makes it execute, and does not tell other CPUs what it did */
	bool throws;   /* what is submitted next is thrown away, and nothing is executed until that is acknowledged */
	bool aborts;   /* it has thrown something away */
	bool executes;
	bool stopped;
	bool behind; /* CPU 0 does not look until CPU 1 is done */
	const struct dma_command *ring;
};
extern struct queue_hardware hardware;

/* What a command speaks of: its owner has written 1 when it submits it, and the hardware writes 2 when it executes it.
 */
extern uint64_t queue_table[COMMANDS];

/* Fences that write, and those that the head passes. */
extern const struct dma_queue_ops queue_by_words, queue_by_head;

/* Positions from `tail` on; executed from `done` on, which nobody has looked at. slow: looks until the hardware
 * executes anything. */
void queue_start_at(const struct dma_queue_ops *ops, uint32_t done, uint32_t tail, unsigned slow);

/* Runs a command. */
void queue_run(uint64_t number);

/* Every command was executed, once; so often more for each that was thrown away. */
void queue_finish(void);

#endif
