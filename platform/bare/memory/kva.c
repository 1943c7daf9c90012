/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Kernel virtual addresses for mappings of their own: see vm.h. A page of address space is free, mapped, or retired:
 * unmapped, but perhaps still in a TLB (hazard 23). Only kva_flush() makes retired pages free.
 */
#include "../kernel/cpu.h"
#include "../kernel/print.h"
#include "../kernel/spin.h"
#include "frames.h"
#include "runs.h"
#include "vm.h"
#include <dmastream/errors.h>

#define KVA_PAGES ((size_t)(MACHINE_KVA_SIZE >> DMA_PAGE_SHIFT))

/* Over the addresses and the page tables, also those of the linear map while attributes change. Its holders wait for
 * other CPUs to flush: whoever waits for it serves them meanwhile (cpu.h). */
static struct dma_lock lock;
static struct runs unused;
static uint64_t bitmaps[KVA_PAGES / 64 + KVA_PAGES / 2048 + 64];

void kva_init(void)
{
	if (runs_bytes(KVA_PAGES) > sizeof(bitmaps))
		panic("kva: bitmaps of %zu bytes do not fit", runs_bytes(KVA_PAGES));
	runs_init(&unused, bitmaps, KVA_PAGES, MACHINE_KVA_BASE >> DMA_PAGE_SHIFT);
	runs_put(&unused, 0, KVA_PAGES);
}

size_t kva_in_use(void)
{
	return KVA_PAGES - unused.nfree;
}

static size_t page_of(uintptr_t va, size_t npages)
{
	size_t page = (va - MACHINE_KVA_BASE) >> DMA_PAGE_SHIFT;

	if (va < MACHINE_KVA_BASE || page >= KVA_PAGES || npages > KVA_PAGES - page)
		panic("kva: 0x%lx, %zu pages: no address of ours", va, npages);
	return page;
}

/* Makes the linear alias of frames that are about to be mapped uncached uncached, too. */
static int alias_to_uncached(uint64_t paddr, size_t npages)
{
	uintptr_t alias = (uintptr_t)vm_linear(paddr);
	int error;

	if (!boot_contains(&boot_info.ram, paddr, (uint64_t)npages << DMA_PAGE_SHIFT))
		return DMA_ENOTSUP;
	error = vm_break(alias, npages);
	if (error)
		return error;
	if (vm_length(alias, paddr, npages, VM_CACHED) < npages)
		return DMA_ENOTSUP;
	vm_change(alias, npages, VM_TYPE, VM_UNCACHED);
	machine_flush_lines(vm_linear(paddr), npages << DMA_PAGE_SHIFT); /* what was filled since the library did */
	return 0;
}

/* With small pages, or at an address where the big ones of level 1 fit. */
static int map_fresh(uint64_t paddr, size_t npages, unsigned attr, bool small, uintptr_t *va)
{
	size_t align = small ? 1 : (size_t)1 << (DMA_PAGE_SHIFT - 3);
	size_t first = runs_find(&unused, npages, 0, KVA_PAGES, align);
	int error = DMA_ENOMEM;

	if (first != RUNS_NONE) {
		*va = MACHINE_KVA_BASE + ((uintptr_t)first << DMA_PAGE_SHIFT);
		runs_take(&unused, first, npages);
		error = vm_map(*va, paddr, npages, attr, small);
		if (error)
			runs_put(&unused, first, npages);
	}
	return error;
}

static int map_locked(uint64_t paddr, size_t npages, unsigned attr, uintptr_t *va)
{
	bool alias = (attr & VM_TYPE) == VM_UNCACHED;
	uintptr_t fresh;
	int error;

	error = alias ? alias_to_uncached(paddr, npages) : 0;
	if (error)
		return error;
	error = map_fresh(paddr, npages, attr, true, &fresh);
	if (error) {
		if (alias)
			vm_change((uintptr_t)vm_linear(paddr), npages, VM_TYPE, VM_CACHED);
		return error;
	}
	*va = fresh;
	return 0;
}

