/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Address spaces: a dma_domain behind an IOMMU. Policy here (addresses, direction, strict and deferred, what happens
 * when the hardware fails), mechanism below, at one of two doors:
 *
 *   an IOMMU that walks tables in memory   provides struct dma_unit_ops; tables and walker are dma_walker_mapper's
 *   an IOMMU that takes requests           provides struct dma_mapper_ops instead: map, split, unmap, flush of ranges
 */
#ifndef DMASTREAM_IOMMU_SPACE_H
#define DMASTREAM_IOMMU_SPACE_H

#include "../../device/domain_ops.h"
#include "../../memory/owed.h"
#include "../iova/iova.h"
#include "../table/walker.h"

struct dma_space;
struct dma_batch; /* space_batch.h */

/* What an IOMMU driver does for a space whose tables it walks. */
struct dma_unit_ops {
	/* As in struct dma_domain_ops: writes or clears the device's entry in the unit's tables, and makes the unit
	 * forget what it has cached of the entry. [on] */
	int (*attach)(struct dma_space *space, struct dma_device *dev);
	void (*detach)(struct dma_space *space, struct dma_device *dev);

	/* Ends every access of dev (NULL: of all devices of the space) at once, for good. 0, DMA_ETIMEDOUT. [any] */
	int (*block)(struct dma_space *space, struct dma_device *dev);

	/* When it returns 0, no unit uses a translation of the range that was changed before the call, reads and
	 * writes that used one have drained, and the write buffer is flushed. leaf_only: no table page of the range
	 * was taken out or broken up. Submits, waits, within the documented time: DMA_ETIMEDOUT. No lock is held.
	 * [any] */
	int (*invalidate)(struct dma_space *space, uint64_t daddr, size_t npages, bool leaf_only);

	/* The same for all of the space, inner tables included. [any] */
	int (*invalidate_all)(struct dma_space *space);

	/* After entries became present: what the unit needs before it sees them (caching mode: invalidate, hazard 28;
	 * write buffer, hazard 27). NULL: nothing. [any] */
	int (*mapped)(struct dma_space *space, uint64_t daddr, size_t npages);
};

/* Range operations: what the walker does, or an IOMMU that takes requests. All [any] unless it says so; no lock is
 * held. */
struct dma_mapper_ops {
	int (*attach)(struct dma_space *space, struct dma_device *dev);	 /* [on] */
	void (*detach)(struct dma_space *space, struct dma_device *dev); /* [on] */
	int (*block)(struct dma_space *space, struct dma_device *dev);

	/* Maps; the device can use it on return. dir: enum dma_dir, ORed with DMA_SPLITTABLE or, where registers of
	 * another device are mapped, with DMA_MAP_REGISTERS. On failure nothing is
	 * mapped and no device can reach the frames, or DMA_ETIMEDOUT: the space blocks. 0, DMA_ENOMEM, DMA_ENOTSUP,
	 * DMA_ETIMEDOUT. */
	int (*map)(struct dma_space *space, uint64_t daddr, uint64_t paddr, size_t npages, unsigned dir, uint32_t tag);

	/* The same for the pages of pieces, one behind the other. NULL: they are mapped run by run. */
	int (*map_pieces)(struct dma_space *space, uint64_t daddr, const struct dma_pieces *pieces, size_t npages,
			  unsigned dir, uint32_t tag);

	/* The same for a chain of runs (struct dma_domain_ops). NULL: they are mapped run by run. */
	int (*map_chain)(struct dma_space *space, uint64_t daddr, const struct dma_owed_node *chain, size_t npages,
			 unsigned dir, uint32_t tag);

	/* Maps a fixed region at its own address, before devices are attached, for as long as the space lives; whole
	 * multiples of 4 KiB. NULL: map() does, in whole pages. [on] */
	int (*identity)(struct dma_space *space, uint64_t paddr, uint64_t nbytes, unsigned dir, uint32_t tag);

	/* Prepares for being unmapped in two parts, cut at that address; *tag, the whole's before, names the second.
	 * 0, DMA_ENOMEM, DMA_ENOTSUP, DMA_ETIMEDOUT: the space blocks. */
	int (*split)(struct dma_space *space, uint64_t cut, uint32_t *tag);

	/* Removes. note: dma_note(). Never allocates. What it gives goes to flush(), or its table pages to
	 * flush_all(). */
	DMA_MUST_CHECK struct dma_unmapped (*unmap)(struct dma_space *space, uint64_t daddr, size_t npages,
						    uint64_t note);

