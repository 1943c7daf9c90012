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

/* ---- Requests ---------------------------------------------------------------------------------------------------- */

static void submit_map(struct virtio_domain *domain, uint64_t daddr, uint64_t paddr, uint64_t nbytes, uint64_t flags,
		       struct dma_virtio_wait *wait)
{
	struct virtio_unit *unit = unit_of(domain);
	const uint64_t request[] = {VIRTIO_HEAD(VIRTIO_MAP, dma_virtio_number(unit, &domain->base)), daddr,
				    daddr + (nbytes - 1), paddr, flags};

	dma_virtio_submit(&unit->requests, request, VIRTIO_MAP_BYTES, wait, NULL);
}

/* All mappings of the range, each of them whole. wait NULL: the flush does. */
static void submit_unmap(struct virtio_domain *domain, uint64_t first, uint64_t last, struct dma_virtio_wait *wait)
{
	struct virtio_unit *unit = unit_of(domain);
	const uint64_t request[] = {VIRTIO_HEAD(VIRTIO_UNMAP, dma_virtio_number(unit, &domain->base)), first, last, 0};

	dma_virtio_submit(&unit->requests, request, VIRTIO_UNMAP_BYTES, wait, domain);
}

/* An unmap that failed left the device what it had: nothing of that domain may go back any more. A domain that is not
 * there has no endpoint, and nobody reaches anything through it. */
void dma_virtio_unmapped(void *what, uint8_t status)
{
	struct virtio_domain *domain = what;

	if (dma_likely(status == VIRTIO_S_OK) || (status == VIRTIO_S_NOENT && !dma_unit_domain_known(&domain->base)))
		return;
	if (!__atomic_exchange_n(&domain->lost, 1, __ATOMIC_RELAXED))
		dma_log("virtio: unit %x: an unmap failed, status %x", domain->base.unit->queue.unit, (uint64_t)status);
}

static uint64_t last_of(uint64_t daddr, size_t npages)
{
	return daddr + (((uint64_t)npages << DMA_PAGE_SHIFT) - 1);
}

/* ---- Map --------------------------------------------------------------------------------------------------------- */

static uint32_t flags_of(const struct virtio_unit *unit, unsigned dir)
{
	uint32_t flags = (dir & DMA_TO_DEVICE ? VIRTIO_MAP_READ : 0u) | (dir & DMA_FROM_DEVICE ? VIRTIO_MAP_WRITE : 0u);

	return flags | (__atomic_load_n(&unit->no_write_only, __ATOMIC_RELAXED) ? VIRTIO_MAP_READ : 0u);
}

/* A run of pages; where the stream may be split, each page is a mapping of its own. */
static void submit_run(struct virtio_domain *domain, uint64_t daddr, uint64_t paddr, size_t npages, bool splits,
		       uint32_t flags, struct dma_virtio_wait *wait)
{
	uint64_t nbytes = (uint64_t)npages << DMA_PAGE_SHIFT, step = splits ? DMA_PAGE_SIZE : nbytes;

	paddr |= dma_is_cvm() ? dma_state.host.device_bit : 0;
	for (uint64_t at = 0; at < nbytes; at += step)
		submit_map(domain, daddr + at, paddr + at, step, flags, wait);
}

static void submit_pieces(struct virtio_domain *domain, uint64_t daddr, struct dma_pieces pieces, uint32_t flags,
			  struct dma_virtio_wait *wait)
{
	uint64_t paddr;
	size_t npages;

	while (dma_pieces_next(&pieces, &paddr, &npages)) {
		submit_run(domain, daddr, paddr, npages, false, flags, wait);
		daddr += (uint64_t)npages << DMA_PAGE_SHIFT;
	}
}

/* Some of the requests may have succeeded: the others' range is as it was. flags: what all of them asked for. 0: once
 * more, without asking for a mapping that cannot be read, which not every architecture has (5.13.6.5). Another CPU may
 * have learnt that in the meantime: what counts is what these requests asked for. */
static dma_cold int map_failed(struct virtio_domain *domain, uint64_t first, uint64_t last, uint32_t flags,
			       uint8_t status, const char *what)
{
	struct virtio_unit *unit = unit_of(domain);
	struct dma_virtio_wait wait = {0};

	submit_unmap(domain, first, last, &wait);
	if (dma_virtio_wait(&unit->requests, &wait) || wait.verdict)
		return DMA_ETIMEDOUT;
	if (!(flags & VIRTIO_MAP_READ) && status != VIRTIO_S_NOMEM) {
		__atomic_store_n(&unit->no_write_only, true, __ATOMIC_RELAXED);
		return 0;
	}
	if (status != VIRTIO_S_NOMEM)
		dma_log("virtio: unit %x: %s, status %x", unit->base.queue.unit, what, (uint64_t)status);
	return dma_virtio_error(status);
}

