/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Waiting for hardware with a limit (hazard 72).
 *
 * The limit counts time in which the waiter was running, not what a clock says. A paused machine, a long interrupt or
 * a CPU whose clock is a little ahead or behind makes one step between two looks too long or negative: a step counts
 * as at least nothing and at most a sixteenth of the limit. And when the limit is reached the caller gets one more
 * turn, so that nothing is given up without a last look at the hardware:
 *
 *	struct dma_deadline deadline = dma_deadline(limit_ns);
 *
 *	while (!hardware_is_done())
 *		if (dma_deadline_over(&deadline))
 *			return DMA_ETIMEDOUT;
 */
#ifndef DMASTREAM_IOMMU_UNIT_WAIT_H
#define DMASTREAM_IOMMU_UNIT_WAIT_H

#include <dmastream/platform.h>

struct dma_deadline {
	uint64_t limit_ns;
	uint64_t spent_ns;
	uint64_t seen_ns; /* the clock at the last call */
	bool started;
	bool last_look; /* the limit is reached, and the caller looks once more */
};

static inline struct dma_deadline dma_deadline(uint64_t limit_ns)
{
	return (struct dma_deadline){.limit_ns = limit_ns};
}

/* True when the time is over and a call before this one has granted a last look. Any context. */
bool dma_deadline_over(struct dma_deadline *deadline);

#endif
