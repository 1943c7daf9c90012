/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the domains of all units that walk tables have in common when they are made: firmware's regions, the caller's
 * wishes, and a space of both.
 */
#include "../space/space.h"
#include "unit.h"
#include <dmastream/errors.h>

bool dma_unit_reaches(const struct dma_reserved *regions, size_t n, unsigned width)
{
	for (size_t i = 0; i < n; i++)
		if ((regions[i].daddr + regions[i].nbytes - 1) >> width)
			return false;
	return true;
}

int dma_unit_space_init(struct dma_space *space, struct dma_space_config *config,
			const struct dma_iommu_domain_config *wishes, struct dma_unit_holes *holes)
{
	int error;

	if (wishes->nreserved > DMA_UNIT_WINDOWS)
		return DMA_EINVAL;
	for (size_t i = 0; i < wishes->nreserved; i++)
		holes->at[holes->n++] =
			(struct dma_reserved){wishes->reserved[i].daddr_base.raw, wishes->reserved[i].size};
	config->mapper = &dma_walker_mapper;
	if (wishes->no_big_pages)
		config->table.big_levels = 0;
	config->deferred = wishes->deferred;
	config->reserved = holes->at;
	config->nreserved = holes->n;
	config->batch_count = wishes->batch_count;
	config->batch_bytes = wishes->batch_bytes;
	config->batch_ns = wishes->batch_ns;
	error = dma_space_init(space, config);
	if (error)
		return error;
	for (size_t i = 0; i < holes->nregions && !error; i++)
		error = dma_space_identity(space, holes->at[i].daddr, holes->at[i].nbytes >> DMA_PAGE_SHIFT,
					   DMA_BIDIRECTIONAL);
	if (error && dma_space_fini(space))
		return DMA_ETIMEDOUT;
	return error;
}
