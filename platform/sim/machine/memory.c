/* SPDX-License-Identifier: MPL-2.0 */
/*
 * RAM in two banks and its frame allocator. Frames come full of a former owner's bytes, with some of their lines still
 * in the caches, dirty if the adversary chooses so: the worst that an allocator may give.
 */
#define _DEFAULT_SOURCE
#include "sim_machine.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static void *reserve(uint64_t nbytes)
{
	void *memory = mmap(NULL, nbytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED) {
		fprintf(stderr, "sim: no memory for a machine of %llu bytes\n", (unsigned long long)sim.nbytes);
		exit(1);
	}
	return memory;
}

static uint64_t
	last_bytes; /* size and line size of the machine before: reused if the same, since starting is frequent */
static unsigned last_shift;

static void rebuild(void)
{
	if (last_bytes) {
		uint64_t npages = last_bytes >> DMA_PAGE_SHIFT;

		munmap(sim.ram, last_bytes);
		munmap(sim.ram_label, last_bytes);
		munmap(sim.cache, last_bytes);
		munmap(sim.cache_label, last_bytes);
		munmap(sim.pages, npages * sizeof(struct page));
		munmap(sim.used, npages * sizeof(uint64_t));
		munmap(sim.lines, (last_bytes >> last_shift) * sizeof(struct line));
	}
	sim.ram = reserve(sim.nbytes);
	sim.ram_label = reserve(sim.nbytes);
	sim.cache = reserve(sim.nbytes);
	sim.cache_label = reserve(sim.nbytes);
	sim.pages = reserve(sim.npages * sizeof(struct page));
	sim.used = reserve(sim.npages * sizeof(uint64_t));
	sim.lines = reserve((sim.nbytes >> sim.line_shift) * sizeof(struct line));
	sim.nused = 0;
	last_bytes = sim.nbytes;
	last_shift = sim.line_shift;
}

static void clear_lines(uint64_t page)
{
	uint64_t per_page = DMA_PAGE_SIZE >> sim.line_shift;

	memset(line_at(page * per_page), 0, per_page * sizeof(struct line));
}

static uint64_t next_frame; /* where the search for free frames begins */

void memory_start(void)
{
	sim.npages = sim.config.low_pages + sim.config.high_pages;
	sim.nbytes = sim.npages << DMA_PAGE_SHIFT;
	if (sim.nbytes != last_bytes || sim.line_shift != last_shift)
		rebuild();
	for (uint64_t i = 0; i < sim.nused; i++) {
		sim.pages[sim.used[i]] = (struct page){0};
		clear_lines(sim.used[i]);
	}
	sim.nused = 0;
	next_frame = 0;
}

void page_use(uint64_t page)
{
	if (sim.pages[page].flags & PAGE_USED)
		return;
	sim.pages[page].flags |= PAGE_USED;
	sim.used[sim.nused++] = page;
}

void page_forget_lines(uint64_t page)
{
	clear_lines(page);
}

/* What a former owner left: other bytes in RAM than in the cache, so that it shows which of them is seen. */
static void leave_garbage(uint64_t page)
{
	uint64_t offset = page << DMA_PAGE_SHIFT, per_page = DMA_PAGE_SIZE >> sim.line_shift;
	int in_ram = (int)(0xa0 | ((page * 7 + sim.config.seed) & 0xf)), in_cache = in_ram ^ 0x70;

	clear_lines(page);
	memset(sim.ram + offset, in_ram, DMA_PAGE_SIZE);
	memset(sim.ram_label + offset, SIM_FOREIGN, DMA_PAGE_SIZE);
	memset(sim.cache + offset, in_cache, DMA_PAGE_SIZE);
	memset(sim.cache_label + offset, SIM_FOREIGN, DMA_PAGE_SIZE);
	if (ram_paddr(offset) >= sim.config.linear_limit)
		return; /* whoever mapped it for a while has cleaned up: nobody else could */
	for (uint64_t i = 0; i < per_page; i++) {
		struct line *line = line_at(page * per_page + i);

		if (sim.config.write_through)
			continue;
		line->state = sim.mode == RANDOM ? (uint8_t)(sim_random64() % 3) : LINE_DIRTY;
		line->flags = LINE_FORMER;
	}
}

