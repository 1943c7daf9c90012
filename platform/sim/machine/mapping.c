/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Kernel virtual addresses: the linear map, mappings with attributes, and the CPUs' stale TLB entries. None of them
 * is backed by host memory, so that only the functions of arch.h can use them.
 */
#define _DEFAULT_SOURCE
#include "sim_machine.h"
#include <dmastream/scattered.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

uintptr_t sim_kernel_base = UINTPTR_MAX - SIM_KERNEL_SIZE; /* nobody's, until the machine starts */

#define MAPPINGS_AT   (SIM_KERNEL_SIZE / 2) /* below it the linear map: base + paddr */
#define MAPPING_PAGES 65536u /* of addresses; used in turn, so that reuse is late and stale pointers show */

enum slot_state { SLOT_FREE, SLOT_MAPPED, SLOT_STALE };

static struct slot {
	uint32_t frame;
	uint8_t state, attributes;
} slots[MAPPING_PAGES];
static uint32_t next_slot, used_slots; /* where to search; how many were ever used since start */

void kernel_start(void)
{
	static bool reserved;

	if (!reserved) {
		void *base = mmap(NULL, SIM_KERNEL_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (base == MAP_FAILED) {
			fprintf(stderr, "sim: the host has no room for the simulated kernel's addresses\n");
			exit(1);
		}
		sim_kernel_base = (uintptr_t)base;
		reserved = true;
	}
	memset(slots, 0, used_slots * sizeof(*slots));
	next_slot = used_slots = 0;
}

void *kernel_linear(uint64_t paddr)
{
	return (void *)(sim_kernel_base + paddr);
}

static uint64_t slot_of(const void *va)
{
	return ((uintptr_t)va - sim_kernel_base - MAPPINGS_AT) >> DMA_PAGE_SHIFT;
}

static bool resolve_linear(uint64_t paddr, struct place *place)
{
	if (!ram_offset(paddr, 1, &place->offset)) {
		sim_fail(SIM_BAD_ADDRESS, SIM_NOWHERE, "access to the linear map at 0x%llx, where no RAM is",
			 (unsigned long long)paddr);
		return false;
	}
	if (!page_has_linear(place->offset >> DMA_PAGE_SHIFT)) {
		sim_fail_at(SIM_BAD_ADDRESS, place->offset, "access to the linear map where the host has none");
		return false;
	}
	place->linear = true;
	place->shared = false;
	place->uncached = !page_cacheable(place->offset);
	return true;
}

bool kernel_resolve(const void *va, struct place *place)
{
	uint64_t at = (uintptr_t)va - sim_kernel_base, index;
	const struct slot *slot;

	if (at < MAPPINGS_AT)
		return resolve_linear(at, place);
	index = slot_of(va);
	slot = index < MAPPING_PAGES ? &slots[index] : NULL;
	if (!slot || slot->state == SLOT_FREE) {
		sim_fail(SIM_BAD_ADDRESS, SIM_NOWHERE, "access to %p, where nothing is mapped", va);
		return false;
	}
	place->offset = ((uint64_t)slot->frame << DMA_PAGE_SHIFT) | ((uintptr_t)va & (DMA_PAGE_SIZE - 1));
	place->linear = false;
	place->shared = slot->attributes & DMA_KVA_SHARED;
	place->uncached = slot->attributes & DMA_KVA_UNCACHED;
	if (slot->state == SLOT_STALE) { /* a TLB may still have it: the access goes to the old frame */
		sim_fail_at(SIM_BAD_ADDRESS, place->offset, "access through a mapping that was removed");
		return sim_choose(2) == 1;
	}
	return true;
}

/* A page between mappings stays free, so that running over an end shows. */
static bool find_slots(uint64_t npages, uint32_t *first)
{
	uint32_t run = 0;

	for (uint32_t i = 0; i < MAPPING_PAGES + npages; i++) {
		uint32_t index = (next_slot + i) % MAPPING_PAGES;

		run = index == 0 ? 0 : run; /* no wrap within a mapping */
		run = slots[index].state == SLOT_FREE ? run + 1 : 0;
		if (run == npages + 1) {
			*first = index - (uint32_t)npages;
			return true;
		}
	}
	return false;
}

/* The library must not leave lines for later eviction under a mapping that will not see them. */
static void check_handed_over(uint64_t offset, uint64_t npages, const char *how)
{
	for (uint64_t line = offset >> sim.line_shift; line < (offset + (npages << DMA_PAGE_SHIFT)) >> sim.line_shift;
	     line++) {
		const struct line *l = line_at(line);

		if (l->cpu[0] | l->cpu[1] || l->flags & LINE_FORMER) {
			sim_fail_at(SIM_ALIAS, line << sim.line_shift, "mapped %s without a clean of its old alias",
				    how);
			return;
		}
	}
}

static void fill_slots(uint32_t first, uint64_t offset, uint64_t npages, unsigned attributes)
{
	if (attributes & DMA_KVA_UNCACHED && sim.config.can_sync)
		check_handed_over(offset, npages, "uncached");
	else if (attributes & DMA_KVA_SHARED && sim.config.conversion_keeps_lines)
		check_handed_over(offset, npages, "shared");
	for (uint64_t i = 0; i < npages; i++) {
		uint64_t frame = (offset >> DMA_PAGE_SHIFT) + i;

		slots[first + i] = (struct slot){(uint32_t)frame, SLOT_MAPPED, (uint8_t)attributes};
		sim.pages[frame].mappings++;
		if (attributes & DMA_KVA_UNCACHED)
			sim.pages[frame].uncached++;
	}
	if (attributes & DMA_KVA_UNCACHED && !sim.config.can_sync) /* platform.h: then the host keeps caches away */
		for (uint64_t line = offset >> sim.line_shift;
		     line < (offset + (npages << DMA_PAGE_SHIFT)) >> sim.line_shift; line++) {
			cache_evict(line);
			line_at(line)->flags &= (uint8_t)~LINE_FORMER;
		}
	sim.kva_pages += npages;
}

static int take_slots(uint64_t npages, uint32_t *first, void **va)
{
	if (npages >= MAPPING_PAGES || !find_slots(npages, first))
		return DMA_ENOMEM;
	next_slot = (uint32_t)((*first + npages + 1) % MAPPING_PAGES);
	if (*first + npages + 1 > used_slots)
		used_slots = (uint32_t)(*first + npages + 1);
	*va = (void *)(sim_kernel_base + MAPPINGS_AT + ((uintptr_t)*first << DMA_PAGE_SHIFT));
	return 0;
}

int kernel_map(uint64_t offset, uint64_t npages, unsigned attributes, void **va)
{
	uint32_t first;
	int error = take_slots(npages, &first, va);

	if (!error)
		fill_slots(first, offset, npages, attributes);
	return error;
}

int kernel_map_scattered(const struct dma_scattered_frames *frames, uint64_t npages, unsigned attributes, void **va)
{
	struct dma_scattered_frames left = *frames;
	struct dma_frame_range range;
	uint64_t offset, done = 0;
	uint32_t first;
	int error = take_slots(npages, &first, va);

	while (!error && dma_scattered_frames_next(&left, &range)) {
		if (range.npages > npages - done ||
		    !ram_offset(range.paddr.raw, (uint64_t)range.npages << DMA_PAGE_SHIFT, &offset)) {
			sim_fail(SIM_CONTRACT, SIM_NOWHERE, "scattered frames to map: 0x%llx is not RAM, or too much",
				 (unsigned long long)range.paddr.raw);
			return DMA_EINVAL;
		}
		fill_slots(first + (uint32_t)done, offset, range.npages, attributes);
		done += range.npages;
	}
	return error;
}

void kernel_unmap(void *va, uint64_t offset, uint64_t npages)
{
	uint64_t first = slot_of(va);

	for (uint64_t i = 0; i < npages; i++) {
		struct slot *slot = first + i < MAPPING_PAGES ? &slots[first + i] : NULL;
		struct page *page;

		if (!slot || slot->state != SLOT_MAPPED || slot->frame != (offset >> DMA_PAGE_SHIFT) + i) {
			sim_fail_at(SIM_CONTRACT, offset + (i << DMA_PAGE_SHIFT), "kva_unmap of %p, page %llu: %s", va,
				    (unsigned long long)i,
				    slot && slot->state == SLOT_MAPPED ? "another frame is mapped there"
								       : "not mapped");
			continue;
		}
		page = &sim.pages[slot->frame];
		slot->state = SLOT_STALE;
		page->mappings--;
		page->stale++;
		if (slot->attributes & DMA_KVA_UNCACHED)
			page->uncached--;
		sim.kva_pages--;
		sim.stale_pages++;
	}
}

/* From now on the linear alias is what may hold lines: whoever gave the frames another mapping must invalidate it
 * (section 4). Not where the frames are shared with the host of a confidential VM: meanwhile nothing, not even
 * speculation, reaches their private alias. */
static void mark_aliased(uint64_t page, unsigned attributes)
{
	uint64_t per_page = DMA_PAGE_SIZE >> sim.line_shift;
	bool harmful = (attributes & (DMA_KVA_UNCACHED | DMA_KVA_SHARED)) == DMA_KVA_UNCACHED;

	for (uint64_t i = 0; harmful && sim.config.can_sync && page_has_linear(page) && i < per_page; i++)
		line_at(page * per_page + i)->flags |= LINE_ALIASED;
}

void kernel_shootdown(void *va, uint64_t npages)
{
	uint64_t first = slot_of(va);

	for (uint64_t i = 0; i < npages && first + i < MAPPING_PAGES; i++) {
		struct slot *slot = &slots[first + i];

		if (slot->state != SLOT_STALE)
			continue;
		sim.pages[slot->frame].stale--;
		sim.stale_pages--;
		slot->state = SLOT_FREE;
		mark_aliased(slot->frame, slot->attributes);
	}
}
