/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What streams leave behind.
 */
#include "retired.h"
#include "../base/state.h"
#include "../memory/placement.h"

struct dma_retired dma_retired_of(const struct dma_stream *s)
{
	struct dma_retired left = {.daddr = s->daddr.raw};

	if (s->hold) {
		left.paddr = s->hold->paddr;
		left.owner.hold = s->hold;
		left.npages = s->hold->npages;
		left.flags = DMA_RETIRED_HOLD;
		return left;
	}
	left.paddr = s->seg.paddr;
	left.owner.run = s->seg.run;
	left.npages = (uint32_t)s->seg.npages;
	if (s->place & DMA_PLACE_OWN)
		left.flags |= DMA_HOLD_OWN;
	if (s->place & DMA_PLACE_MAINTAIN)
		left.flags |= DMA_HOLD_MAINTAIN;
	return left;
}

void dma_retired_finish(const struct dma_retired *left)
{
	struct dma_hold frames = {
		.paddr = left->paddr, .run = left->owner.run, .npages = left->npages, .flags = left->flags};

	if (left->flags & DMA_RETIRED_HOLD) {
		dma_hold_finish(left->owner.hold);
		return;
	}
	if (frames.flags & DMA_HOLD_MAINTAIN)
		frames.va = dma_host_linear(frames.paddr, (size_t)frames.npages << DMA_PAGE_SHIFT);
	dma_hold_end(&frames);
}

void dma_retired_quarantine(const struct dma_retired *left)
{
	if (left->flags & DMA_RETIRED_HOLD) {
		dma_hold_quarantine(left->owner.hold);
		return;
	}
	dma_count_quarantined(left->npages);
	if (left->flags & DMA_HOLD_OWN)
		dma_sub(&dma_state.stats.pages_alloc, left->npages);
}
