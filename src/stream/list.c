/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lists: built, and emptied. (Mapped: list_map.c. Walked: list_walk.c. Synced and accessed: list_access.c.)
 *
 * While pieces are added, the list keeps what the fast path of map asks: the highest byte, and where pieces begin and
 * end. So that map looks at no piece where nothing has to be decided.
 */
#include "../base/state.h"
#include "../memory/pieces.h"
#include "list_own.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

int dma_pieces_add(struct dma_list *l, struct dma_piece *pieces, dma_paddr_t paddr, size_t len, struct dma_run *run,
		   size_t run_pages)
{
	struct dma_piece *piece = l->npieces ? &pieces[l->npieces - 1] : NULL;

	if (len > SIZE_MAX - DMA_PAGE_SIZE - l->nbytes)
		return DMA_EINVAL;
	if (piece && !run && !piece->run && piece->paddr.raw + piece->len == paddr.raw) {
		l->npages -= dma_pages_of(dma_page_offset(piece->paddr), piece->len);
		piece->len += len; /* goes on where the last one ends: one piece */
	} else {
		if (l->npieces >= l->capacity)
			return DMA_ENOSPC;
		piece = &pieces[l->npieces++];
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a list with room has an array */
		piece->paddr = paddr;
		piece->len = len;
		piece->run = run;
		piece->run_pages = run_pages;
	}
	l->nbytes += len;
	l->npages += dma_pages_of(dma_page_offset(piece->paddr), piece->len);
	l->begins |= paddr.raw;
	l->ends |= paddr.raw + len;
	if (paddr.raw + (len - 1) > l->last)
		l->last = paddr.raw + (len - 1);
	l->owns = l->owns || run;
	return 0;
}

int dma_list_add(struct dma_list *l, void *memory, size_t len)
{
	dma_paddr_t paddr;
	int error = l->dev ? DMA_EINVAL : dma_linear_paddr(memory, len, &paddr);

	return error ? error : dma_pieces_add(l, l->pieces, paddr, len, NULL, 0);
}

static int add_segment(struct dma_list *l, const struct dma_segment *seg, size_t off, size_t len, bool own)
{
	size_t size = dma_segment_size(seg);

	if (l->dev || !dma_state.ready || len == 0 || off > size || len > size - off)
		return DMA_EINVAL;
	return dma_pieces_add(l, l->pieces, dma_paddr(seg->paddr.raw + off), len, own ? seg->run : NULL, seg->npages);
}

int dma_list_add_segment(struct dma_list *l, const struct dma_segment *seg, size_t off, size_t len)
{
	return add_segment(l, seg, off, len, false);
}

int dma_list_own_segment(struct dma_list *l, struct dma_segment *seg, size_t off, size_t len)
{
	int error = add_segment(l, seg, off, len, true);

	if (!error)
		*seg = (struct dma_segment){0};
	return error;
}

void dma_pieces_drop(struct dma_list *l, struct dma_piece *pieces)
{
	for (size_t i = 0; l->owns && i < l->npieces; i++) {
		if (pieces[i].run)
			dma_run_drop(pieces[i].run, pieces[i].run_pages);
		pieces[i].run = NULL;
	}
	*l = (struct dma_list){.pieces = l->pieces, .capacity = l->capacity};
}

int dma_list_map(struct dma_list *l, struct dma_device *dev, unsigned dir)
{
	int error = dma_pieces_map(l, l->pieces, dev, dir, false);

	if (!error)
		dma_arch_handle_begins(l->dev, l->daddr.raw, (uintptr_t)l->pieces, l->nbytes);
	return error;
}

void dma_list_unmap(struct dma_list *l)
{
	if (!l->dev)
		return;
	if (dma_arch_handle_ends(l->dev, l->daddr.raw, (uintptr_t)l->pieces, l->nbytes))
		dma_pieces_unmap(l, l->pieces);
	else /* the pieces, and their references, were the other handle's */
		*l = (struct dma_list){.pieces = l->pieces, .capacity = l->capacity};
}

void dma_list_release(struct dma_list *l)
{
	dma_list_unmap(l);
	dma_pieces_drop(l, l->pieces);
}
