/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_regions.h"
#include "../../base/state.h"
#include <dmastream/errors.h>

/* What the tables of every unit map one by one, also where the library's pages are larger (hazard 86). */
#define GRANULE_MASK (((uint64_t)1 << DMA_ENTRY_SHIFT) - 1)

static const uint64_t largest_region = (uint64_t)4 << 30; /* bytes: firmware that wants more is not believed */

struct dma_unit_region_page {
	struct dma_unit_region_page *next;
	struct dma_unit_region at[];
};

enum { PER_PAGE = (DMA_PAGE_SIZE - sizeof(struct dma_unit_region_page)) / sizeof(struct dma_unit_region) };

/* Of an index below the count. */
static struct dma_unit_region *slot(const struct dma_unit_regions *regions, size_t index)
{
	struct dma_unit_region_page *page = regions->pages;

	for (; page->next && index >= PER_PAGE; index -= PER_PAGE)
		page = page->next;
	return &page->at[index];
}

const struct dma_unit_region *dma_unit_region_at(const struct dma_unit_regions *regions, size_t index)
{
	return index < regions->count ? slot(regions, index) : NULL;
}

static int append(struct dma_unit_regions *regions, const struct dma_unit_region *region)
{
	if (regions->count % PER_PAGE == 0) {
		struct dma_unit_region_page **link = &regions->pages, *page = dma_host_page_alloc();

		if (!page)
			return DMA_ENOMEM;
		page->next = NULL;
		while (*link)
			link = &(*link)->next;
		*link = page;
	}
	*slot(regions, regions->count++) = *region;
	return 0;
}

void dma_unit_regions_free(struct dma_unit_regions *regions)
{
	while (regions->pages) {
		struct dma_unit_region_page *page = regions->pages;

		regions->pages = page->next;
		dma_host_page_free(page);
	}
	regions->count = 0;
}

static bool in_ram(uint64_t base, uint64_t end)
{
	for (uint64_t at = base & ~((uint64_t)DMA_PAGE_SIZE - 1); at < end; at += DMA_PAGE_SIZE)
		if (dma_host_is_ram(dma_paddr(at), 1))
			return true;
	return false;
}

static bool wraps(const struct dma_iommu_region *region)
{
	uint64_t last = region->base.raw + (region->nbytes - 1);

	return region->nbytes == 0 || last < region->base.raw || last >= UINT64_MAX - (DMA_PAGE_SIZE - 1) ||
	       region->last < region->first;
}

static struct dma_unit_region rounded(const struct dma_iommu_region *region)
{
	return (struct dma_unit_region){
		.first = region->first,
		.last = region->last,
		.base = region->base.raw & ~GRANULE_MASK,
		.end = ((region->base.raw + (region->nbytes - 1)) | GRANULE_MASK) + 1,
		.dir = (uint8_t)(region->dir ? region->dir : DMA_BIDIRECTIONAL),
		.device = region->type == DMA_REGION_DEVICE,
	};
}

static bool touches(const struct dma_unit_region *region, const struct dma_reserved *hole)
{
	return region->end > hole->daddr && region->base < hole->daddr + hole->nbytes;
}

int dma_unit_region_add(struct dma_unit_regions *regions, const char *name, const struct dma_iommu_region *region,
			const struct dma_reserved *hole)
{
	struct dma_unit_region new = rounded(region);

	if (wraps(region)) {
		dma_log("%s: region %x of %x bytes makes no sense: it is left out", name, region->base.raw,
			region->nbytes);
		return 0;
	}
	new.believed = new.end - new.base <= largest_region && !touches(&new, hole) && !in_ram(new.base, new.end);
	if (!new.believed)
		dma_log("%s: reserved region %x to %x is the host's own memory, or absurd: its devices stay blocked",
			name, new.base, new.end - 1);
	return append(regions, &new);
}

