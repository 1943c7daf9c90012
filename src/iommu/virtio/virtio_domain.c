/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains: map, unmap and flush of ranges as requests (virtio 1.3, 5.13.6.5 and 5.13.6.6). The record of who has which
 * address stands in front of them (../space/space_record.c).
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "../../memory/pieces.h"
#include "virtio_driver.h"

static struct virtio_domain *domain_of(struct dma_space *space)
{
	return dma_virtio_domain_of(dma_unit_domain_of(space));
}

static struct virtio_unit *unit_of(const struct virtio_domain *domain)
{
	return dma_virtio_unit_of(domain->base.unit);
}

static uint64_t last_of(uint64_t daddr, size_t npages)
{
	return daddr + ((uint64_t)npages << DMA_PAGE_SHIFT) - 1;
}

/* ---- Map ------------------------------------------------------------------------------------------------------- */

static uint32_t flags_of(const struct virtio_unit *unit, unsigned dir)
{
	uint32_t flags = (dir & DMA_TO_DEVICE ? VIRTIO_MAP_READ : 0u) | (dir & DMA_FROM_DEVICE ? VIRTIO_MAP_WRITE : 0u);

	return flags | (__atomic_load_n(&unit->no_write_only, __ATOMIC_RELAXED) ? VIRTIO_MAP_READ : 0u);
}

/* Submits mappings of `step` pages each; the caller waits. */
static int submit_run(struct virtio_domain *domain, uint64_t daddr, uint64_t paddr, size_t npages, size_t step,
		      uint32_t flags, struct virtio_wait *wait)
{
	struct virtio_unit *unit = unit_of(domain);
	uint64_t nbytes = (uint64_t)step << DMA_PAGE_SHIFT;
	uint64_t shared = dma_is_cvm() && !(flags & VIRTIO_MAP_MMIO) ? dma_state.host.device_bit : 0;
	int error = 0;

	for (; npages && !error; npages -= step, daddr += nbytes, paddr += nbytes) {
		struct virtio_request request =
			virtio_map(dma_virtio_number(unit, domain), daddr, daddr + nbytes - 1, paddr | shared, flags);

		error = dma_virtio_submit(unit, &request, wait, NULL);
	}
	return error;
}

/* The pages of pieces, or those from paddr on. */
static int submit_all(struct virtio_domain *domain, uint64_t daddr, uint64_t paddr, const struct dma_pieces *pieces,
		      size_t npages, unsigned dir, struct virtio_wait *wait)
{
	uint32_t flags = flags_of(unit_of(domain), dir);
	struct dma_pieces left;
	int error = 0;

	if (dma_likely(!pieces))
		return submit_run(domain, daddr, paddr, npages, dir & DMA_SPLITTABLE ? 1 : npages, flags, wait);
	left = *pieces;
	while (!error && dma_pieces_next(&left, &paddr, &npages)) {
		error = submit_run(domain, daddr, paddr, npages, npages, flags, wait);
		daddr = last_of(daddr, npages) + 1;
	}
	return error;
}

/* Some of the requests may have succeeded. */
static dma_cold int undo(struct virtio_domain *domain, uint64_t daddr, size_t npages)
{
	struct virtio_unit *unit = unit_of(domain);
	uint8_t status;
	int error = dma_virtio_run(unit, virtio_unmap(dma_virtio_number(unit, domain), daddr, last_of(daddr, npages)),
				   &status);

	return error || status != VIRTIO_S_OK ? DMA_ETIMEDOUT : 0;
}

