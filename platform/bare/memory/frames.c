/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The frame allocator: see frames.h. Two bitmaps, one of free frames and one of frames given out: what is in neither is
 * the kernel's own, or no RAM at all. A request is served from the highest zone that it allows, so that low memory, the
 * only memory that old devices reach, is used last.
 */
#include "frames.h"
#include "../kernel/print.h"
#include "../kernel/spin.h"
#include "linear.h"
#include "runs.h"
#include <dmastream/errors.h>

#define PAGES(bytes) ((bytes) >> DMA_PAGE_SHIFT)

static struct dma_lock lock; /* over all of the below */
static struct runs unused;
static uint64_t *given;
static uint64_t in_use;	    /* counted, not computed from the bitmaps */
static uint64_t kernel_top; /* frames_take() stays below this paddr */

#define ZONES 3

/* Lowest paddr of each zone, from the one to use first. */
static const uint64_t zone_base[ZONES] = {UINT64_C(4) << 30, UINT64_C(16) << 20, 0};
static size_t zone_first[ZONES]; /* the same as a page of the bitmaps */

/* The paddr of `size` bytes of RAM that nobody has, below the early limit; 0: there are none. */
static uint64_t early_room(uint64_t size)
{
	for (unsigned i = 0; i < boot_info.ram.count; i++) {
		const struct boot_range *ram = &boot_info.ram.range[i];
		uint64_t at = ram->base;

		for (unsigned j = 0; j <= boot_info.taken.count; j++) {
			if (at != 0 && at + size <= MACHINE_EARLY_LIMIT && boot_contains(&boot_info.ram, at, size) &&
			    !boot_overlaps(&boot_info.taken, at, size) && !boot_overlaps(&boot_info.firmware, at, size))
				return at;
			if (j < boot_info.taken.count) /* try behind it */
				at = boot_info.taken.range[j].base + boot_info.taken.range[j].size;
		}
	}
	return 0;
}

/* Takes a range off what is free, page by page: it may overlap holes and other ranges. */
static void exclude(const struct boot_ranges *ranges)
{
	for (unsigned i = 0; i < ranges->count; i++) {
		const struct boot_range *range = &ranges->range[i];

		for (uint64_t page = PAGES(range->base); page < PAGES(range->base + range->size); page++)
			if (page >= unused.origin && page - unused.origin < unused.npages &&
			    runs_length(&unused, page - unused.origin, 1))
				runs_take(&unused, page - unused.origin, 1);
	}
}

void frames_init(void)
{
	const struct boot_ranges *ram = &boot_info.ram;
	uint64_t origin, npages, at, bytes;

	if (ram->count == 0)
		panic("frames: the memory map has no RAM");
	origin = PAGES(ram->range[0].base);
	npages = PAGES(ram->range[ram->count - 1].base + ram->range[ram->count - 1].size) - origin;
	bytes = runs_bytes(npages) + (npages + 63) / 64 * 8;
	bytes = (bytes + DMA_PAGE_SIZE - 1) & ~(uint64_t)(DMA_PAGE_SIZE - 1);
	at = early_room(bytes);
	if (at == 0 || !boot_add(&boot_info.taken, at, bytes))
		panic("frames: no room for the bitmaps of %llu pages", (unsigned long long)npages);

	__builtin_memset(vm_linear(at), 0, bytes);
	given = vm_linear(at);
	runs_init(&unused, given + (npages + 63) / 64, npages, origin);
	for (unsigned i = 0; i < ram->count; i++)
		runs_put(&unused, PAGES(ram->range[i].base) - origin, PAGES(ram->range[i].size));
	exclude(&boot_info.taken);
	exclude(&boot_info.firmware);
	for (unsigned i = 0; i < ZONES; i++)
		zone_first[i] = PAGES(zone_base[i]) > origin ? PAGES(zone_base[i]) - origin : 0;
	kernel_top = MACHINE_EARLY_LIMIT;
}

void frames_all_mapped(void)
{
	kernel_top = UINT64_MAX;
}

