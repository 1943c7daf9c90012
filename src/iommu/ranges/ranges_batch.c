/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The release of many streams: mappings whose device addresses follow one another are unmapped by one call of the
 * host. The space hands out addresses side by side to streams that are mapped one after the other, so a batch of these
 * is one call.
 */
#include "../../memory/placement.h"
#include "ranges_own.h"

/* How far ahead of a stream its neighbours are looked for: what the search costs stays below what a call costs. */
#define NEIGHBOURS ((size_t)256)

static uint64_t end_of(const struct dma_stream *s)
{
	return s->daddr.raw + ((uint64_t)s->seg.npages << DMA_PAGE_SHIFT);
}

static bool is_ending(const struct dma_stream *s)
{
	return s->place & DMA_PLACE_ENDING;
}

static void mark(struct dma_stream *s)
{
	s->place ^= DMA_PLACE_ENDING | DMA_PLACE_ENDED;
}

/* Adds to [*first, *end) the streams that lie beside it, and marks them. */
static void join(const struct dma_ranges *r, struct dma_stream *const *streams, size_t n, uint64_t *first,
		 uint64_t *end)
{
	bool grown = true;

	while (grown) {
		grown = false;
		for (size_t i = 0; i < n; i++) {
			struct dma_stream *s = streams[i];

			if (!is_ending(s) || s->tag || dma_ranges_in_window(r, s->daddr))
				continue;
			if (s->daddr.raw != *end && end_of(s) != *first)
				continue;
			if (s->daddr.raw == *end)
				*end = end_of(s);
			else
				*first = s->daddr.raw;
			mark(s);
			grown = true;
		}
	}
}

static int unmap_from(struct dma_ranges *r, struct dma_stream *const *streams, size_t n)
{
	struct dma_stream *s = streams[0];
	uint64_t first = s->daddr.raw, end = end_of(s);

	mark(s);
	if (dma_ranges_in_window(r, s->daddr))
		return 0;
	if (s->tag)
		return dma_kept_end(r, s->tag);
	join(r, streams + 1, n - 1 < NEIGHBOURS ? n - 1 : NEIGHBOURS, &first, &end);
	return dma_space_unmap(&r->space.domain, s->dev, dma_daddr(first), (size_t)((end - first) >> DMA_PAGE_SHIFT),
			       0);
}

/* Marked are the streams whose access has ended, so that one that is named twice ends once. */
int dma_ranges_unmap_streams(struct dma_domain *domain, struct dma_stream *const *streams, size_t n)
{
	struct dma_ranges *r = dma_ranges_of(domain);
	int error = 0;

	for (size_t i = 0; i < n; i++) {
		int one = is_ending(streams[i]) ? unmap_from(r, streams + i, n - i) : 0;

		error = error ? error : one;
	}
	for (size_t i = 0; i < n; i++)
		if (streams[i]->place & DMA_PLACE_ENDED)
			mark(streams[i]);
	return error;
}
