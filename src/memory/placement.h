/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The one rule for where memory lives and what sync does.
 */
#ifndef DMASTREAM_SRC_PLACEMENT_H
#define DMASTREAM_SRC_PLACEMENT_H

#include <dmastream/config.h>
#include <stdbool.h>

/* What is asked for. */
enum dma_purpose {
	DMA_FOR_MAP,	  /* a stream of the caller's frames */
	DMA_FOR_ALLOC,	  /* a stream of the library's frames, picked to fit */
	DMA_FOR_COHERENT, /* coherent memory of the library's frames */
};

struct dma_placement_case {
	enum dma_purpose purpose;
	bool coherent;	  /* device: its accesses snoop */
	bool can_sync;	  /* host */
	bool uncached_ok; /* host */
	bool cvm;	  /* host */
	bool reachable;	  /* the device can address the caller's frames (always for the library's) */
};

/* Where it lives; also kept in struct dma_stream's place. What the configuration (config.h) rules out is 0, so that
 * the compiler drops what asks for it. */
enum dma_place {
	DMA_PLACE_DIRECT = 0,				  /* cached, in the linear map, snooped: sync is a barrier */
	DMA_PLACE_BOUNCE = DMA_CONFIG_BOUNCE * 1,	  /* the device view is a second set of frames; sync copies */
	DMA_PLACE_KVA = DMA_CONFIG_KVA * 2,		  /* the device view has a kernel mapping of its own */
	DMA_PLACE_UNCACHED = DMA_CONFIG_NONCOHERENT * 4,  /* … uncached */
	DMA_PLACE_SHARED = DMA_CONFIG_CVM * 8,		  /* … shared with the host of a confidential VM */
	DMA_PLACE_MAINTAIN = DMA_CONFIG_NONCOHERENT * 16, /* the device view is cached, not snooped: sync maintains */
	/* Set by stream.c: facts of the stream that are no matter of placement, kept in the same field. */
	DMA_PLACE_OWN = 32,			      /* the frames are the library's own */
	DMA_PLACE_TRANSLATED = DMA_CONFIG_IOMMU * 64, /* behind an IOMMU */
	DMA_PLACE_OWES = DMA_CONFIG_OWES * 128,	      /* it has a node: struct dma_owed_node */
	/* 256: DMA_PLACE_PLAIN of stream.h, in place of none of these, so that a live stream's place is never 0. */
	DMA_PLACE_ENDING = 512,	   /* in a batch of releases: its access is to end, or has ended */
	DMA_PLACE_ENDED = 1024,	   /* … its entries are gone, and the invalidation is to come */
	DMA_PLACE_SLICED = 2048,   /* it has slices, which end with it */
	DMA_PLACE_LINES = 4096,	   /* of a slice: it begins and ends where a line does */
	DMA_PLACE_COHERENT = 8192, /* coherent memory: nobody syncs it */
};

/* The flags of enum dma_place, ORed, or DMA_ENOTSUP. */
int dma_placement(const struct dma_placement_case *c);

#endif
