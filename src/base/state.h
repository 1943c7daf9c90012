/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the library knows about its host, and its counters: the only global state beside the lists of node.c and owed.c.
 */
#ifndef DMASTREAM_SRC_STATE_H
#define DMASTREAM_SRC_STATE_H

#include "atomic.h"
#include <dmastream/init.h>
#include <dmastream/platform.h>
#include <stdarg.h>

struct dma_state {
	struct dma_host_info host;
	bool ready;
	uint64_t table_last;	/* host.linear_last, but below 1 << 47 (init.c) */
	struct dma_stats stats; /* each field changed atomically */
};

extern struct dma_state dma_state;

/* Writes text into nbytes at buf, cut there, with a terminating zero; the length that it has uncut. As dma_log(). */
size_t dma_format(char *buf, size_t nbytes, const char *format, va_list args);

/* Formats a line for dma_host_log(): %s, %u (unsigned), %x (uint64_t, with 0x), nothing else. */
#if DMA_CONFIG_LOG
void dma_log(const char *format, ...);
#else
static inline void dma_log(const char *format, ...)
{
	(void)format;
}
#endif

/* What the host is, as far as its configuration (config.h) leaves it open. */
static inline bool dma_is_cvm(void)
{
	return DMA_CONFIG_CVM && dma_state.host.cvm;
}

/* For memory of devices. (Tables of IOMMUs look at the host's answer, since no switch speaks of a walker.) */
static inline bool dma_can_sync(void)
{
	return DMA_CONFIG_KVA && dma_state.host.can_sync;
}

static inline void dma_count_invalidations(uint64_t n)
{
	dma_add(&dma_state.stats.iotlb_invalidations, n);
}

/* Counts pages that never go back to anybody, and logs it. Any context. */
void dma_count_quarantined(size_t npages);

static inline void dma_count_fault(void)
{
	dma_add(&dma_state.stats.faults, 1);
}

#endif
