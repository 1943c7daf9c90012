/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Placement: two independent decisions, in this order.
 *
 *  1. Is the device view the caller's own frames? Not if the VM is confidential (they are private), or the device
 *     cannot address them, or neither side can make the other's bytes visible. Then it bounces. The library's own
 *     frames always fit.
 *  2. How does the CPU map the device view? Cached if the device snoops, or if maintenance can stand in for snooping;
 *     coherent memory has no sync, so maintenance does not help it (hazard 39). Uncached otherwise, and where the
 *     machine cannot do that, refuse (hazard 8). A mapping of its own is needed for what the linear map is not: shared
 *     or uncached.
 */
#include "placement.h"
#include <dmastream/errors.h>

int dma_placement(const struct dma_placement_case *c)
{
	bool bounce = c->purpose == DMA_FOR_MAP && (c->cvm || !c->reachable || (!c->coherent && !c->can_sync));
	bool cached = c->coherent || (c->can_sync && c->purpose != DMA_FOR_COHERENT);
	int place = DMA_PLACE_DIRECT;

	if (!cached && !c->uncached_ok)
		return DMA_ENOTSUP;
	if (bounce)
		place |= DMA_PLACE_BOUNCE;
	if (c->cvm)
		place |= DMA_PLACE_KVA | DMA_PLACE_SHARED;
	if (!cached)
		place |= DMA_PLACE_KVA | DMA_PLACE_UNCACHED;
	if (cached && !c->coherent)
		place |= DMA_PLACE_MAINTAIN;
	return place;
}
