/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lists: synced and accessed by ranges that may span pieces.
 *
 * In passes over all parts of the range, so that a batch keeps the order of a single sync (hazard 55): to the device
 * every copy, then every line, then one barrier; from the device a barrier, then every line, and only when that is
 * complete the copies.
 */
#include "../base/cache.h"
#include "../base/state.h"
#include "../memory/pieces.h"
#include "../memory/placement.h"
#include "list_own.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

int dma_pieces_check(const struct dma_list *l, unsigned dir, size_t off, size_t len)
{
	if (!l->dev || !dma_arch_handle_lives(l->dev, l->daddr.raw, l->nbytes))
		return DMA_EINVAL;
	if (!(l->dir & dir))
		return DMA_EACCES;
	return off <= l->nbytes && len <= l->nbytes - off ? 0 : DMA_EINVAL;
}

/* ---- Parts of a range ---- */

struct dma_parts dma_parts_begin(const struct dma_list *l, const struct dma_piece *pieces, size_t off, size_t len)
{
	struct dma_parts p = {.list = l, .piece = pieces, .at = off, .left = len};

	while (len > 0 && p.at >= p.piece->len) {
		p.at -= p.piece->len;
		p.piece++;
	}
	return p;
}

bool dma_parts_next(struct dma_parts *p, struct dma_part *part)
{
	const struct dma_piece *piece = p->piece;
	size_t end, tail_begins;

	if (p->left == 0)
		return false;
	end = piece->len;
	if (p->list->place & DMA_PLACE_PLAIN) {
		part->cpu = (unsigned char *)(dma_state.host.linear_base + (uintptr_t)piece->paddr.raw) + p->at;
		part->view = part->cpu;
	} else {
		tail_begins = piece->len - piece->tail_len;
		part->cpu = piece->cpu + p->at;
		part->view = part->cpu;
		if (p->at < piece->head_len) {
			end = piece->head_len;
			part->view = (unsigned char *)piece->head->va + piece->shift + p->at;
		} else if (p->at < tail_begins) {
			end = tail_begins;
		} else {
			part->view = (unsigned char *)piece->tail->va +
				     dma_page_offset(dma_paddr(piece->paddr.raw + tail_begins)) + (p->at - tail_begins);
		}
	}
	part->len = end - p->at < p->left ? end - p->at : p->left;
	p->left -= part->len;
	p->at += part->len;
	if (p->at == piece->len) {
		p->piece++;
		p->at = 0;
	}
	return true;
}

/* ---- Sync ---- */

static void copy_all(struct dma_parts p, bool to_device)
{
	struct dma_part part;

	while (dma_parts_next(&p, &part)) {
		if (part.view == part.cpu)
			continue;
		if (to_device)
			dma_arch_copy(part.view, part.cpu, part.len);
		else
			dma_arch_copy(part.cpu, part.view, part.len);
		dma_add(&dma_state.stats.bytes_bounced, part.len);
	}
}

static void tell_all(struct dma_parts p, unsigned dir)
{
	struct dma_part part;

	while (dma_parts_next(&p, &part))
		if (part.view == part.cpu)
			dma_arch_stream_synced(part.cpu, part.len, dir);
		else
			dma_arch_stream_copied(part.cpu, part.view, part.len, dir);
}

static void maintain_all(struct dma_parts p, bool to_device)
{
	struct dma_part part;

	dma_arch_maintenance_begin();
	while (dma_parts_next(&p, &part)) {
		if (to_device)
			dma_cache_clean_lines(part.view, part.len);
		else
			dma_cache_invalidate_lines(part.view, part.len);
	}
	dma_arch_maintenance_end();
}

void dma_pieces_sync_to_device(const struct dma_list *l, const struct dma_piece *pieces, size_t off, size_t len)
{
	struct dma_parts parts = dma_parts_begin(l, pieces, off, len);

	if (l->place & DMA_PLACE_BOUNCE)
		copy_all(parts, true);
	if ((l->place & DMA_PLACE_MAINTAIN) && len > 0)
		maintain_all(parts, true);
	if (DMA_ARCH_TOLD)
		tell_all(parts, DMA_TO_DEVICE);
	dma_publish();
}

void dma_pieces_sync_from_device(const struct dma_list *l, const struct dma_piece *pieces, size_t off, size_t len)
{
	struct dma_parts parts = dma_parts_begin(l, pieces, off, len);

	dma_consume();
	if ((l->place & DMA_PLACE_MAINTAIN) && len > 0)
		maintain_all(parts, false);
	if (l->place & DMA_PLACE_BOUNCE)
		copy_all(parts, false);
	if (DMA_ARCH_TOLD)
		tell_all(parts, DMA_FROM_DEVICE);
}

