/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_regions.h"
#include "../../base/ram.h"
#include "unit_reserved.h"
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

/* Goes through all of them: the next one, or NULL. */
struct cursor {
	const struct dma_unit_region_page *page;
	size_t left, index;
};

static struct cursor all(const struct dma_unit_regions *regions)
{
	return (struct cursor){.page = regions->pages, .left = regions->count};
}

static const struct dma_unit_region *next(struct cursor *at)
{
	if (!at->left)
		return NULL;
	if (at->index == PER_PAGE) {
		at->page = at->page->next;
		at->index = 0;
	}
	at->left--;
	return &at->page->at[at->index++];
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
		if (dma_is_ram(dma_paddr(at), 1))
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

bool dma_unit_region_names(const struct dma_unit_region *region, struct dma_unit_requesters of)
{
	for (size_t i = 0; i < of.count; i++)
		if (of.of[i] >= region->first && of.of[i] <= region->last)
			return true;
	return false;
}

int dma_unit_regions_last(const struct dma_unit_regions *regions, struct dma_unit_requesters of, uint64_t *last)
{
	struct cursor cursor = all(regions);
	const struct dma_unit_region *region;

	*last = 0;
	while ((region = next(&cursor))) {
		if (!dma_unit_region_names(region, of))
			continue;
		if (!region->believed)
			return DMA_ENOTSUP;
		*last = region->end - 1 > *last ? region->end - 1 : *last;
	}
	return 0;
}

bool dma_unit_regions_served(const struct dma_unit_regions *regions, struct dma_unit_requesters of, uint32_t requester)
{
	struct cursor cursor = all(regions);
	const struct dma_unit_region *region;

	while ((region = next(&cursor))) {
		if (dma_unit_region_names(region, (struct dma_unit_requesters){&requester, 1}) &&
		    !dma_unit_region_names(region, of))
			return false;
	}
	return true;
}

/* What leaves of level 0 are made of, and of the others. */
static void set_attributes(struct dma_table *table, uint64_t extra)
{
	table->leaf_extra = extra;
	for (unsigned dir = 0; dir < 4; dir++)
		table->page_bits[dir] = table->format->direction_bits[dir] | extra | table->format->leaf_bits[0];
}

int dma_unit_regions_reserve(const struct dma_unit_regions *regions, struct dma_unit_requesters of,
			     struct dma_space *space)
{
	struct cursor cursor = all(regions);
	const struct dma_unit_region *region;
	int error = 0;

	while (!error && (region = next(&cursor))) {
		if (dma_unit_region_names(region, of))
			error = dma_space_reserve(space, region->base, region->end - region->base);
	}
	return error;
}

/* A run of addresses for which one set of regions asks. */
struct piece {
	uint64_t base, end;
	unsigned dir;
	bool device;
};

/* A region as the unit maps it: in multiples of its granule. */
static uint64_t base_of(const struct dma_unit_region *region, uint64_t granule)
{
	return region->base & ~(granule - 1);
}

static uint64_t end_of(const struct dma_unit_region *region, uint64_t granule)
{
	return ((region->end - 1) | (granule - 1)) + 1;
}

/* Where the first of their regions lies from `at` on; UINT64_MAX: nowhere. */
static uint64_t first_from(const struct dma_unit_regions *regions, struct dma_unit_requesters of, uint64_t granule,
			   uint64_t at)
{
	struct cursor cursor = all(regions);
	const struct dma_unit_region *region;
	uint64_t first = UINT64_MAX;

	while ((region = next(&cursor))) {
		uint64_t base = base_of(region, granule);

		if (!dma_unit_region_names(region, of) || end_of(region, granule) <= at)
			continue;
		base = base > at ? base : at;
		first = base < first ? base : first;
	}
	return first;
}

/* What is mapped at `at`: all that any region asks for there, up to where one begins or ends. Device memory is that
 * for all of them: as memory, registers would be gathered and read ahead. No region there: dir 0. */
static struct piece piece_at(const struct dma_unit_regions *regions, struct dma_unit_requesters of, uint64_t granule,
			     uint64_t at)
{
	struct piece piece = {.base = at, .end = UINT64_MAX};
	struct cursor cursor = all(regions);
	const struct dma_unit_region *region;

	while ((region = next(&cursor))) {
		uint64_t base = base_of(region, granule), end = end_of(region, granule);

		if (!dma_unit_region_names(region, of) || end <= at)
			continue;
		if (base <= at) {
			piece.dir |= region->dir;
			piece.device |= region->device;
		} else {
			end = base;
		}
		piece.end = end < piece.end ? end : piece.end;
	}
	return piece;
}

/* The same as far as it stays alike: regions side by side are mapped as one. */
static struct piece run_at(const struct dma_unit_regions *regions, struct dma_unit_requesters of, uint64_t granule,
			   uint64_t at)
{
	struct piece run = piece_at(regions, of, granule, at), beside = run;

	while (beside.dir == run.dir && beside.device == run.device) {
		run.end = beside.end;
		beside = piece_at(regions, of, granule, run.end);
	}
	return run;
}

/* The unit refuses mappings where it reserves addresses. */
static int map_run(struct dma_unit_domain *domain, const struct piece *run)
{
	uint64_t last = run->end - 1, end = last;
	int error = 0;

	for (uint64_t at = run->base; !error; at = end + 1) {
		if (dma_unit_usable(domain, at, last, &end))
			error = dma_space_identity(&domain->space, at, end - at + 1, run->dir);
		if (end >= last) /* before end + 1, which is 0 behind the last address */
			break;
	}
	return error;
}

int dma_unit_regions_fit(const struct dma_unit_domain *domain)
{
	struct cursor cursor = all(domain->unit->regions);
	const struct dma_unit_region *region;

	while ((region = next(&cursor)))
		if (dma_unit_region_names(region, domain->requesters) &&
		    !dma_unit_fits(domain, region->base, region->end - 1)) {
			dma_log("%s: fixed region %x to %x shares a page with addresses that the unit reserves: "
				"its devices stay blocked",
				domain->unit->queue.name, region->base, region->end - 1);
			return DMA_ENOTSUP;
		}
	return 0;
}

int dma_unit_regions_map(struct dma_unit_domain *domain)
{
	const struct dma_unit *unit = domain->unit;
	struct dma_table *table = &domain->space.table;
	uint64_t memory_extra = table->leaf_extra, at = 0;
	int error = 0;

	for (struct piece run = {0}; !error; at = run.end) {
		at = first_from(unit->regions, domain->requesters, unit->granule, at);
		if (at == UINT64_MAX)
			break;
		run = run_at(unit->regions, domain->requesters, unit->granule, at);
		set_attributes(table, run.device ? unit->device_extra : memory_extra);
		error = map_run(domain, &run);
	}
	set_attributes(table, memory_extra);
	return error;
}

/* True if one of the two opens more of a granule than the other asks for, to a requester that both name. */
static bool differ(const struct dma_unit_region *a, const struct dma_unit_region *b, uint64_t granule)
{
	return a->first <= b->last && b->first <= a->last && (a->dir != b->dir || a->device != b->device) &&
	       base_of(a, granule) < end_of(b, granule) && base_of(b, granule) < end_of(a, granule);
}

/* The first before the region, which is one of them, that differs from it; NULL: none. */
static const struct dma_unit_region *rival(const struct dma_unit_regions *regions, const struct dma_unit_region *region,
					   uint64_t granule)
{
	struct cursor cursor = all(regions);
	const struct dma_unit_region *other = next(&cursor);

	while (other && other != region && !differ(other, region, granule))
		other = next(&cursor);
	return other != region ? other : NULL;
}

void dma_unit_regions_compare(const struct dma_unit_regions *regions, const char *name, uint64_t granule)
{
	const struct dma_unit_region *region, *first = NULL, *second = NULL;
	struct cursor cursor = all(regions);
	unsigned more = 0;

	while ((region = next(&cursor))) {
		const struct dma_unit_region *other = rival(regions, region, granule);

		more += other && first;
		if (other && !first) {
			first = other;
			second = region;
		}
	}
	if (first)
		dma_log("%s: fixed regions %x to %x and %x to %x, and %u more, share pages and differ: there devices "
			"may do what any of them allows",
			name, first->base, first->end - 1, second->base, second->end - 1, more);
}
