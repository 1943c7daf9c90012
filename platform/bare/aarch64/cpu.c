/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the CPU does: time, cache lines, starting others through the firmware, exceptions, and the end.
 */
#include "../kernel/cpu.h"
#include "../efi/efi.h"
#include "../firmware/fdt_boot.h"
#include "../firmware/firmware.h"
#include "../firmware/madt.h"
#include "../kernel/end.h"
#include "../kernel/ticks.h"
#include "../memory/lines.h"
#include "../memory/vm.h"
#include "gic.h"
#include "mmu.h"

#include <dmastream/arch.h>

/* Semihosting (Arm, "Semihosting for AArch32 and AArch64", 2.0): what QEMU's -semihosting offers. */
enum {
	SYS_EXIT_EXTENDED = 0x20,
	ADP_STOPPED_APPLICATION_EXIT = 0x20026,
};

/* PSCI (Arm DEN 0022): functions of the firmware. */
#define PSCI_SYSTEM_OFF UINT64_C(0x84000008)
#define PSCI_CPU_ON	UINT64_C(0xc4000003)

/* MPIDR_EL1: the affinity of a CPU. */
#define MPIDR_AFFINITY UINT64_C(0xff00ffffff)

bool machine_big_pages;

void machine_init(void)
{
	uint64_t frequency;

	__asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
	ticks_init(frequency & 0xffffffff, "the firmware has not set CNTFRQ_EL0");
	efi_init();
}

uint64_t machine_ticks(void)
{
	return machine_counter();
}

void machine_cache_info(struct dma_host_info *info)
{
	info->can_sync = dma_arch_can_sync();
	info->uncached_ok = true;
	if (!dma_arch_cache_lines(&info->line_step, &info->line_align))
		info->can_sync = false;
}

void machine_flush_lines(const void *va, size_t nbytes)
{
	size_t step, align;

	dma_arch_cache_lines(&step, &align);
	lines_flush(va, nbytes, step);
}

/* ---- Firmware calls ---------------------------------------------------------------------------------------------- */

/* ACPI says it in FADT (6.5, 5.2.9.4): byte 129, bit 0: there is PSCI, bit 1: by HVC. NULL: nothing is said. */
static const char *method_by_acpi(void)
{
	enum { FLAGS = 129 };
	struct acpi_table fadt;

	if (!boot_info.rsdp || firmware_table("FACP", 0, &fadt) || fadt.nbytes <= FLAGS || !(fadt.bytes[FLAGS] & 1))
		return NULL;
	return fadt.bytes[FLAGS] & 2 ? "hvc" : "smc";
}

/* Calls the firmware by the instruction that tree or table name; not at all if they name none: NOT_SUPPORTED (-1). */
static int64_t psci(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
	fdt_node node = fdt_compatible(&boot_tree, FDT_NONE, "arm,psci-1.0");
	const char *method;
	register uint64_t x0 __asm__("x0");
	register uint64_t x1 __asm__("x1");
	register uint64_t x2 __asm__("x2");
	register uint64_t x3 __asm__("x3");

	if (node == FDT_NONE)
		node = fdt_compatible(&boot_tree, FDT_NONE, "arm,psci-0.2");
	method = node == FDT_NONE ? method_by_acpi() : fdt_string(&boot_tree, node, "method");
	x0 = function;
	x1 = a;
	x2 = b;
	x3 = c;
	if (method && method[0] == 'h')
		__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
	else if (method && method[0] == 's')
		__asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
	else
		return -1;
	return (int64_t)x0;
}

/* ---- Other CPUs -------------------------------------------------------------------------------------------------- */

static uint64_t own_affinity(void)
{
	uint64_t mpidr;

	__asm__("mrs %0, mpidr_el1" : "=r"(mpidr));
	return mpidr & MPIDR_AFFINITY;
}

/* Spin tables are not for us. */
static bool by_psci(fdt_node cpu)
{
	const char *method = fdt_string(&boot_tree, cpu, "enable-method");

	return method && method[0] == 'p';
}

unsigned machine_cpus(uint64_t *ids, unsigned max)
{
	struct acpi_table madt;

	ids[0] = own_affinity();
	/* Big pages cannot be broken up beside other CPUs on every core, and ACPI is read when they are there. */
	if (fdt_path(&boot_tree, "/cpus") == FDT_NONE && boot_info.rsdp && machine_breaks_live() &&
	    !firmware_table("APIC", 0, &madt))
		return 1 + madt_arm_cpus(&madt, ids[0], ids + 1, max - 1);
	return fdt_cpus(ids, max, by_psci);
}

void cpu_find_features(void)
{
	uint64_t ids[2];

	cpus[0].hardware_id = own_affinity();
	machine_big_pages = machine_breaks_live() || machine_cpus(ids, 2) == 1;
}

bool machine_cpu_start(struct cpu *cpu)
{
	mmu_registers.ttbr1 = cpu_start.root;
	machine_flush_lines(&mmu_registers, sizeof(mmu_registers)); /* boot.S reads it with caches off */
	machine_flush_lines(&cpu_start, sizeof(cpu_start));
	return psci(PSCI_CPU_ON, cpu->hardware_id, vm_linear_paddr(cpu_entry), 0) == 0;
}

/* boot.S calls it on a started CPU, with the final tables on. */
void machine_cpu_started(void)
{
	machine_vm_finish();
	gic_cpu_init();
	cpu_main();
}

/* A pending interrupt ends wfi though it is masked, and is taken between the two. */
void machine_wait(void)
{
	__asm__ volatile("dsb sy; wfi; msr daifclr, #3; isb; msr daifset, #3" : : : "memory");
}

/* ---- The end ----------------------------------------------------------------------------------------------------- */

/* Without semihosting the instruction is undefined and lands in machine_exception(). */
void machine_tell(int status)
{
	uint64_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint64_t)status};
	register uint64_t operation __asm__("x0") = SYS_EXIT_EXTENDED;
	register uint64_t parameter __asm__("x1") = (uint64_t)(uintptr_t)block;

	efi_exit(status);
	__asm__ volatile("hlt #0xf000" : "+r"(operation) : "r"(parameter) : "memory");
}

void machine_off(void)
{
	(void)psci(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		__asm__ volatile("wfi");
}

void machine_exception(uint64_t vector, uint64_t syndrome, uint64_t at, uint64_t address)
{
	static const char *const kinds[4] = {"synchronous exception", "interrupt", "fast interrupt", "SError"};
	/* ESR_EL1.EC, those that a kernel's mistakes give. */
	static const char *const classes[64] = {
		[0x00] = "undefined instruction", [0x0e] = "illegal state", [0x15] = "svc",
		[0x21] = "instruction abort",	  [0x22] = "unaligned pc",  [0x25] = "data abort",
		[0x26] = "unaligned stack",	  [0x2f] = "SError",	    [0x3c] = "brk",
	};

	end_by_exception("%s (%s): esr 0x%llx, elr 0x%llx, far 0x%llx", kinds[vector & 3],
			 end_cause(classes, 64, syndrome >> 26 & 63), (unsigned long long)syndrome,
			 (unsigned long long)at, (unsigned long long)address);
}
