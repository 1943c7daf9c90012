/* SPDX-License-Identifier: MPL-2.0 */
/* The kernel's page tables: see vm.h. One CPU changes them, with interrupts on or off; no interrupt handler maps. */
#include "vm.h"
#include "../kernel/cpu.h"
#include "../kernel/print.h"
#include "frames.h"
#include <dmastream/errors.h>

#define INDEX_BITS    (DMA_PAGE_SHIFT - 3)
#define TABLE_ENTRIES ((size_t)1 << INDEX_BITS)

static uint64_t root; /* paddr */

static unsigned level_shift(unsigned level)
{
	return DMA_PAGE_SHIFT + level * INDEX_BITS;
}

static uint64_t *entry_in(uint64_t table_paddr, uintptr_t va, unsigned level)
{
	return (uint64_t *)vm_linear(table_paddr) + (va >> level_shift(level) & (TABLE_ENTRIES - 1));
}

/* A zeroed table page; 0: no memory. */
static uint64_t new_table(void)
{
	uint64_t paddr = frames_take();

	if (paddr)
		__builtin_memset(vm_linear(paddr), 0, DMA_PAGE_SIZE);
	return paddr;
}

/* The entry for va at *level, or the leaf or the missing entry above it: *level then says where. */
static uint64_t *walk(uintptr_t va, unsigned *level)
{
	uint64_t table = root;
	unsigned at = MACHINE_VM_LEVELS - 1;
	uint64_t *entry = entry_in(table, va, at);

	while (at > *level && machine_vm_present(*entry) && !machine_vm_is_leaf(*entry, at)) {
		table = machine_vm_paddr(*entry);
		entry = entry_in(table, va, --at);
	}
	*level = at;
	return entry;
}

/* The same, making the tables that are missing. NULL: no memory. */
static uint64_t *walk_making(uintptr_t va, unsigned level)
{
	for (;;) {
		unsigned at = level;
		uint64_t *entry = walk(va, &at), table;

		if (at == level)
			return entry;
		if (machine_vm_present(*entry))
			panic("vm: a big page is in the way at 0x%lx", va);
		table = new_table();
		if (!table)
			return NULL;
		machine_vm_publish(); /* its zeros before it is linked */
		*entry = machine_vm_table(table);
	}
}

/* The biggest page that fits here. */
static unsigned best_level(uintptr_t va, uint64_t paddr, size_t npages)
{
	unsigned level = MACHINE_VM_LEVELS - 1;

	while (level > 0) {
		uint64_t size = UINT64_C(1) << level_shift(level);

		if (machine_vm_big(level) && !((va | paddr) & (size - 1)) && npages >= size >> DMA_PAGE_SHIFT)
			break;
		level--;
	}
	return level;
}

/* The same, where no table of small pages stands in the way: tables stay when their pages have been unmapped. */
static unsigned fitting_level(uintptr_t va, uint64_t paddr, size_t npages)
{
	unsigned level = best_level(va, paddr, npages);

	while (level > 0) {
		unsigned at = level;
		uint64_t entry = *walk(va, &at);

		if (at > level || !machine_vm_present(entry) || machine_vm_is_leaf(entry, level))
			break;
		do
			level--;
		while (level > 0 && !machine_vm_big(level));
	}
	return level;
}

int vm_map(uintptr_t va, uint64_t paddr, size_t npages, unsigned attr, bool small)
{
	uint64_t *entry = NULL;

	for (size_t done = 0; done < npages;) {
		uintptr_t at = va + (done << DMA_PAGE_SHIFT);
		uint64_t to = paddr + (done << DMA_PAGE_SHIFT);
		unsigned level = small ? 0 : fitting_level(at, to, npages - done);

		/* neighbours in one table need no walk */
		if (small && entry && (at >> DMA_PAGE_SHIFT & (TABLE_ENTRIES - 1)))
			entry++;
		else
			entry = walk_making(at, level);
		if (!entry) {
			if (!small)
				panic("vm: no frames for page tables");
			vm_unmap(va, done);
			cpu_tlb_flush(va, done);
			return DMA_ENOMEM;
		}
		if (machine_vm_present(*entry))
			panic("vm: 0x%lx is mapped already", at);
		*entry = machine_vm_leaf(to, level, attr);
		done += (size_t)1 << level * INDEX_BITS;
	}
	machine_vm_publish();
	return 0;
}

/* The entry of the small page at va, or what stands above it (*level); neighbours in one table need no walk. */
static uint64_t *next_entry(uint64_t *before, uintptr_t va, unsigned *level)
{
	if (before && *level == 0 && (va >> DMA_PAGE_SHIFT & (TABLE_ENTRIES - 1)))
		return before + 1;
	*level = 0;
	return walk(va, level);
}

void vm_unmap(uintptr_t va, size_t npages)
{
	uint64_t *entry = NULL;
	unsigned level = 0;

	for (size_t i = 0; i < npages; i++) {
		entry = next_entry(entry, va + (i << DMA_PAGE_SHIFT), &level);
		if (!machine_vm_present(*entry))
			continue;
		if (level > 0)
			panic("vm: unmap of a part of a big page at 0x%lx", va + (i << DMA_PAGE_SHIFT));
		*entry = 0;
	}
	machine_vm_publish();
}

