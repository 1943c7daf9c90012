/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Many streams at once: one barrier for their syncs, one invalidation for their releases.
 */
#include "../base/cache.h"
#include "../base/state.h"
#include "../device/domain_ops.h"
#include "../device/translated.h"
#include "../memory/owed.h"
#include "../memory/placement.h"
#include "stream_own.h"
#include <dmastream/arch.h>
#include <dmastream/batch.h>
#include <dmastream/errors.h>

/* ---- Syncs ---- */

static unsigned char *view_of(const struct dma_range *r)
{
	const struct dma_stream *s = r->stream;

	return (s->place & DMA_PLACE_BOUNCE ? (unsigned char *)s->owed->va : s->cpu) + r->off;
}

static int check(const struct dma_range *ranges, size_t n, bool to_device)
{
	int error = 0;

	for (size_t i = 0; i < n && !error; i++)
		error = to_device ? dma_stream_check_write(ranges[i].stream, ranges[i].off, ranges[i].len)
				  : dma_stream_check_read(ranges[i].stream, ranges[i].off, ranges[i].len);
	return error;
}

static void copy_all(const struct dma_range *ranges, size_t n, bool to_device)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char *cpu = ranges[i].stream->cpu + ranges[i].off;

		if (!(ranges[i].stream->place & DMA_PLACE_BOUNCE))
			continue;
		if (to_device)
			dma_arch_copy(view_of(&ranges[i]), cpu, ranges[i].len);
		else
			dma_arch_copy(cpu, view_of(&ranges[i]), ranges[i].len);
		dma_add(&dma_state.stats.bytes_bounced, ranges[i].len);
	}
}

static void tell_all(const struct dma_range *ranges, size_t n, unsigned dir)
{
	for (size_t i = 0; i < n; i++) {
		const unsigned char *cpu = ranges[i].stream->cpu + ranges[i].off;

		if (ranges[i].stream->place & DMA_PLACE_BOUNCE)
			dma_arch_stream_copied(cpu, view_of(&ranges[i]), ranges[i].len, dir);
		else
			dma_arch_stream_synced(cpu, ranges[i].len, dir);
	}
}

static void maintain_all(const struct dma_range *ranges, size_t n, bool to_device)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (!(ranges[i].stream->place & DMA_PLACE_MAINTAIN) || ranges[i].len == 0)
			continue;
		if (!any)
			dma_arch_maintenance_begin();
		any = true;
		if (to_device)
			dma_cache_clean_lines(view_of(&ranges[i]), ranges[i].len);
		else
			dma_cache_invalidate_lines(view_of(&ranges[i]), ranges[i].len);
	}
	if (any)
		dma_arch_maintenance_end();
}

int dma_batch_sync_to_device(const struct dma_range *ranges, size_t n)
{
	int error = check(ranges, n, true);

	if (error)
		return error;
	copy_all(ranges, n, true); /* before the first line is cleaned, and before the barrier (hazard 55) */
	maintain_all(ranges, n, true);
	tell_all(ranges, n, DMA_TO_DEVICE);
	dma_publish();
	return 0;
}

int dma_batch_sync_from_device(const struct dma_range *ranges, size_t n)
{
	int error = check(ranges, n, false);

	if (error)
		return error;
	dma_consume();
	maintain_all(ranges, n, false);
	copy_all(ranges, n, false); /* once every line is gone (hazard 55) */
	tell_all(ranges, n, DMA_FROM_DEVICE);
	return 0;
}

/* ---- Releases ---- */

/* Its access ends at once, and with that of others. */
static bool strict(const struct dma_stream *s, const struct dma_domain *domain)
{
	return s->dev && s->dev->domain == domain && (s->place & DMA_PLACE_TRANSLATED) && !s->dev->deferred;
}

/* The access has ended (or the hardware does not say so): the memory goes. */
static void settle(struct dma_stream *s, int error)
{
	struct dma_owed owed;

	if (dma_likely(!error && s->place == (DMA_PLACE_TRANSLATED | DMA_PLACE_ENDING))) {
		if (s->seg.run)
			dma_run_drop(s->seg.run, s->seg.npages);
		dma_translated_end(s);
		return;
	}
	owed = dma_stream_owes(s);
	if (error)
		dma_owed_quarantine(&owed);
	else
		dma_owed_settle(&owed);
	dma_translated_end(s);
}

static void release_of(struct dma_domain *domain, struct dma_stream *const *streams, size_t n)
{
	int error;

	for (size_t i = 0; i < n; i++) {
		struct dma_stream *s = streams[i];

		if (!strict(s, domain) || (s->place & DMA_PLACE_ENDING)) /* named twice */
			continue;
		if (!dma_stream_lives(s)) {
			dma_stream_forget_slow(s);
			continue;
		}
		if (s->place & DMA_PLACE_SLICED)
			dma_stream_end_slices(s);
		s->place |= DMA_PLACE_ENDING;
	}
	error = dma_domain_ops_of(domain)->unmap_streams(domain, streams, n);
	for (size_t i = 0; i < n; i++)
		if (dma_likely(streams[i]->place & DMA_PLACE_ENDING))
			settle(streams[i], error);
}

void dma_batch_release(struct dma_stream *const *streams, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct dma_stream *s = streams[i];

		if (!s->dev)
			continue;
		if (strict(s, s->dev->domain))
			release_of(s->dev->domain, streams + i, n - i);
		else
			dma_stream_release(s);
	}
}
