/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Views. Making one is the law of release in reverse: the linear alias is cleaned and dropped before another mapping of the frames is made
 * (hazard 9), pages are shared before they are scrubbed, since sharing destroys contents.
 */
#include "view.h"
#include "../base/cache.h"
#include "../base/state.h"
#include "../device/reach.h"
#include "../memory/placement.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

static size_t size_of(const struct dma_view *view)
{
	return view->npages << DMA_PAGE_SHIFT;
}

static uint64_t *counter(unsigned flags)
{
	return flags & DMA_HOLD_BOUNCE ? &dma_state.stats.pages_bounce : &dma_state.stats.pages_alloc;
}

/* Shares all pages, or none: what was shared when it failed goes back, or into quarantine if even that fails. */
static int share(const struct dma_view *view)
{
	size_t shared = 0, undone = 0;
	int error = dma_host_share(view->paddr, view->npages, &shared);

	if (!error)
		return 0;
	if (shared > 0 && dma_host_unshare(view->paddr, shared, &undone))
		dma_count_quarantined(shared - undone);
	else
		undone = shared;
	if (undone > 0)
		dma_host_frames_free(view->paddr, undone);
	if (shared < view->npages)
		dma_host_frames_free(dma_paddr(view->paddr.raw + ((uint64_t)shared << DMA_PAGE_SHIFT)),
				     view->npages - shared);
	return error;
}

static int make(struct dma_view *view, const struct dma_device *dev, int place, size_t npages)
{
	unsigned attr = 0;
	void *linear, *va;
	int error;

	*view = (struct dma_view){.npages = npages, .flags = DMA_HOLD_OWN};
	if (place & DMA_PLACE_BOUNCE)
		view->flags |= DMA_HOLD_BOUNCE;
	if (place & DMA_PLACE_MAINTAIN)
		view->flags |= DMA_HOLD_MAINTAIN;
	error = dma_device_frames_alloc(dev, npages, &view->paddr);
	if (error)
		return error;
	linear = dma_host_linear(view->paddr, size_of(view));
	if (!linear || (place & DMA_PLACE_KVA)) {
		if (dma_state.host.can_sync)
			dma_flush_linear_alias(view->paddr, npages);
		if (place & DMA_PLACE_UNCACHED)
			attr |= DMA_KVA_UNCACHED;
		if (place & DMA_PLACE_SHARED) {
			error = share(view);
			if (error)
				return error;
			attr |= DMA_KVA_SHARED;
			view->flags |= DMA_HOLD_SHARED;
		}
		dma_add(counter(view->flags), npages);
		error = dma_host_kva_map(view->paddr, npages, attr, &va);
		if (error) {
			dma_view_unmake(view);
			return error;
		}
		view->va = va;
		view->flags |= DMA_HOLD_KVA;
	} else {
		dma_add(counter(view->flags), npages);
		view->va = linear;
	}
	return 0;
}

/* What waits in deferred domains, frames and kernel mappings alike, is free memory as soon as it is flushed. */
int dma_view_make(struct dma_view *view, const struct dma_device *dev, int place, size_t npages)
{
	int error = make(view, dev, place, npages);

	return dma_unlikely(error == DMA_ENOMEM) && dma_reclaim_all() ? make(view, dev, place, npages) : error;
}

void dma_view_hand_over(const struct dma_view *view)
{
	if (view->flags & DMA_HOLD_MAINTAIN)
		dma_cache_clean(view->va, size_of(view));
	dma_arch_publish();
}

void dma_view_to_hold(const struct dma_view *view, struct dma_hold *hold)
{
	hold->paddr = view->paddr;
	hold->npages = (uint32_t)view->npages;
	hold->va = view->va;
	hold->flags = view->flags;
	hold->run = NULL;
}

void dma_view_quarantine(const struct dma_view *view)
{
	if (view->flags & DMA_HOLD_KVA) {
		dma_host_kva_unmap(view->va, view->paddr, view->npages);
		dma_host_tlb_shootdown(view->va, view->npages);
	}
	dma_count_quarantined(view->npages);
	dma_sub(counter(view->flags), view->npages);
}

void dma_view_unmake(const struct dma_view *view)
{
	struct dma_hold hold = {0};

	dma_view_to_hold(view, &hold);
	if (!(hold.flags & DMA_HOLD_KVA))
		hold.flags &= ~(unsigned)DMA_HOLD_MAINTAIN;
	dma_hold_end(&hold);
}
