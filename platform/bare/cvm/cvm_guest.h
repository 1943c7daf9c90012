/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The bare machine as the guest of a confidential VM: what a kernel has to do (docs/confidential.md). With the option
 * cvm=tdx, snp or cca the machine splits first (cvm_mock.h), and is one.
 */
#ifndef BARE_CVM_GUEST_H
#define BARE_CVM_GUEST_H

#include "../machine.h"
#include <dmastream/cvm.h>

extern struct dma_cvm bare_cvm; /* without ops: no confidential VM */
/* Whether accesses of registers are exceptions in this guest. */
#ifdef MACHINE_TRAPS_REGISTERS
extern bool cvm_traps_registers;
#else
enum { cvm_traps_registers = false };
#endif

static inline bool cvm_is_on(void)
{
	return bare_cvm.ops != NULL;
}

/* In this order: before frames_init(); after it, and before vm_init(); with the final page tables on. */
void cvm_trim(void);
void cvm_start(void);
void cvm_finish(void);

/* Registers that the kernel itself touches: its interrupt controller, configuration space. */
void cvm_own_registers(uint64_t paddr, uint64_t nbytes);

/* What dma_host_share() and dma_host_unshare() do. */
int cvm_convert(dma_paddr_t paddr, size_t npages, size_t *done, bool share);

/* Pages that a unit reads and writes, which is trusted with private memory; or no more. */
void cvm_lend(uint64_t paddr, size_t npages, bool given);

/* The end of the machine with that status, or another if a rule of the technology was broken. */
int cvm_end(int status);

/* By the guest's own exit. */
uint64_t cvm_register_read(const volatile void *reg, unsigned nbytes);
void cvm_register_write(volatile void *reg, unsigned nbytes, uint64_t value);

/* A device's register of 1, 2 or 4 bytes. */
static inline uint32_t register_read(const volatile void *reg, unsigned nbytes)
{
	if (cvm_traps_registers)
		return (uint32_t)cvm_register_read(reg, nbytes);
	return nbytes == 1   ? *(const volatile uint8_t *)reg
	       : nbytes == 2 ? *(const volatile uint16_t *)reg
			     : *(const volatile uint32_t *)reg;
}

static inline void register_write(volatile void *reg, unsigned nbytes, uint32_t value)
{
	if (cvm_traps_registers)
		cvm_register_write(reg, nbytes, value);
	else if (nbytes == 1)
		*(volatile uint8_t *)reg = (uint8_t)value;
	else if (nbytes == 2)
		*(volatile uint16_t *)reg = (uint16_t)value;
	else
		*(volatile uint32_t *)reg = value;
}

/* ---- The machine's folder ---- */

/* From now on who calls `from` gets `to`: the text is still writable, and one CPU runs. With MACHINE_TRAPS_REGISTERS
 * alone, so that the accessors of every other guest cost nothing. */
void machine_reroute(void (*from)(void), void (*to)(void));

/* Asks the CPU or the firmware what this guest is. 0, or DMA_ENODEV. */
int machine_cvm_find(struct dma_cvm *cvm);
/* What it needs beside, with the final page tables on: SEV-SNP's GHCB page. */
void machine_cvm_finish(struct dma_cvm *cvm);

#endif
