/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Coherent memory: a bidirectional stream of the library's frames, placed so that it never needs a sync.
 */
#include "stream_own.h"
#include <dmastream/coherent.h>
#include <dmastream/errors.h>

static int make(struct dma_coherent *c, struct dma_device *dev, unsigned flags, size_t npages, bool scrub)
{
	if (flags & ~DMA_SPLITTABLE)
		return DMA_EINVAL;
	return dma_stream_make_own(&c->stream, dev, DMA_BIDIRECTIONAL | flags, npages, DMA_FOR_COHERENT, scrub);
}

int dma_coherent_alloc(struct dma_coherent *c, struct dma_device *dev, unsigned flags, size_t npages)
{
	return make(c, dev, flags, npages, true);
}

int dma_coherent_alloc_uninit(struct dma_coherent *c, struct dma_device *dev, unsigned flags, size_t npages)
{
	return make(c, dev, flags, npages, false);
}

int dma_coherent_split(struct dma_coherent *c, size_t off, struct dma_coherent *tail)
{
	return dma_stream_split(&c->stream, off, &tail->stream);
}

void dma_coherent_release(struct dma_coherent *c)
{
	dma_stream_release(&c->stream);
}
