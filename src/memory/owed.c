/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Takes the steps that a release still owes, in the one order that is safe, now or later.
 *
 * When it begins, the device's access has ended. The steps, in this order: clean and invalidate through the mapping
 * that was used; remove the kernel mapping; CPU TLB shoot-down; clean and invalidate the linear alias, which may have
 * been filled speculatively; free. Frames that are shared with the host of a confidential VM go back to their run,
 * whose end takes the same steps, unshares and scrubs (shared.c).
 */
#include "owed.h"
#include "../base/cache.h"
#include "../base/node.h"
#include "../base/state.h"
#include "late.h"
#include "placement.h"
#include "shared.h"
#include <dmastream/arch.h>

_Static_assert(sizeof(struct dma_owed) <= 32, "a slot of a deferred ring is at most half a cache line");
_Static_assert(sizeof(struct dma_owed_node) <= DMA_NODE_SIZE, "what is owed fits in a node");

static struct {
	struct dma_lock lock;
	struct dma_owed_node *first;
} pending;

const struct dma_deferral *dma_deferral;
const struct dma_keeper *dma_keeper;
size_t (*dma_reclaim_pools)(void);

struct dma_owed_node *dma_owed_node_alloc(void)
{
	struct dma_owed_node *node = dma_node_alloc();

	if (node)
		*node = (struct dma_owed_node){0};
	return node;
}

void dma_owed_node_free(struct dma_owed_node *node)
{
	dma_node_free(node);
}

struct dma_owed dma_owed_of(const struct dma_stream *s)
{
	struct dma_owed owed = {.daddr = s->daddr.raw};

	if (DMA_CONFIG_OWES && s->owed) {
		owed = dma_owed_of_node(s->owed);
		owed.daddr = s->daddr.raw;
		return owed;
	}
	owed.paddr = s->seg.paddr;
	owed.run = s->seg.run;
	owed.npages = (uint32_t)s->seg.npages;
	if (s->place & DMA_PLACE_OWN)
		owed.steps |= DMA_OWED_FREE;
	if (s->place & DMA_PLACE_MAINTAIN)
		owed.steps |= DMA_OWED_MAINTAIN;
	return owed;
}

/* ---- The steps ---- */

static size_t size_of(const struct dma_owed *owed)
{
	return (size_t)owed->npages << DMA_PAGE_SHIFT;
}

/* Takes frames of the library's own out of its count: they go to the host or the pool of shared frames, or into
 * quarantine. */
static void uncount(const struct dma_owed *owed)
{
	dma_sub(owed->steps & DMA_OWED_BOUNCE ? &dma_state.stats.pages_bounce : &dma_state.stats.pages_alloc,
		owed->npages);
}

/* NOLINTNEXTLINE(misc-no-recursion): once, for single pages */
void dma_flush_linear_alias(dma_paddr_t paddr, size_t npages)
{
	void *linear = dma_host_linear(paddr, npages << DMA_PAGE_SHIFT);

	if (linear) {
		dma_cache_flush(linear, npages << DMA_PAGE_SHIFT);
		return;
	}
	/* Page by page where the linear map ends within the range. */
	for (size_t i = 0; npages > 1 && i < npages; i++)
		dma_flush_linear_alias(dma_paddr(paddr.raw + ((uint64_t)i << DMA_PAGE_SHIFT)), 1);
}

static void take_steps(const struct dma_owed *owed, void *va)
{
	size_t npages = owed->npages;

	/* A kernel mapping is flushed before it is removed, whatever the device: nobody can reach its lines
	 * afterwards. */
	if ((owed->steps & DMA_OWED_MAINTAIN) || ((owed->steps & DMA_OWED_UNMAP) && dma_can_sync()))
		dma_cache_flush(va, size_of(owed));
	if (owed->steps & DMA_OWED_UNMAP) {
		dma_host_kva_unmap(va, owed->paddr, npages);
		dma_host_tlb_shootdown(va, npages);
		/* A touch of the private alias of a shared page is a fault on TDX. */
		if (dma_can_sync() && !(owed->steps & DMA_OWED_SHARED))
			dma_flush_linear_alias(owed->paddr, npages);
	}
	if (!(owed->steps & DMA_OWED_FREE)) {
		if (owed->run)
			dma_run_drop(owed->run, npages);
		return;
	}
	if (DMA_CONFIG_CVM && (owed->steps & DMA_OWED_SHARED))
		dma_shared_give(owed);
	else
		dma_frames_free(owed->paddr, npages);
	uncount(owed);
}

/* ---- Now, or later ---- */

void dma_owed_settle_now(const struct dma_owed_node *node)
{
	take_steps(&node->owed, node->va);
}

static void finish(struct dma_owed_node *node)
{
	dma_owed_settle_now(node);
	dma_owed_node_free(node);
}

