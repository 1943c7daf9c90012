/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a release still owes: the steps that give memory back once the device's access to it has ended.
 *
 * There is one structure for it, in one of three places:
 *
 *   on the stack        while a device view is made (view.c), and when a release settles it at once
 *   in a deferred ring  from the release until the invalidation (src/iommu/space/space_batch.c)
 *   in a node           while the stream lives, and from there until dma_reclaim(): memory that has a kernel mapping
 *                       of its own, is shared with the host, or is a bounce. The node is allocated when the stream is
 *                       made, so that release never allocates.
 *
 * Each ends in exactly one of two ways: dma_owed_settle() after the access has ended, dma_owed_quarantine() where
 * that is not certain.
 */
#ifndef DMASTREAM_SRC_OWED_H
#define DMASTREAM_SRC_OWED_H

#include <dmastream/stream.h>

/* The steps, in the order in which they are taken. What the configuration (config.h) rules out is 0. */
enum dma_owed_step {
	/* the device does not snoop: clean and invalidate through the mapping that was used */
	DMA_OWED_MAINTAIN = DMA_CONFIG_NONCOHERENT * 1,
	/* remove the kernel mapping, shoot it down, clean and invalidate the linear alias */
	DMA_OWED_UNMAP = DMA_CONFIG_KVA * 2,
	/* the frames belong to a run of shared memory (shared.h): give them back to it, and take no further step */
	DMA_OWED_SHARED = DMA_CONFIG_CVM * 4,
	/* the frames are the library's own: free them. Without it: drop the reference to run. */
	DMA_OWED_FREE = 8,
	/* Two facts beside the steps: the frames are counted as bounce, not as alloc; the steps stand in node, which
	 * goes with them. */
	DMA_OWED_BOUNCE = DMA_CONFIG_BOUNCE * 16,
	DMA_OWED_NODE = DMA_CONFIG_OWES * 32,
};

struct dma_owed_node;
struct dma_shared;

/* 32 bytes: a ring of a page holds 128 of them. */
struct dma_owed {
	uint64_t daddr;	   /* where the device could reach the frames */
	dma_paddr_t paddr; /* first frame */
	union {
		struct dma_run *run; /* whose reference goes; NULL: the frames are borrowed, or the library's own */
		struct dma_owed_node *node; /* with DMA_OWED_NODE */
		struct dma_shared *shared;  /* with DMA_OWED_SHARED; NULL: it is to be searched for */
	};
	uint32_t npages; /* never 0. In a ring it is written last: 0 means that the slot is still being filled. */
	uint32_t steps;	 /* enum dma_owed_step, ORed */
};

/* What is owed where the record needs more room: the kernel mapping, and a link. */
struct dma_owed_node {
	struct dma_owed owed;	    /* without DMA_OWED_NODE */
	void *va;		    /* the mapping that was used; with DMA_OWED_UNMAP it is one of its own */
	struct dma_owed_node *next; /* of the same stream (a bounce, then the CPU view); or waiting for dma_reclaim() */
};

struct dma_owed_node *dma_owed_node_alloc(void);     /* zeroed; NULL: no memory. Any context. */
void dma_owed_node_free(struct dma_owed_node *node); /* the node alone. Any context. */

/* What a stream owes for its device view. */
struct dma_owed dma_owed_of(const struct dma_stream *s);

/* The same for a node. */
static inline struct dma_owed dma_owed_of_node(struct dma_owed_node *node)
{
	return (struct dma_owed){
		.paddr = node->owed.paddr, .node = node, .npages = node->owed.npages, .steps = DMA_OWED_NODE};
}

/* The device's access has ended: takes the steps, and frees the node. With interrupts off, a mapping to remove waits
 * for dma_reclaim(). Any context, no lock held. */
void dma_owed_settle(const struct dma_owed *owed);

/* The device may still reach the frames, and that cannot be ended: they, and the reference to them, are kept for
 * good, and counted. Only the kernel mapping and the node go. Any context, no lock held. */
void dma_owed_quarantine(const struct dma_owed *owed);

/* Takes the steps of a node that lies on the caller's stack, and does not free it. Interrupts on. */
void dma_owed_settle_now(const struct dma_owed_node *node);
void dma_owed_quarantine_now(const struct dma_owed_node *node);

/* ---- Deferred domains ---- */

/* How the core reaches deferred domains. NULL until the first one is made, which sets it. */
struct dma_deferral {
	/* Flushes the batches of all domains that have waited too long; with `all`, every batch. True: memory came
	 * back. With interrupts off it does nothing. */
	bool (*poll)(bool all);
	void (*often)(void);	   /* poll(false), but at most some times within the age of a batch. Interrupts on. */
	uint64_t (*pending)(void); /* pages that wait */
	void (*tidy)(void);	   /* fills reserves and gives back what empty domains keep; with interrupts off it does
	                   	    * nothing */
};
extern const struct dma_deferral *dma_deferral;

static inline const struct dma_deferral *dma_deferral_ops(void)
{
	return DMA_CONFIG_IOMMU ? __atomic_load_n(&dma_deferral, __ATOMIC_RELAXED) : NULL;
}

/* ---- Memory that lies ready ---- */

/* A part of the library beyond the core that keeps memory sets it at its first use: NULL where nobody uses one. */
struct dma_keeper {
	void (*refill)(void); /* fills reserves. Interrupts on. */
	void (*drain)(void);  /* gives all of it back, for dma_fini(). Interrupts on. */
};
extern const struct dma_keeper *dma_keeper;

/* Fills pools up and shrinks them (src/stream/pool_life.c): how many pages went back. NULL: there has been no pool. */
extern size_t (*dma_reclaim_pools)(void);

/* What every alloc calls: dma_reclaim() without filling reserves and without giving back what empty domains keep. */
size_t dma_reclaim_waiting(void);

/* The same for the fast path of alloc: domains are polled only now and then. */
void dma_reclaim_often(void);

/* Called when memory has run out: invalidates now for all releases that wait, in all domains. True: memory came back,
 * so the caller tries again. Any context, no lock held; with interrupts off it does nothing. */
bool dma_reclaim_all(void);

/* Writes back and drops every line of the frames' linear mapping, as far as they have one. It does not only
 * invalidate, since a cached mapping of our own may have left dirty lines of the same frames. Any context; only where
 * the host can_sync. */
void dma_flush_linear_alias(dma_paddr_t paddr, size_t npages);

#endif
