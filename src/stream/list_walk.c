/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the device is told of a list: stretches of device addresses, joined where they meet, cut where the device's
 * limits say so (hazard 83).
 *
 * An entry is never longer than max_segment_size, crosses no boundary, and is cut where the next one is aligned.
 */
#include "../device/reach.h"
#include "../memory/pieces.h"
#include "list_own.h"

/* Gives the next stretch of the list whose device addresses follow one another, from where the walk stands. The list is
 * none for next_plain(). */
static bool span(const struct dma_list_walk *w, struct dma_list_entry *out)
{
	const struct dma_list *l = w->list;
	const struct dma_piece *piece = w->piece;
	size_t at = w->done, tail_begins;
	dma_paddr_t block;
	uint64_t from;

	if (piece == w->end)
		return false;
	out->len = piece->len - at;
	if (l->place & DMA_PLACE_TRANSLATED) {
		out->daddr = dma_daddr(l->daddr.raw + ((uint64_t)w->pages << DMA_PAGE_SHIFT) + piece->shift + at);
		return true;
	}
	tail_begins = piece->len - piece->tail_len;
	if (at >= piece->head_len && at < tail_begins) {
		out->daddr = dma_daddr(piece->daddr.raw + at);
		out->len = tail_begins - at;
		return true;
	}
	if (at < piece->head_len) {
		block = piece->head->owed.paddr;
		from = piece->shift + at;
		out->len = piece->head_len - at;
	} else {
		block = piece->tail->owed.paddr;
		from = dma_page_offset(dma_paddr(piece->paddr.raw + tail_begins)) + (at - tail_begins);
	}
	if (!dma_device_finds(l->dev, dma_paddr(block.raw + from), out->len, &out->daddr))
		return false; /* a block is taken because the device finds it */
	return true;
}

static void pass(struct dma_list_walk *w, size_t len)
{
	w->done += len;
	if (w->done < w->piece->len)
		return;
	w->pages += dma_piece_pages(w->piece, false);
	w->piece++;
	w->done = 0;
}

/* Bytes that an entry from daddr on may have. */
static uint64_t most(const struct dma_device *dev, uint64_t daddr)
{
	uint64_t size = dev->max_segment_size ? dev->max_segment_size : UINT64_MAX, room;

	if (size >= dev->min_align)
		size &= ~(uint64_t)(dev->min_align - 1);
	if (dev->boundary) {
		room = dev->boundary - (daddr & (dev->boundary - 1));
		size = size < room ? size : room;
	}
	return size;
}

/*
 * The fast path: the pieces are their own device view. Such a device takes entries of any length (direct_last and
 * translated_last are 0 for others), so that no piece is cut, and done stays 0.
 */
static bool next_plain(struct dma_list_walk *w, struct dma_list_entry *entry)
{
	const uint64_t page = DMA_PAGE_SIZE - 1;
	const struct dma_list *l = w->list;
	const struct dma_piece *piece = w->piece;
	uint64_t begin = piece->paddr.raw, end = begin + piece->len;

	if (!(l->place & DMA_PLACE_TRANSLATED)) {
		while (++piece != w->end && piece->paddr.raw == end)
			end += piece->len;
		entry->daddr = dma_daddr(begin + l->daddr.raw);
		entry->len = (size_t)(end - begin);
		w->piece = piece;
		return true;
	}
	/* Counted from the first page of the list's addresses. */
	begin = ((uint64_t)w->pages << DMA_PAGE_SHIFT) + (begin & page);
	end = begin + piece->len;
	while (++piece != w->end && ((end | piece->paddr.raw) & page) == 0)
		end += piece->len;
	entry->daddr = dma_daddr(l->daddr.raw + begin);
	entry->len = (size_t)(end - begin);
	w->pages = (size_t)((end + page) >> DMA_PAGE_SHIFT);
	w->piece = piece;
	return true;
}

/* The next entry of a list that is not plain: its pieces may be cut, and may bounce. */
static dma_cold bool next_cut(struct dma_list_walk *w, struct dma_list_entry *entry)
{
	struct dma_list_entry next;
	uint64_t room;
	size_t n;

	if (!span(w, entry))
		return false;
	room = most(w->list->dev, entry->daddr.raw);
	n = entry->len < room ? entry->len : (size_t)room;
	entry->len = n;
	pass(w, n);
	while (entry->len < room && span(w, &next) && next.daddr.raw == entry->daddr.raw + entry->len) {
		room -= n;
		n = next.len < room ? next.len : (size_t)room;
		entry->len += n;
		pass(w, n);
	}
	return true;
}

bool dma_list_next(struct dma_list_walk *w, struct dma_list_entry *entry)
{
	if (w->piece == w->end)
		return false;
	return w->list->place & DMA_PLACE_PLAIN ? next_plain(w, entry) : next_cut(w, entry);
}

size_t dma_pieces_count(const struct dma_list *l, const struct dma_piece *pieces, bool *aligned)
{
	struct dma_list_walk w = dma_pieces_walk(l, pieces);
	struct dma_list_entry entry;
	size_t n = 0;

	for (*aligned = true; dma_list_next(&w, &entry); n++)
		if (entry.daddr.raw & (l->dev->min_align - 1))
			*aligned = false;
	return n;
}

size_t dma_list_entries(const struct dma_list *l)
{
	bool ignored;

	return l->dev ? dma_pieces_count(l, l->pieces, &ignored) : 0;
}
