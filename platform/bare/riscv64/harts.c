/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Other CPUs, interrupts between them, the timer: all by the firmware (SBI), which has them on every machine, whatever
 * its interrupt controllers are.
 */
#include "../kernel/cpu.h"
#include "../kernel/end.h"
#include "../kernel/options.h"
#include "../kernel/ticks.h"
#include "../memory/vm.h"
#include "riscv.h"
#include "sbi.h"

/* scause: interrupts, which are bits of sie and sip, too; and page faults. */
enum {
	SOFTWARE = 1,
	TIMER = 5,
	EXTERNAL = 9,
	FETCH_FAULT = 12,
	LOAD_FAULT = 13,
	STORE_FAULT = 15,
};
#define CAUSE_INTERRUPT (UINT64_C(1) << 63)
#define SATP_SV39	(UINT64_C(8) << 60) /* as in boot.S */

static bool usable(fdt_node hart)
{
	return fdt_string(&boot_tree, hart, "mmu-type");
}

unsigned machine_cpus(uint64_t *ids, unsigned max)
{
	ids[0] = cpus[0].hardware_id;
	return fdt_cpus(ids, max, usable);
}

bool machine_cpu_start(struct cpu *cpu)
{
	__asm__ volatile("fence rw, rw" : : : "memory");
	return !sbi_call(SBI_HSM, 0, cpu->hardware_id, vm_linear_paddr(cpu_entry), vm_linear_paddr(&cpu_start), 0)
			.error;
}

void machine_cpu_listen(void)
{
	imsic_cpu_init();
	__asm__ volatile("csrs sie, %0" : : "r"(1ul << SOFTWARE | 1ul << TIMER | 1ul << EXTERNAL));
}

void machine_cpu_started(void)
{
	cpu_find_features();
	machine_cpu_listen();
	cpu_main();
}

void machine_vm_activate(uint64_t root_paddr)
{
	__asm__ volatile("sfence.vma; csrw satp, %0; sfence.vma" : : "r"(SATP_SV39 | root_paddr >> 12) : "memory");
}

/* ---- Interrupts -------------------------------------------------------------------------------------------------- */

void machine_ipi(unsigned cpu)
{
	__asm__ volatile("fence rw, rw" : : : "memory"); /* stores before it are seen by who takes the interrupt */
	(void)sbi_call(SBI_IPI, 0, 1, cpus[cpu].hardware_id, 0, 0);
}

void machine_timer(uint64_t ns)
{
	(void)sbi_call(SBI_TIME, 0, machine_counter() + ticks_of(ns), 0, 0, 0);
}

/* A pending interrupt ends wfi though it is masked, and is taken between the two. */
void machine_wait(void)
{
	__asm__ volatile("wfi; csrsi sstatus, 2; csrci sstatus, 2" : : : "memory");
}

static void take_interrupt(uint64_t number)
{
	cpus[machine_cpu()].interrupts++;
	switch (number) {
	case SOFTWARE:
		__asm__ volatile("csrc sip, %0" : : "r"(1ul << SOFTWARE) : "memory");
		cpu_on_ipi();
		break;
	case TIMER:
		(void)sbi_call(SBI_TIME, 0, ~0ul, 0, 0, 0); /* never, and not pending any more */
		cpu_on_timer();
		break;
	case EXTERNAL:
		imsic_interrupt();
		break;
	default:
		panic("interrupt %llu is nobody's", (unsigned long long)number);
	}
}

/* scause, those that a kernel's mistakes give. */
static const char *const causes[] = {
	[0] = "unaligned pc",	  [1] = "instruction access fault", [2] = "illegal instruction",
	[3] = "breakpoint",	  [4] = "unaligned load",	    [5] = "load access fault",
	[6] = "unaligned store",  [7] = "store access fault",	    [12] = "instruction page fault",
	[13] = "load page fault", [15] = "store page fault",
};

void machine_trap(uint64_t cause, uint64_t at, uint64_t address)
{
	if (cause & CAUSE_INTERRUPT)
		take_interrupt(cause & ~CAUSE_INTERRUPT);
	else if ((cause != FETCH_FAULT && cause != LOAD_FAULT && cause != STORE_FAULT) ||
		 !vm_fault_is_stale(address, cause == STORE_FAULT, cause == FETCH_FAULT))
		end_by_exception("%s: scause %llu, sepc 0x%llx, stval 0x%llx",
				 end_cause(causes, sizeof(causes) / sizeof(causes[0]), cause),
				 (unsigned long long)cause, (unsigned long long)at, (unsigned long long)address);
}
