/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One doorbell for two CPUs: unit_bell.h.
 */
#include "unit_bell.h"

enum {
	MEETINGS = 4,		/* until there is a leader, the first time */
	MOST_DISAPPOINTED = 10, /* how often that is doubled */
	ENOUGH = 64,		/* joint submissions: then it did pay */
	LONELY = 32,		/* the leader resigns after so many submissions in a row without a request */
};

/* Lock held, or nobody uses the queue. */
static void set_leader(struct dma_queue *queue, uint32_t leader)
{
	uint32_t before = dma_queue_leader(queue);

	if (before != DMA_QUEUE_FAILED) /* who gives the queue up needs no lock */
		(void)__atomic_compare_exchange_n(&queue->leader, &before, leader, false, __ATOMIC_RELAXED,
						  __ATOMIC_RELAXED);
}

void dma_bell_reset(struct dma_queue *queue)
{
	set_leader(queue, 0);
	queue->joint_waits = false;
	queue->met = 0;
	queue->request.number = queue->taken = queue->joint = queue->answer = 0;
	if (queue->ops->words)
		dma_arch_write_once(&queue->words[DMA_QUEUE_JOINT_WORD], 0, 8);
}

uint32_t dma_bell_settled(struct dma_queue *queue, uint32_t settled)
{
	if (!queue->joint_waits)
		return settled;
	/* Cleared before positions have gone round: a full ring asks, and it is full every 256 positions. */
	if (queue->joint_end - settled > queue->tail - settled || queue->joint_end == settled)
		queue->joint_waits = false;
	else if (dma_queue_reached(dma_queue_word(queue, DMA_QUEUE_JOINT_WORD), queue->joint))
		settled = queue->joint_end;
	return settled;
}

void dma_bell_renew(struct dma_queue *queue)
{
	(void)dma_bell_settled(queue, queue->done);
	if (!queue->joint_waits)
		dma_arch_write_once(&queue->words[DMA_QUEUE_JOINT_WORD], queue->taken, 8);
}

/* ---- Leaders come and go. Lock held. ---- */

void dma_bell_sample(struct dma_queue *queue)
{
	unsigned cpu = dma_host_cpu();

	if (!(queue->tail & DMA_BELL_SECOND)) {
		queue->came = cpu;
		return;
	}
	if (cpu == queue->came || dma_queue_leader(queue) || ++queue->met < (uint32_t)MEETINGS << queue->disappointed)
		return;
	queue->met = queue->joined = 0;
	queue->lonely = 0;
	set_leader(queue, cpu + 1);
}

void dma_bell_missed(struct dma_queue *queue, uint8_t count)
{
	if (!dma_queue_leader(queue) || (queue->lonely = (uint8_t)(queue->lonely + count)) < LONELY)
		return;
	if (queue->joined >= ENOUGH)
		queue->disappointed = 0;
	else if (queue->disappointed < MOST_DISAPPOINTED)
		queue->disappointed++;
	set_leader(queue, 0);
}
