/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Into an SVM guest, and out of it (AMD APM vol. 2, 15.5).
 */
	.text
	.globl svm_split, svm_run

/* RDI: the VMCB, at its linear address. The guest goes on at the end, with this stack. */
svm_split:
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	pushfq
	pop %rax
	mov %rax, 0x570(%rdi)   /* RFLAGS */
	mov %rsp, 0x5d8(%rdi)
	lea 1f(%rip), %rax
	mov %rax, 0x578(%rdi)   /* RIP */
	sub $8, %rsp            /* aligned for a call */
	call svm_host
	ud2
1:	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret

/* RDI: paddr of the VMCB; RSI: struct svm_registers. VMRUN keeps RSP and RAX alone; interrupts wait (GIF) until it runs again. */
svm_run:
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	push %rsi
	mov %rdi, %rax
	mov 0x08(%rsi), %rcx
	mov 0x10(%rsi), %rdx
	mov 0x18(%rsi), %rbx
	mov 0x28(%rsi), %rbp
	mov 0x38(%rsi), %rdi
	mov 0x40(%rsi), %r8
	mov 0x48(%rsi), %r9
	mov 0x50(%rsi), %r10
	mov 0x58(%rsi), %r11
	mov 0x60(%rsi), %r12
	mov 0x68(%rsi), %r13
	mov 0x70(%rsi), %r14
	mov 0x78(%rsi), %r15
	mov 0x30(%rsi), %rsi
	vmload %rax
	vmrun %rax
	vmsave %rax
	push %rdi
	mov 8(%rsp), %rdi
	mov %rcx, 0x08(%rdi)
	mov %rdx, 0x10(%rdi)
	mov %rbx, 0x18(%rdi)
	mov %rbp, 0x28(%rdi)
	mov %rsi, 0x30(%rdi)
	mov %r8, 0x40(%rdi)
	mov %r9, 0x48(%rdi)
	mov %r10, 0x50(%rdi)
	mov %r11, 0x58(%rdi)
	mov %r12, 0x60(%rdi)
	mov %r13, 0x68(%rdi)
	mov %r14, 0x70(%rdi)
	mov %r15, 0x78(%rdi)
	pop %rax
	mov %rax, 0x38(%rdi)
	pop %rsi
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret
	.section .note.GNU-stack, "", @progbits