/* The first frame of a run, from the highest zone first; RUNS_NONE. */
static size_t find(size_t npages, uint64_t min_paddr, uint64_t max_paddr, size_t align_pages)
{
	/* one past the last page whose last byte is at or below max_paddr */
	uint64_t high = max_paddr == UINT64_MAX ? PAGES(UINT64_MAX) + 1 : PAGES(max_paddr + 1);
	uint64_t low = PAGES(min_paddr) + (min_paddr % DMA_PAGE_SIZE != 0);

	if (high <= unused.origin)
		return RUNS_NONE;
	high = high - unused.origin < unused.npages ? high - unused.origin : unused.npages;
	low = low > unused.origin ? low - unused.origin : 0;
	for (unsigned i = 0; i < ZONES; i++) {
		size_t from = zone_first[i] > low ? zone_first[i] : (size_t)low, first;

		if (from >= high)
			continue;
		first = runs_find(&unused, npages, from, high, align_pages);
		if (first != RUNS_NONE)
			return first;
	}
	return RUNS_NONE;
}

/* Sets or clears the given bits of a range that the caller has checked. */
static void set_given(size_t first, size_t npages, bool value)
{
	while (npages > 0) {
		unsigned bit = first % 64;
		size_t step = npages < 64 - bit ? npages : 64 - bit;
		uint64_t mask = (step == 64 ? ~UINT64_C(0) : (UINT64_C(1) << step) - 1) << bit;

		given[first / 64] = value ? given[first / 64] | mask : given[first / 64] & ~mask;
		first += step;
		npages -= step;
	}
}

/* The first page of the range that is not given out; npages if all are. */
static size_t given_length(size_t first, size_t npages)
{
	size_t length = 0;

	while (length < npages) {
		unsigned bit = (first + length) % 64;
		uint64_t missing = ~given[(first + length) / 64] >> bit;

		if (missing) {
			length += (unsigned)__builtin_ctzll(missing);
			break;
		}
		length += 64 - bit;
	}
	return length < npages ? length : npages;
}

int frames_alloc(size_t npages, uint64_t max_paddr, size_t align, uint64_t *paddr)
{
	return frames_alloc_within(npages, 0, max_paddr, align, paddr);
}

int frames_alloc_within(size_t npages, uint64_t min_paddr, uint64_t max_paddr, size_t align, uint64_t *paddr)
{
	size_t align_pages = align > DMA_PAGE_SIZE ? PAGES(align) : 1, first;
	uintptr_t state;

	if (npages == 0 || (align & (align - 1)))
		panic("frames: alloc of %zu pages aligned to %zu", npages, align);
	state = spin_lock(&lock);
	first = find(npages, min_paddr, max_paddr, align_pages);
	if (first != RUNS_NONE) {
		runs_take(&unused, first, npages);
		set_given(first, npages, true);
		in_use += npages;
	}
	spin_unlock(&lock, state);
	if (first == RUNS_NONE)
		return DMA_ENOMEM;
	*paddr = (unused.origin + first) << DMA_PAGE_SHIFT;
	return 0;
}

void frames_free(uint64_t paddr, size_t npages)
{
	uint64_t page = PAGES(paddr), first = page - unused.origin;
	uintptr_t state;
	size_t good;

	if (paddr & (DMA_PAGE_SIZE - 1))
		panic("frames: free of 0x%llx: not page aligned", (unsigned long long)paddr);
	if (npages == 0 || page < unused.origin || first >= unused.npages || npages > unused.npages - first)
		panic("frames: free of 0x%llx, %zu pages: not in RAM", (unsigned long long)paddr, npages);
	state = spin_lock(&lock);
	good = given_length(first, npages);
	if (good < npages) {
		uint64_t bad = (unused.origin + first + good) << DMA_PAGE_SHIFT;

		panic("frames: %s of 0x%llx", runs_length(&unused, first + good, 1) ? "double free" : "foreign free",
		      (unsigned long long)bad);
	}
	set_given(first, npages, false);
	runs_put(&unused, first, npages);
	in_use -= npages;
	spin_unlock(&lock, state);
}

uint64_t frames_in_use(void)
{
	return in_use;
}

uint64_t frames_free_count(void)
{
	return unused.nfree;
}

uint64_t frames_take(void)
{
	uintptr_t state = spin_lock(&lock);
	size_t first = find(1, 0, kernel_top - 1, 1);

	if (first != RUNS_NONE)
		runs_take(&unused, first, 1);
	spin_unlock(&lock, state);
	return first == RUNS_NONE ? 0 : (unused.origin + first) << DMA_PAGE_SHIFT;
}
