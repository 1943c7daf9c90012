/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Releases streams: ends the device's access, and settles what the stream owes, or quarantines it.
 */
#include "../base/state.h"
#include "../device/domain_ops.h"
#include "../device/translated.h"
#include "../memory/late.h"
#include "stream_own.h"
#include <dmastream/arch.h>

/* The device never reached a segment that was bounced: its reference is dropped at once, and so is the kernel mapping
 * that it may have. */
static void release_bounced(struct dma_stream *s)
{
	struct dma_owed cpu_view;

	if (!s->owed->next) {
		dma_segment_drop(&s->seg);
		return;
	}
	cpu_view = dma_owed_of_node(s->owed->next);
	cpu_view.node->owed.run = s->seg.run;
	dma_owed_settle(&cpu_view);
}

struct dma_owed dma_stream_owes(struct dma_stream *s)
{
	if (s->place & DMA_PLACE_BOUNCE)
		release_bounced(s);
	else if (DMA_CONFIG_OWES && s->owed && !(s->place & DMA_PLACE_OWN))
		s->owed->owed.run = s->seg.run;
	return dma_owed_of(s);
}

/* Releases a stream of any kind. */
static dma_cold void release_general(struct dma_stream *s)
{
	struct dma_device *dev = s->dev;
	struct dma_domain *domain = dev->domain;
	bool translated = (s->place & DMA_PLACE_TRANSLATED) != 0;
	struct dma_owed owed = dma_stream_owes(s);

	if (translated && dev->deferred)
		dma_domain_ops_of(domain)->retire(domain, s);
	else if (translated && dma_domain_ops_of(domain)->unmap(domain, dev, s->daddr, owed.npages, s->tag))
		dma_owed_quarantine(&owed);
	else
		dma_owed_settle(&owed);
}

/* Fast path: frames of the library's own (own.c) that owe nothing but to go back to the host. */
static void release_own(struct dma_stream *s)
{
	struct dma_device *dev = s->dev;
	const dma_paddr_t paddr = s->seg.paddr;
	const dma_daddr_t daddr = s->daddr;
	size_t npages = s->seg.npages;
	bool translated = (s->place & DMA_PLACE_TRANSLATED) != 0;

	if (translated && dev->deferred) { /* NOLINT(clang-analyzer-core.NullDereference): what is live has a device */
		dma_domain_ops_of(dev->domain)->retire(dev->domain, s);
	} else if (translated && dma_domain_ops_of(dev->domain)->unmap(dev->domain, dev, daddr, npages, s->tag)) {
		struct dma_owed owed = dma_owed_of(s);

		dma_owed_quarantine(&owed);
	} else {
		dma_frames_free(paddr, npages);
		dma_sub(&dma_state.stats.pages_alloc, npages);
	}
	*s = (struct dma_stream){0};
	dma_ledger_end(dev, daddr, translated);
}

dma_cold void dma_stream_release_translated(struct dma_stream *s)
{
	if (s->dev) {
		if (s->place & DMA_PLACE_SLICED)
			dma_stream_end_slices(s); /* first: nobody must touch what goes back */
		release_general(s);
		dma_ledger_end(s->dev, s->daddr, (s->place & DMA_PLACE_TRANSLATED) != 0);
	}
	*s = (struct dma_stream){0};
}

/* Out of line: so dma_stream_release_slow() loads the place for one comparison alone. */
static __attribute__((noinline)) void release_other(struct dma_stream *s)
{
	if (DMA_CONFIG_INLINE && dma_likely((s->place & ~(DMA_PLACE_TRANSLATED | DMA_PLACE_COHERENT)) == DMA_PLACE_OWN))
		release_own(s);
	else
		dma_stream_release_translated(s);
}

void dma_stream_forget_slow(struct dma_stream *s)
{
	*s = (struct dma_stream){0};
}

void dma_stream_release_slow(struct dma_stream *s)
{
	if (s->dev && !dma_stream_lives(s)) {
		dma_stream_forget_slow(s);
		return;
	}
	if (DMA_CONFIG_IOMMU && dma_likely(s->place == (DMA_PLACE_DIRECT | DMA_PLACE_TRANSLATED)))
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): what is mapped has a device */
		dma_domain_ops_of(s->dev->domain)->release_stream(s);
	else
		release_other(s);
}
