/* SPDX-License-Identifier: MPL-2.0 */
/*
 * RISC-V in supervisor mode: address space, interrupt mask and Sv39 page tables (privileged architecture, "Sv39:
 * Page-Based 39-bit Virtual-Memory System"), which every core with an MMU has. Memory types are Svpbmt's, where the
 * core has that: without it, what is memory and what are registers is the platform's alone to say (PMA).
 */
#ifndef BARE_RISCV64_MACHINE_FACTS_H
#define BARE_RISCV64_MACHINE_FACTS_H

#ifdef __ASSEMBLER__
#define MACHINE_LINEAR_BASE 0xffffffc000000000
#define MACHINE_LINEAR_GIB  192
#else
#include <stdbool.h>
#include <stdint.h>

#define MACHINE_LINEAR_BASE    0xffffffc000000000u
#define MACHINE_LINEAR_SIZE    (UINT64_C(192) << 30)
#define MACHINE_KVA_BASE       0xfffffff000000000u
#define MACHINE_KVA_SIZE       (UINT64_C(32) << 30)
#define MACHINE_EARLY_LIMIT    MACHINE_LINEAR_SIZE /* boot.S maps all of it */
#define MACHINE_FAST_UNALIGNED 0
#define MACHINE_TLB_IS_SHARED  false

#define SSTATUS_SIE 2u

static inline uintptr_t machine_interrupts_off(void)
{
	uintptr_t before;

	__asm__ volatile("csrrci %0, sstatus, 2" : "=r"(before) : : "memory");
	return before;
}

static inline void machine_interrupts_restore(uintptr_t state)
{
	if (state & SSTATUS_SIE)
		__asm__ volatile("csrsi sstatus, 2" : : : "memory");
}

static inline bool machine_interrupts_on(void)
{
	uintptr_t status;

	__asm__ volatile("csrr %0, sstatus" : "=r"(status));
	return status & SSTATUS_SIE;
}

/* PAUSE (Zihintpause): a FENCE that does nothing on cores without it. */
static inline void machine_relax(void)
{
	__asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010" : : : "memory");
}

/* tp holds the address of this CPU's struct cpu (kernel/cpu.h). */
static inline unsigned machine_cpu(void)
{
	unsigned number;

	__asm__ volatile("lw %0, 16(tp)" : "=r"(number));
	return number;
}

static inline uintptr_t machine_lock_owner(void)
{
	uintptr_t owner;

	__asm__ volatile("ld %0, 0(tp)" : "=r"(owner));
	return owner;
}

static inline uint64_t machine_counter(void)
{
	uint64_t ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks) : : "memory");
	return ticks;
}

/* ---- Page tables ------------------------------------------------------------------------------------------------- */

#define MACHINE_VM_LEVELS 3

/* A, D: set, so that no core has to (Svade, Svadu). There are no address-space ids, so that G says nothing: it stands
 * for the shared bit of a confidential VM. RSW, which the core ignores, is vm.h's type. */
#define PTE_VALID	  UINT64_C(1)
#define PTE_READ	  (UINT64_C(1) << 1)
#define PTE_WRITE	  (UINT64_C(1) << 2)
#define PTE_EXECUTE	  (UINT64_C(1) << 3)
#define PTE_SHARED	  (UINT64_C(1) << 5)
#define PTE_USED	  (UINT64_C(3) << 6)
#define PTE_RSW_SHIFT	  8
#define PTE_PPN_SHIFT	  10
#define PTE_PPN		  ((UINT64_C(1) << 44) - 1)
#define PTE_PBMT_NC	  (UINT64_C(1) << 61)
#define PTE_READ_ONLY	  0
#define PTE_NX		  0
#include "../memory/rights.h"

/* Svpbmt works on every CPU so far: uncached pages really are (cpu.c). */
extern bool machine_has_pbmt;

static inline bool machine_vm_big(unsigned level)
{
	(void)level;
	return true; /* 4 KiB, 2 MiB, 1 GiB */
}

static inline uint64_t machine_vm_leaf(uint64_t paddr, unsigned level, unsigned attr)
{
	uint64_t entry = paddr >> 12 << PTE_PPN_SHIFT | PTE_VALID | PTE_READ | PTE_USED;

	(void)level;
	entry |= (uint64_t)(attr & VM_TYPE) << PTE_RSW_SHIFT;
	if ((attr & VM_TYPE) == VM_UNCACHED && machine_has_pbmt)
		entry |= PTE_PBMT_NC;
	return entry | rights_bits(attr);
}

static inline uint64_t machine_vm_table(uint64_t paddr)
{
	return paddr >> 12 << PTE_PPN_SHIFT | PTE_VALID;
}

static inline bool machine_vm_present(uint64_t entry)
{
	return entry & PTE_VALID;
}

static inline bool machine_vm_is_leaf(uint64_t entry, unsigned level)
{
	(void)level;
	return entry & PTE_READ;
}

static inline uint64_t machine_vm_paddr(uint64_t entry)
{
	return (entry >> PTE_PPN_SHIFT & PTE_PPN) << 12;
}

static inline unsigned machine_vm_attr(uint64_t entry, unsigned level)
{
	(void)level;
	return (unsigned)(entry >> PTE_RSW_SHIFT & VM_TYPE) | rights_of(entry);
}

/* A core may remember that an entry was invalid, and fault once more (vm_fault_is_stale()). */
static inline void machine_vm_publish(void)
{
	__asm__ volatile("fence w, w" : : : "memory");
}

static inline void machine_tlb_flush_page(uintptr_t va)
{
	__asm__ volatile("sfence.vma %0, zero" : : "r"(va) : "memory");
}

static inline void machine_tlb_flush_all(void)
{
	__asm__ volatile("sfence.vma" : : : "memory");
}

#endif
#endif
