/* SPDX-License-Identifier: MPL-2.0 */
#include "virtio_reports.h"

static char *buffer(const struct dma_virtio_reports *r, uint32_t index)
{
	return r->queue.ring + DMA_VIRTQ_BYTES + (size_t)DMA_VIRTIO_REPORT_BYTES * index;
}

static void offer(struct dma_virtio_reports *r, uint32_t index)
{
	for (unsigned i = 0; i < DMA_VIRTIO_REPORT_WORDS; i++)
		dma_arch_write_once(buffer(r, index) + (size_t)8 * i, 0, 8);
	dma_virtq_offer(&r->queue, index);
}

void dma_virtio_reports_init(struct dma_virtio_reports *r, char *memory, dma_paddr_t paddr)
{
	r->queue.ring = memory;
	r->queue.paddr = paddr;
}

void dma_virtio_reports_offer(struct dma_virtio_reports *r, uint32_t nbytes)
{
	uint64_t paddr = r->queue.paddr.raw + DMA_VIRTQ_BYTES;

	for (unsigned i = 0; i < r->queue.size; i++) {
		dma_virtq_describe(&r->queue, i, paddr + (uint64_t)DMA_VIRTIO_REPORT_BYTES * i, nbytes, DMA_VIRTQ_WRITE,
				   0);
		offer(r, i);
	}
	dma_virtio_notify(r->function, &r->queue);
}

unsigned dma_virtio_reports_waiting(const struct dma_virtio_reports *r)
{
	uint16_t n = dma_virtq_waiting(&r->queue);

	return n < r->queue.size ? n : r->queue.size;
}

int dma_virtio_report_read(struct dma_virtio_reports *r, uint64_t words[DMA_VIRTIO_REPORT_WORDS], uint32_t *nbytes)
{
	int got = dma_virtq_take(&r->queue, &r->index, nbytes);

	if (got > 0 && r->index >= r->queue.size)
		return -1;
	if (got > 0)
		dma_arch_copy(words, buffer(r, r->index), DMA_VIRTIO_REPORT_BYTES);
	return got;
}

void dma_virtio_report_done(struct dma_virtio_reports *r)
{
	offer(r, r->index);
	dma_virtio_notify(r->function, &r->queue);
}
