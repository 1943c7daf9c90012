/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A space as a domain: how it is made and unmade, its devices, and what the core calls in it.
 */
#include "../../base/state.h"
#include "../../device/translated.h"
#include "space.h"
#include "space_batch.h"
#include <dmastream/errors.h>
#include <dmastream/iommu.h>

/* ---- Devices ---- */

static int space_attach(struct dma_domain *domain, struct dma_device *dev)
{
	struct dma_space *space = dma_space_of(domain);
	int error = dma_space_dead(space) ? DMA_ENODEV : space->mapper->attach(space, dev);

	/* It reads buffers that it only writes, so they stay readable: no promise any more for this domain. */
	if (!error && dev->zero_length_reads)
		domain->features &= ~(unsigned)DMA_DOMAIN_WRITE_ONLY;
	return error;
}

static void space_detach(struct dma_domain *domain, struct dma_device *dev)
{
	struct dma_space *space = dma_space_of(domain);

	(void)dma_batch_flush(space);
	space->mapper->detach(space, dev);
}

static int space_block(struct dma_domain *domain, struct dma_device *dev)
{
	struct dma_space *space = dma_space_of(domain);

	return space->mapper->block(space, dev);
}

/* ---- Operations ---- */

static int space_split(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, size_t at,
		       uint32_t *tail_tag)
{
	struct dma_space *space = dma_space_of(domain);
	int error;

	(void)dev;
	(void)npages;
	if (dma_space_dead(space))
		return DMA_ETIMEDOUT;
	error = space->mapper->split(space, daddr.raw + ((uint64_t)at << DMA_PAGE_SHIFT), tail_tag);
	return error == DMA_ETIMEDOUT ? dma_space_give_up(space, 0) : error;
}

static void space_retire(struct dma_domain *domain, const struct dma_stream *s)
{
	dma_batch_retire(dma_space_of(domain), s);
}

static int space_flush(struct dma_domain *domain)
{
	return dma_batch_flush(dma_space_of(domain));
}

#define COMMON                                                                                                         \
	.attach = space_attach, .detach = space_detach, .block = space_block, .split = space_split,                    \
	.flush = space_flush, .unmap_streams = dma_many_unmap_streams, .map_chain = dma_space_map_chain

static const struct dma_domain_ops domain_ops = {COMMON,
						 .retire = space_retire,
						 .map = dma_space_map,
						 .unmap = dma_space_unmap,
						 .map_pieces = dma_space_map_pieces,
						 .map_stream = dma_stream_map_translated,
						 .release_stream = dma_stream_release_translated};

/* The walker's, with the fast paths (space_page.h) that suit the space. */
enum { DMA_PATHS_SLOW, DMA_PATHS_SEVERAL, DMA_PATHS_PLAIN };

#define WALKER                                                                                                         \
	.map = dma_page_map, .unmap = dma_page_unmap, .retire = dma_page_retire, .map_pieces = dma_many_map_pieces

static const struct dma_domain_ops walker_ops[] = {
	[DMA_PATHS_SLOW] = {COMMON, WALKER, .map_stream = dma_stream_map_translated,
			    .release_stream = dma_stream_release_translated},
	[DMA_PATHS_SEVERAL] = {COMMON, WALKER, .map_stream = dma_page_map_stream,
			       .release_stream = dma_page_release_stream},
	[DMA_PATHS_PLAIN] = {COMMON, WALKER, .map_stream = dma_page_map_plain,
			     .release_stream = dma_page_release_plain},
};

/* Which fast paths a fresh space has. */
static unsigned paths_of(const struct dma_space *space)
{
	const struct dma_table *t = &space->table;

	if (space->unit->mapped || DMA_PAGE_SHIFT != DMA_ENTRY_SHIFT)
		return DMA_PATHS_SLOW;
	return space->cpus == 1 && (t->past || t->snoops) && t->format->address_shift == 0 && dma_state.host.linear_last
		       ? DMA_PATHS_PLAIN
		       : DMA_PATHS_SEVERAL;
}

/* ---- Life ---- */

int dma_space_reserve(struct dma_space *space, uint64_t daddr, uint64_t nbytes)
{
	uint64_t first = daddr >> DMA_PAGE_SHIFT, last = daddr + (nbytes - 1);
	int error = 0;

	if (nbytes && last < daddr)
		return DMA_EINVAL;
	if (nbytes)
		error = dma_iova_reserve(&space->iova, first, (last >> DMA_PAGE_SHIFT) - first + 1);
	space->reserved = dma_iova_used(&space->iova);
	return error;
}

static int reserve(struct dma_space *space, const struct dma_space_config *config)
{
	int error = dma_space_reserve(space, 0, 0);

	for (size_t i = 0; i < config->nreserved && !error; i++)
		error = dma_space_reserve(space, config->reserved[i].daddr, config->reserved[i].nbytes);
	return error;
}

