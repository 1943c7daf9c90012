/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the CPU does: its own data, TLB and page-table activation, cache lines, starting others, and the way out.
 */
#include "../kernel/cpu.h"
#include "../efi/efi.h"
#include "../memory/frames.h"
#include "../memory/vm.h"
#include "port.h"
#include "x86.h"

bool machine_has_1g_pages;

enum {
	DEBUG_EXIT = 0xf4, /* QEMU: -device isa-debug-exit,iobase=0xf4,iosize=4; its status is value * 2 + 1 */
	EXIT_BASE = 16,	   /* so that success is 33, which QEMU itself never ends with */
	EXIT_PAUSES = 1000000,
	UNUSED_PORT = 0x80,
	RESET_CONTROL = 0xcf9,
	RESET_FULL = 0x06,
	CPUID_1_EDX_CLFLUSH = 1 << 19,
	CPUID_EXT1_EDX_1G = 1 << 26,
	MSR_GS_BASE = (int)0xc0000101,
	TRAMPOLINE_LAST = 0xfffff, /* a start-up IPI names a page below 1 MiB */
	INIT_NS = 10000000,	   /* SDM vol. 3, 9.4.4.1 */
	STARTUP_NS = 200000,
};

static size_t flush_line; /* bytes; 0: no CLFLUSH */

void cpu_local_init(struct cpu *cpu)
{
	write_msr((uint32_t)MSR_GS_BASE, (uint64_t)cpu);
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
	__asm__ volatile("mov %0, %%cr3" : : "r"(root_paddr | machine_vm_private) : "memory");
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

/* ---- Other CPUs -------------------------------------------------------------------------------------------------- */

void machine_wait(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory"); /* nothing comes between sti and hlt */
}

/* A started CPU comes here from boot.S, one at a time, with the boot code's tables. */
void x86_cpu_activate(void)
{
	machine_vm_activate(cpu_start.root);
}

void x86_cpu_start(struct cpu *cpu)
{
	cpu_local_init(cpu);
	traps_init();
	apic_cpu_init();
	cpu_main();
}

static void pause_ns(uint64_t ns)
{
	uint64_t began = machine_time_ns();

	while (machine_time_ns() - began < ns)
		machine_relax();
}

bool machine_cpu_start(struct cpu *cpu)
{
	static uint64_t page; /* the trampoline's paddr */

	if (!page && frames_alloc(1, TRAMPOLINE_LAST, DMA_PAGE_SIZE, &page))
		return false;
	__builtin_memcpy(vm_linear(page), ap_trampoline, (size_t)(ap_trampoline_end - ap_trampoline));
	apic_init_ipi(cpu);
	pause_ns(INIT_NS);
	for (unsigned i = 0; i < 2 && !__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE); i++) {
		apic_startup_ipi(cpu, (uint8_t)(page >> DMA_PAGE_SHIFT));
		pause_ns(STARTUP_NS);
	}
	return true;
}

/* ---- The end ----------------------------------------------------------------------------------------------------- */

void machine_tell(int status)
{
	efi_exit(status);
	out32(DEBUG_EXIT, (uint32_t)(EXIT_BASE + status));
	for (unsigned i = 0; i < EXIT_PAUSES; i++) /* QEMU ends a little later */
		(void)in8(UNUSED_PORT);
}

void machine_off(void)
{
	out8(RESET_CONTROL, RESET_FULL); /* ends QEMU with -no-reboot */
	for (;;)
		__asm__ volatile("cli; hlt");
}
