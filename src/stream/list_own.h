/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What lists and buffers share. A buffer is a list of one piece, which moves with it: so the pieces are passed beside
 * the list, whose own pointer these functions never follow.
 */
#ifndef DMASTREAM_SRC_LIST_H
#define DMASTREAM_SRC_LIST_H

#include "../base/state.h"
#include "../memory/pieces.h"
#include <dmastream/errors.h>

/* Makes a list of one borrowed piece. */
static inline void dma_piece_only(struct dma_list *l, struct dma_piece *piece, dma_paddr_t paddr, size_t len)
{
	piece->paddr = paddr;
	piece->len = len;
	*l = (struct dma_list){
		.capacity = 1,
		.npieces = 1,
		.nbytes = len,
		.npages = dma_pages_of(dma_page_offset(paddr), len),
		.last = paddr.raw + (len - 1),
		.begins = paddr.raw,
		.ends = paddr.raw + len,
	};
}

/* list.c: the physical address of any memory in the linear map: the host is asked whether it is RAM. 0, DMA_EINVAL,
 * DMA_ENOTSUP, DMA_EFAULT: as dma_list_add(). */
DMA_MUST_CHECK int dma_linear_ask(const void *memory, size_t len, dma_paddr_t *paddr);

/* Drops the references and empties the list, which is not mapped. */
void dma_pieces_drop(struct dma_list *l, struct dma_piece *pieces);

/* list_map.c: as dma_list_map() and dma_list_unmap(); one: there must be one entry. */
DMA_MUST_CHECK int dma_pieces_map(struct dma_list *l, struct dma_piece *pieces, struct dma_device *dev, unsigned dir,
				  bool one);
void dma_pieces_unmap(struct dma_list *l, struct dma_piece *pieces);
/* The same for a buffer that is whole in one block, and nothing else: its place is DMA_PLACE_BOUNCE alone. */
void dma_pieces_unmap_bounced(struct dma_list *l, struct dma_piece *piece);

/* list_walk.c: a walk over the entries of mapped pieces. */
static inline struct dma_list_walk dma_pieces_walk(const struct dma_list *l, const struct dma_piece *pieces)
{
	return (struct dma_list_walk){.list = l, .piece = pieces, .end = pieces + l->npieces};
}
/* How many entries there are, and whether all of them are aligned as the device wants it. */
size_t dma_pieces_count(const struct dma_list *l, const struct dma_piece *pieces, bool *aligned);

/* list_access.c: as dma_list_sync_to_device_slow() and so on. */
DMA_MUST_CHECK int dma_pieces_check(const struct dma_list *l, unsigned dir, size_t off, size_t len);
void dma_pieces_sync_to_device(const struct dma_list *l, const struct dma_piece *pieces, size_t off, size_t len);
void dma_pieces_sync_from_device(const struct dma_list *l, const struct dma_piece *pieces, size_t off, size_t len);
void dma_pieces_rearm(const struct dma_list *l, const struct dma_piece *pieces, size_t off, size_t len);
void dma_pieces_read(const struct dma_list *l, const struct dma_piece *pieces, size_t off, unsigned char *dst,
		     size_t len);
void dma_pieces_write(const struct dma_list *l, const struct dma_piece *pieces, size_t off, const unsigned char *src,
		      size_t len);

/* A stretch of a list that lies in one place for the CPU, and in one for the device. */
struct dma_part {
	unsigned char *cpu;
	unsigned char *view; /* as the CPU maps the device view: cpu, or in a bounce */
	size_t len;
};

/* The parts of a range, one after the other. */
struct dma_parts {
	const struct dma_list *list;
	const struct dma_piece *piece;
	size_t at;   /* in the piece */
	size_t left; /* bytes of the range */
};

struct dma_parts dma_parts_begin(const struct dma_list *l, const struct dma_piece *pieces, size_t off, size_t len);
bool dma_parts_next(struct dma_parts *p, struct dma_part *part);

/* list_tell.c: tells a machine that looks on (DMA_ARCH_TOLD) which bytes the device has from now on, or has no more,
 * run by run of its view. */
void dma_pieces_tell(const struct dma_list *l, const struct dma_piece *pieces, bool begins);

#endif
