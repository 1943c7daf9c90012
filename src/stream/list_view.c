/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lists: the device view of pieces that need one of their own, and what goes into it.
 *
 *      piece         |......####|##########|##########|##.......|      pages
 *                           ^ head, if an edge is shared  ^ tail
 *      device view   |000000####|                     |##0000000|      blocks (bounce.h), zeros beside
 *                               |##########|##########|                the piece's own pages
 *
 * Without an IOMMU the device sees the three where they are, so that an edge is as small as the unit that may not be
 * shared: a line, or a page.
 */
#include "list_view.h"
#include "../base/cache.h"
#include "../base/state.h"
#include "../device/reach.h"
#include "../memory/pieces.h"
#include "../memory/placement.h"
#include "bounce.h"
#include <dmastream/arch.h>
#include <dmastream/buffer.h>
#include <dmastream/errors.h>

/* ---- Where it lives ---- */

/* Where what bounces lives. */
static dma_cold int placement(const struct dma_device *dev)
{
	const struct dma_host_info *host = &dma_state.host;
	struct dma_placement_case c = {
		.purpose = DMA_FOR_MAP,
		.coherent = dev->coherent,
		.can_sync = host->can_sync,
		.uncached_ok = host->uncached_ok,
		.cvm = host->cvm,
		.reachable = true,
	};

	return dma_placement(&c);
}

int dma_list_plan(struct dma_list_plan *p, struct dma_device *dev, unsigned dir, bool one)
{
	const struct dma_host_info *host = &dma_state.host;
	int place = dma_likely(dev->coherent && !host->cvm) ? DMA_PLACE_DIRECT : placement(dev);

	if (place < 0)
		return place;
	p->dev = dev;
	p->dir = dir;
	p->place = place & ~DMA_PLACE_BOUNCE;
	p->all = (place & DMA_PLACE_BOUNCE) != 0;
	p->one = one;
	p->behind = dev->domain->ops != NULL;
	p->unit = !dev->trusted ? DMA_PAGE_SIZE : dev->coherent ? 1 : host->line_align;
	p->cut = p->behind ? DMA_PAGE_SIZE : dma_device_line(dev);
	return 0;
}

/* At its offset in a page it crosses the boundary, wherever that page is. */
static bool too_wide(const struct dma_list_plan *p, const struct dma_piece *piece)
{
	return p->dev->boundary && dma_page_offset(piece->paddr) + piece->len > p->dev->boundary &&
	       piece->len <= p->dev->boundary;
}

/* True if the device cannot address the piece where it lies: the whole piece then bounces, to where the device can. */
static bool out_of_place(const struct dma_list_plan *p, struct dma_piece *piece)
{
	const struct dma_device *dev = p->dev;
	uint64_t last;

	if (p->behind) {
		size_t align = dev->min_align < DMA_PAGE_SIZE ? dev->min_align : DMA_PAGE_SIZE;

		return (piece->paddr.raw & (align - 1)) != 0 || (p->one && too_wide(p, piece));
	}
	piece->daddr = dma_daddr(piece->paddr.raw);
	if (dev->nwindows ? !dma_device_finds(dev, piece->paddr, piece->len, &piece->daddr)
			  : piece->paddr.raw + (piece->len - 1) > dev->mask)
		return true;
	if ((piece->daddr.raw & (dev->min_align - 1)) != 0)
		return true;
	last = piece->daddr.raw + (piece->len - 1);
	return p->one && dev->boundary && (piece->daddr.raw ^ last) >= dev->boundary;
}

