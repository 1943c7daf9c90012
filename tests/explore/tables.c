/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Tables as the unit's walker reads them while CPUs change them (src/iommu/table). CPU 1 is the unit: it goes down from
 * the root, each load after the one that named the table, and finds nothing or the page that is mapped; never what a
 * table page held before.
 */
#include "../../src/iommu/table/walker.h"
#include "programs.h"
#include "world.h"
#include <dmastream/arch.h>

#define DADDR	 (UINT64_C(3) << 21)
#define FRAMES	 (UINT64_C(1) << 30) /* frames that nobody looks into */
#define IN_BLOCK 512u

static struct dma_table table;
static bool always; /* the translation is there all the time */

static void start_table(bool big)
{
	const struct dma_table_config config = {
		.format = &dma_format_vtd3, .big_levels = big ? 2 : 0, .snoops = true, .max_paddr = UINT64_MAX};

	world_start(2);
	explore_check(dma_table_init(&table, &config) == 0, "dma_table_init");
	always = big;
	if (big)
		explore_check(dma_table_map(&table, DADDR, FRAMES, IN_BLOCK, DMA_BIDIRECTIONAL, 0, false) == 0, "map");
}

static void start_empty(void)
{
	start_table(false);
}

/* Table pages come fresh from the host. */
static void start_no_reserve(void)
{
	start_table(false);
	while (table.reserve)
		(void)dma_table_page_get(&table);
}

static void start_big(void)
{
	start_table(true);
}

/* Page `page` of the block. */
static void look(uint64_t page)
{
	const struct dma_format *f = table.format;
	const uint64_t *va = table.root_va;
	uint64_t daddr = DADDR + (page << DMA_PAGE_SHIFT);

	for (unsigned level = f->levels - 1u;; level--) {
		uint64_t entry = dma_entry_read(&va[daddr >> dma_level_shift(level) & 511]);
		uint64_t within = daddr & (((uint64_t)1 << dma_level_shift(level)) - 1);

		dma_arch_consume(); /* it depends on the entry that it has read */
		if (!dma_entry_present(f, entry)) {
			explore_check(!always, "the unit finds nothing where a page is mapped");
			return;
		}
		if (level == 0 || !dma_entry_is_table(f, entry, level)) {
			explore_check(dma_entry_address(f, entry) + within == FRAMES + (page << DMA_PAGE_SHIFT),
				      "the unit finds another page");
			return;
		}
		va = dma_table_at(dma_entry_address(f, entry));
	}
}

static void looks_at_5(void)
{
	look(5);
}

static void maps_5(void)
{
	explore_check(dma_table_map(&table, DADDR + (5 << DMA_PAGE_SHIFT), FRAMES + (5 << DMA_PAGE_SHIFT), 1,
				    DMA_BIDIRECTIONAL, 0, false) == 0,
		      "map");
}

static void maps_6(void)
{
	explore_check(dma_table_map(&table, DADDR + (6 << DMA_PAGE_SHIFT), FRAMES + (6 << DMA_PAGE_SHIFT), 1,
				    DMA_BIDIRECTIONAL, 0, false) == 0,
		      "map");
}

static void splits_at_5(void)
{
	struct dma_split split;

	explore_check(dma_table_split_prepare(&table, DADDR + (5 << DMA_PAGE_SHIFT), &split) == 1, "split");
	(void)dma_table_split_make(&table, &split);
}

const struct explore_program tables_mapped = {
	.name = "tables: the unit looks while a page is mapped",
	.start = start_empty,
	.cpu = {maps_5, looks_at_5},
	.preemptions = 3,
};
const struct explore_program tables_split = {
	.name = "tables: the unit looks while a big page is split",
	.start = start_big,
	.cpu = {splits_at_5, looks_at_5},
	.preemptions = 3,
};
const struct explore_program tables_fresh = {
	.name = "tables: the unit looks while a page is mapped, tables are fresh",
	.start = start_no_reserve,
	.cpu = {maps_5, looks_at_5},
	.preemptions = 3,
};
const struct explore_program tables_fresh_two = {
	.name = "tables: two CPUs map into fresh tables, the unit looks",
	.start = start_no_reserve,
	.cpu = {maps_5, looks_at_5, maps_6},
	.preemptions = 2,
};
