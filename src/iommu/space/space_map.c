/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The slow paths of a space: map and strict release of any size, with every mapper, and what happens when addresses or
 * memory run short. (Deferred release: space_batch.c. Fast paths: space_page.h.)
 */
#include "../../base/state.h"
#include "../../memory/pieces.h"
#include "space.h"
#include "space_batch.h"
#include <dmastream/errors.h>

#define MIB_2 ((uint64_t)1 << 21)
#define GIB_1 ((uint64_t)1 << 30)

/* ---- Map ---- */

/* Gives back what waits for an invalidation, and what is only kept for speed, if that is what is short: tables over
 * free addresses are memory, and no addresses. True: it is worth another try. */
static dma_cold bool relieve(struct dma_space *space, int error)
{
	bool some = dma_batch_pending(space) > 0;

	if (dma_batch_flush(space))
		return false;
	if (!space->mapper->trim || (error == DMA_ENOSPC && !space->mapper->trims_addresses))
		return some;
	return space->mapper->trim(space) || some;
}

/* Addresses at which big pages fit, if there are any; else others. */
static dma_cold int alloc_big(struct dma_space *space, struct dma_iova_request *request, uint64_t paddr,
			      uint64_t *daddr, uint32_t *generation)
{
	const struct dma_iova_request plain = *request;
	uint64_t nbytes = (uint64_t)request->npages << DMA_PAGE_SHIFT;
	uint8_t levels = space->table.big_levels;
	uint64_t align = levels & 4 && nbytes >= GIB_1 ? GIB_1 : levels & 2 && nbytes >= MIB_2 ? MIB_2 : 0;
	int error = DMA_ENOSPC;

	/* A smaller one is no alternative to a larger one that the device needs. */
	for (; align && plain.align <= DMA_PAGE_SIZE && error == DMA_ENOSPC; align = align == GIB_1 ? MIB_2 : 0) {
		request->align = align;
		request->like = paddr & (align - 1);
		error = dma_iova_alloc(&space->iova, request, daddr, generation);
	}
	if (error == DMA_ENOSPC)
		error = dma_iova_alloc(&space->iova, &plain, daddr, generation);
	return error;
}

static struct dma_mapped failed(int error)
{
	return (struct dma_mapped){.error = error};
}

static bool next_run(struct dma_pieces *pieces, uint64_t *paddr, size_t *npages)
{
	const struct dma_owed_node *run = pieces->chain;

	if (pieces->stage != DMA_PIECES_CHAIN)
		return dma_pieces_next(pieces, paddr, npages);
	if (!run)
		return false;
	*paddr = run->owed.paddr.raw;
	*npages = run->owed.npages;
	pieces->chain = run->next;
	return true;
}

/* Run by run, where the mapper takes nothing else. */
static dma_cold int map_runs(struct dma_space *space, uint64_t daddr, struct dma_pieces pieces, unsigned dir,
			     uint32_t tag)
{
	uint64_t at = daddr, paddr;
	size_t npages;
	int error = 0;

	while (!error && next_run(&pieces, &paddr, &npages)) {
		error = space->mapper->map(space, at, paddr, npages, dir, tag);
		if (!error)
			at += (uint64_t)npages << DMA_PAGE_SHIFT;
	}
	if (error && at != daddr) {
		struct dma_unmapped what =
			space->mapper->unmap(space, daddr, (size_t)((at - daddr) >> DMA_PAGE_SHIFT), 0);

		if (space->mapper->flush(space, what))
			error = DMA_ETIMEDOUT;
	}
	return error;
}

/* The frames from paddr on, or those of pieces. */
static int map_at(struct dma_space *space, uint64_t daddr, uint64_t paddr, const struct dma_pieces *pieces,
		  size_t npages, unsigned dir, uint32_t tag)
{
	if (dma_likely(!pieces))
		return space->mapper->map(space, daddr, paddr, npages, dir, tag);
	if (pieces->stage == DMA_PIECES_CHAIN && space->mapper->map_chain)
		return space->mapper->map_chain(space, daddr, pieces->chain, npages, dir, tag);
	if (pieces->stage == DMA_PIECES_CHAIN || !space->mapper->map_pieces)
		return map_runs(space, daddr, *pieces, dir, tag);
	return space->mapper->map_pieces(space, daddr, pieces, npages, dir, tag);
}

