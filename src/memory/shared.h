/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The pool of shared frames of a confidential VM: runs of frames that are shared with the host and mapped once, so
 * that a device view costs no conversion.
 *
 * Everything that a device reaches comes from here: bounces, streams, coherent memory, blocks of pools, edges of
 * lists. A view takes frames of a run and gives them back; a run goes back to the host, private and scrubbed, when
 * dma_reclaim() finds it unused. What a run's free frames hold was in shared memory before: whoever takes them
 * overwrites every byte before a device is told of them.
 *
 *     between                         a frame is                     counted in dma_stats() as
 *     grow, take                      free in its run                pages_own
 *     take, give                      the view's                     pages_bounce or pages_alloc
 *     take, lose                      in quarantine, in its run      pages_quarantined
 *
 * All of them count as pages_shared until their run goes.
 */
#ifndef DMASTREAM_SRC_SHARED_H
#define DMASTREAM_SRC_SHARED_H

#include "owed.h"

struct dma_shared;

/* Whether a device reaches frames as it wants them. Called with the pool's lock held. */
typedef bool dma_shared_suits(const struct dma_device *dev, dma_paddr_t paddr, size_t npages);

/* Takes npages free frames in a row that suit the device out of a run that is mapped with attr, and makes *view of
 * them, contents arbitrary, no line dirty but through that mapping. False: there are none. Any context. */
bool dma_shared_take(struct dma_owed_node *view, unsigned attr, size_t npages, const struct dma_device *dev,
		     dma_shared_suits *suits);

/* Adds a run: shares frames that the caller has got from the host, whose linear alias has been cleaned and dropped,
 * and maps them with attr. The first npages of them are taken for *view. 0, DMA_ENOMEM, DMA_ENOTSUP, or the host's
 * error from sharing: then the frames have gone back to the host, or, as far as they are in doubt, into quarantine.
 * Interrupts on. */
int dma_shared_grow(struct dma_owed_node *view, unsigned attr, size_t npages, dma_paddr_t paddr, size_t run_pages);

/* How many pages a run has where the host has that many in a row. */
size_t dma_shared_run_pages(void);

/* Gives frames of a view back to their run. Any context. */
void dma_shared_give(const struct dma_owed *owed);

/* A device may reach them for ever: they stay in their run, and are never taken again. Any context. */
void dma_shared_lose(const struct dma_owed *owed);

/* Gives unused runs back to the host; how many pages. Without `all` one run stays if frames have been taken since the
 * last such call, so that a host which reclaims all the time does not convert all the time. Interrupts on. */
size_t dma_shared_reclaim(bool all);

/* For a host that wants no pool (dma_host_info's shared_run is 1): works off what was given back, with interrupts on;
 * how many pages. Any context. */
size_t dma_shared_reclaim_waiting(void);

#endif
