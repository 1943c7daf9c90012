/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_reserved.h"
#include "../../base/state.h"
#include <dmastream/errors.h>

#define SMALLEST ((uint64_t)1 << DMA_ENTRY_SHIFT)

enum { MOST = DMA_PAGE_SIZE / sizeof(struct dma_reserved) };

static uint64_t last_of(const struct dma_reserved *reserved)
{
	return reserved->daddr + (reserved->nbytes - 1);
}

int dma_unit_reserve(struct dma_unit_domain *domain, uint64_t first, uint64_t last)
{
	const bool made = domain->space.mapper;

	first &= ~(SMALLEST - 1);
	last |= SMALLEST - 1;
	for (size_t i = 0; i < domain->nreserved; i++)
		if (domain->reserved[i].daddr <= first && last_of(&domain->reserved[i]) >= last)
			return 0;
	if (made || domain->nreserved == MOST) {
		dma_log("%s: addresses %x to %x are %s", domain->unit->queue.name, first, last,
			made ? "reserved for a device that the domain was not made for"
			     : "more than a domain can reserve");
		return DMA_ENOTSUP;
	}
	if (!domain->reserved)
		domain->reserved = dma_host_page_alloc();
	if (!domain->reserved)
		return DMA_ENOMEM;
	domain->reserved[domain->nreserved++] =
		(struct dma_reserved){first, last - first == UINT64_MAX ? UINT64_MAX : last - first + 1};
	return 0;
}

static bool usable(const struct dma_unit_domain *domain, uint64_t granule, uint64_t at, uint64_t last, uint64_t *end)
{
	*end = last;
	for (size_t i = 0; i < domain->nreserved; i++) {
		uint64_t from = domain->reserved[i].daddr & ~(granule - 1);
		uint64_t to = last_of(&domain->reserved[i]) | (granule - 1);

		if (to < at || from > *end)
			continue;
		if (from <= at) {
			*end = to < last ? to : last;
			return false;
		}
		*end = from - 1;
	}
	return true;
}

bool dma_unit_usable(const struct dma_unit_domain *domain, uint64_t at, uint64_t last, uint64_t *end)
{
	return usable(domain, domain->unit->granule, at, last, end);
}

/* True if all of these addresses, 4 KiB each, are reserved. */
static bool all_reserved(const struct dma_unit_domain *domain, uint64_t at, uint64_t last)
{
	uint64_t end = at;

	for (; !usable(domain, SMALLEST, at, last, &end); at = end + 1)
		if (end == last)
			return true;
	return false;
}

bool dma_unit_fits(const struct dma_unit_domain *domain, uint64_t first, uint64_t last)
{
	uint64_t end;

	for (uint64_t at = first;; at = end + 1) {
		if (!dma_unit_usable(domain, at, last, &end) && !all_reserved(domain, at, end))
			return false;
		if (end == last)
			return true;
	}
}