int kva_map(uint64_t paddr, size_t npages, unsigned attr, uintptr_t *va)
{
	uintptr_t state = spin_lock(&lock);
	int error = map_locked(paddr, npages, attr, va);

	spin_unlock(&lock, state);
	return error;
}

int kva_take(size_t npages, uintptr_t *va)
{
	uintptr_t state = spin_lock(&lock);
	size_t first = npages <= KVA_PAGES ? runs_find(&unused, npages, 0, KVA_PAGES, 1) : RUNS_NONE;

	if (first != RUNS_NONE)
		runs_take(&unused, first, npages);
	spin_unlock(&lock, state);
	*va = MACHINE_KVA_BASE + ((uintptr_t)first << DMA_PAGE_SHIFT);
	return first == RUNS_NONE ? DMA_ENOMEM : 0;
}

int kva_map_at(uintptr_t va, uint64_t paddr, size_t npages)
{
	uintptr_t state = spin_lock(&lock);
	int error;

	(void)page_of(va, npages);
	error = vm_map(va, paddr, npages, VM_CACHED, true);
	spin_unlock(&lock, state);
	return error;
}

void kva_unmap(uintptr_t va, size_t npages)
{
	uintptr_t state = spin_lock(&lock);
	unsigned attr = 0, level = 0;
	uint64_t paddr = 0;
	size_t length = 0;

	(void)page_of(va, npages);
	if (vm_query(va, &paddr, &attr, &level))
		length = vm_length(va, paddr, npages, attr & VM_TYPE);
	if (length < npages)
		panic("kva: 0x%lx is not mapped, or not with what is before it", va + (length << DMA_PAGE_SHIFT));
	vm_unmap(va, npages);
	if ((attr & VM_TYPE) == VM_UNCACHED) {
		cpu_tlb_flush(va, npages); /* never two types at once */
		vm_change((uintptr_t)vm_linear(paddr), npages, VM_TYPE, VM_CACHED);
	}
	spin_unlock(&lock, state);
}

void kva_flush(uintptr_t va, size_t npages)
{
	size_t first = page_of(va, npages);
	uintptr_t state = spin_lock(&lock);

	cpu_tlb_flush(va, npages);
	for (size_t i = 0; i < npages; i++) {
		uint64_t paddr;
		unsigned attr, level;

		if (!runs_length(&unused, first + i, 1) && !vm_query(va + (i << DMA_PAGE_SHIFT), &paddr, &attr, &level))
			runs_put(&unused, first + i, 1);
	}
	spin_unlock(&lock, state);
}

static int mmio_map(uint64_t paddr, size_t nbytes, unsigned type, bool small, volatile void **regs)
{
	uint64_t offset = paddr & (DMA_PAGE_SIZE - 1);
	size_t npages;
	uintptr_t va, state;
	int error;

	if (nbytes == 0 || nbytes > MACHINE_KVA_SIZE || paddr + nbytes - 1 < paddr ||
	    boot_overlaps(&boot_info.ram, paddr, nbytes))
		return DMA_EINVAL;
	npages = (offset + nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;
	state = spin_lock(&lock);
	error = map_fresh(paddr - offset, npages, type, small, &va);
	spin_unlock(&lock, state);
	if (error)
		return error;
	*regs = (volatile void *)(va + offset);
	return 0;
}

int vm_mmio_map(uint64_t paddr, size_t nbytes, volatile void **regs)
{
	return mmio_map(paddr, nbytes, VM_DEVICE, true, regs);
}

int vm_mmio_map_for_ever(uint64_t paddr, size_t nbytes, volatile void **regs)
{
	return mmio_map(paddr, nbytes, VM_DEVICE, false, regs);
}

int vm_framebuffer_map(uint64_t paddr, uint64_t nbytes, volatile void **pixels)
{
	return mmio_map(paddr, (size_t)nbytes, VM_UNCACHED, false, pixels);
}

void vm_mmio_unmap(volatile void *regs, size_t nbytes)
{
	uintptr_t offset = (uintptr_t)regs & (DMA_PAGE_SIZE - 1), va = (uintptr_t)regs - offset;
	size_t npages = (offset + nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;

	kva_unmap(va, npages);
	kva_flush(va, npages);
}
