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

/* Counted by every strict release: CPUs, which take their addresses from blocks of 2 MiB, count in different lines. */
enum { DMA_STATE_LINE = 64, DMA_STATE_COUNTS = 8, DMA_STATE_COUNT_SHIFT = 21 };
struct dma_state_count {
	_Alignas(DMA_STATE_LINE) uint64_t count;
};

struct dma_state {
	struct dma_host_info host;
	bool ready;
	uint64_t table_last; /* host.linear_last, but below 1 << 47 (init.c) */
	/* What the host has said of RAM: bytes from host.ram_first on, and those of them that the linear map has at one
	 * offset, the first at ram_linear. 0: none, as before dma_init(). */
	uint64_t ram_bytes;
	uintptr_t ram_linear, ram_linear_bytes;

	/* Lines of their own: what is above is read by all, all the time. Each field changed atomically. */
	_Alignas(DMA_STATE_LINE) struct dma_stats stats; /* but for iotlb_invalidations */
	struct dma_state_count invalidations[DMA_STATE_COUNTS];
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

/* daddr: what was invalidated, or 0. */
static inline void dma_count_invalidations(uint64_t daddr, uint64_t n)
{
	dma_add(&dma_state.invalidations[daddr >> DMA_STATE_COUNT_SHIFT & (DMA_STATE_COUNTS - 1)].count, n);
}

/* Counts pages that never go back to anybody, and logs it. Any context. */
void dma_count_quarantined(size_t npages);

static inline void dma_count_fault(void)
{
	dma_add(&dma_state.stats.faults, 1);
}

#endif
