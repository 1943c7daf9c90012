/* SPDX-License-Identifier: MPL-2.0 */
#include "virtio_ring.h"
#include <dmastream/arch.h>
#include <dmastream/barrier.h>

enum { NO_INTERRUPT = 1, NO_NOTIFICATION = 1 };

void dma_virtq_init(struct dma_virtq *q, void *ring, dma_paddr_t paddr, unsigned size)
{
	*q = (struct dma_virtq){.ring = ring, .paddr = paddr, .size = (uint16_t)size};
	dma_arch_write_once(q->ring + dma_virtq_available(q), NO_INTERRUPT, 2);
}

void dma_virtq_describe(struct dma_virtq *q, unsigned index, uint64_t paddr, uint32_t nbytes, unsigned flags,
			unsigned next)
{
	char *descriptor = q->ring + (size_t)16 * index;

	dma_arch_write_once(descriptor, paddr, 8);
	dma_arch_write_once(descriptor + 8, nbytes | (uint64_t)flags << 32 | (uint64_t)next << 48, 8);
}

void dma_virtq_resize(struct dma_virtq *q, unsigned index, uint32_t nbytes)
{
	dma_arch_write_once(q->ring + (size_t)16 * index + 8, nbytes, 4);
}

void dma_virtq_offer(struct dma_virtq *q, unsigned head)
{
	char *available = q->ring + dma_virtq_available(q);

	dma_arch_write_once(available + 4 + (size_t)2 * (q->offered & (q->size - 1u)), head, 2);
	dma_publish(); /* the chain before the index that gives it away (2.7.13.3.1) */
	dma_arch_write_once(available + 2, ++q->offered, 2);
}

bool dma_virtq_notify(struct dma_virtq *q)
{
	if (q->told == q->offered)
		return false;
	q->told = q->offered;
	dma_barrier(); /* the index, then the device's word on notifications (2.7.13.4.1; hazard 69) */
	return !(dma_arch_read_once(q->ring + dma_virtq_used(q), 2) & NO_NOTIFICATION);
}

int dma_virtq_take(struct dma_virtq *q, uint32_t *head, uint32_t *nbytes)
{
	const char *used = q->ring + dma_virtq_used(q), *element;
	uint16_t index = (uint16_t)dma_arch_read_once(used + 2, 2);

	if (index == q->taken)
		return 0;
	if ((uint16_t)(index - q->taken) > (uint16_t)(q->offered - q->taken))
		return -1;
	dma_consume();
	element = used + 4 + (size_t)8 * (q->taken & (q->size - 1u));
	*head = (uint32_t)dma_arch_read_once(element, 4);
	*nbytes = (uint32_t)dma_arch_read_once(element + 4, 4);
	q->taken++;
	return 1;
}
