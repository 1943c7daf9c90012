/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Waiting for hardware with a limit, and the age of requests (hazard 72). The IOMMU drivers wait by this; device
 * drivers may.
 *
 * The limit counts time in which the waiter was running, not what a clock says. A paused machine, a long interrupt or
 * a CPU whose clock is a little ahead or behind makes one step between two looks too long or negative: a step counts
 * as at least nothing and at most a sixteenth of the limit. And when the limit is reached the caller gets one more
 * turn, so that nothing is given up without a last look at the hardware:
 *
 *     struct dma_deadline deadline = dma_deadline_after(limit_ns);
 *
 *     while (!hardware_is_done())
 *             if (dma_deadline_over(&deadline))
 *                     return DMA_ETIMEDOUT;
 *
 * So a limit may be exceeded by as long as the waiter does not look. Times are nanoseconds of dma_host_time_ns(), which
 * a host with drivers that wait provides. The code is src/iommu/unit/deadline.c, which sources.mk lists with the IOMMU
 * drivers.
 */
#ifndef DMASTREAM_DEADLINE_H
#define DMASTREAM_DEADLINE_H

#include <dmastream/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Time that passes while somebody looks. Starts zeroed. Used by one CPU at a time; the fields may be read. */
struct dma_stopwatch {
	uint64_t ns;	  /* that have been counted */
	uint64_t seen_ns; /* the clock at the last look */
	bool started;
};

/* Counts what has passed since the last look, at least nothing and at most most_ns.
 * Returns: all that has been counted, in nanoseconds; 0 at the first look.
 * Errors: none.
 * Context: any.
 * Example:
 *     // every now and then, under the lock of the queue; a new request takes its `started` from watch.ns
 *     before = watch.ns;
 *     dma_stopwatch_look(&watch, limit_ns / 16 + 1);
 *     if (before - request->started > limit_ns)   // late at the last look, and not done since
 *             the device is given up;
 * See: dma_deadline_over(), dma_host_time_ns(). */
uint64_t dma_stopwatch_look(struct dma_stopwatch *watch, uint64_t most_ns);

/* One wait. Made by dma_deadline_after(). Used by one CPU at a time; the fields are the library's. */
struct dma_deadline {
	struct dma_stopwatch watch;
	uint64_t limit_ns;
	bool last_look; /* the limit is reached, and the caller looks once more */
};

/* The limit of one wait, which begins with the first call of dma_deadline_over().
 * Returns: the deadline.
 * Errors: none.
 * Context: any.
 * See: dma_deadline_over(). */
static inline struct dma_deadline dma_deadline_after(uint64_t limit_ns)
{
	struct dma_deadline deadline = {{0, 0, false}, limit_ns, false};

	return deadline;
}

/* Asked after each look that found the hardware not done.
 * Returns: true when the time is over and a call before this one has granted a last look; else false.
 * Errors: none.
 * Context: any.
 * See: dma_deadline_after(), dma_stopwatch_look(). */
bool dma_deadline_over(struct dma_deadline *deadline);

#ifdef __cplusplus
}
#endif

#endif
