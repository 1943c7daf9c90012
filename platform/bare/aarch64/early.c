/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The boot tables: 2 MiB blocks of the image, the device tree and, once that has been read, of RAM, from a pool inside
 * the image. Only RAM is ever mapped as memory, since a core may read ahead into anything that is mapped so (compare
 * hazard 9).
 */
#include "../efi/efi.h"
#include "../firmware/fdt.h"
#include "../memory/frames.h"
#include "../memory/vm.h"
#include "mmu.h"
#include <dmastream/errors.h>

#define POOL 24
#define EARLY_SPAN                                                                                                     \
	(UINT64_C(1) << 30) /* this many bytes of RAM, from the image's first byte on, are enough to build the final
	                     * tables */

/* ID_AA64MMFR0_EL1.PARange, at most 48 bits: TCR_EL1.IPS has the same coding. */
enum {
	PA_RANGE_MASK = 15,
	PA_RANGE_48 = 5,
};

/* TCR_EL1: 48-bit halves of 4 KiB pages, walks write-back and inner shareable. */
#define TCR_HALF      (UINT64_C(16) | 1 << 8 | 1 << 10 | 3 << 12)
#define TCR_TG1_4K    (UINT64_C(2) << 30)
#define TCR_IPS_SHIFT 32

typedef uint64_t table[512];

static _Alignas(4096) table pool[POOL];
static unsigned pool_used;
struct mmu_registers mmu_registers;
uint64_t machine_early_limit;

/* The table's paddr; `base` is what addresses are above paddrs: 0 while booting, then the linear map's. */
static uint64_t table_paddr(const uint64_t *entries, uint64_t base)
{
	return (uint64_t)(uintptr_t)entries - base;
}

static uint64_t *table_at(uint64_t paddr, uint64_t base)
{
	return (uint64_t *)(uintptr_t)(paddr + base);
}

/* A zeroed table: one of the pool, or a frame once there are some. 0: there is none. */
static uint64_t new_table(uint64_t base)
{
	uint64_t paddr;

	if (pool_used < POOL)
		return table_paddr(pool[pool_used++], base);
	if (!frames_free_count())
		return 0;
	paddr = frames_take();
	if (paddr)
		__builtin_memset(vm_linear(paddr), 0, DMA_PAGE_SIZE);
	return paddr;
}

/* Maps what one entry of that level covers. false: no table is left. */
static bool map(uint64_t root_paddr, uint64_t va, uint64_t paddr, unsigned to_level, unsigned attr, uint64_t base)
{
	uint64_t *entry = table_at(root_paddr, base);

	for (unsigned level = MACHINE_VM_LEVELS - 1;; level--) {
		entry += va >> (12 + 9 * level) & 511;
		if (level == to_level)
			break;
		if (!machine_vm_present(*entry)) {
			uint64_t fresh = new_table(base);

			if (!fresh)
				return false;
			*entry = machine_vm_table(fresh);
		}
		entry = table_at(machine_vm_paddr(*entry), base);
	}
	*entry = machine_vm_leaf(paddr, to_level, attr);
	return true;
}

/* Maps what the loader gives in the linear map. */
static void map_given(const void *given, uint64_t nbytes)
{
	for (uint64_t at = (uintptr_t)given & ~(EARLY_BLOCK - 1); at < (uintptr_t)given + nbytes; at += EARLY_BLOCK)
		map(mmu_registers.ttbr1, MACHINE_LINEAR_BASE + at, at, 1, VM_EXECUTABLE, 0);
}

void early_tables(uint64_t image_paddr, const void *tree)
{
	uint64_t at, range, size = (uint64_t)(image_end - image_start);
	const struct efi_handover *handover = tree;

	mmu_registers.ttbr0 = table_paddr(pool[0], 0);
	mmu_registers.ttbr1 = table_paddr(pool[1], 0);
	mmu_registers.mair = MACHINE_MAIR;
	__asm__("mrs %0, id_aa64mmfr0_el1" : "=r"(range));
	range &= PA_RANGE_MASK;
	mmu_registers.tcr =
		TCR_HALF | TCR_HALF << 16 | TCR_TG1_4K | (range < PA_RANGE_48 ? range : PA_RANGE_48) << TCR_IPS_SHIFT;
	pool_used = 2;
	for (at = image_paddr & ~(EARLY_BLOCK - 1); at < image_paddr + size; at += EARLY_BLOCK) {
		map(mmu_registers.ttbr0, at, at, 1, VM_READ_ONLY | VM_EXECUTABLE, 0);
		map(mmu_registers.ttbr1, MACHINE_LINEAR_BASE + at, at, 1, VM_EXECUTABLE, 0);
	}
	if (tree && !((uintptr_t)tree & 7) && efi_is_handover(tree)) {
		map_given(tree, handover->nbytes);
		tree = (const void *)(uintptr_t)handover->tree;
	}
	if (tree && !((uintptr_t)tree & 7))
		map_given(tree, fdt_total_size(tree));
}

void early_map_ram(void)
{
	uint64_t image = vm_linear_paddr(image_start), end = UINT64_MAX;

	for (unsigned i = 0; i < boot_info.ram.count && machine_early_limit < end; i++) {
		const struct boot_range *ram = &boot_info.ram.range[i];

		if (image >= ram->base && image - ram->base < ram->size)
			end = image + EARLY_SPAN;
		for (uint64_t at = ram->base; at < ram->base + ram->size && at < end;
		     at += EARLY_BLOCK) { /* whole blocks */
			if (at >= MACHINE_LINEAR_SIZE || !map(mmu_registers.ttbr1, MACHINE_LINEAR_BASE + at, at, 1,
							      VM_EXECUTABLE, MACHINE_LINEAR_BASE))
				end = at;
			else
				machine_early_limit = at + EARLY_BLOCK;
		}
	}
	machine_vm_publish();
}

bool early_map_memory(uint64_t paddr, uint64_t nbytes)
{
	for (uint64_t at = paddr; at < paddr + nbytes; at += EARLY_BLOCK)
		if (!map(mmu_registers.ttbr1, MACHINE_LINEAR_BASE + at, at, 1, VM_EXECUTABLE, MACHINE_LINEAR_BASE))
			return false;
	machine_vm_publish();
	return true;
}

volatile void *early_map_registers(uint64_t paddr)
{
	uint64_t page = paddr & ~UINT64_C(4095);

	if (page >> 47 || !map(mmu_registers.ttbr0, page, page, 0, VM_DEVICE, MACHINE_LINEAR_BASE))
		return NULL;
	machine_vm_publish();
	return (volatile void *)(uintptr_t)paddr;
}

int machine_firmware_map(uint64_t paddr, unsigned type)
{
	uint64_t page = paddr & ~UINT64_C(4095);

	if (page >> 47 || !map(mmu_registers.ttbr0, page, page, 0, type | VM_EXECUTABLE, MACHINE_LINEAR_BASE))
		return DMA_ENOMEM;
	machine_vm_publish();
	return 0;
}
