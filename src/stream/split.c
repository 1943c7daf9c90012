/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Cuts a stream in two. Everything that may fail comes first, in an order in which it can be undone or simply left;
 * what the release of the second part will need exists before the first part is shortened.
 */
#include "../device/domain_ops.h"
#include "../device/reach.h"
#include "../memory/owed.h"
#include "stream_own.h"
#include <dmastream/errors.h>

static void free_chain(struct dma_owed_node *chain)
{
	while (chain) {
		struct dma_owed_node *next = chain->next;

		dma_owed_node_free(chain);
		chain = next;
	}
}

/* Allocates a chain of as many empty nodes. */
static int copy_chain(const struct dma_owed_node *chain, struct dma_owed_node **copy)
{
	struct dma_owed_node *first = NULL;

	for (; chain; chain = chain->next) {
		struct dma_owed_node *node = dma_owed_node_alloc();

		if (!node) {
			free_chain(first);
			return DMA_ENOMEM;
		}
		node->next = first;
		first = node;
	}
	*copy = first;
	return 0;
}

static void split_node(struct dma_owed_node *head, struct dma_owed_node *tail, size_t pages, size_t off)
{
	tail->owed.paddr = dma_paddr(head->owed.paddr.raw + off);
	tail->owed.run = head->owed.run; /* or its run of shared memory */
	tail->owed.npages = head->owed.npages - (uint32_t)pages;
	tail->owed.steps = head->owed.steps;
	tail->va = (void *)((uintptr_t)head->va + off);
	head->owed.npages = (uint32_t)pages;
}

static void cut_end(size_t *head, size_t *tail, size_t off)
{
	if (*head) {
		*tail = *head - off;
		*head = off + 1;
	}
}

int dma_stream_split(struct dma_stream *s, size_t off, struct dma_stream *tail)
{
	struct dma_stream new = {0};
	struct dma_segment head = s->seg;
	struct dma_domain *domain;
	size_t at = off >> DMA_PAGE_SHIFT;
	int error;

	if (!DMA_CONFIG_SPLIT)
		return DMA_ENOTSUP;
	if (!s->dev || tail->dev || off % dma_device_step(s->dev) || at == 0 || at >= s->seg.npages ||
	    dma_stream_stale(s))
		return DMA_EINVAL;
	domain = s->dev->domain;
	if ((s->place & DMA_PLACE_TRANSLATED) && !(domain->features & DMA_DOMAIN_SPLITS) && !(s->dir & DMA_SPLITTABLE))
		return DMA_ENOTSUP;
	error = copy_chain(s->owed, &new.owed);
	if (error)
		return error;
	/* Cutting the segment needs no undo: if a later step fails, both parts are forgotten, and *s still holds every
	 * run. The domain's split cannot be undone, so it comes last. */
	error = dma_segment_split(&head, at, &new.seg);
	if (error)
		goto free_nodes;
	new.tag = s->tag;
	if (s->place & DMA_PLACE_TRANSLATED) {
		error = domain->ops->split(domain, s->dev, s->daddr, s->seg.npages, at, &new.tag);
		if (error)
			goto free_nodes;
	}

	if (s->place & DMA_PLACE_SLICED)
		dma_stream_end_slices(s);
	s->seg = head;
	for (struct dma_owed_node *h = s->owed, *t = new.owed; h; h = h->next, t = t->next)
		split_node(h, t, at, off);
	new.dev = s->dev;
	new.cpu = s->cpu + off;
	new.daddr = dma_daddr(s->daddr.raw + off);
	new.dir = s->dir;
	new.place = s->place;
	cut_end(&s->to_device_end, &new.to_device_end, off);
	cut_end(&s->from_device_end, &new.from_device_end, off);
	dma_ledger_begin(new.dev, new.daddr, (new.place &DMA_PLACE_TRANSLATED) != 0);
	*tail = new;
	return 0;

free_nodes:
	free_chain(new.owed);
	return error;
}
