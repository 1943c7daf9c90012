/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Holds: what must still happen to memory after a device's access has ended, in a node that the library owns.
 *
 * Allocated when a stream is made that will need one (a mapping of its own, shared or bounce frames), so that release
 * never allocates. After the device's access has ended it goes through dma_hold_finish(): at once, or from the list
 * that dma_reclaim() works off when release ran with interrupts off. Deferred domains keep what a stream leaves, with a
 * hold or without, in their batch first: retired.h.
 */
#ifndef DMASTREAM_SRC_HOLD_H
#define DMASTREAM_SRC_HOLD_H

#include <dmastream/segment.h>

enum dma_hold_flag {
	DMA_HOLD_KVA = 1,      /* va is a kernel mapping of its own: remove it */
	DMA_HOLD_SHARED = 2,   /* the frames are shared with the host: unshare, then they may be freed */
	DMA_HOLD_OWN = 4,      /* the library's frames (no run): free them; else drop the reference */
	DMA_HOLD_MAINTAIN = 8, /* the device does not snoop: clean and invalidate through va and the linear alias */
	DMA_HOLD_BOUNCE = 16,  /* counted as bounce, not as alloc */
};

struct dma_hold {
	struct dma_hold *next;
	dma_paddr_t paddr;
	struct dma_run *run; /* NULL: borrowed, or own */
	void *va;
	uint32_t npages;
	uint32_t flags;
};

struct dma_hold *dma_hold_alloc(void);	   /* NULL: no memory. Any context. */
void dma_hold_free(struct dma_hold *hold); /* the node alone. Any context. */

/* The device's access has ended: gives back the memory and the node, now or (interrupts off and a mapping to remove)
 * from dma_reclaim(). Any context, no lock held. */
void dma_hold_finish(struct dma_hold *hold);

/* The same at once for a hold that is no node (its maker's, on the stack). Interrupts on. */
void dma_hold_end(const struct dma_hold *hold);

/* ---- Deferred domains ---- */

/* Deferred domains set it when there is one. NULL: there is none yet. */
struct dma_deferral {
	/* Flushes what is too old (all: whatever waits) in all domains. True: memory came back. With interrupts off it
	 * does nothing. */
	bool (*poll)(bool all);
	uint64_t (*pending)(void); /* pages that wait */
};
extern const struct dma_deferral *dma_deferral;

/* Memory has run out: ends every wait for an invalidation, in all domains. True: another try is worth it. Any context,
 * no lock held; with interrupts off it does nothing. */
bool dma_reclaim_all(void);

/* Writes back and drops every line of the frames' linear mapping, as far as they have one: not invalidate, since a
 * mapping of our own may have been a cached one of the same lines. Any context; only where the host can_sync. */
void dma_flush_linear_alias(dma_paddr_t paddr, size_t npages);

/* The device's access could not be ended: the memory is lost for good, and counted. Any context. */
void dma_hold_quarantine(struct dma_hold *hold);
void dma_count_quarantined(size_t npages);

#endif
