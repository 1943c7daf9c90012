/* SPDX-License-Identifier: MPL-2.0 */
/*
 * LoongArch, LA64: address space, interrupt mask and page tables (LoongArch Reference Manual vol. 1, v1.10, 5.4, "page
 * table mapping"): three levels of 4 KiB tables, which the refill handler of boot.S walks by LDDIR and LDPTE. The
 * memory type stands in each entry (MAT).
 */
#ifndef BARE_LOONGARCH64_MACHINE_FACTS_H
#define BARE_LOONGARCH64_MACHINE_FACTS_H

#define CSR_CRMD      0x0
#define CSR_PRMD      0x1
#define CSR_EUEN      0x2
#define CSR_ECFG      0x4
#define CSR_ESTAT     0x5
#define CSR_ERA	      0x6
#define CSR_BADV      0x7
#define CSR_EENTRY    0xc
#define CSR_ASID      0x18
#define CSR_PGDL      0x19
#define CSR_PGDH      0x1a
#define CSR_PGD	      0x1b
#define CSR_PWCL      0x1c
#define CSR_PWCH      0x1d
#define CSR_STLBPS    0x1e
#define CSR_CPUID     0x20
#define CSR_SAVE0     0x30
#define CSR_TCFG      0x41
#define CSR_TICLR     0x44
#define CSR_TLBRENTRY 0x88
#define CSR_TLBRSAVE  0x8b
#define CSR_TLBRELO0  0x8c
#define CSR_TLBRELO1  0x8d
#define CSR_TLBREHI   0x8e
#define CSR_DMW0      0x180
#define CSR_DMW1      0x181
#define CSR_DMW2      0x182
#define CSR_DMW3      0x183

/* Leaves (7.5.3). A leaf that is not of the last level has PTE_HUGE. */
#define PTE_VALID      1
#define PTE_WRITE      2    /* "dirty": may be written */
#define PTE_CACHED     0x10 /* MAT: coherent and cached; 0 is strongly ordered and uncached */
#define PTE_HUGE       0x40
#define PTE_TYPE_SHIFT 9 /* vm.h's type, in bits that the CPU ignores, up to 11; 8 stands for a confidential VM's */
#define PTE_SHARED     0x100

#define MACHINE_LINEAR_BASE 0xffffffc000000000
#define MACHINE_LINEAR_GIB  192		       /* boot.S maps all of it */
#define MACHINE_REGISTERS   0x8000000000000000 /* a window on all paddrs, uncached (DMW1) */

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

#define MACHINE_LINEAR_SIZE    ((uint64_t)MACHINE_LINEAR_GIB << 30)
#define MACHINE_KVA_BASE       0xfffffff000000000u
#define MACHINE_KVA_SIZE       (UINT64_C(32) << 30)
#define MACHINE_EARLY_LIMIT    MACHINE_LINEAR_SIZE
#define MACHINE_FAST_UNALIGNED 0
#define MACHINE_TLB_IS_SHARED  false

#define CRMD_IE 4u

/* The compiler orders them among all accesses to memory. */
#define csr_read	      __builtin_loongarch_csrrd_d
#define csr_write(csr, value) (void)__builtin_loongarch_csrwr_d(value, csr)

static inline uintptr_t machine_interrupts_off(void)
{
	return __builtin_loongarch_csrxchg_d(0, CRMD_IE, CSR_CRMD);
}

static inline void machine_interrupts_restore(uintptr_t state)
{
	(void)__builtin_loongarch_csrxchg_d(state, CRMD_IE, CSR_CRMD);
}

static inline bool machine_interrupts_on(void)
{
	return csr_read(CSR_CRMD) & CRMD_IE;
}

static inline void machine_relax(void)
{
	__asm__ volatile("" : : : "memory"); /* there is no such instruction */
}

/* tp holds the address of this CPU's struct cpu (kernel/cpu.h). */
static inline unsigned machine_cpu(void)
{
	unsigned number;

	__asm__ volatile("ld.w %0, $tp, 16" : "=r"(number));
	return number;
}

static inline uintptr_t machine_lock_owner(void)
{
	uintptr_t owner;

	__asm__ volatile("ld.d %0, $tp, 0" : "=r"(owner));
	return owner;
}

static inline uint64_t machine_counter(void)
{
	uint64_t ticks;

	__asm__ volatile("rdtime.d %0, $zero" : "=r"(ticks) : : "memory");
	return ticks;
}

/* ---- Page tables ------------------------------------------------------------------------------------------------- */

#define MACHINE_VM_LEVELS 3
#define PTE_PADDR	  UINT64_C(0x0000fffffffff000)
#define PTE_READ_ONLY	  0
#define PTE_EXECUTE	  0
#define PTE_NX		  (UINT64_C(1) << 62)
#include "../memory/rights.h"

static inline bool machine_vm_big(unsigned level)
{
	(void)level;
	return true; /* 4 KiB, 2 MiB, 1 GiB */
}

/* Registers and uncached memory are both strongly ordered: weakly ordered stores (MAT 2) may be merged, and LS7A
 * bridges are known to lose their order. */
static inline uint64_t machine_vm_leaf(uint64_t paddr, unsigned level, unsigned attr)
{
	uint64_t entry = paddr | PTE_VALID | (uint64_t)(attr & VM_TYPE) << PTE_TYPE_SHIFT | rights_bits(attr);

	if ((attr & VM_TYPE) == VM_CACHED)
		entry |= PTE_CACHED;
	return level ? entry | PTE_HUGE : entry;
}

/* LDDIR takes what it reads as the next table's address. */
static inline uint64_t machine_vm_table(uint64_t paddr)
{
	return paddr;
}

static inline bool machine_vm_present(uint64_t entry)
{
	return entry != 0;
}

static inline bool machine_vm_is_leaf(uint64_t entry, unsigned level)
{
	(void)level;
	return entry & PTE_VALID;
}

static inline uint64_t machine_vm_paddr(uint64_t entry)
{
	return entry & PTE_PADDR;
}

static inline unsigned machine_vm_attr(uint64_t entry, unsigned level)
{
	(void)level;
	return (unsigned)(entry >> PTE_TYPE_SHIFT & VM_TYPE) | rights_of(entry);
}

/* A TLB may hold that an entry was invalid, and fault once more (vm_fault_is_stale()). */
static inline void machine_vm_publish(void)
{
	__asm__ volatile("dbar 0" : : : "memory");
}

static inline void machine_tlb_flush_page(uintptr_t va)
{
	__asm__ volatile("dbar 0; invtlb 6, $zero, %0" : : "r"(va) : "memory");
}

static inline void machine_tlb_flush_all(void)
{
	__asm__ volatile("dbar 0; invtlb 0, $zero, $zero" : : : "memory");
}

#endif
#endif
