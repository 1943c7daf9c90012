/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Segments: handles, each on a range of runs (run.h). The runs count their holders.
 */
#include "../base/node.h"
#include "../base/ram.h"
#include "owed.h"
#include "run.h"
#include <dmastream/errors.h>
#include <dmastream/stream.h>

/* ---- Made ---- */

static bool range_ok(dma_paddr_t paddr, size_t npages)
{
	uint64_t nbytes = (uint64_t)npages << DMA_PAGE_SHIFT;

	return npages > 0 && npages <= DMA_SEGMENT_MAX_PAGES && paddr.raw % DMA_PAGE_SIZE == 0 &&
	       paddr.raw + (nbytes - 1) >= paddr.raw;
}

static void start(struct dma_segment *seg, struct dma_run *run, dma_paddr_t paddr, size_t npages)
{
	dma_run_start(run, paddr, npages);
	*seg = (struct dma_segment){.paddr = paddr, .npages = npages, .run = run};
}

int dma_segment_alloc(struct dma_segment *seg, size_t npages, uint64_t max_paddr, size_t align)
{
	struct dma_run *run;
	dma_paddr_t paddr;
	int error;

	if (!dma_state.ready || seg->npages || npages == 0 || (align & (align - 1)))
		return DMA_EINVAL;
	if (!dma_host_interrupts_on())
		return DMA_EBUSY;
	if (npages > DMA_SEGMENT_MAX_PAGES)
		return DMA_ENOMEM;
	(void)dma_reclaim_waiting();
	run = dma_run_new();
	if (!run)
		return DMA_ENOMEM;
	align = align < DMA_PAGE_SIZE ? DMA_PAGE_SIZE : align;
	error = dma_host_frames_alloc(npages, max_paddr, align, &paddr);
	if (dma_unlikely(error == DMA_ENOMEM) && dma_reclaim_all())
		error = dma_host_frames_alloc(npages, max_paddr, align, &paddr);
	if (error) {
		dma_node_free(run);
		return error;
	}
	start(seg, run, paddr, npages);
	return 0;
}

int dma_segment_adopt(struct dma_segment *seg, dma_paddr_t paddr, size_t npages)
{
	struct dma_run *run;

	if (!dma_state.ready || seg->npages || !range_ok(paddr, npages))
		return DMA_EINVAL;
	if (!dma_is_ram(paddr, npages))
		return DMA_EFAULT;
	run = dma_run_new();
	if (!run)
		return DMA_ENOMEM;
	start(seg, run, paddr, npages);
	return 0;
}

int dma_segment_borrow(struct dma_segment *seg, dma_paddr_t paddr, size_t npages)
{
	if (!dma_state.ready || seg->npages || !range_ok(paddr, npages))
		return DMA_EINVAL;
	if (!dma_is_ram(paddr, npages))
		return DMA_EFAULT;
	*seg = (struct dma_segment){.paddr = paddr, .npages = npages, .run = NULL};
	return 0;
}

/* ---- Shared ---- */

int dma_segment_clone(const struct dma_segment *seg, struct dma_segment *copy)
{
	int error;

	if (seg->npages == 0 || copy->npages)
		return DMA_EINVAL;
	if (seg->run) {
		error = dma_run_hold(seg->run, seg->npages);
		if (error)
			return error;
	}
	*copy = *seg;
	return 0;
}

static struct dma_segment slice_of(const struct dma_segment *seg, size_t first, size_t npages, struct dma_run *run)
{
	return (struct dma_segment){
		.paddr = dma_paddr(seg->paddr.raw + ((uint64_t)first << DMA_PAGE_SHIFT)),
		.npages = npages,
		.run = run,
	};
}

int dma_segment_slice(const struct dma_segment *seg, size_t first, size_t npages, struct dma_segment *slice)
{
	struct dma_run *run = NULL;
	int error;

	if (!DMA_CONFIG_SPLIT && seg->run)
		return DMA_ENOTSUP;
	if (slice->npages || npages == 0 || first > seg->npages || npages > seg->npages - first)
		return DMA_EINVAL;
	if (seg->run) {
		error = dma_run_slice(seg->run, first, npages, seg->npages, &run);
		if (error)
			return error;
	}
	*slice = slice_of(seg, first, npages, run);
	return 0;
}

int dma_segment_split(struct dma_segment *seg, size_t at, struct dma_segment *tail)
{
	struct dma_run *run = NULL;
	int error;

	if (!DMA_CONFIG_SPLIT && seg->run)
		return DMA_ENOTSUP;
	if (tail->npages || at == 0 || at >= seg->npages)
		return DMA_EINVAL;
	if (seg->run) {
		error = dma_run_cut(seg->run, at, &run);
		if (error)
			return error;
	}
	*tail = slice_of(seg, at, seg->npages - at, run);
	seg->npages = at;
	return 0;
}

void dma_segment_drop(struct dma_segment *seg)
{
	struct dma_segment dropped = *seg;

	*seg = (struct dma_segment){0};
	if (dropped.run && dropped.npages)
		dma_run_drop(dropped.run, dropped.npages);
}
