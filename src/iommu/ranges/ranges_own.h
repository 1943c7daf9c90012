/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains of ranges: a space at the second door (space.h) whose mapper is the host, and in front of it the window and
 * the mappings that are kept.
 */
#ifndef DMASTREAM_IOMMU_RANGES_OWN_H
#define DMASTREAM_IOMMU_RANGES_OWN_H

#include "../space/space.h"
#include <dmastream/ranges.h>

#define DMA_RANGES_KEPT 64u

/* A mapping of watched memory. Owned by the table; `uses` says how many streams have it. */
struct dma_kept {
	uint64_t paddr;
	uint64_t nbytes; /* 0: the slot is free */
	uint64_t daddr;
	uint64_t used; /* when last: dma_ranges.clock */
	uint32_t uses;
	uint8_t dir;
	bool stale; /* its addresses mean other memory, or will: nobody else gets it */
};

struct dma_ranges {
	struct dma_space space;	   /* first */
	struct dma_domain_ops ops; /* the space's, and ours in front */
	const struct dma_ranges_ops *host;
	void *context;
	struct dma_window window;
	struct dma_kept *kept; /* DMA_RANGES_KEPT slots, in a page of their own; NULL: nothing is kept */
	struct dma_lock lock;  /* over the slots and what follows */
	uint64_t clock;
	uint64_t forgets; /* calls of dma_ranges_forget() */
	uint64_t keep_bytes;
	uint32_t keep_count;
	struct dma_ranges_stats stats;
};

static inline struct dma_ranges *dma_ranges_of(struct dma_domain *domain)
{
	return (struct dma_ranges *)(void *)domain;
}

static inline bool dma_ranges_in_window(const struct dma_ranges *r, dma_daddr_t daddr)
{
	return daddr.raw - r->window.daddr_base.raw < r->window.size;
}

/* ranges_batch.c. As in struct dma_domain_ops. */
int dma_ranges_unmap_streams(struct dma_domain *domain, struct dma_stream *const *streams, size_t n);

/* ranges_kept.c. The memory in a kept mapping, which the caller uses from now on: its tag, or 0: there is none. */
uint32_t dma_kept_find(struct dma_ranges *r, uint64_t paddr, uint64_t nbytes, unsigned dir, uint64_t *daddr);
/* Keeps what the caller has just mapped, and uses. since: r->forgets from before the memory was watched. *tag is its
 * tag, or 0: it is not kept. An error: an unmap that was to make room failed. */
int dma_kept_add(struct dma_ranges *r, struct dma_kept new, uint64_t since, uint32_t *tag);
/* One use less of the mapping with that tag. 0, or an unmap failed. */
int dma_kept_end(struct dma_ranges *r, uint32_t tag);
/* Unmaps what no stream uses; whether there was some. */
bool dma_kept_trim(struct dma_ranges *r);
/* As dma_ranges_forget(). */
int dma_kept_forget(struct dma_ranges *r, uint64_t paddr, uint64_t nbytes);

#endif
