/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From the firmware to C: a Linux-style RISC-V Image (documented in the Linux tree as riscv/boot-image-header), entered in
 * supervisor mode with translation off, the hart's id in a0 and the device tree's physical address in a1, loaded at any multiple of
 * 4 KiB below MACHINE_LINEAR_GIB.
 */
#include "machine_facts.h"

	.section .head, "ax"
	.globl	image_start
	.option	norvc
image_start:
	j	entry
	nop
	.quad	0x200000			/* text_offset: behind the firmware */
	.quad	image_end - image_start		/* image_size: with .bss and the stack */
	.quad	0				/* flags: little endian */
	.word	2, 0				/* version 0.2 */
	.quad	0
	.quad	0x5643534952			/* "RISCV" */
	.ascii	"RSC\x05"
	.word	0
	.option	rvc

entry:
	csrw	sie, zero
	csrci	sstatus, 2
	mv	s0, a0
	mv	s1, a1

	/* Move the image: R_RISCV_RELATIVE entries alone are left; it was linked at the linear map's base. */
	lla	s2, image_start			/* physical address */
	li	s3, MACHINE_LINEAR_BASE
	sub	t3, s2, s3			/* link address to physical */
	lla	t0, relocations_start
	lla	t1, relocations_end
1:	bgeu	t0, t1, 2f
	ld	t4, 0(t0)
	ld	t5, 8(t0)
	ld	t6, 16(t0)
	addi	t0, t0, 24
	addi	t5, t5, -3
	bnez	t5, 1b
	add	t4, t4, t3
	add	t6, t6, s2
	sd	t6, 0(t4)
	j	1b

2:	lla	t0, image_bss
	lla	t1, image_end
3:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 3b

	/* The boot table: everything below MACHINE_LINEAR_GIB in the linear map, by leaves of 1 GiB. What is registers stays so whatever
	 * an entry says (PMA). */
	lla	t0, boot_table
	addi	t1, t0, 2047			/* entry 256: half way */
	addi	t1, t1, 1
	li	t2, 0xcf			/* valid, read, write, execute, accessed, dirty */
	li	t3, 1 << 28
	li	t4, MACHINE_LINEAR_GIB
4:	sd	t2, 0(t1)
	add	t2, t2, t3
	addi	t1, t1, 8
	addi	t4, t4, -1
	bnez	t4, 4b
	lla	t1, high
	call	translate_at
	.balign	4
high:
	lla	sp, image_stack_top
	lla	tp, cpus
	call	cpu_ready
	mv	a0, s0
	mv	a1, s1
	tail	machine_start

/* Translation on with the table at paddr t0, going on at paddr t1 plus the linear map's base: nothing is mapped where this runs, so
 * that the next instruction faults, and the trap leads there. A core without Sv39 stays here. */
translate_at:
	li	t2, MACHINE_LINEAR_BASE
	add	t1, t1, t2
	csrw	stvec, t1
	srli	t0, t0, 12
	li	t2, 8 << 60			/* MODE: Sv39 */
	or	t0, t0, t2
	sfence.vma
	csrw	satp, t0
1:	j	1b

cpu_ready:
	lla	t0, trap
	csrw	stvec, t0
	ret

/* Other CPUs, the paddr of cpu_start in a1. */
	.globl	cpu_entry
cpu_entry:
	csrw	sie, zero
	csrci	sstatus, 2
	ld	t0, 0(a1)
	lla	t1, cpu_high
	j	translate_at
	.balign	4
cpu_high:
	lla	t0, cpu_start
	ld	sp, 8(t0)
	ld	tp, 16(t0)
	call	cpu_ready
	tail	machine_cpu_started

	.text
	.globl	cpu_try
cpu_try:
	lla	t0, 9f
	csrrw	t0, stvec, t0
	beqz	a0, 1f
	addi	a0, a0, -1
	beqz	a0, 2f
	csrr	a2, cycle
	j	3f
1:	.insn	i 0x0f, 2, x0, a1, 2		/* cbo.flush */
	.insn	i 0x0f, 2, x0, a1, 0		/* cbo.inval */
	j	3f
2:	ld	a2, 0(a1)
3:	csrw	stvec, t0
	li	a0, 1
	ret
	.balign	4
9:	csrw	stvec, t0
	li	a0, 0
	ret

/* The registers that C may change, to or from a frame at sp. */
	.macro	registers move
	.set	at, 0
	.irp	register, ra, t0, t1, t2, t3, t4, t5, t6, a0, a1, a2, a3, a4, a5, a6, a7
	\move	\register, at(sp)
	.set	at, at + 8
	.endr
	.endm

/* Traps, on the stack of what an interrupt interrupted, or on struct cpu's trap_stack, since an exception may be the stack's fault.
 * machine_trap() leaves sepc and sstatus alone: interrupts stay off. */
	.balign	4
trap:
	csrw	sscratch, t0
	csrr	t0, scause
	bltz	t0, 1f
	ld	t0, 8(tp)
	addi	t0, t0, -144
	j	2f
1:	addi	t0, sp, -144
2:	sd	sp, 128(t0)
	mv	sp, t0
	csrr	t0, sscratch
	registers sd
	csrr	a0, scause
	csrr	a1, sepc
	csrr	a2, stval
	call	machine_trap
	registers ld
	ld	sp, 128(sp)
	sret

	.bss
	.balign	4096
boot_table:
	.skip	4096