int vm_break(uintptr_t va, size_t npages)
{
	for (size_t i = 0; i < npages;) {
		uintptr_t at = va + (i << DMA_PAGE_SHIFT);
		unsigned level = 0;
		uint64_t *entry = walk(at, &level), table, old = *entry;
		size_t left = TABLE_ENTRIES - (at >> DMA_PAGE_SHIFT & (TABLE_ENTRIES - 1));

		if (!machine_vm_present(old))
			panic("vm: 0x%lx is not mapped", at);
		if (level == 0) { /* so are its neighbours in the table */
			i += left;
			continue;
		}
		table = new_table();
		if (!table)
			return DMA_ENOMEM; /* what was broken up maps the same as before */
		for (size_t k = 0; k < TABLE_ENTRIES; k++)
			((uint64_t *)vm_linear(table))[k] =
				machine_vm_leaf(machine_vm_paddr(old) + ((uint64_t)k << level_shift(level - 1)),
						level - 1, machine_vm_attr(old, level));
		machine_vm_publish();
		machine_vm_break(entry, machine_vm_table(table), at);
	}
	return 0;
}

void vm_change(uintptr_t va, size_t npages, unsigned mask, unsigned attr)
{
	uint64_t *entry = NULL;
	unsigned level = 0;

	for (size_t i = 0; i < npages; i++) {
		entry = next_entry(entry, va + (i << DMA_PAGE_SHIFT), &level);
		if (level > 0 || !machine_vm_present(*entry))
			panic("vm: 0x%lx is not mapped by a small page", va + (i << DMA_PAGE_SHIFT));
		*entry = machine_vm_leaf(machine_vm_paddr(*entry), 0,
					 (machine_vm_attr(*entry, 0) & ~mask) | (attr & mask));
	}
	machine_vm_publish();
	cpu_tlb_flush(va, npages);
}

size_t vm_length(uintptr_t va, uint64_t paddr, size_t npages, unsigned type)
{
	uint64_t *entry = NULL;
	unsigned level = 0;

	for (size_t i = 0; i < npages; i++) {
		entry = next_entry(entry, va + (i << DMA_PAGE_SHIFT), &level);
		if (level > 0 || !machine_vm_present(*entry) || (machine_vm_attr(*entry, 0) & VM_TYPE) != type ||
		    machine_vm_paddr(*entry) != paddr + (i << DMA_PAGE_SHIFT))
			return i;
	}
	return npages;
}

bool vm_query(uintptr_t va, uint64_t *paddr, unsigned *attr, unsigned *level)
{
	uint64_t entry;

	*level = 0;
	entry = *walk(va, level);
	if (!machine_vm_present(entry))
		return false;
	*attr = machine_vm_attr(entry, *level);
	*paddr = machine_vm_paddr(entry) +
		 (va & ((UINT64_C(1) << level_shift(*level)) - 1) & ~(uint64_t)(DMA_PAGE_SIZE - 1));
	return true;
}

bool vm_fault_is_stale(uintptr_t va, bool write, bool execute)
{
	uint64_t paddr;
	unsigned attr, level;

	if (!root || va < MACHINE_LINEAR_BASE || !vm_query(va, &paddr, &attr, &level) ||
	    (write && attr & VM_READ_ONLY) || (execute && !(attr & VM_EXECUTABLE)))
		return false;
	machine_tlb_flush_page(va);
	return true;
}

void vm_tlb_flush_here(uintptr_t va, size_t npages)
{
	if (npages > 64) {
		machine_tlb_flush_all();
		return;
	}
	for (size_t i = 0; i < npages; i++)
		machine_tlb_flush_page(va + (i << DMA_PAGE_SHIFT));
}

uint64_t vm_root(void)
{
	return root;
}

/* A part of the image gets its protection. */
static void protect(const char *from, const char *to, unsigned attr)
{
	size_t npages = (size_t)(to - from) >> DMA_PAGE_SHIFT;

	if (vm_break((uintptr_t)from, npages))
		panic("vm: no frames for page tables");
	vm_change((uintptr_t)from, npages, VM_READ_ONLY | VM_EXECUTABLE, attr);
}

void vm_init(void)
{
	static const struct boot_ranges *const all[] = {&boot_info.ram, &boot_info.taken, &boot_info.firmware};
	static struct boot_ranges memory;

	root = new_table();
	if (!root)
		panic("vm: no frames for page tables");
	for (unsigned k = 0; k < sizeof(all) / sizeof(all[0]); k++)
		for (unsigned i = 0; i < all[k]->count; i++)
			if (!boot_add(&memory, all[k]->range[i].base, all[k]->range[i].size))
				panic("vm: more than %d memory ranges", BOOT_RANGES);
	for (unsigned i = 0; i < memory.count; i++)
		(void)vm_map(MACHINE_LINEAR_BASE + memory.range[i].base, memory.range[i].base,
			     memory.range[i].size >> DMA_PAGE_SHIFT, VM_CACHED, false);
	protect(image_start, image_text_end, VM_READ_ONLY | VM_EXECUTABLE);
	protect(image_text_end, image_rodata_end, VM_READ_ONLY);
	protect(image_stack_guard, image_stack_guard + DMA_PAGE_SIZE, 0);
	vm_unmap((uintptr_t)image_stack_guard, 1);
	machine_vm_activate(root);
	frames_all_mapped();
}
