/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a device can address.
 */
#ifndef DMASTREAM_SRC_DEVICE_H
#define DMASTREAM_SRC_DEVICE_H

#include "../memory/placement.h"
#include <dmastream/stream.h>

/* The ledger behind an IOMMU: CPUs take their addresses out of blocks of 512 pages of their own (src/iommu/iova/iova.h), and the
 * words for four such blocks share no cache line. */
static inline uint64_t *dma_ledger_word_translated(struct dma_device *dev, dma_daddr_t daddr)
{
	return dma_ledger_word(dev, daddr) + (daddr.raw >> (DMA_PAGE_SHIFT + 9 - 5) & 0x60);
}

static inline uint64_t *dma_ledger_word_of(const struct dma_stream *s)
{
	return s->place & DMA_PLACE_TRANSLATED ? dma_ledger_word_translated(s->dev, s->daddr)
					       : dma_ledger_word(s->dev, s->daddr);
}

/* The stream lives from now on; it has come to its end. */
static inline void dma_ledger_begin(const struct dma_stream *s)
{
	(void)__atomic_fetch_add(dma_ledger_word_of(s), s->daddr.raw + 1, __ATOMIC_RELAXED);
}

static inline void dma_ledger_end(const struct dma_stream *s)
{
	(void)__atomic_fetch_sub(dma_ledger_word_of(s), s->daddr.raw + 1, __ATOMIC_RELEASE);
}

/* The same for streams that are known to be translated. */
static inline void dma_ledger_begin_translated(struct dma_device *dev, dma_daddr_t daddr)
{
	(void)__atomic_fetch_add(dma_ledger_word_translated(dev, daddr), daddr.raw + 1, __ATOMIC_RELAXED);
}

static inline void dma_ledger_end_translated(struct dma_device *dev, dma_daddr_t daddr)
{
	(void)__atomic_fetch_sub(dma_ledger_word_translated(dev, daddr), daddr.raw + 1, __ATOMIC_RELEASE);
}

/* A stream is one piece for the device: DMA_ENOTSUP if npages are more than one piece may hold, or must cross its boundary
 * wherever they lie; else 0. */
int dma_device_takes(const struct dma_device *dev, size_t npages);

/* True if the device has a daddr for each byte of the frames without an IOMMU, within its mask, alignment and boundary; *daddr
 * is the first. */
bool dma_device_reaches(const struct dma_device *dev, dma_paddr_t paddr, size_t npages, dma_daddr_t *daddr);

/* Frames from the host that the device reaches, as above. 0, DMA_ENOMEM. Interrupts on. */
int dma_device_frames_alloc(const struct dma_device *dev, size_t npages, dma_paddr_t *paddr);

/* The bytes of which every cut of a stream is a multiple, so that both parts keep the device's alignment. */
static inline size_t dma_device_step(const struct dma_device *dev)
{
	return dev->min_align > DMA_PAGE_SIZE ? dev->min_align : DMA_PAGE_SIZE;
}

#endif
