/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Two CPUs at one doorbell (unit_bell.h), where one look is not enough, and one CPU that stays alone.
 */
#include "unit_bell.h"

enum { WITHDRAWN = 8 }; /* submissions without a request: a request that was withdrawn counts as so many */

int dma_bell_alone(struct dma_queue *queue, struct dma_command command)
{
	uint32_t end, aborts;
	bool submitted;

	if (dma_queue_run_fast(queue->ops, queue, &command, 1, &submitted, &end, &aborts))
		return 0;
	return dma_queue_run_one_slowly(queue, command, submitted, end, aborts);
}

int dma_bell_finish(struct dma_queue *queue, struct dma_command command, uint32_t number, uint32_t end, uint32_t aborts)
{
	int result = dma_queue_wait(queue, &number, end, aborts);

	if (result == 0)
		dma_bell_tell(queue->ops, queue, number);
	return result <= 0 ? result : dma_queue_run_one_slowly(queue, command, false, 0, 0);
}

int dma_bell_follow_slowly(struct dma_queue *queue, struct dma_command command, uint32_t number)
{
	uintptr_t state = dma_host_lock(&queue->lock);
	uint32_t end = queue->joint_end, aborts = queue->joint_aborts;
	bool taken = queue->taken == number;

	if (!taken) {
		queue->taken = number;
		dma_bell_missed(queue, WITHDRAWN);
	}
	dma_host_unlock(&queue->lock, state);
	return taken ? dma_bell_finish(queue, command, number, end, aborts) : dma_bell_alone(queue, command);
}
