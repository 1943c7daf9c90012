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

/* Starts the library: asks the host for dma_host_info() and checks the answer. Before that every other call is
 * DMA_EINVAL. A second call does nothing and returns 0.
 * Returns: 0, or an error, and the library is not started.
 * Errors: DMA_EINVAL (the host's answer makes no sense; the log names the field); DMA_ENOMEM (the host has no pages
 * for the reserve that dma_host_info() asks for); another code (dma_host_info() returned it).
 * Context: interrupts on; not to be raced with other calls.
 * See: dma_fini(), dma_host_info(), dma_device_init(). */
DMA_MUST_CHECK int dma_init(void);

/* Ends the library: reclaims what is pending and gives the library's own memory back. The caller has ended all
 * devices, domains, streams and segments before.
 * Returns: 0, or an error: then what was pending has been reclaimed, and nothing else has changed.
 * Errors: DMA_EINVAL (dma_init() has not been called); DMA_EBUSY (interrupts are off, or memory is still in use:
 * dma_stats() says what; segments in quarantine are in use for ever).
 * Context: interrupts on; not to be raced with other calls.
 * See: dma_init(), dma_reclaim(), dma_domain_flush(), dma_stats(). */
DMA_MUST_CHECK int dma_fini(void);

/* Completes what was released with interrupts off: removes kernel mappings, unshares, scrubs, frees. Hosts call it
 * from an idle loop or a worker; every alloc does, too. It also invalidates deferred batches that have waited too
 * long, and fills the reserve for callers with interrupts off again (dma_host_info()). Called by the host, it fills
 * the reserves of domains and pools, too, and gives back what pools have beyond their high watermark, and what
 * domains in which nothing is mapped keep for speed: tables, and the bookkeeping of addresses. In a confidential VM
 * it gives unused runs of the pool of shared memory back, private and scrubbed: all, or all but one if memory has
 * been taken from the pool since the last call.
 * Returns: how many pages went back, without those of the batches and the domains; with interrupts off always 0.
 * Errors: none.
 * Context: any; with interrupts off it only invalidates batches that have waited too long, and leaves the rest for
 * later.
 * See: dma_stream_release(), dma_domain_flush(), dma_stats(). */
size_t dma_reclaim(void);

/* The largest cache line of any CPU in the system: what the data of one side alone must fill, so that a device that
 * does not snoop can share memory with the CPU. dma_device_line() says what a device needs.
 * Returns: bytes, a power of two; 0 before dma_init().
 * Errors: none.
 * Context: any.
 * See: dma_device_line(), dma_host_info(). */
size_t dma_cache_line(void);

/* Pages, unless said otherwise. A snapshot: each figure is right by itself. */
struct dma_stats {
	uint64_t bytes_bounced;	    /* copied between CPU view and bounce, both ways, since dma_init */
	uint64_t pages_own;	    /* nodes, table pages and the like that the library keeps for itself; free pages of
					the pool of shared memory, too */
	uint64_t pages_bounce;	    /* device views of live bounced streams */
	uint64_t pages_alloc;	    /* in streams, coherent memory and segments that the library allocated or adopted;
					adopted ones in quarantine, too */
	uint64_t pages_pending;	    /* released, waiting for dma_reclaim() or for a deferred invalidation */
	uint64_t pages_quarantined; /* lost for good: still reachable by a device or a hypervisor */
	uint64_t pages_shared;	    /* in a confidential VM: shared with the host, in use or free in the pool of shared
				   memory */
	uint64_t conversions; /* pages that were made shared or private, each time, since dma_init: in the steady state
				  a bounced map and its release add none */
	uint64_t iotlb_invalidations; /* invalidations sent to IOMMUs, of any granularity */
	uint64_t faults;	      /* blocked accesses that IOMMUs reported: a lower bound */
	uint64_t reserve_empty; /* calls with interrupts off, since dma_init, that failed because a reserve was empty: a
	                         * larger reserve (dma_host_info), or more frequent dma_reclaim(), helps */
};

/* What is counted now, since dma_init(). dma_stats() and dma_stats_get() are the same.
 * Returns: nothing; *out is filled.
 * Errors: none.
 * Context: any.
 * See: dma_domain_stats(), dma_reclaim(), dma_fini(). */
void dma_stats_get(struct dma_stats *out);

/* What is counted now, since dma_init(): dma_stats_get() by its short name. It is no function, since in C++ one
 * would hide its struct.
 * Macro: void MACRO(struct dma_stats *out);
 * Returns: nothing; *out is filled.
 * Errors: none.
 * Context: any.
 * Example:
 *     struct dma_stats now;
 *
 *     dma_stats(&now);
 *     if (now.pages_quarantined > before.pages_quarantined)
 *             report("an IOMMU stopped answering");
 * See: dma_stats_get(), dma_domain_stats(), dma_reclaim(), dma_fini(). */
#define dma_stats(out) dma_stats_get(out)

#ifdef __cplusplus
}
#endif
#endif
