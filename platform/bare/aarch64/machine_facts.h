/* SPDX-License-Identifier: MPL-2.0 */
/*
 * AArch64 at EL1: address space, interrupt mask and 4 KiB-granule page tables of 4 levels (Arm ARM DDI 0487, D8: "The
 * AArch64 Virtual Memory System Architecture"). The kernel lives in the upper half (TTBR1); the lower half maps
 * boot.S alone.
 */
#ifndef BARE_AARCH64_MACHINE_FACTS_H
#define BARE_AARCH64_MACHINE_FACTS_H

#ifdef __ASSEMBLER__
#define MACHINE_LINEAR_BASE 0xffff000000000000
#else
#include <stdbool.h>
#include <stdint.h>

#define MACHINE_LINEAR_BASE    0xffff000000000000u
#define MACHINE_LINEAR_SIZE    (UINT64_C(1) << 46)
#define MACHINE_KVA_BASE       0xffffc00000000000u
#define MACHINE_KVA_SIZE       (UINT64_C(32) << 30)
/* Where RAM begins differs from board to board, so this is found out (early.c). */
extern uint64_t machine_early_limit;
#define MACHINE_EARLY_LIMIT    machine_early_limit
#define MACHINE_FAST_UNALIGNED 1
#define MACHINE_TLB_IS_SHARED  true

static inline uintptr_t machine_interrupts_off(void)
{
	uintptr_t daif;

	__asm__ volatile("mrs %0, daif; msr daifset, #3" : "=r"(daif) : : "memory");
	return ~daif; /* bit 7: they were on */
}

static inline void machine_interrupts_restore(uintptr_t state)
{
	if (state & 0x80)
		__asm__ volatile("msr daifclr, #3" : : : "memory");
}

static inline bool machine_interrupts_on(void)
{
	uintptr_t daif;

	__asm__ volatile("mrs %0, daif" : "=r"(daif));
	return !(daif & 0x80);
}

static inline void machine_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

/* Per-CPU data (kernel/cpu.h) is at TPIDR_EL1; the number also in TPIDRRO_EL0, which nothing else uses: no EL0. */
static inline unsigned machine_cpu(void)
{
	uint64_t number;

	__asm__ volatile("mrs %0, tpidrro_el0" : "=r"(number));
	return (unsigned)number;
}

static inline uintptr_t machine_lock_owner(void)
{
	return (uintptr_t)machine_cpu() + 1;
}

/* Of QEMU's -cpu max it runs at 1 GHz: with -icount shift=0 a tick is an instruction. */
static inline uint64_t machine_counter(void)
{
	uint64_t ticks;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
	return ticks;
}

/* ---- Page tables (D8.3, "Translation table descriptor formats") ---------------------------------------------------
 * */

#define MACHINE_VM_LEVELS 4

#define PTE_VALID      UINT64_C(1)
#define PTE_TABLE      UINT64_C(2) /* level 0: a page; above: a table, else a block */
#define PTE_TYPE_SHIFT 2	   /* AttrIndx: MAIR_EL1 is set so that it is vm.h's type */
#define PTE_READ_ONLY  (UINT64_C(1) << 7)
#define PTE_INNER      (UINT64_C(3) << 8) /* inner shareable; normal uncached and device memory are outer anyway */
#define PTE_ACCESSED   (UINT64_C(1) << 10)
#define PTE_NX	       (UINT64_C(1) << 53) /* PXN */
#define PTE_UXN	       (UINT64_C(1) << 54)
#define PTE_SHARED     (UINT64_C(1) << 55) /* ignored by the CPU: stands for the shared bit of a confidential VM */
#define PTE_ADDRESS    UINT64_C(0x0000fffffffff000)
#define PTE_WRITE      0
#define PTE_EXECUTE    0
#include "../memory/rights.h"
/* Write-back, normal uncached (Normal-NC), Device-nGnRE: attributes 0, 1, 2. */
#define MACHINE_MAIR UINT64_C(0x0444ff)

/* What tells private from shared in a confidential VM: bits of entries for one and for the other (cvm/cvm_guest.c). */
extern uint64_t machine_vm_private, machine_vm_shared;

/* A core without FEAT_BBM level 2 breaks up a big page with a moment in between in which nothing is mapped: not where
 * other CPUs may use it (boot.S turns its own MMU off meanwhile, not theirs). */
extern bool machine_big_pages;

static inline bool machine_vm_big(unsigned level)
{
	return level == 0 || (level <= 2 && machine_big_pages); /* 4 KiB, 2 MiB, 1 GiB */
}

static inline uint64_t machine_vm_leaf(uint64_t paddr, unsigned level, unsigned attr)
{
	uint64_t entry = paddr | PTE_VALID | PTE_INNER | PTE_ACCESSED | PTE_UXN;

	entry |= (uint64_t)(attr & VM_TYPE) << PTE_TYPE_SHIFT | rights_bits(attr);
	if (level == 0)
		entry |= PTE_TABLE;
	/* registers are the host's, too */
	return entry | ((attr & VM_SHARED) || (attr & VM_TYPE) == VM_DEVICE ? machine_vm_shared : machine_vm_private);
}

static inline uint64_t machine_vm_table(uint64_t paddr)
{
	return paddr | PTE_VALID | PTE_TABLE;
}

static inline bool machine_vm_present(uint64_t entry)
{
	return entry & PTE_VALID;
}

static inline bool machine_vm_is_leaf(uint64_t entry, unsigned level)
{
	return level == 0 || !(entry & PTE_TABLE);
}

static inline uint64_t machine_vm_paddr(uint64_t entry)
{
	return entry & PTE_ADDRESS & ~(machine_vm_private | machine_vm_shared);
}

static inline unsigned machine_vm_attr(uint64_t entry, unsigned level)
{
	(void)level;
	return (unsigned)(entry >> PTE_TYPE_SHIFT & VM_TYPE) | rights_of(entry);
}

static inline void machine_vm_publish(void)
{
	__asm__ volatile("dsb ishst; isb" : : : "memory");
}

/* These reach every CPU of the inner shareable domain, which is all of them. */
static inline void machine_tlb_flush_page(uintptr_t va)
{
	uint64_t operand = va >> 12 & ((UINT64_C(1) << 44) - 1);

	__asm__ volatile("dsb ishst; tlbi vaae1is, %0; dsb ish; isb" : : "r"(operand) : "memory");
}

static inline void machine_tlb_flush_all(void)
{
	__asm__ volatile("dsb ishst; tlbi vmalle1is; dsb ish; isb" : : : "memory");
}

#endif
#endif
