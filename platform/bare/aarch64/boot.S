/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From the loader to C: a Linux-style arm64 Image (documented in the Linux tree as arm64/booting), entered with the MMU off, at EL2
 * or EL1, with the device tree's physical address in x0, loaded at any multiple of 2 MiB.
 */
#include "machine_facts.h"

	.section .head, "ax"
	.globl image_start
image_start:
	b	entry
	.word	0
	.quad	0				/* text_offset */
	.quad	image_end - image_start		/* image_size: with .bss and the stack */
	.quad	0xa				/* flags: little endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.word	0

entry:
	mov	x19, x0				/* device tree */
	mrs	x21, CurrentEL
	bl	drop_to_el1
	b	at_el1

/* To EL1 with all masked and translation off, from EL2 or EL1. Uses x1 to x4. */
drop_to_el1:
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.eq	1f
	msr	daifset, #0xf
	ldr	x1, sctlr_off
	msr	sctlr_el1, x1
	isb
	ret

	/* EL2: everything that EL1 does is its own business. Translation of EL2's own, which firmware leaves on, is off first:
	 * HCR_EL2.E2H says what its registers mean. */
1:
	ldr	x1, sctlr_el2_off
	msr	sctlr_el2, x1
	isb
	mov	x1, #(1 << 31)			/* HCR_EL2.RW: EL1 is AArch64 */
	msr	hcr_el2, x1
	adrp	x2, el2_stub			/* for whoever needs EL2 later: cvm_el2.c */
	add	x2, x2, :lo12:el2_stub
	msr	vbar_el2, x2
	isb
	mrs	x1, hcr_el2			/* E2H cannot be cleared everywhere; CPTR_EL2 then has CPACR_EL1's layout */
	mov	x2, #0x33ff
	mov	x3, #(3 << 20)
	tst	x1, #(1 << 34)
	csel	x2, x2, x3, eq
	msr	cptr_el2, x2
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mov	x2, #3				/* the counter and timer without trap; in E2H's layout the same is at bit 10 */
	mov	x3, #(3 << 10)
	csel	x2, x2, x3, eq
	msr	cnthctl_el2, x2
	msr	cntvoff_el2, xzr
	mrs	x1, midr_el1
	msr	vpidr_el2, x1
	mrs	x1, mpidr_el1
	msr	vmpidr_el2, x1
	mrs	x1, id_aa64pfr0_el1		/* the GIC's system registers, where there are some, for EL1 as well */
	ubfx	x1, x1, #24, #4
	cbz	x1, 2f
	mov	x1, #9				/* ICC_SRE_EL2: SRE, Enable */
	msr	s3_4_c12_c9_5, x1
	isb
	msr	s3_4_c12_c11_0, xzr		/* ICH_HCR_EL2 */
2:	msr	elr_el2, x30
	mov	x1, #0x3c5			/* EL1h, all masked */
	msr	spsr_el2, x1
	ldr	x1, sctlr_off
	b.eq	3f				/* still of E2H: with it EL1's register has another name */
	msr	s3_5_c1_c0_0, x1		/* SCTLR_EL12 */
	isb
	eret
3:	msr	sctlr_el1, x1
	isb
	eret

at_el1:
	/* Move the image: R_AARCH64_RELATIVE entries alone are left, whose link address is an offset from the linear map's base. */
	adrp	x20, image_start		/* physical address */
	adrp	x1, relocations_start
	add	x1, x1, :lo12:relocations_start
	adrp	x2, relocations_end
	add	x2, x2, :lo12:relocations_end
	mov	x7, #(MACHINE_LINEAR_BASE >> 48)
	lsl	x7, x7, #48
	sub	x8, x20, x7			/* link address to physical */