static void wait_for_reclaim(struct dma_owed_node *node)
{
	uintptr_t irq;

	dma_add(&dma_state.stats.pages_pending, node->owed.npages);
	irq = dma_host_lock(&pending.lock);
	node->next = pending.first;
	__atomic_store_n(&pending.first, node, __ATOMIC_RELAXED); /* dma_reclaim() looks without the lock */
	dma_host_unlock(&pending.lock, irq);
}

static void settle_node(struct dma_owed_node *node)
{
	if (!(node->owed.steps & DMA_OWED_UNMAP) || dma_host_interrupts_on())
		finish(node);
	else
		wait_for_reclaim(node);
}

void dma_owed_settle(const struct dma_owed *owed)
{
	void *va = NULL;

	if (owed->steps & DMA_OWED_NODE) {
		settle_node(owed->node);
		return;
	}
	if (owed->steps & DMA_OWED_MAINTAIN)
		va = dma_host_linear(owed->paddr, size_of(owed));
	take_steps(owed, va);
}

/* Quarantine takes one step only: it removes the kernel mapping, which nobody needs any more. The frames, and the
 * reference to them, are kept. */
static void keep_frames(struct dma_owed *owed)
{
	dma_count_quarantined(owed->npages);
	if (owed->steps & DMA_OWED_FREE)
		uncount(owed);
	if (DMA_CONFIG_CVM && (owed->steps & DMA_OWED_SHARED))
		dma_shared_lose(owed);
	owed->run = NULL;
	owed->steps &= DMA_OWED_UNMAP | DMA_OWED_SHARED; /* shared: their private alias is not touched */
}

void dma_owed_quarantine(const struct dma_owed *owed)
{
	struct dma_owed frames = *owed;

	if (owed->steps & DMA_OWED_NODE) {
		keep_frames(&owed->node->owed);
		settle_node(owed->node);
	} else {
		keep_frames(&frames);
	}
}

void dma_owed_quarantine_now(const struct dma_owed_node *node)
{
	struct dma_owed_node kept = *node;

	keep_frames(&kept.owed);
	dma_owed_settle_now(&kept);
}

size_t dma_reclaim_waiting(void)
{
	struct dma_owed_node *node;
	size_t npages = 0;
	uintptr_t irq;
	const struct dma_deferral *deferral = dma_deferral_ops();

	if (deferral)
		(void)deferral->poll(false);
	if (dma_state.ready)
		dma_node_refill();
	if (DMA_CONFIG_LATE_FREES)
		npages = dma_late_work_off();
	if (DMA_CONFIG_CVM && dma_is_cvm())
		npages += dma_shared_reclaim_waiting();
	/* This read races with other CPUs: what it misses, the next call finds. */
	if (!dma_state.ready || !__atomic_load_n(&pending.first, __ATOMIC_RELAXED) || !dma_host_interrupts_on())
		return npages;
	irq = dma_host_lock(&pending.lock);
	node = pending.first;
	__atomic_store_n(&pending.first, NULL, __ATOMIC_RELAXED);
	dma_host_unlock(&pending.lock, irq);
	while (node) {
		struct dma_owed_node *next = node->next;

		npages += node->owed.npages;
		dma_sub(&dma_state.stats.pages_pending, node->owed.npages);
		finish(node);
		node = next;
	}
	return npages;
}

void dma_reclaim_often(void)
{
	const struct dma_deferral *deferral = dma_deferral_ops();

	if (deferral)
		deferral->often();
	if (DMA_CONFIG_LATE_FREES)
		(void)dma_late_work_off();
	if (dma_unlikely(__atomic_load_n(&pending.first, __ATOMIC_RELAXED) != NULL))
		(void)dma_reclaim_waiting();
	else
		dma_node_refill();
}

size_t dma_reclaim(void)
{
	const struct dma_deferral *deferral = dma_deferral_ops();
	const struct dma_keeper *keeper = __atomic_load_n(&dma_keeper, __ATOMIC_RELAXED);
	size_t (*pools)(void) = __atomic_load_n(&dma_reclaim_pools, __ATOMIC_RELAXED);
	size_t npages = dma_reclaim_waiting();

	if (pools)
		npages += pools();
	if (deferral)
		deferral->tidy();
	if (!dma_state.ready || !dma_host_interrupts_on())
		return npages;
	if (keeper)
		keeper->refill();
	return npages + (DMA_CONFIG_CVM && dma_is_cvm() ? dma_shared_reclaim(false) : 0);
}

bool dma_reclaim_all(void)
{
	const struct dma_deferral *deferral = dma_deferral_ops();
	bool more = deferral && deferral->poll(true);

	if (more)
		(void)dma_reclaim_waiting(); /* what another CPU gave back meanwhile, with interrupts off */
	if (DMA_CONFIG_CVM && dma_is_cvm() && dma_host_interrupts_on())
		more |= dma_shared_reclaim(true) > 0;
	return more;
}
