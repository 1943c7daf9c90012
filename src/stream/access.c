/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Syncs that need more than a barrier, and the CPU's access to streams. The device view of a bounce is the mapping in
 * its node, otherwise the CPU view.
 */
#include "access.h"
#include "../memory/owed.h"
#include "stream_own.h"
#include <dmastream/errors.h>

static int check(const struct dma_stream *s, unsigned dir, size_t off, size_t len)
{
	size_t size = dma_stream_size(s);

	if (!s->dev || dma_stream_stale(s))
		return DMA_EINVAL;
	if (!(s->dir & dir))
		return DMA_EACCES;
	return off <= size && len <= size - off ? 0 : DMA_EINVAL;
}

/* The same before a sync, of which a machine that looks on is told if it is refused. */
static int check_sync(const struct dma_stream *s, unsigned dir, size_t off, size_t len)
{
	int error = check(s, dir, off, len);

	if (error)
		dma_arch_stream_refused(s->cpu, off, len, dir, error);
	return error;
}

static unsigned char *device_view(const struct dma_stream *s)
{
	return dma_stream_place(s) & DMA_PLACE_BOUNCE ? s->owed->va : s->cpu;
}

/* ---- Handing over ---- */

int dma_stream_sync_to_device_slow(const struct dma_stream *s, size_t off, size_t len)
{
	int error = check_sync(s, DMA_TO_DEVICE, off, len);

	if (error)
		return error;
	dma_access_to_device(dma_stream_place(s), s->cpu + off, device_view(s) + off, len);
	return 0;
}

int dma_stream_sync_from_device_slow(const struct dma_stream *s, size_t off, size_t len)
{
	int error = check_sync(s, DMA_FROM_DEVICE, off, len);

	if (error)
		return error;
	dma_access_from_device(dma_stream_place(s), s->cpu + off, device_view(s) + off, len);
	return 0;
}

int dma_stream_rearm(const struct dma_stream *s, size_t off, size_t len)
{
	int error = check_sync(s, DMA_FROM_DEVICE, off, len);

	if (error)
		return error;
	dma_access_rearm(dma_stream_place(s), s->cpu + off, device_view(s) + off, len);
	return 0;
}

/* ---- Where it is ---- */

dma_paddr_t dma_stream_paddr(const struct dma_stream *s)
{
	return s->dev ? dma_device_view_paddr(s) : dma_paddr(DMA_ADDRESS_NONE);
}

/* ---- The CPU's access ---- */

int dma_stream_check_read(const struct dma_stream *s, size_t off, size_t len)
{
	return check(s, DMA_FROM_DEVICE, off, len);
}

int dma_stream_check_write(const struct dma_stream *s, size_t off, size_t len)
{
	return check(s, DMA_TO_DEVICE, off, len);
}

int dma_stream_reader(const struct dma_stream *s, struct dma_reader *r)
{
	int error = check(s, DMA_FROM_DEVICE, 0, 0);

	if (!error)
		*r = dma_reader_of(s->cpu, dma_stream_size(s));
	return error;
}

int dma_stream_writer(const struct dma_stream *s, struct dma_writer *w)
{
	int error = check(s, DMA_TO_DEVICE, 0, 0);

	if (!error)
		*w = dma_writer_of(s->cpu, dma_stream_size(s));
	return error;
}

static int check_once(const struct dma_stream *s, unsigned dir, size_t off, size_t nbytes)
{
	int error = dma_access_once(off, nbytes);

	return error ? error : check(s, dir, off, nbytes);
}

int dma_stream_read_once_slow(const struct dma_stream *s, size_t off, void *value, size_t nbytes)
{
	int error = check_once(s, DMA_FROM_DEVICE, off, nbytes);

	if (!error)
		dma_access_store_value(value, dma_arch_read_once(s->cpu + off, nbytes), nbytes);
	return error;
}

int dma_stream_write_once_slow(const struct dma_stream *s, size_t off, const void *value, size_t nbytes)
{
	int error = check_once(s, DMA_TO_DEVICE, off, nbytes);

	if (!error)
		dma_arch_write_once(s->cpu + off, dma_access_load_value(value, nbytes), nbytes);
	return error;
}

int dma_stream_fill(const struct dma_stream *s, size_t off, unsigned char value, size_t len)
{
	int error = check(s, DMA_TO_DEVICE, off, len);

	if (!error)
		dma_arch_fill(s->cpu + off, value, len);
	return error;
}