/* Head and tail of a piece that is its own device view otherwise. */
static void find_edges(const struct dma_list_plan *p, struct dma_piece *piece)
{
	uint64_t begin = piece->paddr.raw, end = begin + piece->len, mask = p->cut - 1;

	if ((begin & (p->unit - 1)) != 0) {
		uint64_t head = ((begin | mask) + 1) - begin;

		piece->head_len = head < piece->len ? (size_t)head : piece->len;
	}
	if ((end & (p->unit - 1)) != 0 && piece->head_len < piece->len) {
		uint64_t tail = end - (end & ~mask);

		piece->tail_len = tail < piece->len - piece->head_len ? (size_t)tail : piece->len - piece->head_len;
	}
	/* One block does for both where they meet in a page. */
	if (piece->tail_len && piece->head_len + piece->tail_len == piece->len &&
	    dma_pages_of(piece->shift, piece->len) == 1) {
		piece->head_len = piece->len;
		piece->tail_len = 0;
	}
}

static void decide(const struct dma_list_plan *p, struct dma_piece *piece)
{
	bool moved = out_of_place(p, piece);

	piece->cpu = NULL;
	piece->head = piece->tail = piece->view = NULL;
	piece->head_len = piece->tail_len = 0;
	piece->shift = dma_page_offset(piece->paddr);
	if (!p->all && !moved) {
		find_edges(p, piece);
		if (!p->one || p->behind || (!piece->head_len && !piece->tail_len))
			return;
	}
	piece->head_len = piece->len;
	piece->tail_len = 0;
	if ((piece->shift & (p->dev->min_align - 1)) || (p->one && too_wide(p, piece)))
		piece->shift = 0;
}

/* ---- Taken and given back ---- */

/* The CPU view of memory that has no linear mapping: a cached mapping of its own. */
static int map_cpu_view(struct dma_piece *piece)
{
	size_t offset = dma_page_offset(piece->paddr), npages = dma_pages_of(offset, piece->len);
	struct dma_owed_node *node;
	int error;

	if (!DMA_CONFIG_HIGHMEM)
		return DMA_ENOTSUP;
	if (!dma_host_interrupts_on())
		return DMA_EBUSY;
	node = dma_owed_node_alloc();
	if (!node)
		return DMA_ENOMEM;
	node->owed = (struct dma_owed){
		.paddr = dma_paddr(piece->paddr.raw - offset), .npages = (uint32_t)npages, .steps = DMA_OWED_UNMAP};
	error = dma_host_kva_map(node->owed.paddr, npages, DMA_KVA_CACHED, &node->va);
	if (error) {
		dma_owed_node_free(node);
		return error;
	}
	piece->view = node;
	piece->cpu = (unsigned char *)node->va + offset;
	return 0;
}

/* A node whose device has not had it, or has it no more. */
static void settle(struct dma_owed_node *node)
{
	struct dma_owed owed = dma_owed_of_node(node);

	dma_owed_settle(&owed);
}

void dma_piece_give_back(struct dma_piece *piece)
{
	if (piece->head)
		dma_bounce_put(piece->head);
	if (piece->tail)
		dma_bounce_put_tail(piece->tail);
	if (piece->view)
		settle(piece->view);
	piece->head = piece->tail = piece->view = NULL;
}

int dma_piece_take(const struct dma_list_plan *p, struct dma_piece *piece)
{
	int error = 0;

	decide(p, piece);
	piece->cpu = dma_piece_linear(piece);
	if (!piece->cpu)
		error = map_cpu_view(piece);
	if (!error && piece->head_len)
		piece->head = dma_bounce_get(p->dev, p->place, dma_pages_of(piece->shift, piece->head_len), &error);
	if (!error && piece->tail_len)
		piece->tail = dma_bounce_get_tail(p->dev, p->place, &error);
	if (error)
		dma_piece_give_back(piece);
	return error;
}

/* ---- Contents ---- */

/* One bounced part of a piece: which block, from where in it on, and which of the caller's bytes. */
struct edge {
	struct dma_owed_node *block;
	unsigned char *cpu;
	size_t at, len;
};

static inline bool edge_of(const struct dma_piece *piece, unsigned which, struct edge *e)
{
	size_t tail_begins = piece->len - piece->tail_len;

	if (which == 0)
		*e = (struct edge){piece->head, piece->cpu, piece->shift, piece->head_len};
	else
		*e = (struct edge){piece->tail, piece->cpu + tail_begins,
				   dma_page_offset(dma_paddr(piece->paddr.raw + tail_begins)), piece->tail_len};
	return e->block != NULL;
}

