/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Frames that IOMMUs read and write: tables, queues. The host is told of them, if it wants to be
 * (dma_iommu_frames_with()).
 */
#ifndef DMASTREAM_SRC_IOMMU_FRAMES_H
#define DMASTREAM_SRC_IOMMU_FRAMES_H

#include <dmastream/platform.h>

/* As dma_host_frames_alloc(), and what the host says when it is told. */
int dma_iommu_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *paddr);

/* No unit uses them any more. */
void dma_iommu_frames_free(dma_paddr_t paddr, size_t npages);

#endif
