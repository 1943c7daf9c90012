/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The mapper of IOMMUs that walk tables: range operations out of the walker and a unit's invalidations.
 */
#include "../../base/state.h"
#include "space.h"
#include <dmastream/errors.h>
#include <dmastream/stream.h>

#define MIB_2_PAGES ((size_t)1 << (21 - DMA_PAGE_SHIFT))
#define GIB_1	    ((uint64_t)1 << 30)
#define TRIM_BLOCKS 16u

static int attach(struct dma_space *space, struct dma_device *dev)
{
	return space->unit->attach(space, dev);
}

static void detach(struct dma_space *space, struct dma_device *dev)
{
	space->unit->detach(space, dev);
}

static int block(struct dma_space *space, struct dma_device *dev)
{
	return space->unit->block(space, dev);
}

/* Table pages go back once the unit has forgotten them; if that is not known, never (hazard 34). */
static int settle(struct dma_space *space, struct dma_gather tables, int error)
{
	if (dma_unlikely(error && tables.count))
		dma_table_abandon(&space->table, &tables);
	else if (tables.count)
		dma_table_reclaim(&space->table, &tables);
	return error;
}

static int flush(struct dma_space *space, struct dma_unmapped what)
{
	return settle(space, what.tables, what.error ? what.error : dma_space_invalidate(space, &what));
}

static int flush_all(struct dma_space *space, struct dma_gather tables)
{
	return settle(space, tables, space->unit->invalidate_all(space));
}

static struct dma_unmapped unmap(struct dma_space *space, uint64_t daddr, size_t npages, uint64_t note)
{
	struct dma_unmapped what = {.daddr = daddr, .npages = npages};

	what.error = dma_table_unmap(&space->table, daddr, npages, note, &what.tables);
	what.inner = what.tables.count > 0;
	return what;
}

/* Takes empty tables out of a range; nothing was mapped there, so leaves are of no concern. */
static struct dma_unmapped prune(struct dma_space *space, uint64_t daddr, size_t npages)
{
	struct dma_unmapped what = {.daddr = daddr, .npages = npages};

	what.inner = dma_table_prune(&space->table, daddr, npages, &what.tables);
	return what;
}

/* Empty tables of smaller pages stand where big pages would go: they leave before anything is mapped. */
static dma_cold int make_room(struct dma_space *space, uint64_t daddr, size_t npages)
{
	struct dma_unmapped what = prune(space, daddr, npages);

	return what.inner ? flush(space, what) : 0;
}

/* Part of the range was mapped, and the device may have seen it. */
static dma_cold int undo(struct dma_space *space, uint64_t daddr, size_t npages)
{
	return flush(space, unmap(space, daddr, npages, 0));
}

/* Ends a map that gave `error`: the unit sees the entries, or they are gone. */
static inline int finish(struct dma_space *space, uint64_t daddr, size_t npages, int error)
{
	if (dma_unlikely(error == DMA_ENOMEM && undo(space, daddr, npages)))
		return DMA_ETIMEDOUT;
	if (!error && space->unit->mapped && space->unit->mapped(space, daddr, npages)) {
		(void)undo(space, daddr, npages); /* the entries go, whatever the hardware says */
		return DMA_ETIMEDOUT;
	}
	return error;
}

static int map(struct dma_space *space, uint64_t daddr, uint64_t paddr, size_t npages, unsigned dir, uint32_t tag)
{
	bool small = space->split_breaks && (dir & DMA_SPLITTABLE);
	int error = 0;

	if (dma_unlikely(npages >= MIB_2_PAGES && !small && space->table.big_levels))
		error = make_room(space, daddr, npages);
	if (!error)
		error = dma_table_map(&space->table, daddr, paddr, npages, dir, tag, small);
	return finish(space, daddr, npages, error);
}

static int map_chain(struct dma_space *space, uint64_t daddr, const struct dma_owed_node *chain, size_t npages,
		     unsigned dir, uint32_t tag)
{
	int error = 0;

	if (npages >= MIB_2_PAGES && space->table.big_levels)
		error = make_room(space, daddr, npages);
	if (!error)
		error = dma_table_map_chain(&space->table, daddr, chain, dir, tag);
	return finish(space, daddr, npages, error);
}

static int map_pieces(struct dma_space *space, uint64_t daddr, const struct dma_pieces *pieces, size_t npages,
		      unsigned dir, uint32_t tag)
{
	return finish(space, daddr, npages, dma_table_map_pieces(&space->table, daddr, pieces, npages, dir, tag));
}

