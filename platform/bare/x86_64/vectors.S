/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One stub of 16 bytes a vector: pushes an error code where the CPU did not, and the vector. Exceptions (below 32) do not
 * return; interrupts do, with the registers that C may change as they were.
 */
	.section .text, "ax", @progbits
	.balign 16
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	.if (vector == 8) || ((vector >= 10) && (vector <= 14)) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30)
	nop
	.else
	push $0
	.endif
	push $vector
	.if vector < 32
	jmp trap_entry
	.else
	jmp interrupt_entry
	.endif
	.set vector, vector + 1
	.endr

interrupt_entry:
	push %rax
	push %rcx
	push %rdx
	push %rsi
	push %rdi
	push %r8
	push %r9
	push %r10
	push %r11
	cld
	lea 9 * 8(%rsp), %rdi   /* the same; 16 words are on the stack, which was aligned before */
	call interrupt_handle
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rdi
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rax
	add $16, %rsp
	iretq

trap_entry:
	cld
	mov %rsp, %rdi          /* struct trap_frame: vector, error, rip, cs, rflags, rsp, ss */
	and $-16, %rsp
	call trap_report
1:	hlt
	jmp 1b
	.section .note.GNU-stack, "", @progbits
