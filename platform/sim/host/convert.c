/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The hooks that convert pages of a confidential VM between private and shared: what may be converted, what becomes of
 * the contents and of the cache's lines, and what a hypervisor may fail to do.
 */
#include "../machine/sim_machine.h"

static const char *why_not_converted(const struct page *page, bool share)
{
	if (!sim.config.cvm)
		return "on a machine that is no confidential VM";
	if (!(page->flags & PAGE_ALLOCATED))
		return "of a free frame";
	if (share == !!(page->flags & PAGE_SHARED))
		return share ? "of a page that is shared already" : "of a page that is private";
	if (page->mappings)
		return "of a page that is mapped beside the linear map";
	if (page->stale)
		return "of a page whose removed mapping was not shot down";
	return NULL;
}

/* Lines written through the mapping that ends now would be evicted over what comes. */
static void check_lines(uint64_t page, bool share)
{
	uint64_t per_page = DMA_PAGE_SIZE >> sim.line_shift;

	for (uint64_t i = page * per_page; sim.config.conversion_keeps_lines && i < (page + 1) * per_page; i++) {
		const struct line *line = line_at(i);

		if (line->cpu[0] | line->cpu[1] || line->flags & (share ? LINE_FORMER : LINE_ALIASED)) {
			sim_fail_at(SIM_ALIAS, i << sim.line_shift,
				    "the page is %s while the cache may hold lines of its old mapping",
				    share ? "shared" : "made private");
			return;
		}
	}
}

static void convert_page(uint64_t page, bool share)
{
	uint64_t first = page << DMA_PAGE_SHIFT;

	for (uint64_t line = first >> sim.line_shift; line < (first + DMA_PAGE_SIZE) >> sim.line_shift; line++) {
		struct line *l = line_at(line);

		l->device[0] = l->device[1] = 0;
		l->flags &= (uint8_t)~LINE_ALIASED;
		if (!sim.config.conversion_keeps_lines) {
			cache_drop(line);
			l->cpu[0] = l->cpu[1] = 0;
			l->flags &= (uint8_t)~LINE_FORMER;
		}
	}
	memset(sim.ram + first, (int)(0x80 | ((page * 5 + sim.config.seed) & 0x1f)),
	       DMA_PAGE_SIZE); /* contents are lost */
	memset(sim.ram_label + first, SIM_PUBLIC, DMA_PAGE_SIZE);
	sim.pages[page].flags =
		(uint8_t)(share ? sim.pages[page].flags | PAGE_SHARED : sim.pages[page].flags & ~PAGE_SHARED);
	sim.shared_pages += share ? 1 : (uint64_t)-1;
}

static void convert_if_right(uint64_t page, bool share)
{
	const char *why = why_not_converted(&sim.pages[page], share);

	if (why)
		sim_fail_at(SIM_CONTRACT, page << DMA_PAGE_SHIFT, "%s %s", share ? "share" : "unshare", why);
	check_lines(page, share);
	if (!why || sim.pages[page].mappings || sim.pages[page].stale)
		convert_page(page, share);
}

/* What becomes of the pages from the first that failed on: it is uncertain (hazard 68), and converted all the same, or
 * not, as the adversary likes; all are, or none (sim_conversion_error()). */
static void convert_in_doubt(uint64_t page, size_t rest, bool share)
{
	if (sim.conversion_error == DMA_EACCES)
		return;
	for (size_t i = 0; i < (sim.conversion_error == DMA_ENODEV ? rest : 1); i++)
		if (sim.mode != RANDOM || sim_choose(2))
			convert_if_right(page + i, share);
}

static int convert(dma_paddr_t paddr, size_t npages, size_t *done, bool share)
{
	bool fail;
	uint64_t offset = 0;
	size_t upto = npages;

	machine_lock();
	*done = 0;
	fail = hook_enter(share ? SIM_HOOK_SHARE : SIM_HOOK_UNSHARE, true, false);
	store_drain_cpus();
	event(share ? "share, pages" : "unshare, pages", SIM_NOWHERE, npages);
	if (npages == 0 || !ram_offset(paddr.raw, (uint64_t)npages << DMA_PAGE_SHIFT, &offset)) {
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "conversion of what is not RAM: 0x%llx",
			 (unsigned long long)paddr.raw);
		upto = 0;
	} else if (fail) {
		upto = sim.mode == RANDOM ? sim_choose((unsigned)npages) : npages / 2;
	}
	for (; *done < upto; ++*done)
		convert_if_right((offset >> DMA_PAGE_SHIFT) + *done, share);
	if (fail && upto < npages)
		convert_in_doubt((offset >> DMA_PAGE_SHIFT) + upto, npages - upto, share);
	machine_unlock();
	if (*done == npages && !sim.lying)
		return 0;
	return sim.conversion_error ? sim.conversion_error : DMA_EIO;
}

int dma_host_share(dma_paddr_t paddr, size_t npages, size_t *done)
{
	return convert(paddr, npages, done, true);
}

int dma_host_unshare(dma_paddr_t paddr, size_t npages, size_t *done)
{
	return convert(paddr, npages, done, false);
}
