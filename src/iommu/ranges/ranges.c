/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A domain of ranges: the host's functions as a mapper of requests behind a space, and what the core calls in front of
 * it: window, then kept mappings, then the space.
 */
#include "../../base/own_page.h"
#include "../../base/state.h"
#include "../../memory/pieces.h"
#include "../../memory/placement.h"
#include "ranges_own.h"
#include <dmastream/errors.h>

static struct dma_ranges *ranges_of(struct dma_space *space)
{
	return (struct dma_ranges *)(void *)space;
}

/* ---- The mapper: what the space asks for ---- */

/* Trusted devices reach the window at every moment, and take the fast paths there (dma_device_init()). What is mapped
 * for a domain is mapped for all of its devices: so one that is to reach its streams alone is not let in where there is
 * more. */
static int attach(struct dma_space *space, struct dma_device *dev)
{
	const struct dma_ranges *r = ranges_of(space);

	if (!dev->trusted && (r->window.size || r->kept))
		return DMA_ENOTSUP;
	dev->nwindows = 0;
	if (r->window.size && dev->mask >= r->window.daddr_base.raw) {
		dev->windows[0] = r->window;
		dev->nwindows = 1;
	}
	return 0;
}

static void detach(struct dma_space *space, struct dma_device *dev)
{
	(void)space, (void)dev;
}

static int block(struct dma_space *space, struct dma_device *dev)
{
	struct dma_ranges *r = ranges_of(space);

	return r->host->block(r->context, dev) ? DMA_ETIMEDOUT : 0;
}

static int map_range(struct dma_ranges *r, uint64_t daddr, uint64_t paddr, uint64_t nbytes, unsigned dir)
{
	dma_add(&r->stats.maps, 1);
	return r->host->map(r->context, dma_daddr(daddr), dma_paddr(paddr), nbytes, dir & DMA_BIDIRECTIONAL);
}

static int unmap_range(struct dma_ranges *r, uint64_t daddr, uint64_t nbytes)
{
	dma_add(&r->stats.unmaps, 1);
	dma_count_invalidations(daddr, 1);
	return r->host->unmap(r->context, dma_daddr(daddr), nbytes) ? DMA_ETIMEDOUT : 0;
}

/* Page by page where it is to be split: a mapping goes as a whole. */
static int map(struct dma_space *space, uint64_t daddr, uint64_t paddr, size_t npages, unsigned dir, uint32_t tag)
{
	struct dma_ranges *r = ranges_of(space);
	uint64_t nbytes = (uint64_t)npages << DMA_PAGE_SHIFT, step = dir & DMA_SPLITTABLE ? DMA_PAGE_SIZE : nbytes;
	int error = 0;

	(void)tag;
	for (uint64_t done = 0; done < nbytes && !error; done += step) {
		error = map_range(r, daddr + done, paddr + done, step, dir);
		if (error && done && unmap_range(r, daddr, done))
			error = DMA_ETIMEDOUT;
	}
	return error;
}

static int split(struct dma_space *space, uint64_t cut, uint32_t *tag)
{
	(void)space, (void)cut, (void)tag;
	return 0;
}

static struct dma_unmapped unmap(struct dma_space *space, uint64_t daddr, size_t npages, uint64_t note)
{
	struct dma_unmapped what = dma_unmapped_leaves(daddr, npages);

	(void)note;
	what.error = unmap_range(ranges_of(space), daddr, (uint64_t)npages << DMA_PAGE_SHIFT);
	return what;
}

static int flush(struct dma_space *space, struct dma_unmapped what)
{
	(void)space;
	return what.error;
}

static int flush_all(struct dma_space *space, struct dma_gather tables)
{
	(void)space, (void)tables;
	return 0;
}

/* Nobody tells us of faults. */
static void lookup(struct dma_space *space, uint64_t daddr, struct dma_lookup *out)
{
	(void)space, (void)daddr;
	*out = (struct dma_lookup){0};
}

static void refill(struct dma_space *space)
{
	dma_iova_refill(&space->iova);
}

/* Where addresses, the host's mappings or the memory that may be pinned run out, what is kept goes for what is used. */
static bool trim(struct dma_space *space)
{
	return dma_kept_trim(ranges_of(space));
}

static const struct dma_mapper_ops mapper = {
	.attach = attach,
	.detach = detach,
	.block = block,
	.map = map,
	.split = split,
	.unmap = unmap,
	.flush = flush,
	.flush_all = flush_all,
	.lookup = lookup,
	.refill = refill,
	.trim = trim,
	.trims_addresses = true,
};

/* ---- The domain: what the core calls ---- */

/* Where a trusted device has the memory in the window, within its limits. */
static bool in_window(const struct dma_ranges *r, const struct dma_device *dev, uint64_t paddr, uint64_t nbytes,
		      uint64_t *daddr)
{
	uint64_t at = r->window.daddr_base.raw + paddr, last = at + (nbytes - 1);

	if (nbytes > r->window.size || paddr > r->window.size - nbytes || last > dev->mask ||
	    at & (dev->min_align - 1) || (dev->boundary && (at ^ last) >= dev->boundary))
		return false;
	*daddr = at;
	return true;
}