	/* Ends access to a removed range, and gives its table pages back. 0; DMA_ETIMEDOUT, or the error that unmap()
	 * met: the device may keep access, the table pages are quarantined, the caller blocks the space. */
	DMA_MUST_CHECK int (*flush)(struct dma_space *space, struct dma_unmapped what);

	/* The same for everything removed before the call. */
	DMA_MUST_CHECK int (*flush_all)(struct dma_space *space, struct dma_gather tables);

	/* What an address is or was; NULL: the space keeps a record of its own. */
	void (*lookup)(struct dma_space *space, uint64_t daddr, struct dma_lookup *out);

	/* Gives memory back that only speeds things up; may be NULL. True: something came back. */
	bool (*trim)(struct dma_space *space);
	/* trim() gives addresses back, too: it helps where these are short. */
	bool trims_addresses;
	/* What trim() leaves where nobody has an address; may be NULL. True: again. [on] */
	bool (*trim_wide)(struct dma_space *space);

	/* Fills reserves; may be NULL. */
	void (*refill)(struct dma_space *space);
};

extern const struct dma_mapper_ops dma_walker_mapper;

struct dma_reserved {
	uint64_t daddr; /* bytes; rounded out to pages */
	uint64_t nbytes;
};

struct dma_space_config {
	const struct dma_mapper_ops *mapper; /* &dma_walker_mapper, or a driver's own */
	const struct dma_unit_ops *unit;     /* for the walker */
	struct dma_table_config table;	     /* for the walker */
	unsigned features; /* for other mappers: DMA_DOMAIN_WRITE_ONLY, _SPLITS; the walker's come from its format */
	uint64_t last;	   /* highest device address, inclusive */
	bool deferred;	   /* trusted devices are deferred */
	bool split_breaks; /* the unit cannot change a big page into a table in place: the format's
						break_before_make holds for it */
	const struct dma_reserved *reserved; /* never handed out: message windows, identity maps, bridge windows */
	size_t nreserved;
	uint32_t batch_count; /* bounds of deferred batches, each CPU's, at most DMA_BATCH_COUNT; 0: the default */
	uint64_t batch_bytes; /* of the whole space */
	uint64_t batch_ns;
};

struct dma_space {
	struct dma_domain domain;	       /* first */
	const struct dma_domain_ops *slow_ops; /* what domain.ops becomes when no fast path may be taken any more */
	const struct dma_mapper_ops *mapper;
	const struct dma_unit_ops *unit;
	uint32_t generation_mask;
	uint32_t cpus;
	uint8_t dead;			       /* an invalidation timed out: blocked for good. Changed atomically. */
	uint8_t slow;			       /* no fast paths any more (space_page.h). Changed atomically. */
	bool split_breaks;		       /* as configured */
	const struct dma_mapper_ops *requests; /* behind mapper, if that is the record's */
	struct dma_table table;		       /* the walker's, or the record's */
	struct dma_iova iova;
	struct dma_batch *batch;		     /* [cpus]; NULL: strict */
	uint64_t batch_count, batch_pages, batch_ns; /* bounds of each CPU's; batch_pages as in struct dma_batch */
	uint64_t batch_bias;			     /* of the bounds: dma_batch_full() */
	uint64_t rings_wanted;			     /* a release found its CPU without one */
	uint64_t fresh_pages;			     /* of tables, before the first map */
	uint64_t pending_max;			     /* pages */
	uint64_t quarantined;			     /* pages */
	uint64_t faults;
	uint64_t reserved;	/* pages of the address space that nobody gets */
	struct dma_space *next; /* of all: space_reclaim.c */
	uint32_t polled;	/* those who look at it: it stays on the list */
};

static inline struct dma_space *dma_space_of(struct dma_domain *domain)
{
	return (struct dma_space *)(void *)domain;
}

/* Makes an empty space; domain->ops and features are set. 0, DMA_EINVAL, DMA_ENOMEM. Interrupts on. */
DMA_MUST_CHECK int dma_space_init(struct dma_space *space, const struct dma_space_config *config);

/* Flushes and gives everything back; no device is attached, no stream lives. 0, DMA_EBUSY, DMA_ETIMEDOUT (kept:
 * quarantined). Interrupts on. */
