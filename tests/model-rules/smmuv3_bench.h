/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A bench for SMMUv3: one unit, one stream, tables and queues in frames, and the steps that a driver takes, written
 * down from the specification. What a bad driver does on it is in smmuv3_registers.c, smmuv3_commands.c,
 * smmuv3_structures.c.
 */
#ifndef TESTS_MODEL_RULES_SMMUV3_BENCH_H
#define TESTS_MODEL_RULES_SMMUV3_BENCH_H

#include "bench.h"
#include "iommu/sim_smmuv3.h"
#include "iommu/smmuv3_rules.h"

/* Offsets of registers. */
enum {
	IDR0 = 0x00,
	CR0 = 0x20,
	CR0ACK = 0x24,
	CR1 = 0x28,
	CR2 = 0x2c,
	GBPA = 0x44,
	IRQ_CTRL = 0x50,
	IRQ_CTRLACK = 0x54,
	GERROR = 0x60,
	GERRORN = 0x64,
	GERROR_CFG0 = 0x68,
	GERROR_CFG1 = 0x70,
	GERROR_CFG2 = 0x74,
	STRTAB_BASE = 0x80,
	STRTAB_CFG = 0x88,
	CMDQ_BASE = 0x90,
	CMDQ_PROD = 0x98,
	CMDQ_CONS = 0x9c,
	EVENTQ_BASE = 0xa0,
	EVENTQ_CFG0 = 0xb0,
	EVENTQ_CFG2 = 0xbc,
	PRIQ_BASE = 0xc0,
	EVENTQ_PROD = 0x100a8,
	EVENTQ_CONS = 0x100ac,
	SMMUEN = 1,
	EVENTQEN = 4,
	CMDQEN = 8
};

/* Frames of the bench. */
enum frame { STREAMS, FIRSTS, CONTEXT, L0, L1, L2, L3, DATA, COMMANDS, EVENTS, OTHER };

/* Units, besides the usual one (both stages, all features, output of 44 bits). */
enum kind {
	STAGE_1_ALONE = OWN_KINDS,
	STAGE_2_ALONE,
	NARROW_IDS,
	NO_RANGES,
	NO_OVERRIDES,
	WITH_EL2,
	WITH_MSI,
	ONE_LEVEL,  /* IDR0.ST_LEVEL 0 */
	FORTY_BITS, /* IDR5.OAS 40 bits */
	OLD_BLOCKS, /* IDR3.BBML 0 */
	SMALL_QUEUES,
	STUCK,	      /* executes nothing */
	LATE,	      /* acknowledges when asked */
	ALWAYS_STALL, /* IDR0.STALL_MODEL 0b10 */
};

#define STREAM 5

#define SYNC	 (uint64_t)0x46
#define CFGI_STE ((uint64_t)0x03 | (uint64_t)STREAM << 32)
#define CFGI_ALL (uint64_t)0x04
#define NSNH_ALL (uint64_t)0x30
#define EL2_ALL	 (uint64_t)0x20

/* A valid entry of either stage, word by word; CONTEXT of the first. */
#define STE0_STAGE_1 (bench.frame[CONTEXT] | 5 << 1 | 1)
#define STE0_STAGE_2 (uint64_t)(6 << 1 | 1)
/* VMID 1, 39 bits from level 1 on, write-back, inner shareable, 44 bits out, AArch64, recorded. */
#define STE2                                                                                                           \
	((uint64_t)1 | (uint64_t)25 << 32 | (uint64_t)1 << 38 | (uint64_t)0x35 << 40 | (uint64_t)4 << 48 |             \
	 (uint64_t)1 << 51 | (uint64_t)1 << 58)
/* 39 bits, write-back, inner shareable, no upper half, valid, 44 bits out, AArch64, recorded, aborted, ASET, ASID 1. */
#define CD0                                                                                                            \
	((uint64_t)25 | (uint64_t)0x35 << 8 | (uint64_t)3 << 30 | (uint64_t)4 << 32 | (uint64_t)1 << 41 |              \
	 (uint64_t)7 << 45 | (uint64_t)1 << 48)
/* Pages: stage 1 (attribute 0, user, inner shareable, AF, not global), stage 2 (write-back, both ways, the same). */
#define PAGE_1 (uint64_t)(0xc00 | 0x300 | 0x40 | 3)
#define PAGE_2 (uint64_t)(0x400 | 0x300 | 0xc0 | 0x3c | 3)

extern struct sim_smmu *the_unit;

void control(uint32_t cr0); /* and its acknowledgment */
void queues_on(void);	    /* 6.3.26: base, indexes, then CR0 */
void submit(uint64_t low, uint64_t high);
void sync_commands(void);
/* Replaces the refused command by a sync and lets the queue go on. */
void mend(void);
void invalidate(void); /* all configuration, then all translations */
/* Queues and translation on, with a linear table of 64 entries; no entry is valid. */
void enable(void);
/* Makes the stream's entry valid in the order of 3.21.3.1: stage 1 or 2, DATA at address 0 to 0x3000. */
void attach(unsigned stage);
void detach(void);
void look(uint64_t daddr);
void start(unsigned stage); /* both */
/* Takes the entry out, changes word `index` of that frame, and brings it back in the order of 3.21.3.1. */
void change(unsigned frame, unsigned index, uint64_t value);

#endif
