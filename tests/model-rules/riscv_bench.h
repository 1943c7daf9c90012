/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A bench for the RISC-V IOMMU: one unit, one device, tables and queues in frames, and the steps that a driver takes,
 * written down from the specification. What a bad driver does on it is in riscv_registers.c, riscv_commands.c,
 * riscv_structures.c, riscv_messages.c and riscv_requests.c.
 */
#ifndef TESTS_MODEL_RULES_RISCV_BENCH_H
#define TESTS_MODEL_RULES_RISCV_BENCH_H

#include "bench.h"
#include "iommu/riscv_rules.h"
#include "iommu/sim_riscv.h"

/* Offsets of registers. */
enum {
	CAPABILITIES = 0,
	FCTL = 8,
	DDTP = 16,
	CQB = 24,
	CQH = 32,
	CQT = 36,
	FQB = 40,
	FQH = 48,
	FQT = 52,
	PQB = 56,
	PQH = 64,
	PQT = 68,
	CQCSR = 72,
	FQCSR = 76,
	PQCSR = 80,
};
enum { ILLEGAL = 1 << 10, OVERFLOW = 1 << 9, ON = 1 << 16 };

/* Frames of the bench. ROOT is aligned to 16 KiB, of which the first 4 are used. */
enum frame {
	ROOT,
	DIRECTORY,
	CONTEXTS,
	LEVEL1,
	LEVEL0,
	DATA,
	COMMAND_RING,
	FAULT_RING,
	DONE,
	OTHER,
	MESSAGES,
	FILE,
	PAGE_RING
};

/* Units, besides the usual one. */
enum kind {
	SLOW = OWN_KINDS, /* registers take their time */
	STUCK,		  /* executes nothing */
	BASE_FORMAT,
	FIRST_STAGE,  /* in place of the second, and each translation by it */
	WITH_ATS,     /* and page requests; so has SLOW */
	RESERVED_SET, /* the same, and bits that are reserved are 1 */
};

#define REQUESTER 0x20
#define DOMAIN	  1
#define PPN(addr) ((addr) >> 12 << 10)
#define TABLE(f)  (PPN(bench.frame[f]) | 1)
#define PAGE(f)	  (PPN(bench.frame[f]) | 0xd7) /* V, R, W, U, A, D */
#define ROOT_OF	  ((uint64_t)8 << 60 | (uint64_t)DOMAIN << 44 | bench.frame[ROOT] >> 12)
#define FIRST_OF  ((uint64_t)8 << 60 | bench.frame[ROOT] >> 12)
#define PSCID(n)  (BIT(32) | (uint64_t)(n) << 12)
#define GVMA	  (1 | 1 << 7)
#define GV	  BIT(33)
#define FENCE	  (2 | BIT(12) | BIT(13))

extern struct sim_riscv *the_unit;
extern bool first_stage; /* the unit is one of FIRST_STAGE */

void context(unsigned word, uint64_t value); /* of the requester's */
void queues(void);			     /* bases, and on */
void enable(void);			     /* all of it, two levels: an empty directory */
void page_queue(uint64_t ring);		     /* base and on: 256 entries */
void submit(uint64_t low, uint64_t high);
void submit_fence(void);
void forget(void);    /* everything */
void mend(void);      /* replaces the illegal command at the head by a fence */
void translate(void); /* DATA at address 0 for the device */
void look(uint64_t daddr);
bool reaches(uint64_t daddr, bool write);
void all_bits(const struct breach *breach, void (*step)(const struct breach *breach, uint64_t bit)); /* of breach->b */

#endif
