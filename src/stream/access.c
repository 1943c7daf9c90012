/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Syncs that need more than a barrier, and the CPU's access to streams.
 *
 * Sync to the device: copy if it bounces, then clean the device view if it is cached and not snooped, then publish.
 * From the device: consume, then invalidate, then copy. There is no other case (hazards 1, 2, 42, 55). The device view
 * of a bounce is the mapping in its node, otherwise the CPU view.
 */
#include "../base/cache.h"
#include "../base/state.h"
#include "../memory/owed.h"
#include "stream_own.h"
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
	return s->place & DMA_PLACE_BOUNCE ? s->owed->va : s->cpu;
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
	return s->place & DMA_PLACE_BOUNCE ? s->owed->owed.paddr : s->seg.paddr;
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
	if (nbytes > sizeof(uintptr_t))
		return DMA_ENOTSUP; /* two accesses */
	return check(s, dir, off, nbytes);
}

/* The caller's object, of any type and alignment. */
static void store_value(void *value, uint64_t loaded, size_t nbytes)
{
	const uint8_t one = (uint8_t)loaded;
	const uint16_t two = (uint16_t)loaded;
	const uint32_t four = (uint32_t)loaded;

	switch (nbytes) {
	case 1:
		__builtin_memcpy(value, &one, 1);
		break;
	case 2:
		__builtin_memcpy(value, &two, 2);
		break;
	case 4:
		__builtin_memcpy(value, &four, 4);
		break;
	default:
		__builtin_memcpy(value, &loaded, 8);
		break;
	}
}

static uint64_t load_value(const void *value, size_t nbytes)
{
	uint8_t one;
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (nbytes) {
	case 1:
		__builtin_memcpy(&one, value, 1);
		return one;
	case 2:
		__builtin_memcpy(&two, value, 2);
		return two;
	case 4:
		__builtin_memcpy(&four, value, 4);
		return four;
	default:
		__builtin_memcpy(&eight, value, 8);
		return eight;
	}
}

int dma_stream_read_once(const struct dma_stream *s, size_t off, void *value, size_t nbytes)
{
	int error = check_once(s, DMA_FROM_DEVICE, off, nbytes);

	if (!error)
		store_value(value, dma_arch_read_once(s->cpu + off, nbytes), nbytes);
	return error;
}

int dma_stream_write_once(const struct dma_stream *s, size_t off, const void *value, size_t nbytes)
{
	int error = check_once(s, DMA_TO_DEVICE, off, nbytes);

	if (!error)
		dma_arch_write_once(s->cpu + off, load_value(value, nbytes), nbytes);
	return error;
}

int dma_stream_fill(const struct dma_stream *s, size_t off, unsigned char value, size_t len)
{
	int error = check(s, DMA_TO_DEVICE, off, len);

	if (!error)
		dma_arch_fill(s->cpu + off, value, len);
	return error;
}
