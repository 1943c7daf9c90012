/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A unit in software for tests of the command queue: registers and ring of VT-d (specification 6.5.2, 11.4.8), of
 * SMMUv3 (IHI 0070, 3.5), of AMD-Vi (48882, 2.4), or of RISC-V (IOMMU 1.0, "Command-Queue"). The RISC-V unit executes
 * nothing before the fence behind it, and forgets what it has taken since the last fence when it stops at an error: the
 * specification promises no more.
 */
#ifndef TESTS_IOMMU_UNIT_QUEUE_UNIT_H
#define TESTS_IOMMU_UNIT_QUEUE_UNIT_H

#include <stdbool.h>
#include <stdint.h>

enum { UNIT_CPUS = 64, UNIT_TIMEOUT_NS = 1000000 /* of the test's clock */ };

enum unit_kind { UNIT_VTD, UNIT_SMMU, UNIT_AMDVI, UNIT_RISCV, UNIT_KINDS };

struct unit_seen {
	unsigned refused;   /* commands */
	unsigned thrown;    /* fences */
	unsigned unlawful;  /* ring entries that were executed and are none */
	unsigned doorbells; /* writes of the tail */
};

extern const char *const unit_names[UNIT_KINDS];

/* A fresh unit of the kind, its ring empty and on. immediate: it executes when the doorbell rings. */
void unit_make(enum unit_kind kind, bool immediate);
/* An invalidation that the unit can tell from every other: 0 or the driver's error. */
int unit_run(unsigned cpu, uint64_t count);
/* The highest count of that CPU's that was executed. */
uint64_t unit_ran(unsigned cpu);
/* The driver has given it up. */
bool unit_given_up(void);
/* Executes up to n commands; any thread, one at a time. */
void unit_work(unsigned n);
unsigned unit_waiting(void); /* commands in the ring */
/* The n-th command from now on is refused (0: none); so is what takes its place, `times` times in all. error: the
 * SMMU's code; RISC-V: illegal, memory fault, timeout. */
void unit_refuse(unsigned n, unsigned times, unsigned error);
/* VT-d: ITE. What has been fetched is thrown away, and the ring is empty. */
void unit_throw_away(void);
struct unit_seen unit_seen(void);
struct dma_queue;
struct dma_queue *unit_queue(void);
/* As if the ring, which is empty, had been used for so many positions more. */
void unit_skip(uint32_t positions);
/* A command that is submitted, and not waited for. False: there is no room. */
bool unit_submit(void);

#endif