/* What the CPU has written itself must not be evicted over what the device writes: blocks are clean after each sync. */
static void clean_direct(struct dma_parts p)
{
	struct dma_part part;

	dma_arch_maintenance_begin();
	while (dma_parts_next(&p, &part))
		if (part.view == part.cpu)
			dma_cache_clean_lines(part.view, part.len);
	dma_arch_maintenance_end();
}

static void tell_armed(struct dma_parts p)
{
	struct dma_part part;

	while (dma_parts_next(&p, &part)) {
		if (part.view == part.cpu) {
			dma_arch_stream_synced(part.cpu, part.len, DMA_TO_DEVICE);
			dma_arch_stream_synced(part.cpu, part.len, DMA_FROM_DEVICE);
		} else {
			dma_arch_stream_copied(part.cpu, part.view, part.len, DMA_FROM_DEVICE);
		}
	}
}

void dma_pieces_rearm(const struct dma_list *l, const struct dma_piece *pieces, size_t off, size_t len)
{
	struct dma_parts parts = dma_parts_begin(l, pieces, off, len);

	if ((l->place & DMA_PLACE_MAINTAIN) && len > 0)
		clean_direct(parts);
	dma_arch_barrier(); /* what was read before is read before the device can write */
	if (DMA_ARCH_TOLD)
		tell_armed(parts);
}

int dma_list_rearm(const struct dma_list *l, size_t off, size_t len)
{
	int error = dma_pieces_check(l, DMA_FROM_DEVICE, off, len);

	if (error)
		dma_arch_stream_refused(NULL, off, len, DMA_FROM_DEVICE, error);
	else
		dma_pieces_rearm(l, l->pieces, off, len);
	return error;
}

int dma_list_sync_to_device_slow(const struct dma_list *l, size_t off, size_t len)
{
	int error = dma_pieces_check(l, DMA_TO_DEVICE, off, len);

	if (error)
		dma_arch_stream_refused(NULL, off, len, DMA_TO_DEVICE, error);
	else
		dma_pieces_sync_to_device(l, l->pieces, off, len);
	return error;
}

int dma_list_sync_from_device_slow(const struct dma_list *l, size_t off, size_t len)
{
	int error = dma_pieces_check(l, DMA_FROM_DEVICE, off, len);

	if (error)
		dma_arch_stream_refused(NULL, off, len, DMA_FROM_DEVICE, error);
	else
		dma_pieces_sync_from_device(l, l->pieces, off, len);
	return error;
}

/* ---- Access ---- */

void dma_pieces_read(const struct dma_list *l, const struct dma_piece *pieces, size_t off, unsigned char *dst,
		     size_t len)
{
	struct dma_parts p = dma_parts_begin(l, pieces, off, len);
	struct dma_part part;

	for (; dma_parts_next(&p, &part); dst += part.len)
		dma_arch_copy(dst, part.cpu, part.len);
}

void dma_pieces_write(const struct dma_list *l, const struct dma_piece *pieces, size_t off, const unsigned char *src,
		      size_t len)
{
	struct dma_parts p = dma_parts_begin(l, pieces, off, len);
	struct dma_part part;

	for (; dma_parts_next(&p, &part); src += part.len)
		dma_arch_copy(part.cpu, src, part.len);
}

int dma_list_read_bytes(const struct dma_list *l, size_t off, void *dst, size_t len)
{
	int error = dma_pieces_check(l, DMA_FROM_DEVICE, off, len);

	if (!error)
		dma_pieces_read(l, l->pieces, off, dst, len);
	return error;
}

int dma_list_write_bytes(const struct dma_list *l, size_t off, const void *src, size_t len)
{
	int error = dma_pieces_check(l, DMA_TO_DEVICE, off, len);

	if (!error)
		dma_pieces_write(l, l->pieces, off, src, len);
	return error;
}

/* From off to the end of its piece, in the CPU view, where head, middle and tail follow one another. */
static int rest_of_piece(const struct dma_list *l, unsigned dir, size_t off, unsigned char **cpu, size_t *len)
{
	int error = dma_pieces_check(l, dir, off, 1);
	struct dma_parts p;
	struct dma_part part = {0};

	if (error)
		return error;
	p = dma_parts_begin(l, l->pieces, off, 1);
	*len = p.piece->len - p.at;
	(void)dma_parts_next(&p, &part);
	*cpu = part.cpu;
	return 0;
}

int dma_list_reader(const struct dma_list *l, size_t off, struct dma_reader *r)
{
	unsigned char *cpu;
	size_t len;
	int error = rest_of_piece(l, DMA_FROM_DEVICE, off, &cpu, &len);

	if (!error)
		*r = dma_reader_of(cpu, len);
	return error;
}

int dma_list_writer(const struct dma_list *l, size_t off, struct dma_writer *w)
{
	unsigned char *cpu;
	size_t len;
	int error = rest_of_piece(l, DMA_TO_DEVICE, off, &cpu, &len);

	if (!error)
		*w = dma_writer_of(cpu, len);
	return error;
}
