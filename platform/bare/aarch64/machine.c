/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the common code asks of an AArch64 machine: time, cache lines, PCI hosts, and its end.
 */
#include "../../../drivers/bus.h"
#include "../firmware/fdt_boot.h"
#include "../iommu/iommu_smmuv3.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "console.h"
#include "mmu.h"

#include <dmastream/arch.h>

const char machine_name[] = "arm64";
const struct bare_iommu *const machine_iommus[] = {&bare_smmuv3, NULL};

#define NS_PER_SECOND UINT64_C(1000000000)

/* Semihosting (Arm, "Semihosting for AArch32 and AArch64", 2.0): what QEMU's -semihosting offers. */
enum {
	SYS_EXIT_EXTENDED = 0x20,
	ADP_STOPPED_APPLICATION_EXIT = 0x20026,
	PSCI_SYSTEM_OFF = 0x84000008u, /* PSCI, DEN 0022 */
};

static uint64_t ticks_per_second;
static int ending = -1; /* the status that machine_exit() was given */

void machine_start(uint64_t tree_paddr)
{
	const void *tree = vm_linear(tree_paddr);
	const char *wrong = "there is none";

	if (tree_paddr && !(tree_paddr & 7) && fdt_total_size(tree))
		wrong = boot_from_tree(tree, tree_paddr, fdt_total_size(tree), EARLY_BLOCK);
	if (!wrong || boot_tree.bytes)
		console_init();
	if (wrong)
		panic("device tree: %s", wrong);
	early_map_ram();
	bare_start();
}

void machine_init(void)
{
	__asm__("mrs %0, cntfrq_el0" : "=r"(ticks_per_second));
	ticks_per_second &= 0xffffffff;
	if (!ticks_per_second)
		panic("timer: the firmware has not set CNTFRQ_EL0");
}

/* Of QEMU's -cpu max it runs at 1 GHz: with -icount shift=0 a tick is an instruction. */
uint64_t machine_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
	return ticks;
}

uint64_t machine_time_ns(void)
{
	uint64_t ticks = machine_ticks();

	if (!ticks_per_second)
		return 0;
	return ticks / ticks_per_second * NS_PER_SECOND + ticks % ticks_per_second * NS_PER_SECOND / ticks_per_second;
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
	dma_arch_maintenance_begin();
	for (uintptr_t at = (uintptr_t)va & ~(step - 1); at < (uintptr_t)va + nbytes; at += step)
		dma_arch_line_flush((const void *)at);
	dma_arch_maintenance_end();
}

bool machine_pci_coherent(void)
{
	return fdt_pci_coherent(false);
}

unsigned machine_pci_hosts(struct pci_host *hosts, unsigned max)
{
	return fdt_pci_hosts(hosts, max);
}

/* Tells QEMU the status. Without semihosting the instruction is undefined and lands in machine_exception(). */
static void semihosting_exit(int status)
{
	uint64_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint64_t)status};
	register uint64_t operation __asm__("x0") = SYS_EXIT_EXTENDED;
	register uint64_t parameter __asm__("x1") = (uint64_t)(uintptr_t)block;

	__asm__ volatile("hlt #0xf000" : "+r"(operation) : "r"(parameter) : "memory");
}

/* Off, by the firmware, which takes no status: that is on the console only. */
static _Noreturn void power_off(void)
{
	const char *method = fdt_string(&boot_tree, fdt_compatible(&boot_tree, FDT_NONE, "arm,psci-0.2"), "method");
	register uint64_t function __asm__("x0");

	print("status %d\n", ending);
	function = PSCI_SYSTEM_OFF;
	if (method && method[0] == 'h')
		__asm__ volatile("hvc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
	else if (method && method[0] == 's')
		__asm__ volatile("smc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
	for (;;)
		__asm__ volatile("wfi");
}

void machine_exit(int status)
{
	if (ending < 0) {
		ending = status;
		semihosting_exit(status);
	}
	power_off();
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
	static bool again;
	const char *class = classes[syndrome >> 26 & 63];

	if (ending >= 0 || again) /* the hlt of semihosting_exit(), or nothing works any more */
		power_off();
	again = true;
	print("exception: %s (%s): esr 0x%llx, elr 0x%llx, far 0x%llx\n", kinds[vector & 3], class ? class : "unknown",
	      (unsigned long long)syndrome, (unsigned long long)at, (unsigned long long)address);
	machine_exit(BARE_STATUS_EXCEPTION);
}
