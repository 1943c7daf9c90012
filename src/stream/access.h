/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What streams and slices do to memory, once the range, the direction and the two views of it are known.
 *
 * Sync to the device: copy if it bounces, then clean the device view if it is cached and not snooped, then publish.
 * From the device: consume, then invalidate, then copy. There is no other case (hazards 1, 2, 42, 55).
 */
#ifndef DMASTREAM_SRC_ACCESS_H
#define DMASTREAM_SRC_ACCESS_H

#include "../base/cache.h"
#include "../base/state.h"
#include "../memory/placement.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

/* cpu, view: the range in the CPU view and in the device view, which are the same unless it bounces. */
static inline void dma_access_to_device(unsigned place, const unsigned char *cpu, unsigned char *view, size_t len)
{
	if (place & DMA_PLACE_BOUNCE) {
		dma_arch_copy(view, cpu, len);
		dma_add(&dma_state.stats.bytes_bounced, len);
	}
	if (place & DMA_PLACE_MAINTAIN)
		dma_cache_clean(view, len);
	if (place & DMA_PLACE_BOUNCE)
		dma_arch_stream_copied(cpu, view, len, DMA_TO_DEVICE);
	else
		dma_arch_stream_synced(view, len, DMA_TO_DEVICE);
	dma_arch_publish();
}

static inline void dma_access_from_device(unsigned place, unsigned char *cpu, unsigned char *view, size_t len)
{
	dma_arch_consume();
	if (place & DMA_PLACE_MAINTAIN)
		dma_cache_invalidate(view, len);
	if (place & DMA_PLACE_BOUNCE) {
		dma_arch_copy(cpu, view, len);
		dma_arch_stream_copied(cpu, view, len, DMA_FROM_DEVICE);
		dma_add(&dma_state.stats.bytes_bounced, len);
	} else {
		dma_arch_stream_synced(view, len, DMA_FROM_DEVICE);
	}
}

/* What the CPU has written there itself must not be evicted over what the device writes; the view of a bounce is clean
 * after every sync. The barrier: what was read before is read before the device can write. */
static inline void dma_access_rearm(unsigned place, const unsigned char *cpu, unsigned char *view, size_t len)
{
	if ((place & (DMA_PLACE_MAINTAIN | DMA_PLACE_BOUNCE)) == DMA_PLACE_MAINTAIN)
		dma_cache_clean(cpu, len);
	dma_arch_barrier();
	if (place & DMA_PLACE_BOUNCE) {
		dma_arch_stream_copied(cpu, view, len, DMA_FROM_DEVICE);
	} else {
		dma_arch_stream_synced(cpu, len, DMA_TO_DEVICE);
		dma_arch_stream_synced(cpu, len, DMA_FROM_DEVICE);
	}
}

#endif
