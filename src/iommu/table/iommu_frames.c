/* SPDX-License-Identifier: MPL-2.0 */
#include "iommu_frames.h"

/* Set before the first IOMMU is probed, so that no other CPU is here yet (platform.h). */
static dma_host_iommu_frames *tell;
static void *context;

void dma_iommu_frames_with(dma_host_iommu_frames *call, void *its)
{
	tell = call;
	context = its;
}

int dma_iommu_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *paddr)
{
	int error = dma_host_frames_alloc(npages, max_paddr, align, paddr);

	if (error || !tell)
		return error;
	error = tell(*paddr, npages, true, context);
	if (error)
		dma_host_frames_free(*paddr, npages);
	return error;
}

void dma_iommu_frames_free(dma_paddr_t paddr, size_t npages)
{
	if (!tell || !tell(paddr, npages, false, context))
		dma_host_frames_free(paddr, npages);
}