int dma_space_init(struct dma_space *space, const struct dma_space_config *config)
{
	bool walks = config->mapper == &dma_walker_mapper;
	uint64_t end = config->last == UINT64_MAX ? UINT64_MAX : config->last + 1;
	int error;

	*space = (struct dma_space){
		.domain = {.ops = &domain_ops, .features = config->features},
		.slow_ops = &domain_ops,
		.mapper = config->mapper,
		.unit = config->unit,
		.generation_mask = 0xfff,
		.cpus = dma_state.host.cpus,
		.split_breaks = config->split_breaks,
		.slow = true, /* fast paths write entries that a unit walks */
	};
	if (walks) {
		const struct dma_format *f = config->table.format;
		uint64_t width = (uint64_t)1 << dma_format_width(f);

		end = end < width ? end : width;
		space->generation_mask = dma_generation_mask(f);
		space->domain.features = DMA_DOMAIN_SPLITS;
		if (dma_format_write_only(f))
			space->domain.features |= DMA_DOMAIN_WRITE_ONLY;
		error = dma_table_init(&space->table, &config->table);
		if (error)
			return error;
		space->slow_ops = &walker_ops[DMA_PATHS_SLOW];
		space->domain.ops = &walker_ops[paths_of(space)];
		space->slow = space->domain.ops == space->slow_ops;
	} else if (!config->mapper->lookup) {
		error = dma_record_init(space);
		if (error)
			return error;
	}
	space->domain.features |= DMA_DOMAIN_TRANSLATES;
	end >>= DMA_PAGE_SHIFT;
	error = dma_iova_init(&space->iova, end < DMA_IOVA_LIMIT ? end : DMA_IOVA_LIMIT);
	if (error)
		goto fini_table;
	error = reserve(space, config);
	if (!error && config->deferred)
		error = dma_batch_init(space, config);
	if (error)
		goto fini_iova;
	if (config->deferred) {
		dma_iova_defer(&space->iova);
		space->domain.features |= DMA_DOMAIN_DEFERRED;
	}
	space->fresh_pages = space->table.pages;
	dma_spaces_join(space);
	return 0;

fini_iova:
	dma_iova_fini(&space->iova);
fini_table:
	if (space->table.root_va)
		dma_table_fini(&space->table);
	*space = (struct dma_space){0};
	return error;
}

int dma_space_fini(struct dma_space *space)
{
	int error;

	if (__atomic_load_n(&space->domain.devices, __ATOMIC_RELAXED))
		return DMA_EBUSY;
	error = dma_batch_flush(space);
	if (error || dma_space_dead(space))
		return DMA_ETIMEDOUT; /* a unit may still walk the tables */
	if (dma_iova_used(&space->iova) != space->reserved)
		return DMA_EBUSY;
	dma_spaces_leave(space);
	if (space->batch)
		dma_batch_fini(space);
	dma_iova_fini(&space->iova);
	if (space->table.root_va)
		dma_table_fini(&space->table);
	*space = (struct dma_space){0};
	return 0;
}

int dma_space_identity(struct dma_space *space, uint64_t paddr, uint64_t nbytes, unsigned dir)
{
	bool walks = space->mapper == &dma_walker_mapper;
	unsigned width = walks ? dma_format_width(space->table.format) : 63;
	uint64_t last = paddr + (nbytes - 1);
	uint64_t granule = space->mapper->identity ? (uint64_t)1 << DMA_ENTRY_SHIFT : DMA_PAGE_SIZE;
	uint32_t tag = dma_tag(space->generation_mask, paddr, 1);

	if (nbytes == 0 || (paddr | nbytes) & (granule - 1) || last < paddr || last >> width)
		return DMA_EINVAL;
	if (space->mapper->identity)
		return space->mapper->identity(space, paddr, nbytes, dir, tag);
	return space->mapper->map(space, paddr, paddr, (size_t)(nbytes >> DMA_PAGE_SHIFT), dir, tag);
}

void dma_domain_stats(const struct dma_domain *domain, struct dma_domain_stats *out)
{
	const struct dma_space *space = (const struct dma_space *)(const void *)domain;

	*out = (struct dma_domain_stats){0};
	if (!domain->ops || domain->ops->flush != space_flush)
		return;
	out->pages_mapped_tables = dma_load(&space->table.pages);
	out->pages_pending = dma_batch_pending(space);
	out->pages_pending_max = dma_load(&space->pending_max);
	out->pages_quarantined = dma_load(&space->quarantined);
	out->faults = dma_load(&space->faults);
	if (space->batch) {
		out->batch_count = (uint32_t)space->batch_count;
		out->batch_bytes = (space->batch_pages >> DMA_BATCH_PAGES_SHIFT << DMA_PAGE_SHIFT) * space->cpus;
		out->batch_ns = space->batch_ns;
	}
}
