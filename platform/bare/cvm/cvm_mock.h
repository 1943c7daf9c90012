/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A confidential VM on a machine that has none: the other side of its instructions, for tests.
 *
 * The kernel starts, and then splits in two. One copy goes on as the guest; it does not know. The other stays behind
 * at a higher privilege (x86_64: the host of an SVM guest; aarch64: EL2), where the guest's instructions trap:
 * TDCALL, PVALIDATE, VMGEXIT, CPUID and two MSRs, SMC. It hands them to the models of platform/sim/cvm, which are
 * the TDX module, the reverse map table with a GHCB hypervisor, or the realm monitor.
 *
 * What a page truly is, the second stage of translation enforces for the CPU, and its place for devices. A guest
 * physical page p has up to three places in the machine's memory:
 *
 * p + shared_offset where devices find it. Memory of the guest while the page is shared; a pattern while it is not p
 * + private_offset the guest's private memory: no address that a device is ever told leads there p what it was
 * before the split. A pattern, but for what this side itself uses
 *
 * So a device that is told of a private page reads the pattern, and what it writes is found: each time that a page
 * changes its state, and at the end. An access of the CPU by the wrong alias, or of a page that is not accepted,
 * faults in the second stage, and ends the machine with a line that says so.
 *
 * Pages that IOMMUs read (tables, queues) are lent: they lie at p, and are private all the same. That stands for what
 * TDX Connect, SEV-TIO and RMM device assignment do below the guest: units that are trusted, and reach private memory.
 */
#ifndef BARE_CVM_MOCK_H
#define BARE_CVM_MOCK_H

#include "../machine.h"

struct mock_plan {
	uint64_t base, end; /* the guest's memory, multiples of a page */
	uint64_t private_offset, shared_offset;
	uint64_t alias;	       /* the address bit that tells private from shared */
	bool alias_is_private; /* that bit set: private */
	bool accept_zeroes;    /* what is accepted is zero */
	unsigned liars_rule;   /* what a guest can break only because the hypervisor lied: on hardware, a fault */
	const char *name;
};
extern struct mock_plan mock_plan;

/* This side's, before the split. */
void mock_begin(void);
/* Gives every page its place: right before the guest's first instruction. */
void mock_split(void);

/* Where a page of the guest's memory, by the alias that its address names, leads now; 0: nowhere. */
uint64_t mock_place(uint64_t gpa);
/* The same for any address that the guest touches; false: nowhere, and why is on the console. */
bool mock_resolve(uint64_t gpa, uint64_t *paddr);
/* What the machine's part does when a guest breaks a rule of the hardware: a line, and the end. */
_Noreturn void mock_end(const char *what, uint64_t value);

/* Calls that no hypervisor has: the guest's tests and their end. */
enum mock_call {
	MOCK_REPORT, /* a: status. Prints the counts; gives the status, or another if a rule was broken */
	MOCK_LEND,   /* a: paddr, b: pages */
	MOCK_TAKE_BACK,
	MOCK_OWN,     /* a: paddr, b: bytes: registers that the kernel itself may touch (configuration, interrupts) */
	MOCK_MOOD,    /* a: mood | from << 8 | times << 32, b: pages | module_fails_at << 32 (cvm_world.h) */
	MOCK_STATE,   /* a: paddr. Gives enum cvm_page */
	MOCK_RESET,   /* a: paddr, b: pages: private, and nothing happened */
	MOCK_FORGIVE, /* rules that only a lie of the hypervisor makes a guest break are not counted any more */
};
uint64_t mock_call(enum mock_call call, uint64_t a, uint64_t b);

/* ---- The machine's folder ---- */

/* Splits, if this machine can be a guest of that technology ("tdx", "snp", "cca"): returns true in the guest. */
bool machine_mock_start(const char *technology);
/* The guest's memory within boot_info.ram, so that there is room for the other places. */
void machine_mock_trim(const char *technology);
/* These pages may have another place now, by both aliases: mock_place(). */
void machine_mock_changed(uint64_t paddr, unsigned npages);
/* The guest's way to mock_call(). */
uint64_t machine_mock_call(enum mock_call call, uint64_t a, uint64_t b);
/* A register of the true machine. */
bool machine_mock_access(uint64_t paddr, unsigned nbytes, bool write, uint64_t *value);

#endif
