/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device views of the library's own frames. Making a view is release in reverse: the linear alias is cleaned and
 * dropped before another mapping of the frames is made (hazard 9), and pages are shared before they are scrubbed, since
 * sharing destroys contents.
 */
#include "view.h"
#include "../base/cache.h"
#include "../base/state.h"
#include "../device/reach.h"
#include "../memory/placement.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

static size_t size_of(const struct dma_owed_node *view)
{
	return (size_t)view->owed.npages << DMA_PAGE_SHIFT;
}

static void count(const struct dma_owed *frames)
{
	dma_add(frames->steps & DMA_OWED_BOUNCE ? &dma_state.stats.pages_bounce : &dma_state.stats.pages_alloc,
		frames->npages);
}

/* Of the pages from the first that was not shared on, how many may be shared all the same (dma_host_share()). */
static size_t in_doubt(int error, size_t rest)
{
	switch (error) {
	case DMA_ENOMEM:
	case DMA_EACCES:
	case DMA_EINVAL:
		return 0;
	case DMA_ENODEV:
		return rest;
	default:
		return rest ? 1 : 0;
	}
}

/* Shares all pages, or none. When it fails at a page, those before it are made private again, those in doubt are
 * quarantined (hazard 68), and those behind, which were not touched, are free again. */
static int share(const struct dma_owed *frames)
{
	size_t shared = 0, undone = 0, uncertain, untouched;
	int error = dma_host_share(frames->paddr, frames->npages, &shared);

	if (!error)
		return 0;
	if (shared >= frames->npages)
		shared = frames->npages;
	uncertain = in_doubt(error, frames->npages - shared);
	untouched = frames->npages - shared - uncertain;
	if (uncertain)
		dma_count_quarantined(uncertain);
	if (shared > 0)
		undone = dma_unshare(frames->paddr, shared);
	if (undone > 0)
		dma_host_frames_free(frames->paddr, undone);
	if (untouched > 0)
		dma_host_frames_free(dma_paddr(frames->paddr.raw + ((uint64_t)(shared + uncertain) << DMA_PAGE_SHIFT)),
				     untouched);
	return error;
}

/* Inline, as the next but one: an alloc takes both steps at once. */
static inline __attribute__((always_inline)) int take(struct dma_owed_node *view, int place, dma_paddr_t paddr,
						      size_t npages, bool mapped_anew)
{
	struct dma_owed *frames = &view->owed;
	void *linear = dma_host_linear(paddr, npages << DMA_PAGE_SHIFT);
	int error;

	*view = (struct dma_owed_node){
		.owed = {.paddr = paddr, .npages = (uint32_t)npages, .steps = DMA_OWED_FREE},
		.va = place & DMA_PLACE_KVA ? NULL : linear,
	};
	if (place & DMA_PLACE_BOUNCE)
		frames->steps |= DMA_OWED_BOUNCE;
	if (place & DMA_PLACE_MAINTAIN)
		frames->steps |= DMA_OWED_MAINTAIN;
	if (linear && !(place & DMA_PLACE_KVA) &&
	    !mapped_anew) { /* as it is; what is shared has a mapping of its own */
		count(frames);
		return 0;
	}
	if (!linear && !(place & DMA_PLACE_KVA) && !DMA_CONFIG_HIGHMEM) {
		dma_host_frames_free(paddr, npages);
		return DMA_ENOTSUP;
	}
	if (dma_can_sync())
		dma_flush_linear_alias(paddr, npages);
	if (place & DMA_PLACE_SHARED) {
		error = share(frames);
		if (error)
			return error;
		frames->steps |= DMA_OWED_UNSHARE;
	}
	count(frames);
	return 0;
}

unsigned dma_view_attributes(int place)
{
	return (place & DMA_PLACE_UNCACHED ? DMA_KVA_UNCACHED : 0u) | (place & DMA_PLACE_SHARED ? DMA_KVA_SHARED : 0u);
}

static inline __attribute__((always_inline)) int map(struct dma_owed_node *view, int place)
{
	const struct dma_owed *frames = &view->owed;
	int error;

	if (!DMA_CONFIG_KVA || view->va)
		return 0; /* in the linear map, as it is */
	error = dma_host_kva_map(frames->paddr, frames->npages, dma_view_attributes(place), &view->va);
	if (!error)
		view->owed.steps |= DMA_OWED_UNMAP;
	return error;
}

static int make(struct dma_owed_node *view, const struct dma_device *dev, int place, size_t npages)
{
	dma_paddr_t paddr;
	int error = dma_device_frames_alloc(dev, npages, &paddr);

	if (!error)
		error = take(view, place, paddr, npages, false);
	if (error)
		return error;
	error = map(view, place);
	if (error)
		dma_view_unmake(view);
	return error;
}

int dma_view_take(struct dma_owed_node *view, int place, dma_paddr_t paddr, size_t npages, bool mapped_anew)
{
	return take(view, place, paddr, npages, mapped_anew);
}

int dma_view_map(struct dma_owed_node *view, int place)
{
	return map(view, place);
}

/* Releases that wait in deferred domains hold frames and kernel mappings, which a flush makes free memory. */
int dma_view_make(struct dma_owed_node *view, const struct dma_device *dev, int place, size_t npages)
{
	int error = make(view, dev, place, npages);

	return dma_unlikely(error == DMA_ENOMEM) && dma_reclaim_all() ? make(view, dev, place, npages) : error;
}

void dma_view_hand_over(const struct dma_owed_node *view)
{
	if (view->owed.steps & DMA_OWED_MAINTAIN)
		dma_cache_clean(view->va, size_of(view));
	dma_arch_publish();
}

/* No device has had the view: without a mapping of its own there is nothing to maintain. */
void dma_view_unmake(const struct dma_owed_node *view)
{
	struct dma_owed_node unused = *view;

	if (!(unused.owed.steps & DMA_OWED_UNMAP))
		unused.owed.steps &= ~(unsigned)DMA_OWED_MAINTAIN;
	dma_owed_settle_now(&unused);
}
