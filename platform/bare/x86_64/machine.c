/* SPDX-License-Identifier: MPL-2.0 */
/*
 * q35: what the CPU can do, page-table activation, cache lines, and the way out.
 */
#include "../iommu/iommu_vtd.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "../pci/pci.h"
#include "port.h"
#include "x86.h"

const char machine_name[] = "q35";
const struct bare_iommu *const machine_iommus[] = {&bare_vtd, NULL};
bool machine_has_1g_pages;

enum {
	DEBUG_EXIT = 0xf4, /* QEMU: -device isa-debug-exit,iobase=0xf4,iosize=4; its status is value * 2 + 1 */
	EXIT_BASE = 16,	   /* so that success is 33, which QEMU itself never ends with */
	EXIT_PAUSES = 1000000,
	UNUSED_PORT = 0x80,
	RESET_CONTROL = 0xcf9,
	RESET_FULL = 0x06,
	CPUID_1_EDX_CLFLUSH = 1 << 19,
	CPUID_7_EBX_CLFLUSHOPT = 1 << 23,
	CPUID_7_EBX_CLWB = 1 << 24,
	CPUID_EXT1_EDX_1G = 1 << 26,
};

_Static_assert(DMA_PAGE_SHIFT == 12, "x86-64 has pages of 4 KiB");

static size_t flush_line; /* bytes; 0: no CLFLUSH */

void machine_init(void)
{
	time_init();
}

/* With CR4.PGE on, writing CR3 leaves global entries: all of ours are. */
void machine_tlb_flush_all(void)
{
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0; btc $7, %0; mov %0, %%cr4; btc $7, %0; mov %0, %%cr4"
			 : "=&r"(cr4)
			 :
			 : "memory", "cc");
}

void machine_vm_activate(uint64_t root_paddr)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(root_paddr) : "memory");
	machine_tlb_flush_all();
}

void cpu_init(void)
{
	machine_has_1g_pages = cpuid(0x80000001, 0).edx & CPUID_EXT1_EDX_1G;
	if (cpuid(1, 0).edx & CPUID_1_EDX_CLFLUSH)
		flush_line = (cpuid(1, 0).ebx >> 8 & 0xff) * 8;
}

void machine_cache_info(struct dma_host_info *info)
{
	info->can_sync = flush_line != 0;
	info->uncached_ok = true;
	info->line_step = flush_line ? flush_line : 64;
	info->line_align = info->line_step;
}

void machine_flush_lines(const void *va, size_t nbytes)
{
	const char *end = (const char *)va + nbytes;

	if (flush_line == 0)
		return;
	__asm__ volatile("mfence" : : : "memory");
	for (const char *line = va; line < end; line += flush_line)
		__asm__ volatile("clflush %0" : : "m"(*line) : "memory");
	__asm__ volatile("mfence" : : : "memory");
}

bool machine_pci_coherent(void)
{
	return true;
}

unsigned machine_pci_hosts(struct pci_host *hosts, unsigned max)
{
	return acpi_pci_hosts(hosts, max);
}

void machine_exit(int status)
{
	out32(DEBUG_EXIT, (uint32_t)(EXIT_BASE + status));
	for (unsigned i = 0; i < EXIT_PAUSES; i++) /* QEMU ends a little later */
		(void)in8(UNUSED_PORT);
	print("exit: status %d; there is no isa-debug-exit device\n", status);
	out8(RESET_CONTROL, RESET_FULL); /* ends QEMU with -no-reboot */
	for (;;)
		__asm__ volatile("cli; hlt");
}