DMA_MUST_CHECK int dma_space_fini(struct dma_space *space);

/* Takes addresses out for good, as config->reserved does; ranges may overlap. 0, DMA_ENOMEM, DMA_EINVAL (the range
 * wraps). Before devices are attached. Interrupts on. */
DMA_MUST_CHECK int dma_space_reserve(struct dma_space *space, uint64_t daddr, uint64_t nbytes);

/* Maps a range one to one, for good: fixed regions. The range is reserved, nothing of it is mapped yet. Its ends are
 * multiples of 4 KiB, whatever the library's page is, so that nothing beside a region is reached (hazard 86); of a page
 * where the mapper has no identity(). 0, DMA_ENOMEM (the range is unmapped again, and with it
 * what else is in its first and last page), DMA_EINVAL, DMA_ETIMEDOUT. Before devices are attached. Interrupts on. */
DMA_MUST_CHECK int dma_space_identity(struct dma_space *space, uint64_t paddr, uint64_t nbytes, unsigned dir);

/* ---- Between the parts of a space ---- */

/* space_fail.c. The hardware does not answer: blocks every device for good; npages of their memory are lost. Gives
 * DMA_ETIMEDOUT. */
int dma_space_give_up(struct dma_space *space, size_t npages);
/* From now on every map and release takes the slow path. */
void dma_space_go_slow(struct dma_space *space);

static inline bool dma_space_dead(const struct dma_space *space)
{
	return __atomic_load_n(&space->dead, __ATOMIC_RELAXED) != 0;
}

/* Ends the unit's use of tables that were taken out, and gives them back: 0, or an error, and they are quarantined. */
typedef int dma_space_settle(struct dma_space *space, struct dma_gather tables);
/* space_trim.c. As trim() and trim_wide() of struct dma_mapper_ops, of the space's own table. */
bool dma_space_trim(struct dma_space *space, dma_space_settle *settle);
bool dma_space_trim_wide(struct dma_space *space, dma_space_settle *settle);

/* space_map.c. As struct dma_domain_ops: any size, every mapper. */
struct dma_mapped dma_space_map(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr, size_t npages,
				unsigned dir);
struct dma_mapped dma_space_map_pieces(struct dma_domain *domain, struct dma_device *dev,
				       const struct dma_pieces *pieces, size_t npages, unsigned dir);
struct dma_mapped dma_space_map_chain(struct dma_domain *domain, struct dma_device *dev,
				      const struct dma_owed_node *chain, size_t npages, unsigned dir);
int dma_space_unmap(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, uint32_t tag);

/* What an unmap did becomes a request to the unit, here and nowhere else (hazard 66). */
static inline int dma_space_invalidate(struct dma_space *space, const struct dma_unmapped *what)
{
	return space->unit->invalidate(space, what->daddr, what->npages, !what->inner);
}

/* The same where leaves alone have changed: pages were unmapped, and no table. */
static inline int dma_space_invalidate_leaves(struct dma_space *space, uint64_t daddr, size_t npages)
{
	return space->unit->invalidate(space, daddr, npages, true);
}

/* space_record.c: puts a record of who has which address in front of space->mapper. 0, DMA_ENOMEM. Interrupts on. */
DMA_MUST_CHECK int dma_record_init(struct dma_space *space);

/* space_page_map.c, space_page_release.c: the same for the walker, with fast paths. */
struct dma_mapped dma_page_map(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr, size_t npages,
			       unsigned dir);
int dma_page_unmap(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, uint32_t tag);
void dma_page_retire(struct dma_domain *domain, const struct dma_stream *s);
int dma_page_map_stream(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg);
int dma_page_map_plain(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg);
void dma_page_release_stream(struct dma_stream *s);
void dma_page_release_plain(struct dma_stream *s);

/* space_many.c: many runs of pages, and many streams, at once. */
struct dma_mapped dma_many_map_pieces(struct dma_domain *domain, struct dma_device *dev,
				      const struct dma_pieces *pieces, size_t npages, unsigned dir);
int dma_many_unmap_streams(struct dma_domain *domain, struct dma_stream *const *streams, size_t n);

/* space_reclaim.c: the list of all spaces, for dma_reclaim(). */
void dma_spaces_join(struct dma_space *space);
void dma_spaces_leave(struct dma_space *space); /* waits for those who look at it */
void dma_space_refill(struct dma_space *space); /* its reserves, if they are short. Any context. */

#endif
