/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The consumer's host: ordinary memory of a process, where everybody sees the same addresses. What a coherent machine
 * without an IOMMU does not reach is in hosts/defaults.c, which the test puts beside this file.
 */
#include "defaults.c"
#include <dmastream/errors.h>
#include <stdlib.h>

int dma_host_info(struct dma_host_info *info)
{
	*info = (struct dma_host_info){.page_shift = DMA_PAGE_SHIFT, .cpus = 1, .line_step = 64, .line_align = 64};
	return 0;
}

void *dma_host_page_alloc(void)
{
	return aligned_alloc(DMA_PAGE_SIZE, DMA_PAGE_SIZE);
}

void dma_host_page_free(void *page)
{
	free(page);
}

int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	void *frames = aligned_alloc(align, npages << DMA_PAGE_SHIFT);

	*out = dma_paddr((uintptr_t)frames);
	return frames && out->raw + (npages << DMA_PAGE_SHIFT) - 1 <= max_paddr ? 0 : DMA_ENOMEM;
}

void dma_host_frames_free(dma_paddr_t paddr, size_t npages)
{
	(void)npages; /* this program frees what it allocated whole */
	free((void *)(uintptr_t)paddr.raw);
}

bool dma_host_is_ram(dma_paddr_t paddr, size_t npages)
{
	(void)paddr, (void)npages;
	return true;
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	(void)nbytes;
	return (void *)(uintptr_t)paddr.raw;
}

bool dma_host_interrupts_on(void)
{
	return true;
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	lock->word = 1;
	return 0;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	lock->word = state;
}

void dma_host_log(const char *line)
{
	(void)line;
}
