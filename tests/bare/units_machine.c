/* SPDX-License-Identifier: MPL-2.0 */
/* The machine below several units: see units_machine.h. */
#include "units_machine.h"

#include <dmastream/errors.h>
#include <dmastream/init.h>

unsigned npages;
dma_fault_handler *handler;
const struct dma_iommu *domain_of;

int dma_init(void)
{
	return 0;
}

const char *dma_strerror(int error)
{
	return error == DMA_ENODEV ? "no device" : error == DMA_ENOTSUP ? "not supported" : "another error";
}

void *dma_host_page_alloc(void)
{
	npages++;
	return calloc(1, DMA_PAGE_SIZE);
}

void dma_host_page_free(void *page)
{
	npages--;
	free(page);
}

void dma_iommu_on_fault(dma_fault_handler *wanted, void *context)
{
	(void)context;
	handler = wanted;
}

unsigned dma_iommu_poll_all(void)
{
	return 0;
}

size_t requester_doorbells(struct dma_iommu_region *regions,
			   bool (*id_of)(const void *unit, const struct pci_function *fn, uint32_t *id),
			   const void *unit)
{
	size_t n = 0;
	uint32_t id;

	for (unsigned i = 0; i < FUNCTIONS; i++)
		if (id_of(unit, &functions[i], &id))
			regions[n++] = (struct dma_iommu_region){.first = id, .last = id};
	return n;
}

int requester_domain_for(struct dma_iommu *wanted, const struct bus_pci *fn, struct dma_device_config *config)
{
	(void)fn, (void)config;
	domain_of = wanted;
	return 0;
}

void requester_domain_put(struct dma_iommu *wanted, const struct bus_pci *fn, struct dma_domain *domain)
{
	(void)fn, (void)domain;
	domain_of = wanted;
}
