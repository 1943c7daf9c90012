/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What code of the firmware needs of the CPU (UEFI 2.3.4): its memory at its own addresses, interrupts off, and the SSE
 * registers, which nothing of ours uses.
 */
#include "../efi/efi.h"
#include "../memory/vm.h"

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
