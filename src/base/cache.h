/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Cache maintenance of byte ranges, in whole lines. Each call has the barriers that it needs: earlier accesses come
 * before it, and it is complete for every observer when it returns. Ranges of 0 bytes do nothing. Any context. Only
 * where the host can_sync.
 */
#ifndef DMASTREAM_SRC_CACHE_H
#define DMASTREAM_SRC_CACHE_H

#include <stddef.h>

/* Writes dirty lines back: every line that the range touches. */
void dma_cache_clean(const void *start, size_t nbytes);

/* Drops lines. Those that the range covers only in part are written back first, since a neighbour's bytes may be dirty
 * in them (hazard 4); lines that it covers as a whole are not, since a write-back would overwrite what the device
 * delivered (hazard 5). */
void dma_cache_invalidate(void *start, size_t nbytes);

/* Writes back and drops every line that the range touches. */
void dma_cache_flush(void *start, size_t nbytes);

/* The same for one of several ranges. These functions order nothing: call dma_arch_maintenance_begin() before the first
 * range and dma_arch_maintenance_end() behind the last. */
void dma_cache_clean_lines(const void *start, size_t nbytes);
void dma_cache_invalidate_lines(void *start, size_t nbytes);
void dma_cache_flush_lines(void *start, size_t nbytes);

#endif