static int identity(struct dma_space *space, uint64_t daddr, uint64_t nbytes, unsigned dir, uint32_t tag)
{
	uint64_t first = daddr >> DMA_PAGE_SHIFT, last = (daddr + (nbytes - 1)) >> DMA_PAGE_SHIFT;

	return finish(space, first << DMA_PAGE_SHIFT, (size_t)(last - first + 1),
		      dma_table_identity(&space->table, daddr, nbytes, dir, tag));
}

static int split(struct dma_space *space, uint64_t cut, uint32_t *tag)
{
	struct dma_split split;
	int broken = dma_table_split_prepare(&space->table, cut, &split), error = 0;

	if (broken < 0)
		return broken;
	if (broken) {
		struct dma_unmapped what;

		if (space->split_breaks) {
			what = dma_table_split_break(&space->table, &split);
			error = flush(space, what);
		}
		what = dma_table_split_make(&space->table, &split);
		if (!error && (!space->split_breaks || space->unit->mapped))
			error = flush(space, what);
	}
	if (!error)
		*tag = dma_table_mark(&space->table, cut);
	return error;
}

static void lookup(struct dma_space *space, uint64_t daddr, struct dma_lookup *out)
{
	dma_table_lookup(&space->table, daddr, dma_host_time_ns(), out);
}

/* Leaf tables over addresses that nobody has are kept for the next mapping there; when pages run out they go. Who
 * holds the addresses may take the tables: so they are allocated for that long. */
static bool trim(struct dma_space *space)
{
	uint64_t from = 0, held[TRIM_BLOCKS];
	struct dma_gather tables = {0};
	unsigned nheld = 0;

	while (nheld < TRIM_BLOCKS && !dma_iova_take_block(&space->iova, &from, &held[nheld])) {
		if (dma_table_prune(&space->table, held[nheld], DMA_IOVA_BLOCK_PAGES, &tables))
			nheld++;
		else
			dma_iova_free(&space->iova, held[nheld], DMA_IOVA_BLOCK_PAGES);
	}
	if (nheld == 0)
		return false;
	if (flush_all(space, tables)) {
		(void)dma_space_give_up(space, 0);
		return false;
	}
	while (nheld > 0)
		dma_iova_free(&space->iova, held[--nheld], DMA_IOVA_BLOCK_PAGES);
	return true;
}

/* The same for tables of tables, in an empty space: addresses are handed out from the lowest on, so a GiB without
 * tables is the last one. At most a quarter of the space is held at a time, in runs of neighbours: so one call is
 * enough for what lived, however much it was. False: nothing is left that a GiB of free addresses spans. */
static bool trim_wide(struct dma_space *space)
{
	struct dma_iova_request request = {.npages = GIB_1 >> DMA_PAGE_SHIFT, .last = UINT64_MAX, .align = GIB_1};
	uint64_t most = space->iova.end / 4 / request.npages, at;
	struct dma_gather tables = {0};
	bool some = false, more = true;
	struct {
		uint64_t daddr;
		size_t npages;
	} held[TRIM_BLOCKS] = {{0, 0}};
	uint64_t from = 0;
	unsigned nheld = 0;
	uint32_t generation;

	/* A look for a free block empties the stacks of freed ranges, each of which would keep a GiB. */
	if (!dma_iova_take_block(&space->iova, &from, &at))
		dma_iova_free(&space->iova, at, DMA_IOVA_BLOCK_PAGES);
	while (more && most-- > 0 && !dma_iova_alloc(&space->iova, &request, &at, &generation)) {
		if (nheld == 0 || held[nheld - 1].daddr + ((uint64_t)held[nheld - 1].npages << DMA_PAGE_SHIFT) != at) {
			if (nheld == TRIM_BLOCKS) {
				dma_iova_free(&space->iova, at, request.npages);
				break;
			}
			held[nheld].daddr = at;
			held[nheld++].npages = 0;
		}
		held[nheld - 1].npages += request.npages;
		more = dma_table_prune(&space->table, at, request.npages, &tables);
		some = some || more;
	}
	if (some && flush_all(space, tables)) {
		(void)dma_space_give_up(space, 0);
		return false;
	}
	for (; nheld > 0; nheld--)
		dma_iova_free(&space->iova, held[nheld - 1].daddr, held[nheld - 1].npages);
	return some && more;
}

static void refill(struct dma_space *space)
{
	dma_table_refill(&space->table);
	dma_iova_refill(&space->iova);
}

const struct dma_mapper_ops dma_walker_mapper = {
	.attach = attach,
	.detach = detach,
	.block = block,
	.map = map,
	.map_pieces = map_pieces,
	.map_chain = map_chain,
	.identity = identity,
	.split = split,
	.unmap = unmap,
	.flush = flush,
	.flush_all = flush_all,
	.lookup = lookup,
	.trim = trim,
	.trim_wide = trim_wide,
	.refill = refill,
};