/* Whether a mapping that is found at daddr, or made there, is one that others can share. */
static bool suits(const struct dma_device *dev, uint64_t daddr, uint64_t nbytes)
{
	uint64_t last = daddr + (nbytes - 1);

	return last <= dev->mask && !(daddr & (dev->min_align - 1)) &&
	       !(dev->boundary && (daddr ^ last) >= dev->boundary);
}

/* A tag says which slot has a mapping; the space's own mean nothing here. */
static struct dma_mapped untagged(struct dma_mapped mapped)
{
	mapped.tag = 0;
	return mapped;
}

static struct dma_mapped map_kept(struct dma_ranges *r, struct dma_device *dev, uint64_t paddr, size_t npages,
				  unsigned dir)
{
	struct dma_kept new = {.paddr = paddr, .nbytes = (uint64_t)npages << DMA_PAGE_SHIFT};
	struct dma_mapped mapped = {0};
	uint64_t since;

	mapped.tag = dma_kept_find(r, paddr, new.nbytes, dir & DMA_BIDIRECTIONAL, &mapped.daddr.raw);
	if (mapped.tag && suits(dev, mapped.daddr.raw, new.nbytes))
		return mapped;
	if (mapped.tag)
		mapped.error = dma_kept_end(r, mapped.tag);
	if (mapped.error)
		return mapped;
	since = dma_load(&r->forgets);
	if (new.nbytes > r->keep_bytes || !r->host->watch(r->context, dma_paddr(paddr), new.nbytes))
		return untagged(dma_space_map(&r->space.domain, dev, dma_paddr(paddr), npages, dir));
	/* For both directions, so that the next one finds it, too, where the memory may be written. */
	new.dir = DMA_BIDIRECTIONAL;
	mapped = dma_space_map(&r->space.domain, dev, dma_paddr(paddr), npages, DMA_BIDIRECTIONAL);
	if (mapped.error && mapped.error != DMA_ETIMEDOUT) {
		new.dir = (uint8_t)(dir & DMA_BIDIRECTIONAL);
		mapped = dma_space_map(&r->space.domain, dev, dma_paddr(paddr), npages, dir);
	}
	if (mapped.error)
		return mapped;
	new.daddr = mapped.daddr.raw;
	mapped.error = dma_kept_add(r, new, since, &mapped.tag);
	if (mapped.error) /* what made room for it is the devices' for ever, and they are blocked */
		(void)dma_space_unmap(&r->space.domain, dev, mapped.daddr, npages, 0);
	return mapped;
}

static struct dma_mapped ranges_map(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr, size_t npages,
				    unsigned dir)
{
	struct dma_ranges *r = dma_ranges_of(domain);
	struct dma_mapped mapped = {0};

	if (in_window(r, dev, paddr.raw, (uint64_t)npages << DMA_PAGE_SHIFT, &mapped.daddr.raw))
		return mapped;
	if (r->kept && !(dir & DMA_SPLITTABLE) && !dma_space_dead(&r->space))
		return map_kept(r, dev, paddr.raw, npages, dir);
	return untagged(dma_space_map(domain, dev, paddr, npages, dir));
}

static struct dma_mapped ranges_map_pieces(struct dma_domain *domain, struct dma_device *dev,
					   const struct dma_pieces *pieces, size_t npages, unsigned dir)
{
	struct dma_pieces walk = *pieces;
	uint64_t paddr;
	size_t n;

	/* A buffer is one run: it may be kept. */
	if (dma_pieces_next(&walk, &paddr, &n) && n == npages)
		return ranges_map(domain, dev, dma_paddr(paddr), npages, dir);
	return untagged(dma_space_map_pieces(domain, dev, pieces, npages, dir));
}

static struct dma_mapped ranges_map_chain(struct dma_domain *domain, struct dma_device *dev,
					  const struct dma_owed_node *chain, size_t npages, unsigned dir)
{
	return untagged(dma_space_map_chain(domain, dev, chain, npages, dir));
}

static int ranges_unmap(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages,
			uint32_t tag)
{
	struct dma_ranges *r = dma_ranges_of(domain);

	if (dma_ranges_in_window(r, daddr))
		return 0;
	return tag ? dma_kept_end(r, tag) : dma_space_unmap(domain, dev, daddr, npages, 0);
}

static int ranges_split(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, size_t at,
			uint32_t *tail_tag)
{
	/* One that is to be split is never kept: its parts have mappings of their own, or are the window's. */
	(void)dev, (void)daddr, (void)npages, (void)at, (void)tail_tag;
	return dma_space_dead(&dma_ranges_of(domain)->space) ? DMA_ETIMEDOUT : 0;
}

/* ---- Life ---- */

