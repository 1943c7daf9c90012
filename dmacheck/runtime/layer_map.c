/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Map and unmap of the layer (layer.c): what a device cannot reach, or must not, is bounced; a bounce is converted in a
 * confidential VM; behind an IOMMU what the device is told is mapped there.
 */
#include "layer.h"

static size_t pages_for(const struct mapping *m)
{
	return (m->size + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;
}

static bool reachable(const struct mapping *m)
{
	uint64_t mask = sim_device_config(m->dev)->mask, first = page_paddr(m->va);

	return !sim.config.cvm && first <= mask && m->size - 1 <= mask - first;
}

/* What a former owner left in a slot must not reach the driver: map fills it, in every direction (hazard 40). */
static int bounce(struct mapping *m)
{
	size_t npages = pages_for(m), done = 0;
	dma_paddr_t at;
	int error;

	error = dma_host_frames_alloc(npages + (layer_mistake() == 50), sim_device_config(m->dev)->mask, DMA_PAGE_SIZE,
				      &at);
	if (error)
		return error;
	m->slot_view = dma_host_linear(at, npages << DMA_PAGE_SHIFT);
	if (sim.config.cvm && layer_mistake() != 51) {
		if (layer_mistake() == 49)
			sim_fail_hook(SIM_HOOK_SHARE, 1);
		sim_conversion_error(DMA_ENODEV);
		sim_maintenance_begin(); /* lines of the private page must not be evicted over the shared one */
		layer_lines(m->slot_view, npages << DMA_PAGE_SHIFT, SIM_LINE_FLUSH);
		sim_maintenance_end();
		error = dma_host_share(at, npages, &done);
		if (!error && layer_mistake() == 50) { /* converts a page more than it has: somebody's */
			dma_paddr_t original = {page_paddr(m->va) & ~(uint64_t)(DMA_PAGE_SIZE - 1)};

			(void)!dma_host_share(original, 1, &done);
		}
	}
	if (error) {
		if (layer_mistake() == 49)
			dma_host_frames_free(at, npages); /* shared, private? nobody knows */
		return error;				  /* else they are leaked on purpose */
	}
	m->slot = at.raw;
	if (sim.config.cvm && layer_mistake() != 51)
		error = dma_host_kva_map(at, npages, DMA_KVA_SHARED, (void **)&m->slot_view);
	if (!error && layer_mistake() != 40) /* what no map fills is nobody's */
		sim_fill(m->slot_view, 0, npages << DMA_PAGE_SHIFT);
	return error;
}

int layer_map(struct mapping *m)
{
	int error = 0;

	if (layer_fails_now())
		return DMA_ENOMEM;
	judge_off = true;
	if (!reachable(m) && !iommu_present())
		error = bounce(m);
	else if (iommu_present() && (layer_mistake() == 43 || sim.config.cvm || !sim_device_config(m->dev)->trusted))
		error = bounce(m); /* an untrusted device's parts of pages */
	if (error)
		goto out;
	m->daddr = m->slot ? m->slot : page_paddr(m->va);
	if (iommu_present()) {
		uint64_t first = m->daddr & ~(uint64_t)(DMA_PAGE_SIZE - 1), in = m->daddr - first;

		error = iommu_map(first, (in + m->size + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT, m->dir, &m->daddr);
		m->daddr += in;
	}
	if (error || m->skip_sync)
		goto out;
	if (m->slot && layer_mistake() != 40)
		layer_copy_out(m, 0, m->size);
	else if (m->slot && m->dir & DMA_TO_DEVICE)
		layer_copy_out(m, 0, m->size);
	if (!layer_snoops()) {
		sim_maintenance_begin();
		if (m->slot && layer_mistake() != 42)
			layer_maintain_slot(m, 0, m->size, SIM_LINE_CLEAN);
		else if (layer_mistake() == 41 && m->dir == DMA_FROM_DEVICE) /* uncovers what RAM had before */
			layer_maintain(m->va, m->size, SIM_LINE_INVALIDATE);
		else
			layer_maintain(m->va, m->size, SIM_LINE_CLEAN);
		sim_maintenance_end();
	}
	sim_publish();
	layer_audit(m, 0, m->dir & DMA_TO_DEVICE ? m->size : 0, true);
out:
	judge_off = false;
	return error;
}

void layer_unmap(struct mapping *m)
{
	size_t npages = pages_for(m), done;

	judge_off = true;
	if (iommu_present() && m->dir) {
		uint64_t in = m->daddr & (DMA_PAGE_SIZE - 1);

		iommu_unmap(m->daddr - in, (in + m->size + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT);
	} else if (iommu_present()) {
		iommu_unmap(m->daddr, npages);
	}
	if (m->slot && m->dir) {
		dma_paddr_t at = {m->slot};

		if (sim.config.cvm && layer_mistake() != 51) {
			sim_maintenance_begin();
			layer_lines(m->slot_view, npages << DMA_PAGE_SHIFT, SIM_LINE_FLUSH);
			sim_maintenance_end();
			dma_host_kva_unmap(m->slot_view, at, npages);
			dma_host_tlb_shootdown(m->slot_view, npages);
			/* The private alias of a page that is shared is touched by nothing, not even by maintenance. */
			if (dma_host_unshare(at, npages, &done) == 0) {
				sim_maintenance_begin();
				layer_lines(dma_host_linear(at, npages << DMA_PAGE_SHIFT), npages << DMA_PAGE_SHIFT,
					    SIM_LINE_INVALIDATE);
				sim_maintenance_end();
			}
		}
		dma_host_frames_free(at, npages + (layer_mistake() == 50));
	}
	judge_off = false;
}

int layer_coherent(struct mapping *m)
{
	int error = 0;

	judge_off = true;
	m->daddr = page_paddr(m->va);
	if (iommu_present())
		error = iommu_map(m->daddr, pages_for(m), DMA_BIDIRECTIONAL, &m->daddr);
	judge_off = false;
	return error;
}