static int map_any(struct dma_space *space, uint64_t daddr, uint64_t paddr, const struct dma_pieces *pieces,
		   size_t npages, unsigned dir)
{
	struct virtio_domain *domain = domain_of(space);
	struct virtio_unit *unit = unit_of(domain);
	struct virtio_wait wait = {0};
	int error, late;

	if (dma_unlikely(!__atomic_load_n(&domain->endpoints, __ATOMIC_RELAXED)))
		return DMA_ENODEV; /* its devices were blocked: it is not there any more */
	error = submit_all(domain, daddr, paddr, pieces, npages, dir, &wait);
	late = dma_virtio_wait(unit, &wait);
	if (dma_unlikely(error || late))
		return DMA_ETIMEDOUT;
	if (dma_likely(wait.status == VIRTIO_S_OK))
		return 0;
	error = undo(domain, daddr, npages);
	if (error)
		return error;
	/* Not every architecture has mappings that cannot be read (5.13.6.5). */
	if ((dir & DMA_BIDIRECTIONAL) == DMA_FROM_DEVICE && wait.status != VIRTIO_S_NOMEM &&
	    !__atomic_exchange_n(&unit->no_write_only, true, __ATOMIC_RELAXED))
		return map_any(space, daddr, paddr, pieces, npages, dir);
	if (wait.status != VIRTIO_S_NOMEM)
		dma_log("virtio: unit %x: a map failed, status %x", unit->base.queue.unit, (uint64_t)wait.status);
	return wait.status == VIRTIO_S_NOMEM ? DMA_ENOMEM : DMA_ENOTSUP;
}

static int map(struct dma_space *space, uint64_t daddr, uint64_t paddr, size_t npages, unsigned dir, uint32_t tag)
{
	(void)tag;
	return map_any(space, daddr, paddr, NULL, npages, dir);
}

static int map_pieces(struct dma_space *space, uint64_t daddr, const struct dma_pieces *pieces, size_t npages,
		      unsigned dir, uint32_t tag)
{
	(void)tag;
	return map_any(space, daddr, 0, pieces, npages, dir);
}

/* The core asks only where DMA_SPLITTABLE was given: each page is a mapping of its own already. */
static int split(struct dma_space *space, uint64_t cut, uint32_t *tag)
{
	(void)space, (void)cut, (void)tag;
	return 0;
}

/* ---- Unmap ------------------------------------------------------------------------------------------------------ */

/* All mappings of the range, each of them whole. A domain without endpoints is gone, and its mappings with it. */
static struct dma_unmapped unmap(struct dma_space *space, uint64_t daddr, size_t npages, uint64_t note)
{
	struct virtio_domain *domain = domain_of(space);
	struct virtio_unit *unit = unit_of(domain);
	struct dma_unmapped what = dma_unmapped_leaves(daddr, npages);
	struct virtio_request request = virtio_unmap(dma_virtio_number(unit, domain), daddr, last_of(daddr, npages));

	(void)note;
	if (dma_likely(__atomic_load_n(&domain->endpoints, __ATOMIC_RELAXED)))
		what.error = dma_virtio_submit(unit, &request, NULL, domain);
	return what;
}

static int flush_all(struct dma_space *space, struct dma_gather tables)
{
	struct virtio_domain *domain = domain_of(space);

	(void)tables; /* there are none */
	dma_count_invalidations(1);
	if (dma_virtio_settle(unit_of(domain)) || __atomic_load_n(&domain->lost, __ATOMIC_RELAXED))
		return DMA_ETIMEDOUT;
	return 0;
}

static int flush(struct dma_space *space, struct dma_unmapped what)
{
	int error = flush_all(space, what.tables);

	return what.error ? what.error : error;
}

/* ---- Fixed regions --------------------------------------------------------------------------------------------- */

/* Without what the unit reserves: it refuses mappings there. */
static int add_fixed(struct virtio_domain *domain, uint64_t first, uint64_t last, uint32_t flags)
{
	struct virtio_range *range = domain->reserved;
	int error = 0;

	while (range && (last < range->first || first > range->last))
		range = range->next;
	if (range) {
		if (first < range->first)
			error = add_fixed(domain, first, range->first - 1, flags);
		if (!error && last > range->last)
			error = add_fixed(domain, range->last + 1, last, flags);
		return error;
	}
	range = dma_firmware_take(&domain->store, sizeof(*range));
	if (!range)
		return DMA_ENOMEM;
	*range = (struct virtio_range){.next = domain->fixed, .first = first, .last = last, .flags = flags};
	domain->fixed = range;
	return 0;
}

