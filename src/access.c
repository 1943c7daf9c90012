/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Sync where a barrier is not all, and the CPU's access.
 *
 * Sync to the device: copy if it bounces, then clean the device view if it is cached and not snooped, then publish. From the device: consume, then
 * invalidate, then copy. No other case (hazards 1, 2, 42, 55). The device view of a bounce is its hold's va, otherwise the CPU view.
 */
#include "cache.h"
#include "hold.h"
#include "state.h"
#include "stream.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

static int check(const struct dma_stream *s, unsigned dir, size_t off, size_t len)
{
	size_t size = dma_stream_size(s);

	if (!s->dev)
		return DMA_EINVAL;
	if (!(s->dir & dir))
		return DMA_EACCES;
	return off <= size && len <= size - off ? 0 : DMA_EINVAL;
}

static unsigned char *device_view(const struct dma_stream *s)
{
	return s->place & DMA_PLACE_BOUNCE ? s->hold->va : s->cpu;
}

/* ---- Handing over ---- */

int dma_stream_sync_to_device_slow(const struct dma_stream *s, size_t off, size_t len)
{
	int error = check(s, DMA_TO_DEVICE, off, len);
	unsigned char *view;

	if (error)
		return error;
	view = device_view(s);
	if (s->place & DMA_PLACE_BOUNCE) {
		dma_arch_copy(view + off, s->cpu + off, len);
		dma_add(&dma_state.stats.bytes_bounced, len);
	}
	if (s->place & DMA_PLACE_MAINTAIN)
		dma_cache_clean(view + off, len);
	dma_publish();
	return 0;
}

int dma_stream_sync_from_device_slow(const struct dma_stream *s, size_t off, size_t len)
{
	int error = check(s, DMA_FROM_DEVICE, off, len);
	unsigned char *view;

	if (error)
		return error;
	view = device_view(s);
	dma_consume();
	if (s->place & DMA_PLACE_MAINTAIN)
		dma_cache_invalidate(view + off, len);
	if (s->place & DMA_PLACE_BOUNCE) {
		dma_arch_copy(s->cpu + off, view + off, len);
		dma_add(&dma_state.stats.bytes_bounced, len);
	}
	return 0;
}

/* ---- Where it is ---- */

dma_paddr_t dma_stream_paddr(const struct dma_stream *s)
{
	return s->place & DMA_PLACE_BOUNCE ? s->hold->paddr : s->seg.paddr;
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
	if ((nbytes != 1 && nbytes != 2 && nbytes != 4 && nbytes != 8) || off % nbytes)
		return DMA_EINVAL;
	return check(s, dir, off, nbytes);
}

int dma_stream_read_once(const struct dma_stream *s, size_t off, void *value, size_t nbytes)
{
	int error = check_once(s, DMA_FROM_DEVICE, off, nbytes);
	uint64_t loaded;

	if (error)
		return error;
	loaded = dma_arch_read_once(s->cpu + off, nbytes);
	switch (nbytes) {
	case 1:
		*(uint8_t *)value = (uint8_t)loaded;
		break;
	case 2:
		*(uint16_t *)value = (uint16_t)loaded;
		break;
	case 4:
		*(uint32_t *)value = (uint32_t)loaded;
		break;
	default:
		*(uint64_t *)value = loaded;
		break;
	}
	return 0;
}

int dma_stream_write_once(const struct dma_stream *s, size_t off, const void *value, size_t nbytes)
{
	int error = check_once(s, DMA_TO_DEVICE, off, nbytes);
	uint64_t stored;

	if (error)
		return error;
	switch (nbytes) {
	case 1:
		stored = *(const uint8_t *)value;
		break;
	case 2:
		stored = *(const uint16_t *)value;
		break;
	case 4:
		stored = *(const uint32_t *)value;
		break;
	default:
		stored = *(const uint64_t *)value;
		break;
	}
	dma_arch_write_once(s->cpu + off, stored, nbytes);
	return 0;
}

int dma_stream_fill(const struct dma_stream *s, size_t off, unsigned char value, size_t len)
{
	int error = check(s, DMA_TO_DEVICE, off, len);

	if (!error)
		dma_arch_fill(s->cpu + off, value, len);
	return error;
}
