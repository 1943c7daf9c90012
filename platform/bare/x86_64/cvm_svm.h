/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A guest of TDX or SEV-SNP and its other side: the virtual machine control block (AMD APM vol. 2 (24593), appendix B)
 * as far as it is used, and what the files of both sides share.
 */
#ifndef BARE_X86_64_CVM_SVM_H
#define BARE_X86_64_CVM_SVM_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SVM_MSR_GHCB = (int)0xc0010130,
	SVM_MSR_SEV_STATUS = (int)0xc0010131,
	SVM_UNDEFINED = 6, /* the vector */
	SVM_ENTRIES = 512, /* of a page of tables */
	SVM_ALIAS_BIT = 47,
};

struct svm_segment {
	uint16_t selector, attributes;
	uint32_t limit;
	uint64_t base;
};

struct vmcb {
	uint32_t crs, drs, exceptions;
	uint64_t intercepts; /* at 0x0c */
	uint8_t unused0[0x40 - 0x14];
	uint64_t io_map, msr_map;
	uint64_t tsc_offset;
	uint32_t asid;
	uint8_t tlb_control, unused1[3];
	uint64_t interrupts, interrupt_state;
	uint64_t exit_code, exit_info1, exit_info2, exit_interrupt;
	uint64_t nested; /* at 0x90 */
	uint8_t unused2[0xa8 - 0x98];
	uint64_t event; /* to be injected: as exit_interrupt has it */
	uint64_t nested_root;
	uint8_t unused3[0x400 - 0xb8];
	struct svm_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint8_t unused4[0x4cb - 0x4a0];
	uint8_t cpl;
	uint8_t unused5[0x4d0 - 0x4cc];
	uint64_t efer;
	uint8_t unused6[0x548 - 0x4d8];
	uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
	uint8_t unused7[0x5d8 - 0x580];
	uint64_t rsp;
	uint8_t unused8[0x5f8 - 0x5e0];
	uint64_t rax;
	uint8_t unused9[0x640 - 0x600];
	uint64_t cr2;
	uint8_t unused10[0x668 - 0x648];
	uint64_t pat;
	uint8_t unused11[0x1000 - 0x670];
} __attribute__((packed, aligned(4096)));

/* By their numbers: RAX 0 (in the VMCB), RCX 1, RDX 2, RBX 3, RSP 4 (in the VMCB), RBP 5, RSI 6, RDI 7, R8 to R15. */
struct svm_registers {
	uint64_t r[16];
};

struct svm_guest {
	struct vmcb vmcb;
	struct svm_registers regs;
	bool is_snp; /* else TDX */
};

/* cvm_svm_run.S. Notes where the caller goes on, in vmcb, and calls svm_host(); the guest returns from here. */
void svm_split(struct vmcb *vmcb);
/* Runs the guest until its next exit. */
void svm_run(uint64_t vmcb_paddr, struct svm_registers *regs);
_Noreturn void svm_host(struct vmcb *vmcb);
/* cvm_svm_exits.c. Serves what ended the guest's run, unless that is memory which it does not have. */
void svm_exit(struct svm_guest *guest);

#endif
