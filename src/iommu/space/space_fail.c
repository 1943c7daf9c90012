/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The end of a space whose hardware does not answer: its devices are blocked for good, and no fast path is taken any
 * more. What they could reach is quarantined by whoever noticed.
 */
#include "../../base/state.h"
#include "space.h"
#include <dmastream/errors.h>

void dma_space_go_slow(struct dma_space *space)
{
	__atomic_store_n(&space->slow, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&space->domain.ops, space->slow_ops, __ATOMIC_RELAXED);
}

int dma_space_give_up(struct dma_space *space, size_t npages)
{
	bool first = !__atomic_exchange_n(&space->dead, 1, __ATOMIC_RELAXED);

	dma_space_go_slow(space);
	dma_add(&space->quarantined, npages);
	if (first) /* what is said is what is true (hazard 80) */
		dma_log(space->mapper->block(space, NULL) ? "dmastream: an IOMMU does not answer: devices of its "
							    "domain may still reach what they could"
							  : "dmastream: an IOMMU does not answer: the devices of its "
							    "domain are blocked for good");
	return DMA_ETIMEDOUT;
}