static int identity(struct dma_space *space, uint64_t paddr, uint64_t nbytes, unsigned dir, uint32_t tag)
{
	struct virtio_domain *domain = domain_of(space);
	const struct virtio_unit *unit = unit_of(domain);
	uint64_t granule = unit->page_sizes & (0 - unit->page_sizes), last = paddr + (nbytes - 1);
	bool device = space->table.leaf_extra & VIRTIO_DEVICE_LEAF && unit->features & VIRTIO_MMIO;

	(void)tag;
	if (paddr < unit->input_first || (last | (granule - 1)) > unit->input_last)
		return DMA_ENOTSUP;
	return add_fixed(domain, paddr & ~(granule - 1), last | (granule - 1),
			 flags_of(unit, dir) | (device ? VIRTIO_MAP_MMIO : 0u));
}

int dma_virtio_domain_begin(struct virtio_domain *domain)
{
	struct virtio_unit *unit = unit_of(domain);
	struct virtio_wait wait = {0};
	int error = 0, late;

	for (const struct virtio_range *fixed = domain->fixed; fixed && !error; fixed = fixed->next) {
		struct virtio_request request = virtio_map(dma_virtio_number(unit, domain), fixed->first, fixed->last,
							   fixed->first, fixed->flags);

		error = dma_virtio_submit(unit, &request, &wait, NULL);
	}
	late = dma_virtio_wait(unit, &wait);
	if (error || late)
		return DMA_ETIMEDOUT;
	if (wait.status == VIRTIO_S_OK)
		return 0;
	dma_log("virtio: unit %x: a fixed region cannot be mapped, status %x", unit->base.queue.unit,
		(uint64_t)wait.status);
	return wait.status == VIRTIO_S_NOMEM ? DMA_ENOMEM : DMA_ENOTSUP;
}

/* ---- Life ------------------------------------------------------------------------------------------------------ */

static int invalidate_all(struct dma_space *space)
{
	return flush_all(space, (struct dma_gather){0});
}

static const struct dma_mapper_ops mapper = {
	DMA_UNIT_DEVICE_OPS, .map = map,     .map_pieces = map_pieces, .identity = identity,
	.split = split,	     .unmap = unmap, .flush = flush,	       .flush_all = flush_all,
};
static const struct dma_unit_ops unit_ops = {.invalidate_all = invalidate_all};

void dma_virtio_domains_describe(struct virtio_unit *unit)
{
	unit->base.device_extra = VIRTIO_DEVICE_LEAF;
	unit->base.space.mapper = &mapper;
	unit->base.space.unit = &unit_ops;
	/* What the record holds. */
	unit->base.space.last = unit->input_last >> 48 ? ((uint64_t)1 << 48) - 1 : unit->input_last;
}

/* Reserved addresses, and what lies before the first that the unit translates, as a list for the space. */
static int list_reserved(struct virtio_domain *domain, uint64_t input_first, struct dma_space_config *config)
{
	struct dma_reserved *list;
	size_t n = 1;

	for (const struct virtio_range *range = domain->reserved; range; range = range->next)
		n++;
	if (n * sizeof(*list) > DMA_PAGE_SIZE - 64) {
		dma_log("virtio: %u reserved ranges are too many for one domain", (unsigned)n);
		return DMA_ENOTSUP;
	}
	list = dma_firmware_take(&domain->store, n * sizeof(*list));
	if (!list)
		return DMA_ENOMEM;
	config->reserved = list;
	config->nreserved = n;
	*list++ = (struct dma_reserved){0, input_first};
	for (const struct virtio_range *range = domain->reserved; range; range = range->next, list++)
		if (range->first <= config->last)
			*list = (struct dma_reserved){range->first,
						      (range->last < config->last ? range->last : config->last) -
							      range->first + 1};
	return 0;
}

int dma_virtio_domain_describe(struct dma_unit_domain *base, struct dma_space_config *config)
{
	struct virtio_domain *domain = dma_virtio_domain_of(base);
	struct virtio_unit *unit = unit_of(domain);
	int error = 0;

	for (size_t i = 0; i < base->requesters.count && !error; i++)
		error = dma_virtio_reserved(unit, base->requesters.of[i], domain, true);
	return error ? error : list_reserved(domain, unit->input_first, config);
}

void dma_virtio_domain_forget(struct dma_unit_domain *base)
{
	struct virtio_domain *domain = dma_virtio_domain_of(base);

	dma_firmware_free(&domain->store);
	domain->reserved = domain->fixed = NULL;
}
