/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The pages that a device sees of a list's pieces, run by run, in the order of their device addresses: what an IOMMU
 * maps one behind the other. Inline: it is half of what mapping scattered pages costs.
 */
#ifndef DMASTREAM_SRC_PIECES_H
#define DMASTREAM_SRC_PIECES_H

#include "owed.h"
#include <dmastream/list.h>

/* Pages that so many bytes touch, the first of which lies `shift` bytes into a page. */
static inline size_t dma_pages_of(size_t shift, size_t nbytes)
{
	return (shift + nbytes + (DMA_PAGE_SIZE - 1)) >> DMA_PAGE_SHIFT;
}

static inline size_t dma_page_offset(dma_paddr_t paddr)
{
	return (size_t)(paddr.raw & (DMA_PAGE_SIZE - 1));
}

/* Pages of a piece's device view. */
static inline size_t dma_piece_pages(const struct dma_piece *piece, bool plain)
{
	return dma_pages_of(plain ? dma_page_offset(piece->paddr) : piece->shift, piece->len);
}

/* Where an iteration stands. */
struct dma_pieces {
	union {
		const struct dma_piece *piece;
		const struct dma_owed_node *chain; /* with DMA_PIECES_CHAIN: runs of frames, linked by `next` */
	};
	const struct dma_piece *end;
	bool plain;	/* all pieces are their own device view (DMA_PLACE_PLAIN) */
	unsigned stage; /* of this piece: 0 the head is next, 1 the middle, 2 the tail; or DMA_PIECES_CHAIN */
};

#define DMA_PIECES_CHAIN 3u

static inline struct dma_pieces dma_pieces_begin(const struct dma_list *l, const struct dma_piece *pieces, bool plain)
{
	return (struct dma_pieces){.piece = pieces, .end = pieces + l->npieces, .plain = plain};
}

/* The next run of pages, and whether there is one; not of a chain. */
static inline bool dma_pieces_next(struct dma_pieces *it, uint64_t *paddr, size_t *npages)
{
	const uint64_t page = ~(uint64_t)(DMA_PAGE_SIZE - 1);

	while (it->piece != it->end) {
		const struct dma_piece *piece = it->piece;
		size_t direct;

		if (it->plain) {
			it->piece++;
			*paddr = piece->paddr.raw & page;
			*npages = dma_pages_of(dma_page_offset(piece->paddr), piece->len);
			return true;
		}
		switch (it->stage++) {
		case 0:
			if (!piece->head)
				break;
			*paddr = piece->head->owed.paddr.raw;
			*npages = dma_pages_of(piece->shift, piece->head_len);
			return true;
		case 1:
			direct = piece->len - piece->head_len - piece->tail_len;
			if (direct == 0)
				break;
			*paddr = (piece->paddr.raw + piece->head_len) & page;
			*npages = dma_pages_of(dma_page_offset(dma_paddr(piece->paddr.raw + piece->head_len)), direct);
			return true;
		default:
			it->piece++;
			it->stage = 0;
			if (!piece->tail)
				break;
			*paddr = piece->tail->owed.paddr.raw;
			*npages = 1;
			return true;
		}
	}
	return false;
}

#endif