void dma_bounce_clear_beside(struct dma_owed_node *node, size_t at, size_t end)
{
	struct dma_dirty dirty = dma_bounce_dirty(node);
	unsigned char *va = node->va;
	size_t from = dirty.from > end ? dirty.from : end, to = dirty.to < at ? dirty.to : at;

	if (dirty.from < to)
		dma_arch_fill(va + dirty.from, 0, to - dirty.from);
	if (from < dirty.to)
		dma_arch_fill(va + from, 0, dirty.to - from);
}

/* Every line of it that dma_bounce_fill() may have made dirty, and no other. */
static void clean_filled(const struct edge *e)
{
	const unsigned char *va = e->block->va;
	struct dma_dirty dirty = dma_bounce_dirty(e->block);

	if (dirty.from < dirty.to)
		dma_cache_clean_lines(va + dirty.from, dirty.to - dirty.from);
	dma_cache_clean_lines(va + e->at, e->len);
}

static dma_cold void clean_all(const struct dma_list *l, const struct dma_piece *pieces)
{
	struct edge e;

	dma_arch_maintenance_begin();
	for (size_t i = 0; i < l->npieces; i++) {
		const struct dma_piece *piece = &pieces[i];

		for (unsigned which = 0; which < 2; which++)
			if (edge_of(piece, which, &e))
				clean_filled(&e);
		dma_cache_clean_lines(piece->cpu + piece->head_len, piece->len - piece->head_len - piece->tail_len);
	}
	dma_arch_maintenance_end();
}

void dma_list_hand_over(const struct dma_list *l, struct dma_piece *pieces, const struct dma_list_plan *p)
{
	struct edge e;

	for (size_t i = 0; i < l->npieces; i++) {
		if (pieces[i].head && edge_of(&pieces[i], 0, &e))
			dma_bounce_fill(e.block, e.at, e.cpu, e.len, p->dir);
		if (pieces[i].tail && edge_of(&pieces[i], 1, &e))
			dma_bounce_fill(e.block, e.at, e.cpu, e.len, p->dir);
	}
	if (p->place & DMA_PLACE_MAINTAIN)
		clean_all(l, pieces);
	for (size_t i = 0; i < l->npieces; i++) {
		if (pieces[i].head && edge_of(&pieces[i], 0, &e))
			dma_bounce_filled(e.block, e.at, e.len, p->dir, p->dev->trusted);
		if (pieces[i].tail && edge_of(&pieces[i], 1, &e))
			dma_bounce_filled(e.block, e.at, e.len, p->dir, p->dev->trusted);
	}
	dma_arch_publish();
}

/* ---- The reserve ---- */

int dma_buffer_reserve(struct dma_device *dev, size_t nbytes, unsigned count)
{
	struct dma_list_plan p;
	size_t npages;
	bool whole;
	int error;

	if (!dma_state.ready || !dev->domain || nbytes == 0)
		return DMA_EINVAL;
	if (!dma_host_interrupts_on())
		return DMA_EBUSY;
	error = dma_list_plan(&p, dev, DMA_BIDIRECTIONAL, true);
	if (error)
		return error;
	whole = p.all || !p.behind; /* or where memory is out of reach */
	npages = whole ? dma_pages_of(DMA_PAGE_SIZE - 1, nbytes) : 1;
	if (nbytes > SIZE_MAX - 2 * DMA_PAGE_SIZE || npages > DMA_BOUNCE_MOST_PAGES)
		return DMA_EINVAL;
	if (!p.all && p.unit == 1 && dev->min_align == 1 && (p.behind || (dev->mask == UINT64_MAX && !dev->nwindows)))
		return 0;
	error = dma_bounce_reserve(dev, p.place, npages, whole ? count : 2 * count);
	if (!error && whole && npages > 1) /* pieces of lists may have edges of a page */
		error = dma_bounce_reserve(dev, p.place, 1, 2 * count);
	return error;
}