static struct dma_mapped map_once(struct dma_space *space, const struct dma_device *dev, uint64_t paddr,
				  const struct dma_pieces *pieces, size_t npages, unsigned dir)
{
	struct dma_iova_request request = {
		.npages = npages, .last = dev->mask, .boundary = dev->boundary, .align = dev->min_align};
	uint32_t generation;
	uint64_t at;
	int error;

	if (dma_unlikely(pieces && dev->boundary > request.align && (uint64_t)npages << DMA_PAGE_SHIFT > dev->boundary))
		request.align = dev->boundary; /* the fewest cuts */
	if (dma_unlikely(npages >= MIB_2 >> DMA_PAGE_SHIFT && !pieces))
		error = alloc_big(space, &request, paddr, &at, &generation);
	else
		error = dma_iova_alloc(&space->iova, &request, &at, &generation);
	if (dma_unlikely(error))
		return failed(error);
	if (dma_unlikely(at >> DMA_TABLE_FAST_BITS != 0)) /* the fast paths cannot tell such addresses apart */
		dma_space_go_slow(space);
	generation = dma_tag(space->generation_mask, at, generation);
	error = map_at(space, at, paddr, pieces, npages, dir, generation);
	if (dma_unlikely(error)) {
		if (error == DMA_ETIMEDOUT)
			return failed(dma_space_give_up(space, 0)); /* the addresses are lost, too */
		dma_iova_free(&space->iova, at, npages);
		return failed(error);
	}
	return (struct dma_mapped){.daddr = dma_daddr(at), .tag = generation};
}

static struct dma_mapped map_any(struct dma_space *space, const struct dma_device *dev, uint64_t paddr,
				 const struct dma_pieces *pieces, size_t npages, unsigned dir)
{
	struct dma_mapped mapped;

	if (dma_unlikely(dma_space_dead(space)))
		return failed(DMA_ENODEV); /* not DMA_ETIMEDOUT, on which the core gives frames up: nothing is mapped */
	if (dma_unlikely(dev->zero_length_reads))
		dir |= DMA_TO_DEVICE;
	mapped = map_once(space, dev, paddr, pieces, npages, dir);
	if (dma_unlikely(mapped.error == DMA_ENOSPC || mapped.error == DMA_ENOMEM) && relieve(space, mapped.error))
		mapped = map_once(space, dev, paddr, pieces, npages, dir);
	dma_space_refill(space);
	return mapped;
}

struct dma_mapped dma_space_map(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr, size_t npages,
				unsigned dir)
{
	return map_any(dma_space_of(domain), dev, paddr.raw, NULL, npages, dir);
}

struct dma_mapped dma_space_map_pieces(struct dma_domain *domain, struct dma_device *dev,
				       const struct dma_pieces *pieces, size_t npages, unsigned dir)
{
	return map_any(dma_space_of(domain), dev, 0, pieces, npages, dir);
}

struct dma_mapped dma_space_map_chain(struct dma_domain *domain, struct dma_device *dev,
				      const struct dma_owed_node *chain, size_t npages, unsigned dir)
{
	const struct dma_pieces pieces = {.chain = chain, .stage = DMA_PIECES_CHAIN};

	return map_any(dma_space_of(domain), dev, 0, &pieces, npages, dir);
}

/* ---- Release ---- */

/* Entries, invalidation, then the addresses (hazards 10, 11, 47); the frames are the caller's, after that. */
int dma_space_unmap(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, uint32_t tag)
{
	struct dma_space *space = dma_space_of(domain);
	struct dma_unmapped what = space->mapper->unmap(space, daddr.raw, npages, dma_note(tag, dma_host_time_ns()));
	int error = space->mapper->flush(space, what);

	(void)dev;
	if (dma_unlikely(error || dma_space_dead(space)))
		return dma_space_give_up(space, npages);
	dma_iova_free(&space->iova, daddr.raw, npages);
	return 0;
}
