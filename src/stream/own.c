/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Streams and coherent memory of the library's own frames: the fast path, for frames that device and CPU use as they
 * are. What needs more than frames, zeros and a mapping takes the slow path (stream.c).
 *
 * The fast path takes frames from the host and maps them by dma_stream_map(), as a driver would that had borrowed
 * them; so no device view and no node is made. From then on the frames are marked as the library's own, and release
 * frees them.
 */
#include "../base/state.h"
#include "../device/domain_ops.h"
#include "../memory/run.h"
#include "stream_own.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

/* The last byte of memory that the device takes as it is; 0: not without a look at its constraints. find_direct() of
 * device.c says for which devices: coherent, no confidential VM, no limits, not blocked. Windows are looked at by the
 * slow path, which knows the order in which to try them. */
static inline uint64_t last_of(const struct dma_device *dev)
{
	uint64_t last = DMA_CONFIG_IOMMU ? dma_load(&dev->translated_last) : 0;

	return last || (DMA_CONFIG_WINDOWS && dev->nwindows) ? last : dma_load(&dev->direct_last);
}

/* Once more, after what waits has come back. */
static dma_cold int ask_again(size_t npages, uint64_t most, dma_paddr_t *paddr, int error)
{
	return error == DMA_ENOMEM && dma_reclaim_all() ? dma_host_frames_alloc(npages, most, DMA_PAGE_SIZE, paddr)
							: error;
}

/* The device was not connected. If the IOMMU did not answer, map has quarantined and counted the frames (hazard 67). */
static dma_cold int not_mapped(const struct dma_segment *seg, int error)
{
	dma_sub(&dma_state.stats.pages_alloc, seg->npages);
	if (!DMA_CONFIG_IOMMU || error != DMA_ETIMEDOUT)
		dma_host_frames_free(seg->paddr, seg->npages);
	return error;
}

int dma_stream_make_own(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages,
			enum dma_purpose purpose, bool scrub)
{
	struct dma_segment seg = {.npages = npages};
	size_t nbytes = npages << DMA_PAGE_SHIFT;
	uint64_t last = DMA_CONFIG_INLINE && dev ? last_of(dev) : 0, most;
	int error;

	if (dma_unlikely(!last || s->dev || dir - 1 > DMA_BIDIRECTIONAL - 1 || npages - 1 >= DMA_SEGMENT_MAX_PAGES ||
			 !dma_host_interrupts_on()))
		return dma_stream_make_own_slow(s, dev, dir, npages, purpose, scrub);
	dma_reclaim_often();
	most = dma_domain_translates(dev->domain) ? UINT64_MAX : dev->mask; /* as the slow path asks */
	error = dma_host_frames_alloc(npages, most, DMA_PAGE_SIZE, &seg.paddr);
	if (dma_unlikely(error))
		error = ask_again(npages, most, &seg.paddr, error);
	if (dma_unlikely(error))
		return error;
	if (dma_unlikely(seg.paddr.raw + (nbytes - 1) > last)) {
		/* A kernel mapping is due, or the host errs. The slow path asks for frames again: it may need others,
		 * and the mapping that it makes costs far more than that. Only a host whose linear map ends before
		 * its memory has such frames. */
		dma_host_frames_free(seg.paddr, npages);
		return dma_stream_make_own_slow(s, dev, dir, npages, purpose, scrub);
	}
	dma_add(&dma_state.stats.pages_alloc, npages);
	if (scrub || !dev->trusted)
		dma_arch_fill((void *)(dev->linear_base + (uintptr_t)seg.paddr.raw), 0, nbytes);
	error = dma_stream_map(s, dev, dir, &seg);
	if (dma_unlikely(error))
		return not_mapped(&seg, error);
	s->place = (uint16_t)((s->place & ~DMA_PLACE_PLAIN) | DMA_PLACE_OWN);
	if (purpose == DMA_FOR_COHERENT) {
		s->place |= DMA_PLACE_COHERENT;
		dma_arch_stream_coherent(dev, s->cpu, s->seg.paddr.raw, s->daddr.raw, nbytes);
	}
	return 0;
}

int dma_stream_alloc(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages)
{
	if ((dir & DMA_BIDIRECTIONAL) == DMA_FROM_DEVICE)
		return DMA_EACCES;
	return dma_stream_make_own(s, dev, dir, npages, DMA_FOR_ALLOC, true);
}

int dma_stream_alloc_uninit(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages)
{
	return dma_stream_make_own(s, dev, dir, npages, DMA_FOR_ALLOC, false);
}
