/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Queued invalidation (VT-d specification, 6.5.2): the unit's side of ../unit/unit_queue.h.
 *
 * The fence is a wait descriptor that writes a word. Words are
 * coherent whatever ECAP.C says, as the fetch of descriptors is (6.5.2.8, 11.4.3). IQH tells only what the unit has
 * fetched.
 */
#include "../unit/unit_bell.h"
#include "vtd_driver.h"
#include <dmastream/deadline.h>

static inline struct dma_command fence(dma_paddr_t paddr, uint32_t value)
{
	return vtd_wait_descriptor(paddr.raw, value);
}

/* The head's descriptor cannot be executed (IQE, 6.5.2.10). A wait is tried again. */
static dma_cold struct dma_command wider(struct dma_queue *queue, struct dma_command refused)
{
	switch (refused.word[0] & 15) {
	case VTD_WAIT:
		return refused;
	case VTD_CONTEXT_INVALIDATE:
		return vtd_context_descriptor(VTD_ALL, 0, 0);
	case VTD_INTERRUPT_INVALIDATE:
		return vtd_interrupt_descriptor(false, 0, 0);
	default:
		return vtd_iotlb_descriptor(VTD_ALL, 0, dma_vtd_unit_of(dma_unit_of_queue(queue))->drain, 0, 0, false);
	}
}

static dma_cold uint32_t errors(struct dma_queue *queue)
{
	return dma_unit_read32(dma_unit_of_queue(queue), VTD_FSTS) & VTD_FSTS_QUEUE;
}

/* 11.4.9: IQE stops the queue at the head; ITE discards the wait descriptors that had been fetched; ICE is
 * only reported. Each is cleared by writing 1. */
static dma_cold void mend(struct dma_queue *queue, uint32_t status)
{
	if (status & VTD_FSTS_IQE)
		(void)dma_queue_widen(queue, dma_queue_head(queue));
	if (status & VTD_FSTS_ITE)
		dma_queue_aborted(queue, dma_queue_head(queue));
	if (dma_queue_failed(queue))
		return;
	dma_unit_write32(dma_unit_of_queue(queue), VTD_FSTS, status);
	dma_queue_ring(&dma_vtd_queue, queue);
}

const struct dma_queue_ops dma_vtd_queue = {
	.fence = fence,
	.errors = errors,
	.mend = mend,
	.wider = wider,
	.tail_register = VTD_IQT,
	.head_register = VTD_IQH,
	.step = 16,
	.span = DMA_QUEUE_SLOTS, /* the index wraps after the increment (hazard 32) */
	.words = true,
};

int dma_vtd_run_plain(struct vtd_unit *unit, struct dma_command descriptor)
{
	return dma_queue_run_one(&dma_vtd_queue, &unit->base.queue, descriptor);
}

int dma_vtd_run(struct vtd_unit *unit, struct dma_command descriptor)
{
	int error = dma_vtd_write_buffer_flush(unit);

	return error ? error : dma_vtd_run_plain(unit, descriptor);
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
	struct dma_deadline deadline = dma_deadline_after(unit->base.queue.timeout_ns);

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