int dma_unit_regions_add(struct dma_unit_regions *regions, const char *name, const struct dma_iommu_region *host,
			 size_t n, const struct dma_reserved *hole)
{
	int error = 0;

	if (n && !host)
		return DMA_EINVAL;
	for (size_t i = 0; i < n && !error; i++) {
		struct dma_unit_region new = rounded(&host[i]);

		new.believed = true;
		if (wraps(&host[i]) || host[i].dir > DMA_BIDIRECTIONAL || host[i].type > DMA_REGION_DEVICE ||
		    touches(&new, hole) || in_ram(new.base, new.end)) {
			dma_log("%s: the host's region %x of %x bytes makes no sense, or is memory of its own", name,
				host[i].base.raw, host[i].nbytes);
			return DMA_EINVAL;
		}
		error = append(regions, &new);
	}
	return error;
}

static bool names(const struct dma_unit_region *region, struct dma_unit_requesters of)
{
	for (size_t i = 0; i < of.count; i++)
		if (of.of[i] >= region->first && of.of[i] <= region->last)
			return true;
	return false;
}

int dma_unit_regions_last(const struct dma_unit_regions *regions, struct dma_unit_requesters of, uint64_t *last)
{
	*last = 0;
	for (size_t i = 0; i < regions->count; i++) {
		const struct dma_unit_region *region = slot(regions, i);

		if (!names(region, of))
			continue;
		if (!region->believed)
			return DMA_ENOTSUP;
		*last = region->end - 1 > *last ? region->end - 1 : *last;
	}
	return 0;
}

bool dma_unit_regions_served(const struct dma_unit_regions *regions, struct dma_unit_requesters of, uint32_t requester)
{
	for (size_t i = 0; i < regions->count; i++) {
		const struct dma_unit_region *region = slot(regions, i);

		if (names(region, (struct dma_unit_requesters){&requester, 1}) && !names(region, of))
			return false;
	}
	return true;
}

/* Cuts region `index` at `at`, where earlier regions begin or end. If one of them covers `at`, that part is mapped
 * already (*mapped), and this gives its end; otherwise it gives where the next of them begins. */
static uint64_t piece_end(const struct dma_unit_regions *regions, struct dma_unit_requesters of, size_t index,
			  uint64_t at, bool *mapped)
{
	uint64_t end = slot(regions, index)->end;

	*mapped = false;
	for (size_t i = 0; i < index; i++) {
		const struct dma_unit_region *other = slot(regions, i);

		if (!names(other, of) || other->end <= at || other->base >= end)
			continue;
		if (other->base <= at) {
			*mapped = true;
			return other->end < end ? other->end : end;
		}
		end = other->base;
	}
	return end;
}

/* What leaves of level 0 are made of, and of the others. */
static void set_attributes(struct dma_table *table, uint64_t extra)
{
	table->leaf_extra = extra;
	for (unsigned dir = 0; dir < 4; dir++)
		table->page_bits[dir] = table->format->direction_bits[dir] | extra | table->format->leaf_bits[0];
}

static int map_region(const struct dma_unit_regions *regions, struct dma_unit_requesters of, size_t index,
		      struct dma_space *space)
{
	const struct dma_unit_region *region = slot(regions, index);
	int error = 0;

	for (uint64_t at = region->base, end; at < region->end && !error; at = end) {
		bool mapped;

		end = piece_end(regions, of, index, at, &mapped);
		if (!mapped)
			error = dma_space_identity(space, at, end - at, region->dir);
	}
	return error;
}

int dma_unit_regions_reserve(const struct dma_unit_regions *regions, struct dma_unit_requesters of,
			     struct dma_space *space)
{
	int error = 0;

	for (size_t i = 0; i < regions->count && !error; i++) {
		const struct dma_unit_region *region = slot(regions, i);

		if (names(region, of))
			error = dma_space_reserve(space, region->base, region->end - region->base);
	}
	return error;
}

int dma_unit_regions_map(const struct dma_unit_regions *regions, struct dma_unit_requesters of, struct dma_space *space,
			 uint64_t device_extra)
{
	uint64_t memory_extra = space->table.leaf_extra;
	int error = 0;

	for (size_t i = 0; i < regions->count && !error; i++) {
		const struct dma_unit_region *region = slot(regions, i);

		if (!names(region, of))
			continue;
		set_attributes(&space->table, region->device ? device_extra : memory_extra);
		error = map_region(regions, of, i, space);
	}
	set_attributes(&space->table, memory_extra);
	return error;
}
