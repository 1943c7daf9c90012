/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A queue pair in coherent memory (3.3.1): commands out, completions in. Nothing that a completion says is believed
 * before it was matched with a command in flight: which queue, which slot, and which use of that slot.
 */
#include <dmastream/barrier.h>
#include <dmastream/platform.h>

#include "nvme.h"

static size_t pages_of(size_t nbytes)
{
	return (nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;
}

/* Doorbells: 3.1.3.24 and 3.1.3.25 (the transport's 1000h + 2y * stride). */
static volatile void *doorbell(const struct nvme *n, unsigned index)
{
	size_t stride = (size_t)4 << nvme_get(n->cap, NVME_CAP_DSTRD);
	size_t offset = NVME_REG_DOORBELLS + index * stride;

	return offset + sizeof(uint32_t) <= n->regs_size ? (volatile char *)n->regs + offset : NULL;
}

int nvme_queue_open(struct nvme *n, struct nvme_queue *q, uint16_t id, unsigned entries)
{
	int error;

	*q = (struct nvme_queue){.id = id, .entries = (uint16_t)entries, .phase = true};
	q->tail_doorbell = doorbell(n, 2u * id);
	q->head_doorbell = doorbell(n, 2u * id + 1);
	if (!q->tail_doorbell || !q->head_doorbell)
		return DMA_EIO;
	error = dma_coherent_alloc(&q->submission, &n->dma, 0, pages_of((size_t)entries << NVME_COMMAND_SHIFT));
	if (error)
		return error;
	error = dma_coherent_alloc(&q->completion, &n->dma, 0, pages_of((size_t)entries << NVME_COMPLETION_SHIFT));
	if (error) {
		dma_coherent_release(&q->submission);
		return error;
	}
	inflight_init(&q->commands, entries - 1);
	return 0;
}

void nvme_queue_close(struct nvme_queue *q)
{
	dma_coherent_release(&q->completion);
	dma_coherent_release(&q->submission);
}

int nvme_queue_submit(struct nvme_queue *q, unsigned slot, struct nvme_command *command)
{
	int error;

	command->command_id = inflight_id(&q->commands, slot);
	error = dma_coherent_write_bytes(&q->submission, (size_t)q->tail << NVME_COMMAND_SHIFT, command,
					 sizeof(*command));
	if (error)
		return error;
	q->tail = (uint16_t)(q->tail + 1 == q->entries ? 0 : q->tail + 1);
	dma_publish();
	dma_host_mmio_write32(q->tail_doorbell, q->tail);
	return 0;
}

int nvme_queue_reap(struct nvme_queue *q, struct nvme_completion *out, unsigned max)
{
	unsigned n = 0;
	int error = 0;

	/* The phase is in the word that also has the identifier and the status: one read decides all three (hazard
	 * 59). */
	while (n < max && n < q->entries) {
		size_t at = (size_t)q->head << NVME_COMPLETION_SHIFT;

		error = dma_coherent_read_once(&q->completion, at + NVME_CQE_STATUS, &out[n].status,
					       sizeof(out[n].status));
		if (error || nvme_get(out[n].status, NVME_CQE_PHASE) != q->phase)
			break;
		dma_consume();
		error = dma_coherent_read_once(&q->completion, at + NVME_CQE_SQ, &out[n].sq, sizeof(out[n].sq));
		if (error)
			break;
		n++;
		q->head++;
		if (q->head == q->entries) {
			q->head = 0;
			q->phase = !q->phase;
		}
	}
	if (error)
		return error;
	if (n)
		dma_host_mmio_write32(q->head_doorbell, q->head);
	return (int)n;
}

const char *nvme_queue_match(const struct nvme_queue *q, const struct nvme_completion *c, unsigned *slot)
{
	if (nvme_get(c->sq, NVME_CQE_SQ_ID) != q->id)
		return "a completion names another submission queue";
	if (nvme_get(c->sq, NVME_CQE_SQ_HEAD) >= q->entries)
		return "a completion names a place outside the submission queue";
	return inflight_match(&q->commands, (uint16_t)nvme_get(c->status, NVME_CQE_COMMAND_ID), slot);
}
