/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From the loader to C: an ELF file, loaded at its physical addresses and entered there in direct address translation
 * mode with interrupts off, with the arguments of Linux's boot protocol: a0: 1 (started as by UEFI), a1: paddr of the command line, a2:
 * paddr of UEFI's system table. References: LoongArch Reference Manual vol. 1 (v1.10), 5 (memory), 6 (exceptions), 7
 * (control and status registers).
 */
#include "machine_facts.h"

	.section .head, "ax"
	.globl	image_start
image_start:
	move	$s1, $a1
	move	$s2, $a2

	la.pcrel $t0, image_bss
	la.pcrel $t1, image_end
1:	st.d	$zero, $t0, 0
	addi.d	$t0, $t0, 8
	bltu	$t0, $t1, 1b

	/* The boot table: everything below MACHINE_LINEAR_GIB in the linear map, by leaves of 1 GiB, cached, as
	 * Linux's window on all of it is. Registers are reached by another window alone. */
	la.pcrel $t0, boot_table
	addi.d	$t1, $t0, 2047			/* entry 256: half way */
	addi.d	$t1, $t1, 1
	li.d	$t2, PTE_VALID | PTE_WRITE | PTE_CACHED | PTE_HUGE
	li.d	$t3, 1 << 30
	li.d	$t4, MACHINE_LINEAR_GIB
2:	st.d	$t2, $t1, 0
	add.d	$t2, $t2, $t3
	addi.d	$t1, $t1, 8
	addi.d	$t4, $t4, -1
	bnez	$t4, 2b
	bl	translate

	la.pcrel $sp, image_stack_top
	la.pcrel $tp, cpus
	move	$a0, $s1
	move	$a1, $s2
	b	machine_start

/* Other CPUs: the mailbox told them where to go. */
	.globl	cpu_entry
cpu_entry:
	la.pcrel $t0, cpu_start
	ld.d	$t0, $t0, 0
	bl	translate
	la.pcrel $t0, cpu_start
	ld.d	$sp, $t0, 8
	ld.d	$tp, $t0, 16
	b	machine_cpu_started

/* Translation on with the table at paddr t0; returns in the linear map. The first window maps this code where it is
 * meanwhile; the second is for registers, for ever (registers_at()). */
translate:
	csrwr	$zero, CSR_ECFG
	csrwr	$zero, CSR_EUEN
	csrwr	$t0, CSR_PGDH
	csrwr	$zero, CSR_PGDL			/* nothing is in the lower half */
	li.w	$t0, 12 | 9 << 5 | 21 << 10 | 9 << 15
	li.w	$t1, 30 << 20 | 9 << 25
	or	$t0, $t0, $t1
	csrwr	$t0, CSR_PWCL
	csrwr	$zero, CSR_PWCH
	li.w	$t0, 12
	csrwr	$t0, CSR_STLBPS
	csrwr	$zero, CSR_ASID
	la.pcrel $t0, refill
	csrwr	$t0, CSR_TLBRENTRY
	li.d	$t2, MACHINE_LINEAR_BASE
	la.pcrel $t0, trap
	add.d	$t0, $t0, $t2
	csrwr	$t0, CSR_EENTRY
	invtlb	0, $zero, $zero
	li.w	$t0, 0x11			/* addresses that begin with 0: cached, as they are */
	csrwr	$t0, CSR_DMW0
	li.d	$t0, MACHINE_REGISTERS | 1	/* strongly ordered and uncached */
	csrwr	$t0, CSR_DMW1
	csrwr	$zero, CSR_DMW2
	csrwr	$zero, CSR_DMW3
	li.w	$t0, 0xb0			/* PG; fetches and loads of the refill handler are cached */
	csrwr	$t0, CSR_CRMD
	la.pcrel $t0, 1f
	add.d	$t0, $t0, $t2
	add.d	$ra, $ra, $t2
	jr	$t0
1:	csrwr	$zero, CSR_DMW0
	ret

	.text
/* TLB refill, in direct address translation mode (5.4.6; LDDIR and LDPTE: 4.2.6). A table that is missing gives a
 * pair of entries that are invalid, so that the access faults once more, in `trap`. (QEMU 10.0's LDPTE forgets an
 * entry's upper bits: data can be executed there.) */
	.balign	4096
refill:
	csrwr	$t0, CSR_TLBRSAVE
	csrrd	$t0, CSR_PGD
	beqz	$t0, 2f
	lddir	$t0, $t0, 2
	beqz	$t0, 2f
	lddir	$t0, $t0, 1
	beqz	$t0, 2f
	ldpte	$t0, 0
	ldpte	$t0, 1
1:	tlbfill
	csrrd	$t0, CSR_TLBRSAVE
	ertn
2:	csrwr	$zero, CSR_TLBRELO0
	csrwr	$zero, CSR_TLBRELO1
	csrrd	$t0, CSR_TLBREHI
	srli.d	$t0, $t0, 6
	slli.d	$t0, $t0, 6
	ori	$t0, $t0, 12			/* PS: pages of 4 KiB */
	csrwr	$t0, CSR_TLBREHI
	b	1b

/* The registers that C may change, to or from a frame at sp. */
	.macro	registers move
	.set	at, 0
	.irp	register, ra, t0, t1, t2, t3, t4, t5, t6, t7, t8, a0, a1, a2, a3, a4, a5, a6, a7
	\move	$\register, $sp, at
	.set	at, at + 8
	.endr
	.endm

/* Traps, on the stack of what an interrupt interrupted, or on struct cpu's trap_stack, since an exception may be the
 * stack's fault. Interrupts stay off; but what an interrupt handler touches may have been mapped a moment ago: ERA
 * and PRMD are kept. */
	.balign	4096
trap:
	csrwr	$t0, CSR_SAVE0
	csrrd	$t0, CSR_ESTAT
	bstrpick.d $t0, $t0, 21, 16		/* Ecode; 0: interrupt */
	bnez	$t0, 1f
	addi.d	$t0, $sp, -176
	b	2f
1:	ld.d	$t0, $tp, 8
	addi.d	$t0, $t0, -176
2:	st.d	$sp, $t0, 144
	move	$sp, $t0
	csrrd	$t0, CSR_SAVE0
	registers st.d
	csrrd	$a0, CSR_ESTAT
	csrrd	$a1, CSR_ERA
	csrrd	$a2, CSR_BADV
	csrrd	$t0, CSR_PRMD
	st.d	$a1, $sp, 152
	st.d	$t0, $sp, 160
	bl	machine_trap
	ld.d	$t0, $sp, 152
	csrwr	$t0, CSR_ERA
	ld.d	$t0, $sp, 160
	csrwr	$t0, CSR_PRMD
	registers ld.d
	ld.d	$sp, $sp, 144
	ertn

	.bss
	.balign	4096
boot_table:
	.skip	4096
