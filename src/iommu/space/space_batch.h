/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A CPU's ring of deferred releases: for space_batch.c, which empties it, and for the fast paths of
 * space_page_release.c, which push a record by themselves.
 */
#ifndef DMASTREAM_IOMMU_SPACE_BATCH_H
#define DMASTREAM_IOMMU_SPACE_BATCH_H

#include "space.h"

#define DMA_BATCH_COUNT ((uint32_t)(DMA_PAGE_SIZE / sizeof(struct dma_owed)))
#define DMA_BATCH_BYTES (64ull << 20)
#define DMA_BATCH_LARGE                                                                                                \
	128u /* pages: from there on a strict release costs less, since address and table are free at once */
#define DMA_BATCH_NS 10000000ull

/* One CPU's deferred releases: a ring. A CPU number is a hint: any CPU may push to and take from any.
 *
 *	63 |   pages ever pushed    20 | 19 |   releases   0     tail; head has what was given back: both modulo 2^64
 *
 * One compare and swap of tail counts a release and its pages; the low bits of the old tail are its slot. It orders
 * nothing: head says before (acquire) that the slot is free. Whoever moved tail owns the slot and writes the record,
 * its npages last (release). A flush takes the records from head on that have npages (acquire): from then on it owns
 * them, gives them back after the invalidation, zeroes npages, and moves head (release), which frees the slots.
 */
struct dma_batch {
	uint64_t tail;
	uint64_t head;	       /* moved by the flush that has `owner` */
	struct dma_owed *ring; /* NULL until its first use */
	uint64_t deadline_ns;  /* the oldest that waits may wait until then */
	uint64_t tables;       /* struct dma_gather's list */
	uint64_t owner;	       /* names the flush that works on the ring; 0: none */
	uint64_t upto;	       /* its own: head will be there */
	uint64_t wanted;       /* there is no ring yet, and a release would have used one */
	uint64_t now_ns;       /* the clock, when a fast path read it last */
	uint64_t quick;	       /* of the bits of tail: releases where one is set take that for the time */
	uint64_t pad[6];
};

#define DMA_BATCH_PAGES_SHIFT 20u
#define DMA_BATCH_RELEASES(n) ((n) & (((uint64_t)1 << DMA_BATCH_PAGES_SHIFT) - 1))

/* space_batch.c: made and unmade; one more release, or its second half; all of them, now. */
DMA_MUST_CHECK int dma_batch_init(struct dma_space *space, const struct dma_space_config *config);
void dma_batch_fini(struct dma_space *space);
void dma_batch_retire(struct dma_space *space, const struct dma_stream *s);
void dma_batch_push(struct dma_space *space, const struct dma_owed *left, struct dma_unmapped what, uint64_t now_ns);
int dma_batch_flush(struct dma_space *space);
bool dma_batch_is_old(const struct dma_space *space, uint64_t now_ns);
void dma_batch_refill(struct dma_space *space);		   /* rings on first use; does nothing with interrupts off */
uint64_t dma_batch_pending(const struct dma_space *space); /* pages */

/* Releases and pages that wait in this ring, given its tail. */
static inline uint64_t dma_batch_waiting(const struct dma_batch *batch, uint64_t tail)
{
	return tail - dma_load_acquire(&batch->head);
}

/* What one release adds. */
static inline uint64_t dma_batch_one(size_t npages)
{
	return (uint64_t)npages << DMA_BATCH_PAGES_SHIFT | 1;
}

static inline struct dma_owed *dma_batch_record(const struct dma_batch *batch, uint64_t at)
{
	return &batch->ring[at % DMA_BATCH_COUNT];
}

/* Both bounds by one addition: to what waits, the bias adds what is missing to a power of two, in each field.
 *
 *	63 |      pages      20 | 19 |   releases   0	a field that meets its bound sets its highest bit
 */
#define DMA_BATCH_FULL_RELEASES ((uint64_t)1 << (DMA_BATCH_PAGES_SHIFT - 1))
#define DMA_BATCH_FULL_PAGES	((uint64_t)1 << 63)

static inline uint64_t dma_batch_bias(uint64_t count, uint64_t pages)
{
	return (DMA_BATCH_FULL_RELEASES - count) + (DMA_BATCH_FULL_PAGES - pages);
}

static inline bool dma_batch_full(const struct dma_space *space, uint64_t waiting)
{
	waiting += space->batch_bias;
	return (int64_t)waiting < 0 || (waiting & DMA_BATCH_FULL_RELEASES);
}

/* Two CPUs' clocks may differ a little, either way. */
static inline bool dma_batch_due(const struct dma_batch *batch, uint64_t now_ns)
{
	return (int64_t)(now_ns - dma_load(&batch->deadline_ns)) >= 0;
}

/*
 * The clock. A release needs the time for the age of its batch and for its note, and reading it costs: tens of cycles
 * on a processor, a lock of all CPUs' in QEMU. While eight releases of a CPU take less than a sixteenth of the age that
 * a batch may have, the fast paths read the clock for one of them, and the other seven take the same time. So a release
 * may find a batch due seven releases late, if the CPU had paused among those seven; the next dma_reclaim() finds it in
 * any case. Time that is behind makes a deadline early, never late.
 */
#define DMA_BATCH_READ_EVERY 8u
#define DMA_BATCH_QUICK	     16u

/* False: the clock has to be read, by dma_batch_read_clock(). */
static inline bool dma_batch_knows_time(const struct dma_batch *batch, uint64_t *now_ns)
{
	*now_ns = dma_load(&batch->now_ns);
	return (dma_load(&batch->tail) & dma_load(&batch->quick)) != 0;
}

static inline uint64_t dma_batch_read_clock(const struct dma_space *space, struct dma_batch *batch)
{
	uint64_t now = dma_host_time_ns(), took = now - dma_load(&batch->now_ns);

	dma_store(&batch->quick, took < space->batch_ns / DMA_BATCH_QUICK ? DMA_BATCH_READ_EVERY - 1 : 0);
	dma_store(&batch->now_ns, now);
	return now;
}

/* The slot for one more release, if no bound is met by it and nobody interferes. False: dma_batch_push(). */
static inline bool dma_batch_place(const struct dma_space *space, struct dma_batch *batch, size_t npages,
				   uint64_t now_ns, uint64_t *at)
{
	uint64_t one = dma_batch_one(npages);

	*at = dma_load(&batch->tail);
	return dma_likely(
		!dma_batch_full(space, dma_batch_waiting(batch, *at) + one) && !dma_batch_due(batch, now_ns) &&
		__atomic_compare_exchange_n(&batch->tail, at, *at + one, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

/* The record is complete. */
static inline void dma_batch_placed(struct dma_owed *record, uint32_t npages)
{
	__atomic_store_n(&record->npages, npages, __ATOMIC_RELEASE);
}

#endif
