/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Who has, or last had, an address behind an IOMMU that takes requests and keeps its tables to itself: a table of our
 * own that no unit walks, beside its mapper. It answers fault reports as the walked tables of other IOMMUs do, and
 * costs a mapping what it costs there, without flushes: little beside a request.
 */
#include "../../base/state.h"
#include "space.h"
#include <dmastream/errors.h>

#define FORMAT	    dma_format_vtd4 /* any with a generation of many bits */
#define MIB_2_PAGES ((size_t)1 << (21 - DMA_PAGE_SHIFT))

/* An identity map may lie beyond the addresses that the record holds. It is not recorded then, and need not be: it has
 * no stream, whose tag would have to be found. */
static bool fits(uint64_t daddr, size_t npages)
{
	return (daddr + (((uint64_t)npages << DMA_PAGE_SHIFT) - 1)) >> dma_format_width(&FORMAT) == 0;
}

static int write_down(struct dma_space *space, uint64_t daddr, uint64_t paddr, size_t npages, unsigned dir,
		      uint32_t tag)
{
	struct dma_gather gather = {0};

	if (!fits(daddr, npages))
		return 0;
	if (npages >= MIB_2_PAGES && dma_table_prune(&space->table, daddr, npages, &gather))
		dma_table_reclaim(&space->table, &gather); /* nobody walks them */
	return dma_table_map(&space->table, daddr, paddr, npages, dir, tag, false);
}

static void strike_out(struct dma_space *space, uint64_t daddr, size_t npages, uint64_t note)
{
	struct dma_gather gather = {0};
	int left; /* none: split() has broken what had to be */

	if (!fits(daddr, npages))
		return;
	left = dma_table_unmap(&space->table, daddr, npages, note, &gather);
	(void)left;
	if (gather.count)
		dma_table_reclaim(&space->table, &gather);
}

/* The record first, since it may lack memory: what is mapped can always be named. */
static int map(struct dma_space *space, uint64_t daddr, uint64_t paddr, size_t npages, unsigned dir, uint32_t tag)
{
	int error = write_down(space, daddr, paddr, npages, dir, tag);

	if (!error)
		error = space->requests->map(space, daddr, paddr, npages, dir, tag);
	if (dma_unlikely(error))
		strike_out(space, daddr, npages, 0);
	return error;
}

static int map_pieces(struct dma_space *space, uint64_t daddr, const struct dma_pieces *pieces, size_t npages,
		      unsigned dir, uint32_t tag)
{
	int error = fits(daddr, npages) ? dma_table_map_pieces(&space->table, daddr, pieces, npages, dir, tag) : 0;

	if (!error)
		error = space->requests->map_pieces(space, daddr, pieces, npages, dir, tag);
	if (dma_unlikely(error))
		strike_out(space, daddr, npages, 0);
	return error;
}

static int identity(struct dma_space *space, uint64_t paddr, uint64_t nbytes, unsigned dir, uint32_t tag)
{
	int error = 0;

	if (fits(paddr, (size_t)((nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT)))
		error = dma_table_identity(&space->table, paddr, nbytes, dir, tag);
	return error ? error : space->requests->identity(space, paddr, nbytes, dir, tag);
}

static int split(struct dma_space *space, uint64_t cut, uint32_t *tag)
{
	struct dma_split split;
	int broken = dma_table_split_prepare(&space->table, cut, &split), error;

	if (broken < 0)
		return broken;
	if (broken)
		(void)dma_table_split_make(&space->table, &split); /* nobody walks it */
	error = space->requests->split(space, cut, tag);
	if (!error)
		*tag = dma_table_mark(&space->table, cut);
	return error;
}

static struct dma_unmapped unmap(struct dma_space *space, uint64_t daddr, size_t npages, uint64_t note)
{
	struct dma_unmapped what = space->requests->unmap(space, daddr, npages, note);

	strike_out(space, daddr, npages, note);
	return what;
}

static void lookup(struct dma_space *space, uint64_t daddr, struct dma_lookup *out)
{
	dma_table_lookup(&space->table, daddr, dma_host_time_ns(), out);
}

static void refill(struct dma_space *space)
{
	dma_table_refill(&space->table);
	dma_iova_refill(&space->iova);
	if (space->requests->refill)
		space->requests->refill(space);
}

/* ---- As the mapper says ---- */

static int attach(struct dma_space *space, struct dma_device *dev)
{
	return space->requests->attach(space, dev);
}

static void detach(struct dma_space *space, struct dma_device *dev)
{
	space->requests->detach(space, dev);
}

static int block(struct dma_space *space, struct dma_device *dev)
{
	return space->requests->block(space, dev);
}

static int flush(struct dma_space *space, struct dma_unmapped what)
{
	return space->requests->flush(space, what);
}

static int flush_all(struct dma_space *space, struct dma_gather tables)
{
	return space->requests->flush_all(space, tables);
}

/* Nobody walks them. */
static int settle(struct dma_space *space, struct dma_gather tables)
{
	dma_table_reclaim(&space->table, &tables);
	return 0;
}

static bool trim(struct dma_space *space)
{
	bool some = dma_space_trim(space, settle);

	return (space->requests->trim && space->requests->trim(space)) || some;
}

static bool trim_wide(struct dma_space *space)
{
	return dma_space_trim_wide(space, settle);
}

#define RECORDER                                                                                                       \
	.attach = attach, .detach = detach, .block = block, .map = map, .split = split, .unmap = unmap,                \
	.flush = flush, .flush_all = flush_all, .lookup = lookup, .trim = trim, .trim_wide = trim_wide,                \
	.refill = refill

/* What the mapper leaves out, the space does by other means. */
static const struct dma_mapper_ops recorder = {RECORDER};
static const struct dma_mapper_ops recorder_of_all = {RECORDER, .map_pieces = map_pieces, .identity = identity};

int dma_record_init(struct dma_space *space)
{
	const struct dma_table_config config = {
		.format = &FORMAT, .big_levels = FORMAT.big_levels, .snoops = true, .max_paddr = UINT64_MAX};

	space->requests = space->mapper;
	space->mapper = space->requests->map_pieces && space->requests->identity ? &recorder_of_all : &recorder;
	space->generation_mask = dma_generation_mask(&FORMAT);
	return dma_table_init(&space->table, &config);
}