static bool makes_sense(const struct dma_ranges_config *c)
{
	const struct dma_window *w = &c->window;

	if (!c->ops || !c->ops->map || !c->ops->unmap || !c->ops->block || (c->nreserved && !c->reserved))
		return false;
	if (c->keep_count > DMA_RANGES_KEPT)
		return false;
	return !w->size ||
	       (w->paddr_base.raw == 0 && !((w->daddr_base.raw | w->size) & (DMA_PAGE_SIZE - 1)) &&
		w->daddr_base.raw + (w->size - 1) >= w->daddr_base.raw && w->daddr_base.raw + (w->size - 1) <= c->last);
}

static int reserve(struct dma_ranges *r, const struct dma_ranges_config *c)
{
	int error = dma_space_reserve(&r->space, r->window.daddr_base.raw, r->window.size);

	for (size_t i = 0; i < c->nreserved && !error; i++)
		error = dma_space_reserve(&r->space, c->reserved[i].daddr_base.raw, c->reserved[i].size);
	return error;
}

static void put_in_front(struct dma_ranges *r)
{
	r->ops = *r->space.domain.ops;
	r->ops.map = ranges_map;
	r->ops.map_pieces = ranges_map_pieces;
	r->ops.map_chain = ranges_map_chain;
	r->ops.unmap = ranges_unmap;
	r->ops.unmap_streams = dma_ranges_unmap_streams;
	r->ops.split = ranges_split;
	r->space.slow_ops = &r->ops;
	r->space.domain.ops = &r->ops;
	r->space.domain.features |= DMA_DOMAIN_WINDOW;
}

int dma_ranges_create(const struct dma_ranges_config *config, struct dma_domain **domain)
{
	struct dma_space_config space = {.mapper = &mapper};
	struct dma_ranges *r;
	int error;

	_Static_assert(sizeof(struct dma_ranges) <= DMA_PAGE_SIZE, "it lies in a page");
	_Static_assert(DMA_RANGES_KEPT * sizeof(struct dma_kept) <= DMA_PAGE_SIZE, "they lie in a page");
	if (!config || !domain || !dma_state.ready || !makes_sense(config))
		return DMA_EINVAL;
	r = dma_own_page_alloc();
	if (!r)
		return DMA_ENOMEM;
	space.last = config->last;
	/* The window, and what is kept, are there for both directions. */
	if (config->write_only && !config->window.size && !config->ops->watch)
		space.features = DMA_DOMAIN_WRITE_ONLY;
	error = dma_space_init(&r->space, &space);
	if (error)
		goto no_space;
	r->host = config->ops;
	r->context = config->context;
	r->window = config->window;
	r->keep_count = config->keep_count ? config->keep_count : DMA_RANGES_KEPT;
	r->keep_bytes = config->keep_bytes ? config->keep_bytes : (uint64_t)64 << 20;
	error = reserve(r, config);
	if (!error && config->ops->watch) {
		r->kept = dma_own_page_alloc();
		error = r->kept ? 0 : DMA_ENOMEM;
	}
	if (error)
		goto no_kept;
	put_in_front(r);
	*domain = &r->space.domain;
	return 0;

no_kept:
	if (dma_space_fini(&r->space))
		return error; /* never: nothing was mapped */
no_space:
	dma_own_page_free(r);
	return error;
}

int dma_ranges_destroy(struct dma_domain *domain)
{
	struct dma_ranges *r = dma_ranges_of(domain);
	struct dma_kept *kept;
	int error;

	if (!domain)
		return DMA_EINVAL;
	if (__atomic_load_n(&domain->devices, __ATOMIC_RELAXED))
		return DMA_EBUSY;
	error = dma_kept_forget(r, 0, UINT64_MAX);
	kept = r->kept;
	if (!error)
		error = dma_space_fini(&r->space);
	if (error)
		return error;
	if (kept)
		dma_own_page_free(kept);
	dma_own_page_free(r);
	return 0;
}

int dma_ranges_forget(struct dma_domain *domain, dma_paddr_t paddr, uint64_t nbytes)
{
	return domain ? dma_kept_forget(dma_ranges_of(domain), paddr.raw, nbytes) : DMA_EINVAL;
}

bool dma_ranges_trim(struct dma_domain *domain)
{
	return domain && dma_kept_trim(dma_ranges_of(domain));
}

void dma_ranges_stats_get(struct dma_domain *domain, struct dma_ranges_stats *out)
{
	struct dma_ranges *r = dma_ranges_of(domain);
	uintptr_t state = dma_host_lock(&r->lock);

	/* Calls are counted without the lock. */
	*out = (struct dma_ranges_stats){.maps = dma_load(&r->stats.maps),
					 .unmaps = dma_load(&r->stats.unmaps),
					 .hits = r->stats.hits,
					 .kept_bytes = r->stats.kept_bytes,
					 .kept = r->stats.kept};
	dma_host_unlock(&r->lock, state);
}