/* pieces NULL: one run of pages, from paddr on. */
static inline __attribute__((always_inline)) int map_any(struct dma_space *space, uint64_t daddr, uint64_t paddr,
							 const struct dma_pieces *pieces, size_t npages, unsigned dir)
{
	struct virtio_domain *domain = domain_of(space);
	int error;

	for (;;) {
		const uint32_t flags = flags_of(unit_of(domain), dir);
		struct dma_virtio_wait wait = {0};

		if (dma_unlikely(!dma_unit_domain_known(&domain->base)))
			return DMA_ENODEV; /* its devices were blocked: it is not there any more */
		if (pieces)
			submit_pieces(domain, daddr, *pieces, flags, &wait);
		else
			submit_run(domain, daddr, paddr, npages, dir & DMA_SPLITTABLE, flags, &wait);
		if (dma_unlikely(dma_virtio_wait(&unit_of(domain)->requests, &wait)))
			return DMA_ETIMEDOUT;
		if (dma_likely(!wait.verdict))
			return 0;
		error = map_failed(domain, daddr, last_of(daddr, npages), flags, wait.verdict, "a map failed");
		if (error)
			return error;
	}
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

/* A domain without endpoints is gone, and its mappings with it. */
static struct dma_unmapped unmap(struct dma_space *space, uint64_t daddr, size_t npages, uint64_t note)
{
	struct virtio_domain *domain = domain_of(space);

	(void)note;
	if (dma_likely(dma_unit_domain_known(&domain->base)))
		submit_unmap(domain, daddr, last_of(daddr, npages), NULL);
	return dma_unmapped_leaves(daddr, npages);
}

static int flush_all(struct dma_space *space, struct dma_gather tables)
{
	struct virtio_domain *domain = domain_of(space);

	(void)tables; /* there are none */
	dma_count_invalidations(0, 1);
	if (dma_virtio_settle(&unit_of(domain)->requests) || __atomic_load_n(&domain->lost, __ATOMIC_RELAXED))
		return DMA_ETIMEDOUT;
	return 0;
}

static int flush(struct dma_space *space, struct dma_unmapped what)
{
	return flush_all(space, what.tables);
}

/* ---- Fixed regions --------------------------------------------------------------------------------------------- */

/* While the domain is made nobody waits, and the unit does not know of it. */
static int identity(struct dma_space *space, uint64_t paddr, uint64_t nbytes, unsigned dir, uint32_t tag)
{
	struct virtio_domain *domain = domain_of(space);
	const struct virtio_unit *unit = unit_of(domain);
	bool device = space->table.leaf_extra & VIRTIO_DEVICE_LEAF && unit->function.features & VIRTIO_MMIO;
	uint32_t flags = flags_of(unit, dir) | (device ? VIRTIO_MAP_MMIO : 0u);

	(void)tag;
	if (paddr < unit->input_first || paddr + (nbytes - 1) > unit->input_last)
		return DMA_ENOTSUP;
	if (domain->beginning) {
		submit_map(domain, paddr, paddr, nbytes, flags, domain->beginning);
		domain->asked &= flags;
	}
	return 0;
}

/* 0; or an answer that is no; or DMA_ETIMEDOUT. */
static int map_regions(struct virtio_domain *domain)
{
	struct dma_virtio_wait wait = {0};
	int error, late;

	domain->beginning = &wait;
	domain->asked = VIRTIO_MAP_READ;
	error = dma_unit_regions_map(&domain->base);
	domain->beginning = NULL;
	late = dma_virtio_wait(&unit_of(domain)->requests, &wait);
	return error || late ? DMA_ETIMEDOUT : wait.verdict;
}

int dma_virtio_domain_begin(struct dma_unit_domain *base)
{
	struct virtio_domain *domain = dma_virtio_domain_of(base);
	const struct virtio_unit *unit = unit_of(domain);
	int answer, error = 0;

	do { /* nothing but these regions is mapped */
		answer = map_regions(domain);
		if (answer > 0)
			error = map_failed(domain, unit->input_first, unit->input_last, domain->asked, (uint8_t)answer,
					   "a fixed region cannot be mapped");
	} while (answer > 0 && !error);
	return answer < 0 ? answer : error;
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
	unit->below = (struct dma_reserved){.nbytes = unit->input_first};
	unit->base.space.reserved = &unit->below;
	unit->base.space.nreserved = 1;
	/* What the record holds. */
	unit->base.space.last = unit->input_last >> 48 ? ((uint64_t)1 << 48) - 1 : unit->input_last;
}

int dma_virtio_domain_describe(struct dma_unit_domain *base, struct dma_space_config *config)
{
	int error = 0;

	(void)config;
	for (size_t i = 0; i < base->requesters.count && !error; i++)
		error = dma_virtio_probe(base->requesters.of[i], base);
	return error;
}
