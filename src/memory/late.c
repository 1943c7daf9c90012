/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Late frees: a list that needs no memory, since each element stands in the first of the frames that wait.
 */
#include "late.h"
#include "../base/state.h"
#include <dmastream/arch.h>

#if DMA_CONFIG_LATE_FREES

/* In the first frame. All RAM has a linear mapping here (config.h). */
struct element {
	uint64_t next; /* 0: the last; else a frame's paddr + 1 */
	uint64_t npages;
};

static struct {
	struct dma_lock lock;
	uint64_t first; /* as next */
} late;

void dma_late_free(dma_paddr_t paddr, size_t npages)
{
	struct element element = {.npages = npages};
	uintptr_t irq;

	if (dma_host_interrupts_on()) {
		dma_host_frames_free(paddr, npages);
		return;
	}
	dma_add(&dma_state.stats.pages_pending, npages);
	irq = dma_host_lock(&late.lock);
	element.next = late.first;
	dma_arch_copy(dma_host_linear(paddr, sizeof(element)), &element, sizeof(element));
	dma_store(&late.first, paddr.raw + 1); /* dma_late_work_off() looks without the lock */
	dma_host_unlock(&late.lock, irq);
}

size_t dma_late_work_off(void)
{
	struct element element;
	size_t npages = 0;
	uint64_t waiting;
	uintptr_t irq;

	/* This read races with other CPUs: what it misses, the next call finds. */
	if (!dma_load(&late.first) || !dma_host_interrupts_on())
		return 0;
	irq = dma_host_lock(&late.lock);
	waiting = late.first;
	dma_store(&late.first, 0);
	dma_host_unlock(&late.lock, irq);
	for (; waiting; waiting = element.next) {
		const dma_paddr_t paddr = dma_paddr(waiting - 1);

		dma_arch_copy(&element, dma_host_linear(paddr, sizeof(element)), sizeof(element));
		npages += (size_t)element.npages;
		dma_sub(&dma_state.stats.pages_pending, element.npages);
		dma_host_frames_free(paddr, (size_t)element.npages);
	}
	return npages;
}

#endif
