/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What mappings make of a page.
 */
#include "sim_machine.h"

bool page_cacheable(uint64_t offset)
{
	const struct page *page = &sim.pages[offset >> DMA_PAGE_SHIFT];

	return sim.config.can_sync || page->uncached == 0;
}

bool page_has_linear(uint64_t page)
{
	return !(sim.pages[page].flags & PAGE_NO_LINEAR) && ram_paddr(page << DMA_PAGE_SHIFT) < sim.config.linear_limit;
}
