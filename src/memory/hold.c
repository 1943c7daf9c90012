/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Holds: giving memory back in the order of the law, now or later.
 *
 * The device's access has ended. What is left, in this order: clean and invalidate through the mapping that was used; remove the kernel
 * mapping; CPU TLB shoot-down; invalidate the linear alias, which may have been filled speculatively; unshare; scrub; free.
 */
#include "hold.h"
#include "../base/cache.h"
#include "../base/node.h"
#include "../base/state.h"
#include <dmastream/arch.h>

_Static_assert(sizeof(struct dma_hold) <= DMA_NODE_SIZE, "a hold is a node");

static struct {
	struct dma_lock lock;
	struct dma_hold *first;
} pending;

const struct dma_deferral *dma_deferral;

struct dma_hold *dma_hold_alloc(void)
{
	struct dma_hold *hold = dma_node_alloc();

	if (hold)
		*hold = (struct dma_hold){0};
	return hold;
}

void dma_hold_free(struct dma_hold *hold)
{
	dma_node_free(hold);
}

static size_t size_of(const struct dma_hold *hold)
{
	return (size_t)hold->npages << DMA_PAGE_SHIFT;
}

/* The library's frames leave its count, to the host or into quarantine. */
static void uncount(const struct dma_hold *hold, size_t npages)
{
	dma_sub(hold->flags & DMA_HOLD_BOUNCE ? &dma_state.stats.pages_bounce : &dma_state.stats.pages_alloc, npages);
}

void dma_count_quarantined(size_t npages)
{
	dma_add(&dma_state.stats.pages_quarantined, npages);
	dma_log("dmastream: %u pages quarantined: access to them could not be ended", (unsigned)npages);
}

void dma_hold_quarantine(struct dma_hold *hold)
{
	dma_count_quarantined(hold->npages);
	/* The frames, the run and the kernel mapping stay as they are for ever; the node may go. */
	if (hold->flags & DMA_HOLD_OWN)
		uncount(hold, hold->npages);
	dma_hold_free(hold);
}

/* Unshares and scrubs; returns how many leading pages are private again. What is not stays out of the allocator for good (hazard 49). */
static size_t make_private(const struct dma_hold *hold)
{
	size_t done = 0;
	void *linear;

	if (dma_host_unshare(hold->paddr, hold->npages, &done)) {
		dma_count_quarantined(hold->npages - done);
		uncount(hold, hold->npages - done);
	}
	if (done == 0)
		return 0;
	linear = dma_host_linear(hold->paddr, done << DMA_PAGE_SHIFT);
	if (linear)
		dma_arch_fill(linear, 0, done << DMA_PAGE_SHIFT);
	return done;
}

/* NOLINTNEXTLINE(misc-no-recursion): once, for single pages */
void dma_flush_linear_alias(dma_paddr_t paddr, size_t npages)
{
	void *linear = dma_host_linear(paddr, npages << DMA_PAGE_SHIFT);

	if (linear) {
		dma_cache_flush(linear, npages << DMA_PAGE_SHIFT);
		return;
	}
	/* The linear map may end within the range. */
	for (size_t i = 0; npages > 1 && i < npages; i++)
		dma_flush_linear_alias(dma_paddr(paddr.raw + ((uint64_t)i << DMA_PAGE_SHIFT)), 1);
}

void dma_hold_end(const struct dma_hold *hold)
{
	struct dma_segment seg = {.paddr = hold->paddr, .npages = hold->npages, .run = hold->run};
	size_t npages = hold->npages;

	/* A mapping of its own goes clean, whatever the device: nobody can reach its lines afterwards. */
	if ((hold->flags & DMA_HOLD_MAINTAIN) || ((hold->flags & DMA_HOLD_KVA) && dma_state.host.can_sync))
		dma_cache_flush(hold->va, size_of(hold));
	if (hold->flags & DMA_HOLD_KVA) {
		dma_host_kva_unmap(hold->va, hold->paddr, npages);
		dma_host_tlb_shootdown(hold->va, npages);
		if (dma_state.host.can_sync)
			dma_flush_linear_alias(hold->paddr, npages);
	}
	if (hold->flags & DMA_HOLD_SHARED)
		npages = make_private(hold);
	if (!(hold->flags & DMA_HOLD_OWN)) {
		dma_segment_drop(&seg);
	} else if (npages > 0) {
		dma_host_frames_free(hold->paddr, npages);
		uncount(hold, npages);
	}
}

static void finish_now(struct dma_hold *hold)
{
	dma_hold_end(hold);
	dma_hold_free(hold);
}

void dma_hold_finish(struct dma_hold *hold)
{
	uintptr_t irq;

	if (!(hold->flags & (DMA_HOLD_KVA | DMA_HOLD_SHARED)) || dma_host_interrupts_on()) {
		finish_now(hold);
		return;
	}
	dma_add(&dma_state.stats.pages_pending, hold->npages);
	irq = dma_host_lock(&pending.lock);
	hold->next = pending.first;
	__atomic_store_n(&pending.first, hold, __ATOMIC_RELAXED); /* dma_reclaim() looks without the lock */
	dma_host_unlock(&pending.lock, irq);
}

size_t dma_reclaim(void)
{
	struct dma_hold *hold;
	size_t npages = 0;
	uintptr_t irq;
	const struct dma_deferral *deferral = __atomic_load_n(&dma_deferral, __ATOMIC_ACQUIRE);

	if (deferral)
		(void)deferral->poll(false);
	/* A racy look: what is missed now is found by the next call. */
	if (!dma_state.ready || !__atomic_load_n(&pending.first, __ATOMIC_RELAXED) || !dma_host_interrupts_on())
		return 0;
	irq = dma_host_lock(&pending.lock);
	hold = pending.first;
	__atomic_store_n(&pending.first, NULL, __ATOMIC_RELAXED);
	dma_host_unlock(&pending.lock, irq);
	while (hold) {
		struct dma_hold *next = hold->next;

		npages += hold->npages;
		dma_sub(&dma_state.stats.pages_pending, hold->npages);
		finish_now(hold);
		hold = next;
	}
	return npages;
}

bool dma_reclaim_all(void)
{
	const struct dma_deferral *deferral = __atomic_load_n(&dma_deferral, __ATOMIC_ACQUIRE);

	if (!deferral || !deferral->poll(true))
		return false;
	(void)dma_reclaim(); /* what another CPU gave back meanwhile, with interrupts off */
	return true;
}
