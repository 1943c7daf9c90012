/* SPDX-License-Identifier: MPL-2.0 */
/*
 * All IOMMUs of the machine, and the public calls that go to one of them.
 */
#include "unit.h"
#include <dmastream/errors.h>
#include <dmastream/platform.h>

static struct {
	struct dma_lock lock;
	struct dma_iommu *first;
} units;

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

void dma_iommu_register(struct dma_iommu *iommu)
{
	uintptr_t state = dma_host_lock(&units.lock);

	iommu->next = units.first;
	__atomic_store_n(&units.first, iommu, __ATOMIC_RELEASE);
	dma_host_unlock(&units.lock, state);
}

void dma_iommu_unregister(struct dma_iommu *iommu)
{
	uintptr_t state = dma_host_lock(&units.lock);
	struct dma_iommu **link = &units.first;

	while (*link && *link != iommu)
		link = &(*link)->next;
	if (*link)
		*link = iommu->next;
	dma_host_unlock(&units.lock, state);
}

int dma_iommu_domain_create(struct dma_iommu *iommu, const struct dma_iommu_domain_config *config,
			    struct dma_domain **domain)
{
	if (!iommu || !config || !domain)
		return DMA_EINVAL;
	return iommu->ops->domain_create(iommu, config, domain);
}

int dma_iommu_domain_destroy(struct dma_iommu *iommu, struct dma_domain *domain)
{
	if (!iommu || !domain)
		return DMA_EINVAL;
	return iommu->ops->domain_destroy(iommu, domain);
}

unsigned dma_iommu_poll(struct dma_iommu *iommu)
{
	return iommu ? iommu->ops->poll(iommu) : 0;
}

/* IOMMUs come at start and go at shut-down, when nobody polls: so the list is read without the lock. */
unsigned dma_iommu_poll_all(void)
{
	unsigned faults = 0;

	for (struct dma_iommu *iommu = __atomic_load_n(&units.first, __ATOMIC_ACQUIRE); iommu; iommu = iommu->next)
		faults += iommu->ops->poll(iommu);
	return faults;
}
