/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One stub of 16 bytes a vector: pushes an error code where the CPU did not, and the vector. None returns.
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
	jmp trap_entry
	.set vector, vector + 1
	.endr

trap_entry:
	cld
	mov %rsp, %rdi          /* struct trap_frame: vector, error, rip, cs, rflags, rsp, ss */
	and $-16, %rsp
	call trap_report
1:	hlt
	jmp 1b
	.section .note.GNU-stack, "", @progbits
