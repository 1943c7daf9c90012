/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The mapper of IOMMUs that walk tables: range operations out of the walker and a unit's invalidations.
 */
#include "../../base/state.h"
#include "space.h"
#include <dmastream/errors.h>
#include <dmastream/stream.h>

#define MIB_2_PAGES ((size_t)1 << (21 - DMA_PAGE_SHIFT))

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

static bool trim(struct dma_space *space)
{
	return dma_space_trim(space, flush_all);
}

static bool trim_wide(struct dma_space *space)
{
	return dma_space_trim_wide(space, flush_all);
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
