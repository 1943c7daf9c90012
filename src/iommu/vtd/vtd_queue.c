/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Queued invalidation (VT-d specification, 6.5.2): the unit's side of ../unit/unit_queue.h.
 *
 * The fence is a wait descriptor that writes the end position of its submission into its slot's word. Words are
 * coherent whatever ECAP.C says, as the fetch of descriptors is (6.5.2.8, 11.4.3). IQH tells only what the unit has
 * fetched.
 */
#include "../unit/unit_wait.h"
#include "vtd_driver.h"

static inline struct dma_command fence(struct dma_queue *queue, uint32_t end)
{
	return vtd_wait_descriptor(dma_queue_word_paddr(queue, end), end);
}

/* The index wraps after the increment (hazard 32). */
static inline void doorbell(struct dma_queue *queue, uint32_t first)
{
	(void)first;
	dma_unit_write32(dma_unit_of_queue(queue), VTD_IQT, queue->tail % DMA_QUEUE_SLOTS * 16);
}

static uint32_t head(struct dma_queue *queue)
{
	return (uint32_t)dma_unit_read64(dma_unit_of_queue(queue), VTD_IQH) / 16 % DMA_QUEUE_SLOTS;
}

/* The head's descriptor cannot be executed (IQE, 6.5.2.10). It is replaced by one that invalidates more; a wait is
 * tried again. Lock held. */
static dma_cold void replace(struct dma_queue *queue, uint32_t slot)
{
	const struct vtd_unit *unit = dma_vtd_unit_of(dma_unit_of_queue(queue));
	struct dma_command *refused = &queue->ring[slot];

	if (!dma_queue_refused(queue, slot))
		return;
	switch (dma_arch_read_once(&refused->word[0], 8) & 15) {
	case VTD_WAIT:
		break;
	case VTD_CONTEXT_INVALIDATE:
		dma_queue_put(refused, vtd_context_descriptor(VTD_ALL, 0, 0));
		break;
	case VTD_INTERRUPT_INVALIDATE:
		dma_queue_put(refused, vtd_interrupt_descriptor(false, 0, 0));
		break;
	default:
		dma_queue_put(refused, vtd_iotlb_descriptor(VTD_ALL, 0, unit->drain, 0, 0, false));
	}
	dma_publish();
}

/* 11.4.9: IQE stops the queue at the head; ITE throws the wait descriptors away that had been fetched; ICE is only
 * told. All are cleared by ones. */
static dma_cold void repair(struct dma_queue *queue)
{
	const struct dma_unit *unit = dma_unit_of_queue(queue);
	uint32_t status;
	uintptr_t state;

	if (!(dma_unit_read32(unit, VTD_FSTS) & VTD_FSTS_QUEUE))
		return;
	state = dma_host_lock(&queue->lock);
	status = dma_unit_read32(unit, VTD_FSTS) & VTD_FSTS_QUEUE;
	if (status & VTD_FSTS_IQE)
		replace(queue, head(queue));
	if (status & VTD_FSTS_ITE)
		dma_queue_aborted(queue, head(queue));
	if (status && !dma_queue_failed(queue)) {
		dma_unit_write32(unit, VTD_FSTS, status);
		doorbell(queue, queue->tail); /* some hardware starts again only at a new tail */
	}
	dma_host_unlock(&queue->lock, state);
}

const struct dma_queue_ops dma_vtd_queue = {
	.fence = fence,
	.doorbell = doorbell,
	.executed = dma_queue_word_executed,
	.settled = dma_queue_word_settled,
	.head = head,
	.repair = repair,
	.words = true,
};

int dma_vtd_run(struct vtd_unit *unit, struct dma_command descriptor)
{
	return dma_queue_run_one(&dma_vtd_queue, &unit->base.queue, descriptor);
}

int dma_vtd_forget_all(struct vtd_unit *unit)
{
	int error = dma_vtd_run(unit, vtd_context_descriptor(VTD_ALL, 0, 0));

	return error ? error : dma_vtd_run(unit, vtd_iotlb_descriptor(VTD_ALL, 0, unit->drain, 0, 0, false));
}

int dma_vtd_queue_start(struct vtd_unit *unit)
{
	dma_queue_reset(&unit->base.queue);
	/* 11.4.7.1: what is set; ITE and ICE are RsvdZ where devices have no TLBs. */
	dma_unit_write32(&unit->base, VTD_FSTS, dma_unit_read32(&unit->base, VTD_FSTS) & VTD_FSTS_QUEUE);
	dma_unit_write64(&unit->base, VTD_IQT, 0); /* 6.5.2: before the queue is switched on */
	dma_unit_write64(&unit->base, VTD_IQA, unit->base.queue.paddr.raw);
	return dma_vtd_command(unit, VTD_G_QIE, VTD_G_QIE);
}

int dma_vtd_queue_stop(struct vtd_unit *unit)
{
	struct dma_deadline deadline = dma_deadline(unit->base.queue.timeout_ns);

	if (!(dma_unit_read32(&unit->base, VTD_GSTS) & VTD_G_QIE))
		return 0;
	/* 6.5.2: only an idle queue may be switched off. One that is stuck on an error never becomes idle by itself. */
	while (dma_unit_read64(&unit->base, VTD_IQH) != dma_unit_read64(&unit->base, VTD_IQT)) {
		if (dma_unit_read32(&unit->base, VTD_FSTS) & VTD_FSTS_IQE)
			break;
		if (dma_deadline_over(&deadline))
			return DMA_ETIMEDOUT;
	}
	return dma_vtd_command(unit, VTD_G_QIE, 0);
}