static bool run_is_free(uint64_t first, uint64_t npages, uint64_t min_paddr, uint64_t max_paddr, uint64_t align)
{
	uint64_t paddr = ram_paddr(first << DMA_PAGE_SHIFT), offset;

	if (paddr & (align - 1) || !ram_offset(paddr, npages << DMA_PAGE_SHIFT, &offset))
		return false;
	if (paddr < min_paddr || max_paddr < paddr || max_paddr - paddr < (npages << DMA_PAGE_SHIFT) - 1)
		return false;
	for (uint64_t i = 0; i < npages; i++)
		if (sim.pages[first + i].flags & PAGE_ALLOCATED)
			return false;
	return true;
}

/* From the high end down, so that a forgotten max_paddr shows; round and round, so that a frame is not reused at
 * once. */
void frames_counted(uint64_t offset, uint64_t npages)
{
	uint64_t first = offset >> DMA_PAGE_SHIFT;

	for (uint64_t page = first; page < first + npages; page++)
		sim.pages[page].plain = 0;
	page_use(first);
	if (npages != sim_thread.plain_pages)
		return;
	sim.pages[first].plain = (uint32_t)npages;
	sim_thread.plain_pages = 0;
}

int frames_alloc(uint64_t npages, uint64_t min_paddr, uint64_t max_paddr, uint64_t align, uint64_t *paddr)
{
	if (npages > sim.npages)
		return DMA_ENOMEM;
	for (uint64_t i = 0; i < sim.npages; i++) {
		uint64_t first = sim.npages - 1 - (next_frame + i) % sim.npages;

		if (!run_is_free(first, npages, min_paddr, max_paddr, align))
			continue;
		for (uint64_t page = first; page < first + npages; page++) {
			page_use(page);
			sim.pages[page].flags = PAGE_ALLOCATED | PAGE_USED;
			leave_garbage(page);
		}
		frames_counted(first << DMA_PAGE_SHIFT, npages);
		sim.frames += npages;
		next_frame = (next_frame + i + 1) % sim.npages;
		*paddr = ram_paddr(first << DMA_PAGE_SHIFT);
		return 0;
	}
	return DMA_ENOMEM;
}

void sim_frames_kept(uint64_t paddr, size_t npages, bool kept)
{
	uint64_t offset;

	machine_lock();
	if (ram_offset(paddr, (uint64_t)npages << DMA_PAGE_SHIFT, &offset))
		for (uint64_t page = offset >> DMA_PAGE_SHIFT; npages-- > 0; page++)
			sim.pages[page].flags = (uint8_t)(kept ? sim.pages[page].flags | PAGE_KEPT
							       : sim.pages[page].flags & ~PAGE_KEPT);
	machine_unlock();
}

void frames_from_the_top(void)
{
	machine_lock();
	next_frame = 0;
	machine_unlock();
}

static bool any_aliased(uint64_t page)
{
	uint64_t per_page = DMA_PAGE_SIZE >> sim.line_shift;

	for (uint64_t i = 0; i < per_page; i++)
		if (line_at(page * per_page + i)->flags & LINE_ALIASED)
			return true;
	return false;
}

static const char *why_not_free(const struct page *page)
{
	if (!(page->flags & PAGE_ALLOCATED))
		return "that is free already, or was never allocated";
	if (page->flags & PAGE_SHARED)
		return "that is still shared";
	if (page->mappings)
		return "that is still mapped";
	if (page->stale)
		return "whose removed mapping was not shot down";
	return NULL;
}

void frames_free(uint64_t paddr, uint64_t npages)
{
	uint64_t offset;

	if (paddr & (DMA_PAGE_SIZE - 1) || npages == 0 || npages > sim.npages ||
	    !ram_offset(paddr, npages << DMA_PAGE_SHIFT, &offset)) {
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "frames_free of %llu pages at 0x%llx, which is not RAM",
			 (unsigned long long)npages, (unsigned long long)paddr);
		return;
	}
	for (uint64_t i = 0; i < npages; i++) {
		struct page *page = &sim.pages[(offset >> DMA_PAGE_SHIFT) + i];
		const char *why = why_not_free(page);

		if (why) {
			sim_fail_at(SIM_CONTRACT, offset + (i << DMA_PAGE_SHIFT), "frames_free of a frame %s", why);
			continue;
		}
		if (any_aliased((offset >> DMA_PAGE_SHIFT) + i))
			sim_fail_at(SIM_ALIAS, offset + (i << DMA_PAGE_SHIFT),
				    "a frame goes back without an invalidate of its linear alias");
		page->flags &= (uint8_t) ~(PAGE_ALLOCATED | PAGE_NO_LINEAR | PAGE_ASKED | PAGE_KEPT);
		sim.frames--;
	}
}
