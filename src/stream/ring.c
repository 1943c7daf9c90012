/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Rings: coherent memory with a count.
 */
#include <dmastream/errors.h>
#include <dmastream/ring.h>

int dma_typed_ring_make(struct dma_ring *r, struct dma_device *dev, size_t entry_size, uint32_t count)
{
	struct dma_ring new = {.entry_size = (uint32_t)entry_size, .count = count};
	uint64_t nbytes = (uint64_t)entry_size * count, npages = (nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;
	int error;

	if (r->count || count == 0 || count > DMA_RING_MOST || entry_size == 0 || entry_size != (uint32_t)entry_size)
		return DMA_EINVAL;
	error = dma_coherent_alloc(&new.memory, dev, 0, npages > SIZE_MAX ? SIZE_MAX : (size_t)npages);
	if (error)
		return error;
	new.entries = dma_coherent_pointer(&new.memory);
	*r = new;
	return 0;
}

void dma_typed_ring_unmake(struct dma_ring *r)
{
	dma_coherent_release(&r->memory);
	*r = (struct dma_ring){0};
}
