/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A bench for AMD-Vi: one unit, one device, tables and rings in frames, and the steps that a driver takes, written down
 * from the specification (48882). What a bad driver does on it is in amdvi_registers.c, amdvi_commands.c and
 * amdvi_structures.c.
 */
#ifndef TESTS_MODEL_RULES_AMDVI_BENCH_H
#define TESTS_MODEL_RULES_AMDVI_BENCH_H

#include "bench.h"
#include "iommu/amdvi_rules.h"
#include "iommu/sim_amdvi.h"

/* Offsets of registers. */
enum {
	DEVTAB = 0x00,
	COMBASE = 0x08,
	EVENTBASE = 0x10,
	CONTROL = 0x18,
	EXCLBASE = 0x20,
	EXCLLIMIT = 0x28,
	FEATURES = 0x30,
	COMHEAD = 0x2000,
	COMTAIL = 0x2008,
	EVENTHEAD = 0x2010,
	EVENTTAIL = 0x2018,
	STATUS_REG = 0x2020,
};

/* Bits of CONTROL, and of STATUS. */
#define ENABLE	 BIT(0)
#define EVENTS	 BIT(2)
#define SNOOPED	 BIT(10)
#define COMMANDS BIT(12)
enum { OVERFLOW = 1, EVENT_INT = 2, WAIT_INT = 4, EVENT_RUN = 8, COMMAND_RUN = 16 };

/* Frames of the bench. Level 1 maps 4 KiB. */
enum frame { DEVICES, LEVEL6, LEVEL5, LEVEL4, LEVEL3, LEVEL2, LEVEL1, DATA, COMMAND_RING, EVENT_RING, DONE, OTHER };

/* Units, besides the usual one. */
enum kind {
	OLD = OWN_KINDS, /* no extended features */
	NO_ALL,		 /* IASup is 0 */
	FOUR_LEVELS,	 /* HATS */
	NO_LEVELS,	 /* the value of it that is reserved */
	DEVICE_TLBS,	 /* IotlbSup */
	CACHES_ABSENT,	 /* NpCache */
	STUCK,		 /* executes nothing */
	LATE_RECORDS,	 /* the tail pointer before the record */
};

#define REQUESTER 0x20
#define DOMAIN	  1
#define READS	  BIT(61)
#define WRITES	  BIT(62)
#define BOTH	  (READS | WRITES)
#define OP(n)	  ((uint64_t)(n) << 60)
#define DIR(f, n) (bench.frame[f] | BOTH | (uint64_t)(n) << 9 | 1) /* an entry that leads to a table of level n */
#define PAGE(f)	  (bench.frame[f] | BOTH | 1)
#define ALL_OF_IT 0x7ffffffffffff003ull /* of a domain: S and PDE */
#define PAGES(d)  (OP(3) | (uint64_t)(d) << 32)

extern struct sim_amdvi *the_unit;

void entry(unsigned word, uint64_t value); /* of the requester's device table entry */
void rings(void);			   /* bases and pointers; nothing runs yet */
void enable(void);			   /* all of it: an empty device table */
void submit(uint64_t low, uint64_t high);
void submit_wait(void);
void invalidate(void); /* the requester's entry and its domain, and waits */
void mend(void);       /* replaces the illegal command at the head by a wait, and starts the buffer again */
void translate(void);  /* DATA at address 0 to 0x3000 for the device, by tables of three levels */
void look(uint64_t daddr);
bool reaches(uint64_t daddr);
unsigned events(void); /* records in the log */

#endif
