/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Entry by the PVH boot protocol (Xen, "x86/HVM direct boot ABI"): 32-bit protected mode, paging off, EBX = paddr of
 * hvm_start_info. Maps the first GiB at 0 and at MACHINE_LINEAR_BASE, switches to long mode and calls x86_start().
 */
#include "machine_facts.h"

#define PADDR(symbol) ((symbol) - MACHINE_LINEAR_BASE)
#define CR0_PE_WP_PG 0x80010001
#define CR4_PAE_PGE 0xa0
#define MSR_EFER 0xc0000080
#define EFER_LME_NXE 0x900
#define MSR_PAT 0x277

	.section .note.pvh, "a", @note
	.align 4
	.long 4, 8, 18          /* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.quad PADDR(pvh_entry)

	.section .text.boot, "ax", @progbits
/*
 * The image's first instruction: where the EFI loader (platform/bare/efi/loader) enters, in long mode, with the first GiB mapped at its own
 * addresses and RDI = paddr of struct efi_handover. Back to protected mode without paging, as PVH enters: that also ends page tables of 5
 * levels (SDM vol. 3, 9.8.5.4).
 */
	.code64
	cli
	cld
	mov %edi, %ebx
	mov $PADDR(boot_stack_top), %esp
	lgdt PADDR(early_gdt_pointer)
	mov $PADDR(leave_long_mode), %eax
	push $0x18
	push %rax
	lretq
	.code32
leave_long_mode:
	mov $0x10, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov %cr0, %eax
	and $0x7fffffff, %eax   /* PG */
	mov %eax, %cr0
	mov $MSR_EFER, %ecx
	rdmsr
	and $~0x100, %eax       /* LME */
	wrmsr
	xor %eax, %eax
	mov %eax, %cr4

	.globl pvh_entry
pvh_entry:
	cli
	cld
	mov $PADDR(boot_stack_top), %esp
	mov %ebx, %ebp          /* hvm_start_info, or struct efi_handover */

	mov $0x80000001, %eax   /* long mode and NX are there, or nothing below works */
	cpuid
	and $(1 << 29 | 1 << 20), %edx
	cmp $(1 << 29 | 1 << 20), %edx
	jne no_long_mode

	mov $PADDR(early_pdpt) + 3, %eax
	mov %eax, PADDR(early_pml4)
	mov %eax, PADDR(early_pml4) + 256 * 8
	mov $PADDR(early_pd) + 3, %eax
	mov %eax, PADDR(early_pdpt)
	mov $PADDR(early_pd), %edi
	mov $0x83, %eax         /* present, writable, 2 MiB */
	mov $512, %ecx
1:	mov %eax, (%edi)
	add $0x200000, %eax
	add $8, %edi
	loop 1b

	mov $CR4_PAE_PGE, %eax
	mov %eax, %cr4
	mov $PADDR(early_pml4), %eax
	mov %eax, %cr3
	mov $MSR_PAT, %ecx      /* WB, WT, UC-, UC twice: as after reset */
	mov $0x00070406, %eax
	mov %eax, %edx
	wrmsr
	mov $MSR_EFER, %ecx
	rdmsr
	or $EFER_LME_NXE, %eax
	wrmsr
	mov $CR0_PE_WP_PG, %eax
	mov %eax, %cr0
	lgdt PADDR(early_gdt_pointer)
	ljmp $8, $PADDR(long_mode)

no_long_mode:
	mov $PADDR(no_long_mode_text), %esi
1:	lodsb
	test %al, %al
	jz 2f
	mov $0x3f8, %dx
	out %al, %dx
	jmp 1b
2:	mov $126, %al           /* the status of a panic: 16 + 110 */
	out %al, $0xf4
3:	hlt
	jmp 3b

	.code64
long_mode:
	mov $0x10, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	movabs $boot_stack_top, %rsp
	mov %ebp, %edi
	xor %ebp, %ebp
	movabs $x86_start, %rax
	call *%rax
1:	hlt
	jmp 1b

/*
 * What other CPUs begin at, in real mode, at the start of a page below 1 MiB whose address is in CS (SDM vol. 3, 9.4.4): straight
 * to long mode with the boot code's tables. The code reaches its own data through CS, everything else at fixed addresses.
 */
	.code16
	.globl ap_trampoline, ap_trampoline_end
ap_trampoline:
	cli
	cld
	mov $CR4_PAE_PGE, %eax
	mov %eax, %cr4
	mov $PADDR(early_pml4), %eax
	mov %eax, %cr3
	mov $MSR_PAT, %ecx
	mov $0x00070406, %eax
	mov %eax, %edx
	wrmsr
	mov $MSR_EFER, %ecx
	rdmsr
	or $EFER_LME_NXE, %eax
	wrmsr
	lgdtl %cs:ap_gdt_pointer - ap_trampoline
	mov $CR0_PE_WP_PG, %eax
	mov %eax, %cr0
	ljmpl $8, $PADDR(ap_long_mode)
	.balign 4
ap_gdt_pointer:
	.word 23
	.long PADDR(early_gdt)
ap_trampoline_end:

	.code64
ap_long_mode:
	mov $0x10, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	xor %ebp, %ebp
	/* The CPU's own stack may lie beyond the GiB that is mapped so far, so the final tables come first, from the image's address: they do
	 * not map this code one to one. */
	movabs $1f, %rax
	jmp *%rax
1:	movabs $ap_stack_top, %rsp
	movabs $x86_cpu_activate, %rax
	call *%rax
	movabs $cpu_start, %rax
	mov 8(%rax), %rsp
	mov 16(%rax), %rdi
	movabs $x86_cpu_start, %rax
	call *%rax
1:	hlt
	jmp 1b

	.section .rodata.boot, "a", @progbits
no_long_mode_text:
	.asciz "panic: this CPU has no long mode with NX\n"
	.balign 8
early_gdt:
	.quad 0
	.quad 0x00af9b000000ffff /* 0x08: 64-bit code */
	.quad 0x00cf93000000ffff /* 0x10: data */
	.quad 0x00cf9b000000ffff /* 0x18: 32-bit code */
early_gdt_pointer:
	.word 31
	.long PADDR(early_gdt), 0

	.section .bss.pages, "aw", @nobits
	.balign 4096
early_pml4:
	.skip 4096
early_pdpt:
	.skip 4096
early_pd:
	.skip 4096
	.globl image_stack_guard
image_stack_guard:
	.skip 4096
	.skip 65536
boot_stack_top:
	.skip 4096
ap_stack_top:                   /* of the CPU that starts: one at a time */
	.section .note.GNU-stack, "", @progbits
