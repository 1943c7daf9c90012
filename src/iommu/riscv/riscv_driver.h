/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the RISC-V IOMMU driver: a unit, and who does what.
 *
 *   riscv.c         finds the unit, is the IOMMU   riscv_device.c   device directory: who is translated by what
 *   riscv_unit.c    the unit, on and off           riscv_domain.c   what the unit is told when mappings change
 *   riscv_queue.c   commands                       riscv_fault.c    what was blocked, and page requests
 */
#ifndef DMASTREAM_SRC_IOMMU_RISCV_H
#define DMASTREAM_SRC_IOMMU_RISCV_H

#include "../unit/unit.h"
#include "../unit/unit_doorbells.h"
#include "../unit/unit_faults.h"
#include "../unit/unit_registers.h"
#include "riscv_regs.h"
#include <dmastream/riscv.h>

enum {
	RISCV_TABLE = 4096,   /* bytes of each table and queue, whatever a page is */
	RISCV_FAULTS = 128,   /* of 32 bytes */
	RISCV_REQUESTS = 256, /* of 16 bytes */
};

struct riscv_unit {
	struct dma_unit base; /* first */
	uint64_t capabilities;
	uint8_t takes;	/* bit n: directories of n levels */
	uint8_t levels; /* of the directory */
	bool first;	/* domains are first-stage tables: it has no second stage */
	uint64_t *root; /* what three levels begin with; empty while the unit is asked what it takes */
	dma_paddr_t root_paddr;
	struct dma_unit_doorbells files; /* interrupt files; without runs there are no MSI page tables */
};

struct riscv_domain {
	struct dma_unit_domain base; /* first */
	uint64_t messages;	     /* msiptp; 0: none of its devices has interrupt files */
	dma_paddr_t table;	     /* where that leads */
};

DMA_UNIT_OUTER(dma_riscv_unit_of, riscv_unit, dma_unit, base)
DMA_UNIT_OUTER(dma_riscv_domain_of, riscv_domain, dma_unit_domain, base)

/* ---- riscv_unit.c ---- */
extern const struct dma_unit_power_ops dma_riscv_power;
/* Writes a queue's control register when it may be written, and waits until that has come to its end. `bits` beside
 * enable are cleared by ones. 0, DMA_ETIMEDOUT. */
int dma_riscv_csr(struct dma_unit *base, enum riscv_register reg, uint32_t bits);
int dma_riscv_ask_levels(struct dma_unit *base); /* which ones ddtp takes; leaves the unit Off */

/* ---- riscv_queue.c ---- */
extern const struct dma_queue_ops dma_riscv_queue;
/* Runs 1 to 32 commands and a fence behind them, and waits for it. 0, DMA_ETIMEDOUT. */
int dma_riscv_run(struct dma_unit *base, const struct dma_command *commands, unsigned n);
int dma_riscv_run_one(struct dma_unit *base, struct dma_command command);

/* ---- riscv_device.c ---- */
extern const struct dma_unit_entry_ops dma_riscv_entries;
int dma_riscv_memory(struct dma_unit *base);

/* ---- riscv_domain.c, riscv_fault.c ---- */
extern const struct dma_unit_ops dma_riscv_domain;
int dma_riscv_domain_describe(struct dma_unit_domain *base, struct dma_space_config *config);
void dma_riscv_domain_forget(struct dma_unit_domain *base);
extern const struct dma_unit_fault_ops dma_riscv_faults, dma_riscv_requests;

#endif
