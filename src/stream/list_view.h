/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How the pieces of a list are made ready for a device.
 */
#ifndef DMASTREAM_SRC_LIST_VIEW_H
#define DMASTREAM_SRC_LIST_VIEW_H

#include "../base/state.h"
#include <dmastream/list.h>

/* What holds for all pieces of a list. */
struct dma_list_plan {
	struct dma_device *dev;
	unsigned dir;
	int place;   /* of what bounces, without DMA_PLACE_BOUNCE */
	bool all;    /* every piece bounces */
	bool one;    /* the device must see one entry */
	bool behind; /* an IOMMU */
	size_t unit; /* bytes that the device and others may not share */
	size_t cut;  /* what an edge is rounded to */
};

/* 0, or DMA_ENOTSUP: the device needs uncached copies and the machine has no uncached memory. */
int dma_list_plan(struct dma_list_plan *p, struct dma_device *dev, unsigned dir, bool one);

/* Where the CPU finds a piece in the linear map; NULL: it has none there. */
static inline unsigned char *dma_piece_linear(const struct dma_piece *piece)
{
	if (dma_likely(piece->paddr.raw + (piece->len - 1) < dma_state.host.linear_last))
		return (unsigned char *)(dma_state.host.linear_base + (uintptr_t)piece->paddr.raw);
	return dma_host_linear(piece->paddr, piece->len);
}

/* Decides how a piece is seen, and takes all that it needs of the host. 0, or an error, undone. */
int dma_piece_take(const struct dma_list_plan *p, struct dma_piece *piece);

/* Gives that back: no device has the piece. Any context. */
void dma_piece_give_back(struct dma_piece *piece);

/* Copies, cleans and publishes all pieces, each for all before the next. */
void dma_list_hand_over(const struct dma_list *l, struct dma_piece *pieces, const struct dma_list_plan *p);

#endif
