/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A slice as a piece of a list.
 */
#include "../memory/placement.h"
#include <dmastream/errors.h>
#include <dmastream/list.h>
#include <dmastream/slice.h>

int dma_list_add_slice(struct dma_list *l, const struct dma_slice *slice)
{
	if (!slice->life || __atomic_load_n(slice->life, __ATOMIC_RELAXED) != slice->generation)
		return DMA_EINVAL;
	/* What such a mapping maps must not be cached, or private, through the linear one beside it (hazard 9). */
	if (slice->place & DMA_PLACE_KVA && !(slice->place & DMA_PLACE_BOUNCE))
		return DMA_ENOTSUP;
	return dma_list_add(l, slice->cpu, slice->nbytes);
}
