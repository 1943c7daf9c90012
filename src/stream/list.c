/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lists: built, and emptied. (Mapped: list_map.c. Walked: list_walk.c. Synced and accessed: list_access.c.)
 *
 * While pieces are added, the list keeps what the fast path of map asks: the highest byte, and where pieces begin and
 * end. So that map looks at no piece where nothing has to be decided.
 */
#include "../base/ram.h"
#include "../memory/pieces.h"
#include "list_own.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

int dma_linear_ask(const void *memory, size_t len, dma_paddr_t *paddr)
{
	uint64_t first = (uintptr_t)memory - dma_state.host.linear_base, last = first + (len - 1);

	if (!dma_state.ready || len == 0 || len > SIZE_MAX - DMA_PAGE_SIZE)
		return DMA_EINVAL;
	if (!dma_state.host.linear_last)
		return DMA_ENOTSUP;
	/* Stacks and buffers that are mapped elsewhere lie below the linear map, which wraps, or beyond it (hazard
	 * 46). */
	if (last < first || last > dma_state.host.linear_last)
		return DMA_EFAULT;
	if (!dma_host_is_ram(dma_paddr(first & ~(uint64_t)(DMA_PAGE_SIZE - 1)),
			     dma_pages_of(dma_page_offset(dma_paddr(first)), len)))
		return DMA_EFAULT;
	*paddr = dma_paddr(first);
	return 0;
}

/* Adds a piece; `run`: the reference to run_pages that comes with it. The list is not mapped, and len is not 0. */
static inline __attribute__((always_inline)) int add(struct dma_list *l, dma_paddr_t paddr, size_t len,
						     struct dma_run *run, size_t run_pages)
{
	const uint64_t last = paddr.raw + (len - 1);
	size_t n = l->npieces;
	struct dma_piece *piece;

	if (dma_unlikely(len > SIZE_MAX - DMA_PAGE_SIZE - l->nbytes))
		return DMA_EINVAL;
	if (n && !run && l->pieces[n - 1].paddr.raw + l->pieces[n - 1].len == paddr.raw && !l->pieces[n - 1].run) {
		/* It goes on where the last one ends: they are one piece, and a page of both counts once. */
		l->pieces[n - 1].len += len;
		l->npages += (size_t)((last >> DMA_PAGE_SHIFT) - ((paddr.raw - 1) >> DMA_PAGE_SHIFT));
	} else {
		if (dma_unlikely(n >= l->capacity))
			return DMA_ENOSPC;
		l->npieces = n + 1;
		piece = &l->pieces[n];
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a list with room has an array */
		piece->paddr = paddr;
		piece->len = len;
		piece->run = run;
		if (run) {
			piece->run_pages = run_pages;
			l->owns = true;
		}
		l->npages += (size_t)((last >> DMA_PAGE_SHIFT) - (paddr.raw >> DMA_PAGE_SHIFT)) + 1;
	}
	l->nbytes += len;
	l->begins |= paddr.raw;
	l->ends |= last + 1;
	if (last > l->last)
		l->last = last;
	return 0;
}

static __attribute__((noinline)) int add_asked(struct dma_list *l, const void *memory, size_t len)
{
	dma_paddr_t paddr;
	int error = l->dev ? DMA_EINVAL : dma_linear_ask(memory, len, &paddr);

	return error ? error : add(l, paddr, len, NULL, 0);
}

int dma_list_add(struct dma_list *l, void *memory, size_t len)
{
	dma_paddr_t paddr;

	if (dma_likely(dma_linear_known(memory, len, &paddr) && !l->dev))
		return add(l, paddr, len, NULL, 0);
	return add_asked(l, memory, len);
}

static inline bool fits(const struct dma_list *l, const struct dma_segment *seg, size_t off, size_t len)
{
	size_t size = dma_segment_size(seg);

	return !l->dev && dma_state.ready && len && off <= size && len <= size - off;
}

int dma_list_add_segment(struct dma_list *l, const struct dma_segment *seg, size_t off, size_t len)
{
	return fits(l, seg, off, len) ? add(l, dma_paddr(seg->paddr.raw + off), len, NULL, 0) : DMA_EINVAL;
}

int dma_list_own_segment(struct dma_list *l, struct dma_segment *seg, size_t off, size_t len)
{
	int error = DMA_EINVAL;

	if (fits(l, seg, off, len))
		error = add(l, dma_paddr(seg->paddr.raw + off), len, seg->run, seg->npages);
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
