/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a driver may ask of devices and streams.
 */
#include "../base/state.h"
#include "../device/reach.h"
#include "../memory/run.h"
#include "stream_own.h"
#include <dmastream/errors.h>
#include <stdarg.h>

size_t dma_cache_line(void)
{
	return dma_state.ready ? dma_state.host.line_align : 0;
}

/* ---- Devices ---- */

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t dma_device_max_mapping(const struct dma_device *dev)
{
	uint64_t most = (uint64_t)DMA_SEGMENT_MAX_PAGES << DMA_PAGE_SHIFT;

	if (dev->mask < UINT64_MAX) /* a zeroed device's leaves no page */
		most = smaller(most, dev->mask + 1);
	if (dev->boundary)
		most = smaller(most, dev->boundary);
	if (dev->max_segment_size)
		most = smaller(most, dev->max_segment_size);
	return most & ~(uint64_t)(DMA_PAGE_SIZE - 1);
}

size_t dma_device_reach(const struct dma_device *dev, struct dma_reach ranges[DMA_DEVICE_WINDOWS])
{
	size_t n = 0;

	if (!dev->domain)
		return 0;
	if (dev->domain->ops || dev->nwindows == 0) {
		ranges[0] = (struct dma_reach){.last = dma_paddr(dev->domain->ops ? UINT64_MAX : dev->mask)};
		return 1;
	}
	for (size_t i = 0; i < dev->nwindows; i++) {
		const struct dma_window *w = &dev->windows[i];

		if (w->daddr_base.raw > dev->mask)
			continue;
		ranges[n++] = (struct dma_reach){
			.first = w->paddr_base,
			.last = dma_paddr(w->paddr_base.raw + smaller(w->size - 1, dev->mask - w->daddr_base.raw)),
			.daddr = w->daddr_base,
		};
	}
	return n;
}

int dma_device_bounces(const struct dma_device *dev, const struct dma_segment *seg)
{
	dma_daddr_t ignored;
	int place;

	if (!dma_state.ready || !dev || !dev->domain || seg->npages == 0)
		return DMA_EINVAL;
	place = dma_device_takes(dev, seg->npages);
	if (place)
		return place;
	place = dma_stream_place_for(dev, DMA_FOR_MAP,
				     dev->domain->ops || dma_device_reaches(dev, seg->paddr, seg->npages, &ignored));
	return place < 0 ? place : (place & DMA_PLACE_BOUNCE) != 0;
}

/* ---- Streams ---- */

bool dma_stream_bounces(const struct dma_stream *s)
{
	return (s->place & DMA_PLACE_BOUNCE) != 0;
}

static const char *direction(const struct dma_stream *s)
{
	static const char *const names[] = {"nowhere", "to device", "from device", "bidirectional"};

	return s->place & DMA_PLACE_COHERENT ? "coherent memory" : names[dma_stream_direction(s)];
}

static size_t describe(char *buf, size_t nbytes, const char *format, ...)
{
	va_list args;
	size_t length;

	va_start(args, format);
	length = dma_format(buf, nbytes, format, args);
	va_end(args);
	return length;
}

size_t dma_stream_describe(const struct dma_stream *s, char *buf, size_t nbytes)
{
	if (!s->dev)
		return describe(buf, nbytes, "an empty stream");
	return describe(buf, nbytes, "%s: %s, %x bytes at %x (paddr %x)%s%s%s%s%s", s->dev->name, direction(s),
			(uint64_t)dma_stream_size(s), s->daddr.raw, dma_device_view_paddr(s).raw,
			s->place & DMA_PLACE_BOUNCE ? ", bounced" : "",
			s->place & DMA_PLACE_MAINTAIN	? ", maintained"
			: s->place & DMA_PLACE_UNCACHED ? ", uncached"
							: "",
			s->place & DMA_PLACE_SHARED ? ", shared" : "",
			s->place & DMA_PLACE_TRANSLATED ? ", behind an IOMMU" : "",
			s->dir & DMA_SPLITTABLE ? ", splittable" : "");
}
