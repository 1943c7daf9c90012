/* SPDX-License-Identifier: MPL-2.0 */
#include "pointer_driver.h"

void driver_post(struct work_ring *ring, uint64_t address, unsigned mistakes)
{
	volatile struct work *w = dma_ring_tail_entry(ring);

	if (mistakes & NO_PUBLISH_BEFORE_VALID) {
		w->valid = 1;
		w->address = address;
	} else {
		w->address = address;
		dma_publish();
		w->valid = 1;
	}
	(void)!dma_ring_produce(ring);
	if (!(mistakes & NO_PUBLISH_BEFORE_DOORBELL))
		dma_publish();
}

bool driver_take(struct done_ring *ring, uint64_t *result, unsigned mistakes)
{
	volatile struct done *d = dma_ring_head_entry(ring);

	if (d->phase != dma_ring_head_phase(ring))
		return false;
	if (!(mistakes & NO_CONSUME))
		dma_consume();
	*result = d->result;
	dma_ring_follow(ring);
	return true;
}
