/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Where a unit cannot end a device's access any more, the host may: by its bus mastering, or a reset (hazard 80).
 */
#include "unit.h"
#include <dmastream/errors.h>
#include <dmastream/platform.h>

static struct {
	struct dma_lock lock;
	dma_host_cut_off *call;
	void *context;
} cut_off;

void dma_iommu_cut_off_with(dma_host_cut_off *call, void *context)
{
	uintptr_t state = dma_host_lock(&cut_off.lock);

	cut_off.call = call;
	cut_off.context = context;
	dma_host_unlock(&cut_off.lock, state);
}

int dma_unit_cut_off(struct dma_device *dev)
{
	uintptr_t state = dma_host_lock(&cut_off.lock);
	dma_host_cut_off *call = cut_off.call;
	void *context = cut_off.context;

	dma_host_unlock(&cut_off.lock, state);
	return call ? call(dev, context) : DMA_ENOTSUP;
}
