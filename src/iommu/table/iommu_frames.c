/* SPDX-License-Identifier: MPL-2.0 */
#include "iommu_frames.h"

static dma_host_iommu_frames *tell;
static void *context;

void dma_iommu_frames_with(dma_host_iommu_frames *call, void *its)
{
	context = its;
	__atomic_store_n(&tell, call, __ATOMIC_RELEASE);
}

int dma_iommu_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *paddr)
{
	dma_host_iommu_frames *call = __atomic_load_n(&tell, __ATOMIC_ACQUIRE);
	int error = dma_host_frames_alloc(npages, max_paddr, align, paddr);

	if (error || !call)
		return error;
	error = call(*paddr, npages, true, context);
	if (error)
		dma_host_frames_free(*paddr, npages);
	return error;
}

void dma_iommu_frames_free(dma_paddr_t paddr, size_t npages)
{
	dma_host_iommu_frames *call = __atomic_load_n(&tell, __ATOMIC_ACQUIRE);

	if (!call || !call(paddr, npages, false, context))
		dma_host_frames_free(paddr, npages);
}
