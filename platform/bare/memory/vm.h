/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The kernel's page tables: the linear map of all memory, made of the biggest pages that fit and broken up where an
 * attribute changes; and kernel virtual addresses (KVA) for mappings of their own. The walker is common to all
 * architectures; the format is the few functions of machine_facts.h.
 */
#ifndef BARE_VM_H
#define BARE_VM_H

#include "linear.h"
#include "vm_attr.h"

/* Builds the final tables (linear map of RAM, image and firmware memory) and switches to them. After frames_init(). */
void vm_init(void);

/* Maps whole pages from paddr on at va, where nothing is mapped; with small pages only if `small`, so that any part
 * can be unmapped without memory. 0, DMA_ENOMEM (nothing has changed). */
int vm_map(uintptr_t va, uint64_t paddr, size_t npages, unsigned attr, bool small);

/* Removes small pages; those that are not mapped stay so. Never allocates; the caller flushes the TLB. */
void vm_unmap(uintptr_t va, size_t npages);

/* Breaks up the big pages of a mapped range, so that vm_change() of any part of it needs no memory. 0, DMA_ENOMEM. */
int vm_break(uintptr_t va, size_t npages);

/* Changes the attributes of a mapped range of small pages: the bits of mask become those of attr; flushes the TLB. */
void vm_change(uintptr_t va, size_t npages, unsigned mask, unsigned attr);

/* How many pages from va on are mapped by small pages to the frames from paddr on with this type, up to npages. */
size_t vm_length(uintptr_t va, uint64_t paddr, size_t npages, unsigned type);

/* What is mapped at va: its frame's paddr (of the page), attributes and level. False: nothing. */
bool vm_query(uintptr_t va, uint64_t *paddr, unsigned *attr, unsigned *level);

/* For handlers of page faults, where a CPU may remember that nothing was there, and fault once more: does the table in
 * use map it for that? Then it is flushed here, and the access is tried again. */
bool vm_fault_is_stale(uintptr_t va, bool write, bool execute);

/* Flushes the range from the TLB of this CPU; of all where the CPU tells the others (MACHINE_TLB_IS_SHARED). The
 * others: cpu_tlb_flush(). */
void vm_tlb_flush_here(uintptr_t va, size_t npages);
/* The paddr of the tables in use, for CPUs that start. */
uint64_t vm_root(void);

/* ---- KVA: kva.c ---- */

void kva_init(void);

/* Maps frames at a fresh range. Uncached memory takes its linear alias along (x86 forbids two types for one frame):
 * it becomes uncached, too, and cached again with kva_unmap(). 0, DMA_ENOMEM, DMA_ENOTSUP if it is uncached already,
 * or no RAM. */
int kva_map(uint64_t paddr, size_t npages, unsigned attr, uintptr_t *va);
/* The same in steps, for frames that lie apart: a fresh range, and frames, cached, at a part of it where nothing is
 * yet. kva_flush() of the whole range gives back what is not mapped. 0, DMA_ENOMEM. */
int kva_take(size_t npages, uintptr_t *va);
int kva_map_at(uintptr_t va, uint64_t paddr, size_t npages);
/* Removes any pages of one such mapping. Their addresses stay retired until kva_flush(). */
void kva_unmap(uintptr_t va, size_t npages);
/* Flushes the TLB for the range and makes what is retired of it free. */
void kva_flush(uintptr_t va, size_t npages);

/* Registers: any paddr and length. */
int vm_mmio_map(uint64_t paddr, size_t nbytes, volatile void **regs);
/* The same with big pages where they fit, and never unmapped. */
int vm_mmio_map_for_ever(uint64_t paddr, size_t nbytes, volatile void **regs);
/* The same for pixels, whose writes may be joined and reordered. */
int vm_framebuffer_map(uint64_t paddr, uint64_t nbytes, volatile void **pixels);
void vm_mmio_unmap(volatile void *regs, size_t nbytes);

/* Pages of address space that are not free; for tests. */
size_t kva_in_use(void);

#endif
