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
	/* Memory that the CPU reaches by a mapping of its own is not in the linear one: it must not be cached, or
	 * private, through that (hazard 9). */
	return dma_list_add(l, slice->cpu, slice->nbytes);
}
