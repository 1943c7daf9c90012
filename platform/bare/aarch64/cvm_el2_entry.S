/* SPDX-License-Identifier: MPL-2.0 */
/*
 * EL2 beside the kernel, from the split on: the other side of a realm's instructions (cvm_el2.c).
 */
	.text

/*
 * At its physical address, EL2, MMU off, from the HVC of el2_split(): EL2 gets the kernel's own translation (HCR_EL2.E2H: its registers
 * are laid out as EL1's) and a stack, and el2_host() does the rest. The guest goes on behind its HVC.
 */
	.globl	el2_take
el2_take:
	mrs	x2, tcr_el1
	mrs	x3, mair_el1
	mrs	x4, ttbr0_el1
	mrs	x5, ttbr1_el1
	mov	x6, #(1 << 31)			/* RW */
	orr	x6, x6, #(1 << 34)		/* E2H */
	msr	hcr_el2, x6
	isb
	msr	tcr_el2, x2
	msr	mair_el2, x3
	msr	ttbr0_el2, x4
	msr	s3_4_c2_c0_1, x5		/* TTBR1_EL2 */
	mov	x6, #(3 << 20)			/* CPTR_EL2: nothing traps */
	msr	cptr_el2, x6
	mov	x6, #(3 << 10)			/* CNTHCTL_EL2: counter and timer without trap */
	msr	cnthctl_el2, x6
	isb
	tlbi	alle2
	dsb	nsh
	isb
	ldr	x6, sctlr_on
	msr	sctlr_el2, x6
	isb
	ldr	x7, =el2_high			/* a relocated address */
	br	x7
el2_high:
	adrp	x7, el2_vectors
	add	x7, x7, :lo12:el2_vectors
	msr	vbar_el2, x7
	adrp	x7, el2_stack_top
	add	x7, x7, :lo12:el2_stack_top
	mov	sp, x7
	isb
	stp	x29, x30, [sp, #-16]!
	bl	el2_host
	ldp	x29, x30, [sp], #16
	mov	x0, #1
	eret

	.balign	8
sctlr_on:
	.quad	0x30d00800 | 1 << 0 | 1 << 2 | 1 << 3 | 1 << 12

/* D1.3.1. A synchronous exception of EL1 (8) is what this is for; the others are not expected. */
	.balign	2048
el2_vectors:
	.rept	8
	.balign	128
	b	el2_unexpected
	.endr
	.balign	128
	b	el2_synchronous
	.rept	7
	.balign	128
	b	el2_unexpected
	.endr

el2_unexpected:
	mrs	x0, esr_el2
	mrs	x1, elr_el2
	mrs	x2, far_el2
	b	el2_unexpected_exception

/* All registers that C may change, as an array. */
el2_synchronous:
	stp	x29, x30, [sp, #-256]!
	stp	x0, x1, [sp, #16]
	stp	x2, x3, [sp, #32]
	stp	x4, x5, [sp, #48]
	stp	x6, x7, [sp, #64]
	stp	x8, x9, [sp, #80]
	stp	x10, x11, [sp, #96]
	stp	x12, x13, [sp, #112]
	stp	x14, x15, [sp, #128]
	stp	x16, x17, [sp, #144]
	str	x18, [sp, #160]
	add	x0, sp, #16
	bl	el2_exception
	ldr	x18, [sp, #160]
	ldp	x16, x17, [sp, #144]
	ldp	x14, x15, [sp, #128]
	ldp	x12, x13, [sp, #112]
	ldp	x10, x11, [sp, #96]
	ldp	x8, x9, [sp, #80]
	ldp	x6, x7, [sp, #64]
	ldp	x4, x5, [sp, #48]
	ldp	x2, x3, [sp, #32]
	ldp	x0, x1, [sp, #16]
	ldp	x29, x30, [sp], #256
	eret

	.bss
	.balign	16
	.skip	32768
el2_stack_top:
	.section .note.GNU-stack, "", @progbits
