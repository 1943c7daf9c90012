/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Pages of a confidential VM, shared with the host and made private again: convert.h.
 */
#include "convert.h"
#include "../base/state.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

#if DMA_CONFIG_CVM

enum { REFUSALS = 8 }; /* of one run, before the rest of it is given up */

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

/* Frames that are private go back to the host, scrubbed. */
static void free_scrubbed(dma_paddr_t paddr, size_t npages)
{
	void *linear;

	if (npages == 0)
		return;
	linear = dma_host_linear(paddr, npages << DMA_PAGE_SHIFT);
	if (linear)
		dma_arch_fill(linear, 0, npages << DMA_PAGE_SHIFT);
	dma_host_frames_free(paddr, npages);
}

/* The pages behind one that failed are asked for again, until the host has refused as often as REFUSALS. */
void dma_convert_give_back(dma_paddr_t paddr, size_t npages)
{
	for (unsigned refused = 1; npages > 0; refused++) {
		size_t done = 0, doubtful;
		int error = dma_host_unshare(paddr, npages, &done);

		if (!error || done >= npages)
			done = npages;
		dma_add(&dma_state.stats.conversions, done);
		free_scrubbed(paddr, done);
		doubtful = npages - done;
		if (doubtful > 1 && error != DMA_ENODEV && refused < REFUSALS)
			doubtful = 1;
		if (doubtful)
			dma_count_quarantined(doubtful);
		paddr.raw += (uint64_t)(done + doubtful) << DMA_PAGE_SHIFT;
		npages -= done + doubtful;
	}
}

int dma_convert_share(dma_paddr_t paddr, size_t npages)
{
	size_t done = 0, uncertain, untouched;
	int error = dma_host_share(paddr, npages, &done);

	done = !error || done > npages ? npages : done;
	dma_add(&dma_state.stats.conversions, done);
	if (!error)
		return 0;
	uncertain = in_doubt(error, npages - done);
	untouched = npages - done - uncertain;
	if (uncertain)
		dma_count_quarantined(uncertain);
	if (done > 0)
		dma_convert_give_back(paddr, done);
	if (untouched > 0)
		dma_host_frames_free(dma_paddr(paddr.raw + ((uint64_t)(done + uncertain) << DMA_PAGE_SHIFT)),
				     untouched);
	return error;
}

#endif
