/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fills in and clears a stream behind an IOMMU in the usual case: device and CPU use the caller's own frames, cached
 * and in the linear map. For stream.c, and for the fast paths of domains (map_stream, release_stream in domain_ops.h).
 */
#ifndef DMASTREAM_SRC_TRANSLATED_H
#define DMASTREAM_SRC_TRANSLATED_H

#include "reach.h"
#include <dmastream/stream.h>

/* The stream takes over the caller's reference to npages: *seg is empty afterwards. */
static inline __attribute__((always_inline)) void dma_translated_begin(struct dma_stream *s, struct dma_device *dev,
								       unsigned dir, struct dma_segment *seg,
								       size_t npages, dma_daddr_t daddr, uint32_t tag)
{
	const dma_paddr_t paddr = seg->paddr;
	size_t end = (npages << DMA_PAGE_SHIFT) + 1;

	s->dev = dev;
	s->to_device_end = dir & DMA_TO_DEVICE ? end : 0;
	s->from_device_end = dir & DMA_FROM_DEVICE ? end : 0;
	s->cpu = (unsigned char *)(dev->linear_base + (uintptr_t)paddr.raw);
	s->daddr = daddr;
	s->seg.paddr = paddr;
	s->seg.npages = npages;
	s->seg.run = seg->run;
	s->tag = tag;
	s->dir = (uint16_t)dir;
	s->place = DMA_PLACE_DIRECT | DMA_PLACE_TRANSLATED;
	*seg = (struct dma_segment){0};
	dma_ledger_begin(dev, daddr, true);
	dma_arch_stream_begins(dev, s->cpu, paddr.raw, paddr.raw, daddr.raw, npages << DMA_PAGE_SHIFT,
			       dir & DMA_BIDIRECTIONAL);
}

/* The ledger comes last: as soon as it counts no stream, another CPU may end the device. */
static inline void dma_translated_end(struct dma_stream *s)
{
	dma_ledger_end(s->dev, s->daddr, true);
	*s = (struct dma_stream){0};
}

/* Maps by dev->domain->ops->map: what a fast path calls when it cannot go on. As dma_stream_map(), for arguments that
 * have been checked. */
DMA_MUST_CHECK int dma_stream_map_translated(struct dma_stream *s, struct dma_device *dev, unsigned dir,
					     struct dma_segment *seg);

/* Releases any stream by the domain's unmap or retire: what a fast path calls when it cannot go on, and the
 * release_stream of domains without fast paths. */
void dma_stream_release_translated(struct dma_stream *s);

#endif
