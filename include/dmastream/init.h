/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The library's own life: start, end, memory that waits to go back, and what it counts.
 */
#ifndef DMASTREAM_INIT_H
#define DMASTREAM_INIT_H

#include <dmastream/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Asks the host for dma_host_info and checks it. Before it every other call is DMA_EINVAL. Calling it again is
 * fine and does nothing. 0, DMA_EINVAL if the host's answer makes no sense (logged, with the field), DMA_ENOMEM if the host
 * has no pages for the reserve (dma_host_info), or the host's error. Interrupts on. Not to be raced with other calls. */
DMA_MUST_CHECK int dma_init(void);

/* Reclaims what is pending and gives the library's own memory back; devices, domains, streams and segments are gone
 * by then. 0, or DMA_EBUSY if any memory is still in use (dma_stats() says what), which segments in quarantine are for
 * ever, or with interrupts off; then nothing has changed except that reclaiming was done. Interrupts on. */
DMA_MUST_CHECK int dma_fini(void);

/* Works off what was released with interrupts off: removes kernel mappings, unshares, scrubs, frees. Hosts call it from
 * an idle loop or a worker; every alloc does, too. Deferred batches that are too old are invalidated then, and the
 * reserve for callers with interrupts off is filled again. Returns the pages given back, without those of the batches. With interrupts off it does nothing and returns 0. */
size_t dma_reclaim(void);

/* Pages, unless said otherwise. A snapshot: each figure is right by itself. */
struct dma_stats {
	uint64_t bytes_bounced;	      /* copied between CPU view and bounce, both ways, since dma_init */
	uint64_t pages_own;	      /* nodes, table pages and the like that the library keeps for itself */
	uint64_t pages_bounce;	      /* device views of live bounced streams */
	uint64_t pages_alloc;	      /* in streams, coherent memory and segments that the library allocated or adopted;
					adopted ones in quarantine, too */
	uint64_t pages_pending;	      /* released, waiting for dma_reclaim() or for a deferred invalidation */
	uint64_t pages_quarantined;   /* lost for good: still reachable by a device or a hypervisor */
	uint64_t iotlb_invalidations; /* invalidations sent to IOMMUs, of any granularity */
	uint64_t faults;	      /* blocked accesses that IOMMUs reported: a lower bound */
	uint64_t reserve_empty; /* calls with interrupts off that found a reserve empty, and failed, since dma_init: a
					larger one (dma_host_info), or dma_reclaim() more often, helps */
};

/* What is counted now. Any context. */
void dma_stats_get(struct dma_stats *out);
#define dma_stats(out) dma_stats_get(out) /* the same; no function, since in C++ one would hide its struct */

#ifdef __cplusplus
}
#endif
#endif
