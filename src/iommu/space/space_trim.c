/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Table pages that nothing lives in any more go back to the host: of tables that a unit walks, and of the record
 * beside an IOMMU that takes requests.
 */
#include "space.h"

#define GIB_1	    ((uint64_t)1 << 30)
#define TRIM_BLOCKS 16u

/* Leaf tables over addresses that nobody has are kept for the next mapping there; when pages run out they go. Who
 * holds the addresses may take the tables: so they are allocated for that long. */
bool dma_space_trim(struct dma_space *space, dma_space_settle *settle)
{
	uint64_t from = 0, held[TRIM_BLOCKS];
	struct dma_gather tables = {0};
	unsigned nheld = 0;

	while (nheld < TRIM_BLOCKS && !dma_iova_take_block(&space->iova, &from, &held[nheld])) {
		if (dma_table_prune(&space->table, held[nheld], DMA_IOVA_BLOCK_PAGES, &tables))
			nheld++;
		else
			dma_iova_free(&space->iova, held[nheld], DMA_IOVA_BLOCK_PAGES);
	}
	if (nheld == 0)
		return false;
	if (settle(space, tables)) {
		(void)dma_space_give_up(space, 0);
		return false;
	}
	while (nheld > 0)
		dma_iova_free(&space->iova, held[--nheld], DMA_IOVA_BLOCK_PAGES);
	return true;
}

/* The same for tables of tables, in an empty space: addresses are handed out from the lowest on, so a GiB without
 * tables is the last one. At most a quarter of the space is held at a time, in runs of neighbours: so one call is
 * enough for what lived, however much it was. False: nothing is left that a GiB of free addresses spans. */
bool dma_space_trim_wide(struct dma_space *space, dma_space_settle *settle)
{
	struct dma_iova_request request = {.npages = GIB_1 >> DMA_PAGE_SHIFT, .last = UINT64_MAX, .align = GIB_1};
	uint64_t most = space->iova.end / 4 / request.npages, at;
	struct dma_gather tables = {0};
	bool some = false, more = true;
	struct {
		uint64_t daddr;
		size_t npages;
	} held[TRIM_BLOCKS] = {{0, 0}};
	uint64_t from = 0;
	unsigned nheld = 0;
	uint32_t generation;

	/* A look for a free block empties the stacks of freed ranges, each of which would keep a GiB. */
	if (!dma_iova_take_block(&space->iova, &from, &at))
		dma_iova_free(&space->iova, at, DMA_IOVA_BLOCK_PAGES);
	while (more && most-- > 0 && !dma_iova_alloc(&space->iova, &request, &at, &generation)) {
		if (nheld == 0 || held[nheld - 1].daddr + ((uint64_t)held[nheld - 1].npages << DMA_PAGE_SHIFT) != at) {
			if (nheld == TRIM_BLOCKS) {
				dma_iova_free(&space->iova, at, request.npages);
				break;
			}
			held[nheld].daddr = at;
			held[nheld++].npages = 0;
		}
		held[nheld - 1].npages += request.npages;
		more = dma_table_prune(&space->table, at, request.npages, &tables);
		some = some || more;
	}
	if (some && settle(space, tables)) {
		(void)dma_space_give_up(space, 0);
		return false;
	}
	for (; nheld > 0; nheld--)
		dma_iova_free(&space->iova, held[nheld - 1].daddr, held[nheld - 1].npages);
	return some && more;
}
