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

/* A configuration (config.h) may know these. */
static bool is_cvm(const struct dma_placement_case *c)
{
	return DMA_CONFIG_CVM && c->cvm;
}

static bool snoops(const struct dma_placement_case *c)
{
	return !DMA_CONFIG_NONCOHERENT || c->coherent;
}

int dma_placement(const struct dma_placement_case *c)
{
	bool bounce = c->purpose == DMA_FOR_MAP && (is_cvm(c) || !c->reachable || (!snoops(c) && !c->can_sync));
	bool cached = snoops(c) || (c->can_sync && c->purpose != DMA_FOR_COHERENT);
	int place = DMA_PLACE_DIRECT;

	if ((!cached && !c->uncached_ok) || (bounce && !DMA_CONFIG_BOUNCE))
		return DMA_ENOTSUP;
	if (bounce)
		place |= DMA_PLACE_BOUNCE;
	if (is_cvm(c))
		place |= DMA_PLACE_KVA | DMA_PLACE_SHARED;
	if (!cached)
		place |= DMA_PLACE_KVA | DMA_PLACE_UNCACHED;
	if (cached && !snoops(c))
		place |= DMA_PLACE_MAINTAIN;
	return place;
}
