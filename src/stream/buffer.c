/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Buffers: lists of one piece, which the device must see as one entry.
 */
#include "../base/ram.h"
#include "../memory/pieces.h"
#include "../memory/placement.h"
#include "list_own.h"
#include <dmastream/arch.h>
#include <dmastream/buffer.h>
#include <dmastream/errors.h>

static inline __attribute__((always_inline)) int map(struct dma_buffer *b, struct dma_device *dev, unsigned dir,
						     dma_paddr_t paddr, size_t len, const struct dma_segment *seg)
{
	int error;

	dma_piece_only(&b->list, &b->piece, paddr, len);
	b->piece.run = seg ? seg->run : NULL;
	b->piece.run_pages = seg ? seg->npages : 0;
	b->list.owns = b->piece.run != NULL;
	error = dma_pieces_map(&b->list, &b->piece, dev, dir, true);
	if (dma_unlikely(error))
		*b = (struct dma_buffer){0};
	else
		dma_arch_handle_begins(dev, b->list.daddr.raw, paddr.raw, len);
	return error;
}

static __attribute__((noinline)) int map_asked(struct dma_buffer *b, struct dma_device *dev, unsigned dir,
					       const void *memory, size_t len)
{
	dma_paddr_t paddr;
	int error = b->list.dev ? DMA_EINVAL : dma_linear_ask(memory, len, &paddr);

	return error ? error : map(b, dev, dir, paddr, len, NULL);
}

int dma_buffer_map(struct dma_buffer *b, struct dma_device *dev, unsigned dir, void *memory, size_t len)
{
	dma_paddr_t paddr;

	if (dma_likely(dma_linear_known(memory, len, &paddr) && !b->list.dev))
		return map(b, dev, dir, paddr, len, NULL);
	return map_asked(b, dev, dir, memory, len);
}

int dma_buffer_map_segment(struct dma_buffer *b, struct dma_device *dev, unsigned dir, struct dma_segment *seg,
			   size_t off, size_t len)
{
	size_t size = dma_segment_size(seg);
	int error;

	if (b->list.dev || len == 0 || off > size || len > size - off || len > SIZE_MAX - DMA_PAGE_SIZE)
		return DMA_EINVAL;
	error = map(b, dev, dir, dma_paddr(seg->paddr.raw + off), len, seg);
	if (!error)
		*seg = (struct dma_segment){0};
	return error;
}

void dma_buffer_release(struct dma_buffer *b)
{
	if (b->list.dev && !dma_arch_handle_ends(b->list.dev, b->list.daddr.raw, b->piece.paddr.raw, b->list.nbytes)) {
		*b = (struct dma_buffer){0};
		return;
	}
	if (b->list.dev) {
		if (DMA_CONFIG_BOUNCE && b->list.place == DMA_PLACE_BOUNCE)
			dma_pieces_unmap_bounced(&b->list, &b->piece);
		else
			dma_pieces_unmap(&b->list, &b->piece);
		if (b->piece.run)
			dma_run_drop(b->piece.run, b->piece.run_pages);
	}
	b->piece.run = NULL;
	b->list.nbytes = 0;
}

dma_daddr_t dma_buffer_daddr(const struct dma_buffer *b)
{
	struct dma_list_walk walk;
	struct dma_list_entry entry;

	if (!b->list.dev)
		return dma_daddr(DMA_ADDRESS_NONE);
	walk = dma_pieces_walk(&b->list, &b->piece);
	return dma_list_next(&walk, &entry) ? entry.daddr : dma_daddr(DMA_ADDRESS_NONE);
}

/* ---- Synced, accessed ---- */

int dma_buffer_sync_to_device_slow(const struct dma_buffer *b, size_t off, size_t len)
{
	int error = dma_pieces_check(&b->list, DMA_TO_DEVICE, off, len);

	if (error)
		dma_arch_stream_refused(NULL, off, len, DMA_TO_DEVICE, error);
	else
		dma_pieces_sync_to_device(&b->list, &b->piece, off, len);
	return error;
}

int dma_buffer_sync_from_device_slow(const struct dma_buffer *b, size_t off, size_t len)
{
	int error = dma_pieces_check(&b->list, DMA_FROM_DEVICE, off, len);

	if (error)
		dma_arch_stream_refused(NULL, off, len, DMA_FROM_DEVICE, error);
	else
		dma_pieces_sync_from_device(&b->list, &b->piece, off, len);
	return error;
}

int dma_buffer_rearm(const struct dma_buffer *b, size_t off, size_t len)
{
	int error = dma_pieces_check(&b->list, DMA_FROM_DEVICE, off, len);

	if (error)
		dma_arch_stream_refused(NULL, off, len, DMA_FROM_DEVICE, error);
	else
		dma_pieces_rearm(&b->list, &b->piece, off, len);
	return error;
}

int dma_buffer_read_bytes(const struct dma_buffer *b, size_t off, void *dst, size_t len)
{
	int error = dma_pieces_check(&b->list, DMA_FROM_DEVICE, off, len);

	if (!error)
		dma_pieces_read(&b->list, &b->piece, off, dst, len);
	return error;
}

int dma_buffer_write_bytes(const struct dma_buffer *b, size_t off, const void *src, size_t len)
{
	int error = dma_pieces_check(&b->list, DMA_TO_DEVICE, off, len);

	if (!error)
		dma_pieces_write(&b->list, &b->piece, off, src, len);
	return error;
}

/* The CPU view is the caller's own memory, in one stretch. */
static unsigned char *cpu_of(const struct dma_buffer *b)
{
	struct dma_parts parts = dma_parts_begin(&b->list, &b->piece, 0, 1);
	struct dma_part part;

	return dma_parts_next(&parts, &part) ? part.cpu : NULL;
}

int dma_buffer_reader(const struct dma_buffer *b, struct dma_reader *r)
{
	int error = dma_pieces_check(&b->list, DMA_FROM_DEVICE, 0, 0);

	if (!error)
		*r = dma_reader_of(cpu_of(b), b->list.nbytes);
	return error;
}

int dma_buffer_writer(const struct dma_buffer *b, struct dma_writer *w)
{
	int error = dma_pieces_check(&b->list, DMA_TO_DEVICE, 0, 0);

	if (!error)
		*w = dma_writer_of(cpu_of(b), b->list.nbytes);
	return error;
}
