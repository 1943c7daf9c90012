/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reports of a virtio device: buffers on a queue of their own (its event queue), each of which the device fills when
 * something has happened. One that was read is offered again. The caller's lock holds around every call.
 */
#ifndef DMASTREAM_SRC_IOMMU_VIRTIO_REPORTS_H
#define DMASTREAM_SRC_IOMMU_VIRTIO_REPORTS_H

#include "virtio_function.h"

enum {
	DMA_VIRTIO_REPORT_WORDS = 4, /* of 8 bytes: of a buffer */
	DMA_VIRTIO_REPORT_BYTES = 8 * DMA_VIRTIO_REPORT_WORDS,
	DMA_VIRTIO_REPORTS_BYTES = DMA_VIRTQ_BYTES + DMA_VIRTQ_MOST * DMA_VIRTIO_REPORT_BYTES,
};

struct dma_virtio_reports {
	const struct dma_virtio_function *function;
	struct dma_virtq queue;
	uint32_t index; /* of the buffer that was read */
};

/* Of a queue that was found. memory: zeros, DMA_VIRTIO_REPORTS_BYTES for the ring and the buffers. */
void dma_virtio_reports_init(struct dma_virtio_reports *r, char *memory, dma_paddr_t paddr);
/* When the device goes: offers it all buffers, of nbytes each. */
void dma_virtio_reports_offer(struct dma_virtio_reports *r, uint32_t nbytes);
/* How many reports there are, as the device says; at most those that it has buffers for. */
unsigned dma_virtio_reports_waiting(const struct dma_virtio_reports *r);
/* Reads the next report: 1, and *nbytes of it were written, as the device says; what was not is 0. 0: there is none.
 * -1: the device reports in what it was never offered. */
int dma_virtio_report_read(struct dma_virtio_reports *r, uint64_t words[DMA_VIRTIO_REPORT_WORDS], uint32_t *nbytes);
/* The report that was read is done with: its buffer is the device's again. */
void dma_virtio_report_done(struct dma_virtio_reports *r);

#endif