1:	cmp	x1, x2
	b.hs	2f
	ldp	x3, x4, [x1]
	ldr	x5, [x1, #16]
	add	x1, x1, #24
	cmp	w4, #1027
	b.ne	1b
	add	x5, x5, x20
	str	x5, [x3, x8]
	b	1b

2:	adrp	x1, image_bss
	adrp	x2, image_end
3:	stp	xzr, xzr, [x1], #16
	cmp	x1, x2
	b.lo	3b

	/* The lines that the loader, or speculation, left of what was just written with the caches off. */
	dsb	sy
	adrp	x1, image_start
	mrs	x3, ctr_el0
	ubfx	x3, x3, #16, #4
	mov	x4, #4
	lsl	x3, x4, x3
4:	dc	civac, x1
	add	x1, x1, x3
	cmp	x1, x2
	b.lo	4b
	dsb	sy
	ic	iallu
	dsb	sy
	isb

	adrp	x1, boot_level
	str	x21, [x1, :lo12:boot_level]
	adrp	x1, image_stack_top
	mov	sp, x1
	mov	x0, x20
	mov	x1, x19
	bl	early_tables			/* physical addresses still */
	bl	mmu_on

	ldr	x1, =high			/* a relocated address */
	br	x1
high:
	adrp	x1, image_stack_top
	mov	sp, x1
	adrp	x0, cpus
	add	x0, x0, :lo12:cpus
	bl	cpu_ready
	mov	x0, x19
	b	machine_start

/* Vectors, per-CPU data (x0: struct cpu), and SError on: a bus error must not wait. */
cpu_ready:
	msr	tpidr_el1, x0
	ldr	w1, [x0, #16]			/* its number */
	msr	tpidrro_el0, x1
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1
	isb
	msr	daifclr, #4
	mov	x29, xzr
	ret

/* Other CPUs, started by PSCI: MMU and caches off, nothing in the registers that is of use. */
	.globl	cpu_entry
cpu_entry:
	bl	drop_to_el1
	bl	mmu_on
	ldr	x1, =cpu_high			/* a relocated address */
	br	x1
cpu_high:
	adrp	x1, cpu_start
	add	x1, x1, :lo12:cpu_start
	ldp	x2, x0, [x1, #8]
	mov	sp, x2
	bl	cpu_ready
	mov	x30, xzr
	b	machine_cpu_started

/* Translation on, with what early_tables left in mmu_registers. In and out at physical addresses; uses x1 to x6. */
mmu_on:
	adrp	x1, mmu_registers
	add	x1, x1, :lo12:mmu_registers
	ldp	x2, x3, [x1]			/* MAIR, TCR */
	ldp	x4, x5, [x1, #16]		/* TTBR0, TTBR1 */
	msr	mair_el1, x2
	msr	tcr_el1, x3
	msr	ttbr0_el1, x4
	msr	ttbr1_el1, x5
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	ldr	x1, sctlr_on
	msr	sctlr_el1, x1
	isb
	ret

/* RES1 bits of ARMv8.0; EOS and EIS with them. On: MMU, data cache, SP alignment, instruction cache. */
	.balign	8
sctlr_off:
	.quad	0x30d00800
sctlr_el2_off:
	.quad	0x30c50830
sctlr_on:
	.quad	0x30d00800 | 1 << 0 | 1 << 2 | 1 << 3 | 1 << 12

/*
 * void mmu_replace(uint64_t *entry_paddr, uint64_t value, uint64_t tlbi_operand, uint64_t *here_paddr):
 * break before make with the MMU off, for an entry that maps this code, its stack or its table. x3 is the physical address of
 * mmu_replace_off; the lower half (TTBR0) maps it one to one.
 */
	.text
	.globl	mmu_replace, mmu_replace_off
	.balign	64
mmu_replace:
	mov	x9, x30
	dsb	sy
	br	x3
mmu_replace_off:
	ldr	x4, sctlr_copy
	mrs	x5, sctlr_el1
	msr	sctlr_el1, x4
	isb
	dc	civac, x0			/* what is dirty, to memory; from here on stores go there directly */
	dsb	sy
	str	xzr, [x0]
	dsb	sy
	tlbi	vaae1is, x2
	dsb	sy
	str	x1, [x0]
	dsb	sy
	dc	ivac, x0			/* a line that was filled meanwhile */
	dsb	sy
	msr	sctlr_el1, x5
	isb
	br	x9
	.balign	8
sctlr_copy:
	.quad	0x30d00800
	.globl	mmu_replace_end
mmu_replace_end:

/* D1.3.1: 16 vectors, 128 bytes apart. An interrupt (5: at EL1, on its own stack) returns; the others are not expected, and become one
 * line on the console. */
	.macro vector number
	.balign	128
	.if \number == 5
	b	interrupt
	.else
	mov	x0, #\number
	b	exception
	.endif
	.endm

	.balign	2048
vectors:
	vector	0
	vector	1
	vector	2
	vector	3
	vector	4
	vector	5
	vector	6
	vector	7
	vector	8
	vector	9
	vector	10
	vector	11
	vector	12
	vector	13
	vector	14
	vector	15

/* The registers that C may change, and where to return to. */
interrupt:
	stp	x29, x30, [sp, #-192]!
	stp	x0, x1, [sp, #16]
	stp	x2, x3, [sp, #32]
	stp	x4, x5, [sp, #48]
	stp	x6, x7, [sp, #64]
	stp	x8, x9, [sp, #80]
	stp	x10, x11, [sp, #96]
	stp	x12, x13, [sp, #112]
	stp	x14, x15, [sp, #128]
	stp	x16, x17, [sp, #144]
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x18, x0, [sp, #160]
	str	x1, [sp, #176]
	bl	gic_interrupt
	ldr	x1, [sp, #176]
	ldp	x18, x0, [sp, #160]
	msr	spsr_el1, x1
	msr	elr_el1, x0
	ldp	x16, x17, [sp, #144]
	ldp	x14, x15, [sp, #128]
	ldp	x12, x13, [sp, #112]
	ldp	x10, x11, [sp, #96]
	ldp	x8, x9, [sp, #80]
	ldp	x6, x7, [sp, #64]
	ldp	x4, x5, [sp, #48]
	ldp	x2, x3, [sp, #32]
	ldp	x0, x1, [sp, #16]
	ldp	x29, x30, [sp], #192
	eret

exception:
	mrs	x1, tpidr_el1			/* the fault may be the stack's: struct cpu's trap_stack */
	ldr	x1, [x1, #8]
	mov	sp, x1
	mrs	x1, esr_el1
	mrs	x2, elr_el1
	mrs	x3, far_el1
	b	machine_exception

/* HVC from EL1 with x0 = the physical address to go on at, in EL2, with its MMU off. Until the
 * split (cvm_el2.c) nothing else comes here. */
	.balign	2048
	.globl	el2_stub
el2_stub:
	.balign	0x400
	.skip	0x400
	br	x0
	.balign	2048

	.bss
	.balign	16
	.globl	boot_level
boot_level:				/* CurrentEL at the first instruction */
	.skip	16
