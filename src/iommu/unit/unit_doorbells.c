/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_doorbells.h"

enum { MOST_BITS = 12 }; /* of a mask: tables have an entry for each of its pages */

static bool is_doorbell(const struct dma_unit_region *region)
{
	return region->device && region->dir == DMA_FROM_DEVICE;
}

static uint64_t first_page(const struct dma_unit_region *region)
{
	return region->base >> DMA_UNIT_DOORBELL_BITS;
}

static uint64_t last_page(const struct dma_unit_region *region)
{
	return (region->end - 1) >> DMA_UNIT_DOORBELL_BITS;
}

/* ---- Mask and pattern -------------------------------------------------------------------------------------------- */

static unsigned ones(uint64_t mask)
{
	unsigned n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
}

/* Bits in which the pages from one to the other differ. */
static uint64_t varying(uint64_t first, uint64_t last)
{
	return first == last ? 0 : ~(uint64_t)0 >> __builtin_clzll(first ^ last);
}

/* False: there is no doorbell, or one lies too far up. */
static bool find_pattern(const struct dma_unit_regions *regions, uint64_t last, struct dma_unit_doorbells *doorbells)
{
	const struct dma_unit_region *region, *common = NULL;

	for (size_t i = 0; (region = dma_unit_region_at(regions, i)); i++) {
		if (!is_doorbell(region))
			continue;
		if (region->end - 1 > last)
			return false;
		common = common ? common : region;
		doorbells->mask |=
			varying(first_page(region), last_page(region)) | (first_page(region) ^ first_page(common));
	}
	doorbells->pattern = common ? first_page(common) & ~doorbells->mask : 0;
	doorbells->bits = ones(doorbells->mask);
	return common;
}

/* The lowest ones of the mask are within a run, each of its other bits doubles their number. */
static bool find_runs(struct dma_unit_doorbells *doorbells)
{
	uint64_t mask = doorbells->mask, between = mask & (mask + 1), run = 0;

	if (doorbells->bits > MOST_BITS || 1u << ones(between) > DMA_UNIT_DOORBELL_RUNS)
		return false;
	do {
		doorbells->runs[doorbells->nruns++] =
			(struct dma_reserved){(doorbells->pattern | run) << DMA_UNIT_DOORBELL_BITS,
					      ((mask & ~between) + 1) << DMA_UNIT_DOORBELL_BITS};
		run = (run - between) & between; /* the next number of these bits */
	} while (run);
	return true;
}

static bool meets(const struct dma_unit_doorbells *doorbells, const struct dma_unit_region *region)
{
	for (size_t i = 0; i < doorbells->nruns; i++)
		if (region->base < doorbells->runs[i].daddr + doorbells->runs[i].nbytes &&
		    region->end > doorbells->runs[i].daddr)
			return true;
	return false;
}

static bool meets_others(const struct dma_unit_doorbells *doorbells, const struct dma_unit_regions *regions)
{
	const struct dma_unit_region *region;

	for (size_t i = 0; (region = dma_unit_region_at(regions, i)); i++)
		if (!is_doorbell(region) && meets(doorbells, region))
			return true;
	return false;
}

void dma_unit_doorbells_find(struct dma_unit *unit, unsigned width, struct dma_unit_doorbells *doorbells)
{
	uint64_t last = ((uint64_t)1 << width) - 1;

	last = unit->reach.max_paddr < last ? unit->reach.max_paddr : last;
	if (!find_pattern(unit->regions, last, doorbells))
		return;
	if (!find_runs(doorbells) || meets_others(doorbells, unit->regions))
		doorbells->nruns = 0;
	unit->space.reserved = doorbells->runs;
	unit->space.nreserved = doorbells->nruns;
}

/* ---- Of a domain ------------------------------------------------------------------------------------------------- */

static size_t number_of(uint64_t mask, uint64_t page)
{
	size_t number = 0;

	for (unsigned n = 0; mask; mask &= mask - 1, n++)
		number |= (size_t)(page >> __builtin_ctzll(mask) & 1) << n;
	return number;
}

bool dma_unit_doorbell_next(const struct dma_unit_domain *domain, const struct dma_unit_doorbells *doorbells,
			    struct dma_unit_doorbell *at)
{
	const struct dma_unit_region *region;

	for (; (region = dma_unit_region_at(domain->unit->regions, at->region)); at->region++, at->begun = false) {
		if (!is_doorbell(region) || !dma_unit_region_names(region, domain->requesters))
			continue;
		at->page = at->begun ? at->page + 1 : first_page(region);
		at->begun = true;
		at->number = number_of(doorbells->mask, at->page);
		if (at->page <= last_page(region))
			return true;
	}
	return false;
}
