/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What code of the firmware needs of the CPU (UEFI 2.3.4): its memory at its own addresses, interrupts off, and the SSE
 * registers, which nothing of ours uses. And what the CPU says of itself.
 */
#include "../efi/efi.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "port.h"

enum {
	CR0_MONITOR = 1 << 1,
	CR0_EMULATE = 1 << 2,
	CR0_SWITCHED = 1 << 3,
	CR4_SSE = 1 << 9 | 1 << 10, /* OSFXSR, OSXMMEXCPT */
};

int machine_firmware_map(uint64_t paddr, unsigned type)
{
	uint64_t mapped;
	unsigned attr, level;

	if (vm_query((uintptr_t)paddr, &mapped, &attr, &level))
		return 0; /* the map names it twice */
	return vm_map((uintptr_t)paddr, paddr, 1, type | VM_EXECUTABLE, true);
}

uintptr_t machine_firmware_begin(void)
{
	static const uint16_t control = 0x37f;
	static const uint32_t mxcsr = 0x1f80;
	uintptr_t state = machine_interrupts_off(), value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	value = (value & ~(uintptr_t)(CR0_EMULATE | CR0_SWITCHED)) | CR0_MONITOR;
	__asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	__asm__ volatile("mov %0, %%cr4" : : "r"(value | CR4_SSE) : "memory");
	__asm__ volatile("fninit; fldcw %0; ldmxcsr %1" : : "m"(control), "m"(mxcsr));
	return state;
}

void machine_firmware_end(uintptr_t state)
{
	machine_interrupts_restore(state);
}

/* SDM vol. 2, CPUID: the registers of a leaf are text. */
static void append(char *text, const struct cpuid *id)
{
	__builtin_memcpy(text, id, sizeof(*id));
}

void machine_cpu_facts(char *cpu, size_t cpu_size, char *instructions, size_t instructions_size, char *hypervisor,
		       size_t hypervisor_size)
{
	struct cpuid id, features = cpuid(7, 0);
	char text[49] = {0};

	for (unsigned i = 0; i < 3 && cpuid(0x80000000, 0).eax >= 0x80000004; i++) {
		id = cpuid(0x80000002 + i, 0);
		append(text + 16 * (size_t)i, &id);
	}
	format_text(cpu, cpu_size, "%s", text);
	format_text(instructions, instructions_size, "%s%s%s", cpuid(1, 0).edx >> 19 & 1 ? "clflush" : "none",
		    features.ebx >> 23 & 1 ? " clflushopt" : "", features.ebx >> 24 & 1 ? " clwb" : "");
	hypervisor[0] = '\0';
	if (cpuid(1, 0).ecx >> 31 & 1) { /* reserved for hypervisors; leaf 0x40000000 is their name */
		uint32_t name[3];

		id = cpuid(0x40000000, 0);
		name[0] = id.ebx, name[1] = id.ecx, name[2] = id.edx;
		__builtin_memset(text, 0, sizeof(text));
		__builtin_memcpy(text, name, sizeof(name));
		format_text(hypervisor, hypervisor_size, "%s", text);
	}
}

bool machine_tree_smmu(unsigned index, uint64_t *registers, bool *coherent)
{
	(void)index, (void)registers, (void)coherent;
	return false;
}
