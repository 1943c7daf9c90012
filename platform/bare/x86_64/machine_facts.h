/* SPDX-License-Identifier: MPL-2.0 */
/*
 * x86-64: address space, interrupt flag and 4-level page tables (SDM vol. 3, 4.5; memory types by PAT, 12.12).
 */
#ifndef BARE_X86_64_MACHINE_FACTS_H
#define BARE_X86_64_MACHINE_FACTS_H

#ifdef __ASSEMBLER__
#define MACHINE_LINEAR_BASE 0xffff800000000000
#else
#include <stdbool.h>
#include <stdint.h>

#define MACHINE_LINEAR_BASE    0xffff800000000000u
#define MACHINE_LINEAR_SIZE    (UINT64_C(1) << 40)
#define MACHINE_KVA_BASE       0xffffc00000000000u
#define MACHINE_KVA_SIZE       (UINT64_C(32) << 30)
#define MACHINE_EARLY_LIMIT    (UINT64_C(1) << 30)
#define MACHINE_FAST_UNALIGNED 1
#define MACHINE_TLB_IS_SHARED  false

static inline uintptr_t machine_interrupts_off(void)
{
	uintptr_t flags;
	__asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	return flags & 0x200;
}

static inline void machine_interrupts_restore(uintptr_t state)
{
	if (state)
		__asm__ volatile("sti" : : : "memory");
}

static inline bool machine_interrupts_on(void)
{
	uintptr_t flags;
	__asm__ volatile("pushfq; popq %0" : "=r"(flags));
	return flags & 0x200;
}

static inline void machine_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

/* Per-CPU data (kernel/cpu.h) lies at GS: the lock word at 0, the number at 16. */
static inline unsigned machine_cpu(void)
{
	unsigned cpu;
	__asm__ volatile("movl %%gs:16, %0" : "=r"(cpu));
	return cpu;
}

static inline uintptr_t machine_lock_owner(void)
{
	uintptr_t owner;
	__asm__ volatile("movq %%gs:0, %0" : "=r"(owner));
	return owner;
}

/* ---- Page tables --------------------------------------------------------------------------------------------- */

#define MACHINE_VM_LEVELS 4

enum {
	PTE_PRESENT = 1 << 0,
	PTE_WRITE = 1 << 1,
	PTE_PWT = 1 << 3,
	PTE_PCD = 1 << 4,
	PTE_BIG = 1 << 7, /* a leaf above level 0 */
	PTE_GLOBAL = 1 << 8,
	PTE_SHARED = 1 << 9, /* ignored by the CPU: stands for the C bit of a confidential VM */
	PTE_READ_ONLY = 0,
	PTE_EXECUTE = 0,
};
#define PTE_NX		  (UINT64_C(1) << 63)
#define PTE_ADDRESS	  UINT64_C(0x000ffffffffff000)
#include "../memory/rights.h"

extern bool machine_has_1g_pages;

/* Guests of TDX and SEV-SNP: an access of a register is an exception (cvm/cvm_guest.h). */
#define MACHINE_TRAPS_REGISTERS 1

/* What tells private from shared in a confidential VM: bits of entries for one and for the other (cvm/cvm_guest.c). */
extern uint64_t machine_vm_private, machine_vm_shared;

static inline bool machine_vm_big(unsigned level)
{
	return level == 0 || level == 1 || (level == 2 && machine_has_1g_pages);
}

/* PAT entries as at reset: 0 write-back, PCD (2) UC- for uncached memory, PCD and PWT (3) UC for registers. Written
 * out by boot code all the same. attr: vm.h. */
static inline uint64_t machine_vm_leaf(uint64_t paddr, unsigned level, unsigned attr)
{
	static const uint8_t type[4] = {0, PTE_PCD, PTE_PCD | PTE_PWT, PTE_PCD | PTE_PWT};
	uint64_t entry = paddr | PTE_PRESENT | PTE_GLOBAL | type[attr & VM_TYPE] | rights_bits(attr);

	if (level > 0)
		entry |= PTE_BIG;
	/* registers are the host's, too */
	return entry | ((attr & VM_SHARED) || (attr & VM_TYPE) == VM_DEVICE ? machine_vm_shared : machine_vm_private);
}

static inline uint64_t machine_vm_table(uint64_t paddr)
{
	return paddr | PTE_PRESENT | PTE_WRITE | machine_vm_private;
}

static inline bool machine_vm_present(uint64_t entry)
{
	return entry & PTE_PRESENT;
}

static inline bool machine_vm_is_leaf(uint64_t entry, unsigned level)
{
	return level == 0 || (entry & PTE_BIG);
}

static inline uint64_t machine_vm_paddr(uint64_t entry)
{
	return entry & PTE_ADDRESS & ~(machine_vm_private | machine_vm_shared);
}

static inline unsigned machine_vm_attr(uint64_t entry, unsigned level)
{
	unsigned type = entry & PTE_PWT ? VM_DEVICE : entry & PTE_PCD ? VM_UNCACHED : VM_CACHED;

	(void)level;
	return type | rights_of(entry);
}

static inline void machine_vm_publish(void)
{
	__asm__ volatile("" : : : "memory"); /* the walker sees stores in order */
}

static inline void machine_tlb_flush_page(uintptr_t va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

void machine_tlb_flush_all(void);

#endif
#endif
