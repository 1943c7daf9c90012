/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device views of the library's own frames. Making a view is release in reverse: the linear alias is cleaned and
 * dropped before another mapping of the frames is made (hazard 9). In a confidential VM a view's frames come from
 * the pool of shared memory (shared.h).
 */
#include "view.h"
#include "../base/cache.h"
#include "../base/state.h"
#include "../device/domain_ops.h"
#include "../device/reach.h"
#include "../memory/placement.h"
#include "../memory/shared.h"
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

/* Inline, as the next but one: an alloc takes both steps at once. */
static inline __attribute__((always_inline)) int take(struct dma_owed_node *view, int place, dma_paddr_t paddr,
						      size_t npages, bool mapped_anew)
{
	struct dma_owed *frames = &view->owed;
	void *linear = dma_host_linear(paddr, npages << DMA_PAGE_SHIFT);

	*view = (struct dma_owed_node){
		.owed = {.paddr = paddr, .npages = (uint32_t)npages, .steps = DMA_OWED_FREE},
		.va = place & DMA_PLACE_KVA ? NULL : linear,
	};
	if (place & DMA_PLACE_BOUNCE)
		frames->steps |= DMA_OWED_BOUNCE;
	if (place & DMA_PLACE_MAINTAIN)
		frames->steps |= DMA_OWED_MAINTAIN;
	if (linear && !(place & DMA_PLACE_KVA) && !mapped_anew) { /* as it is */
		count(frames);
		return 0;
	}
	if (!linear && !(place & DMA_PLACE_KVA) && !DMA_CONFIG_HIGHMEM) {
		dma_host_frames_free(paddr, npages);
		return DMA_ENOTSUP;
	}
	if (dma_can_sync())
		dma_flush_linear_alias(paddr, npages);
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

/* ---- Frames of the pool of shared memory ---- */

#if DMA_CONFIG_CVM

static bool suits(const struct dma_device *dev, dma_paddr_t paddr, size_t npages)
{
	dma_daddr_t ignored;

	return dma_domain_translates(dev->domain) || dma_device_reaches(dev, paddr, npages, &ignored);
}

/* The largest power of two that is at most n > 0. */
static size_t power_of_two(size_t n)
{
	size_t power = 1;

	while (power <= n / 2)
		power *= 2;
	return power;
}

/* Frames for a run that begins with npages for the device: as many as the host wants runs to have, aligned so that
 * they can be converted at once, or half of that, and so on, or those npages alone. */
static int find_run(const struct dma_device *dev, size_t npages, dma_paddr_t *paddr, size_t *run_pages)
{
	/* What limits its frames, without the ledger, which other CPUs count in; and without the boundary, which a view
	 * must not cross, but a run may. */
	struct dma_device limits = {
		.domain = dev->domain,
		.mask = dev->mask,
		.max_segment_size = dev->max_segment_size,
		.coherent = dev->coherent,
		.trusted = dev->trusted,
		.nwindows = dev->nwindows,
	};

	for (size_t i = 0; i < dev->nwindows; i++)
		limits.windows[i] = dev->windows[i];
	for (size_t n = dma_shared_run_pages(); n > npages; n /= 2) {
		size_t align = power_of_two(n) << DMA_PAGE_SHIFT;

		limits.min_align = dev->min_align > align ? dev->min_align : align;
		if (dma_device_frames_alloc(&limits, n, paddr))
			continue;
		*run_pages = n;
		if (suits(dev, *paddr, npages))
			return 0;
		dma_host_frames_free(*paddr, n);
	}
	*run_pages = npages;
	return dma_device_frames_alloc(dev, npages, paddr);
}

static int make_shared(struct dma_owed_node *view, const struct dma_device *dev, int place, size_t npages)
{
	unsigned attributes = dma_view_attributes(place);
	dma_paddr_t paddr;
	size_t run_pages;
	int error = 0;

	if (!dma_shared_take(view, attributes, npages, dev, suits)) {
		error = find_run(dev, npages, &paddr, &run_pages);
		if (error)
			return error;
		if (dma_can_sync())
			dma_flush_linear_alias(paddr, run_pages);
		error = dma_shared_grow(view, attributes, npages, paddr, run_pages);
	}
	if (error)
		return error;
	if (place & DMA_PLACE_BOUNCE)
		view->owed.steps |= DMA_OWED_BOUNCE;
	if (place & DMA_PLACE_MAINTAIN)
		view->owed.steps |= DMA_OWED_MAINTAIN;
	count(&view->owed);
	return 0;
}

#endif

/* ---- Made and unmade ---- */

static int make(struct dma_owed_node *view, const struct dma_device *dev, int place, size_t npages)
{
	dma_paddr_t paddr;
	int error;

#if DMA_CONFIG_CVM
	if (place & DMA_PLACE_SHARED)
		return make_shared(view, dev, place, npages);
#endif
	error = dma_device_frames_alloc(dev, npages, &paddr);
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
