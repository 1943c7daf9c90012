/* SPDX-License-Identifier: MPL-2.0 */
/*
 * SMMUv3 as an IOMMU of the library: one unit each, from probe to removal.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../../base/state.h"
#include "smmuv3_driver.h"

_Static_assert(sizeof(struct smmu_unit) <= DMA_PAGE_SIZE, "a unit is a page");
_Static_assert(SMMU_ID_WORDS * 8 <= DMA_PAGE_SIZE, "the ids are a page");

void *dma_smmu_pages(const struct smmu_unit *unit, size_t npages, size_t align, dma_paddr_t *paddr)
{
	size_t nbytes = npages << DMA_PAGE_SHIFT;
	void *pages;

	if (dma_host_frames_alloc(npages, unit->max_paddr, align, paddr))
		return NULL;
	pages = dma_host_linear(*paddr, nbytes);
	if (!pages) {
		dma_host_frames_free(*paddr, npages);
		*paddr = dma_paddr(0);
		return NULL;
	}
	dma_arch_fill(pages, 0, nbytes);
	/* Flushed, not only cleaned: the event queue's first read must not find the zeros in a cache. */
	if (!unit->snoops)
		dma_cache_flush(pages, nbytes);
	return pages;
}

/* Of a unit that does not use its memory, or never did. */
static void unit_free(struct smmu_unit *unit)
{
	dma_smmu_streams_free(unit);
	if (unit->queue.ring)
		dma_host_frames_free(unit->commands_paddr, 1);
	if (unit->events)
		dma_host_frames_free(unit->events_paddr, 1);
	if (unit->ids)
		dma_host_page_free(unit->ids);
	if (unit->regs)
		dma_host_mmio_unmap(unit->regs, SMMU_WINDOW);
	dma_host_page_free(unit);
}

static int memory_get(struct smmu_unit *unit, const struct dma_smmuv3_config *config)
{
	int error = dma_smmu_streams_make(unit, config);

	if (error)
		return error;
	unit->queue.ring = dma_smmu_pages(unit, 1, DMA_PAGE_SIZE, &unit->commands_paddr);
	unit->events = dma_smmu_pages(unit, 1, DMA_PAGE_SIZE, &unit->events_paddr);
	unit->ids = dma_host_page_alloc();
	if (!unit->queue.ring || !unit->events || !unit->ids)
		return DMA_ENOMEM;
	dma_arch_fill(unit->ids, 0, SMMU_ID_WORDS * 8);
	return 0;
}

static const struct dma_iommu_ops ops = {
	.domain_create = dma_smmu_domain_create,
	.domain_destroy = dma_smmu_domain_destroy,
	.poll = dma_smmu_poll,
};

/* Everything up to the moment from which the unit uses its memory. */
static int prepare(struct smmu_unit *unit, const struct dma_smmuv3_config *config, const char **why)
{
	int error = dma_smmu_identify(unit, config, why);

	if (error)
		return error;
	*why = "it does not abort what it should";
	error = dma_smmu_abort_all(unit);
	if (error)
		return error;
	*why = "a region makes no sense";
	error = dma_smmu_regions_copy(unit, config);
	if (error)
		return error;
	*why = "its tables and queues";
	return memory_get(unit, config);
}

/* Regions are mapped when the queue takes commands and before translation is on. */
static int start(struct smmu_unit *unit)
{
	int error = dma_smmu_start_queues(unit);

	if (!error)
		error = dma_smmu_regions_protect(unit);
	return error ? error : dma_smmu_enable(unit);
}

int dma_smmuv3_probe(const struct dma_smmuv3_config *config, struct dma_iommu **iommu)
{
	struct smmu_unit *unit = dma_host_page_alloc();
	const char *why;
	int error;

	if (!unit)
		return DMA_ENOMEM;
	dma_arch_fill(unit, 0, sizeof(*unit));
	unit->iommu.ops = &ops;
	error = prepare(unit, config, &why);
	if (error) {
		dma_log("smmuv3: unit %x: %s: %s", config->registers.raw, why, dma_strerror(error));
		unit_free(unit);
		return error;
	}
	error = start(unit);
	if (error) {
		dma_log("smmuv3: unit %x did not start: %s", unit->paddr.raw, dma_strerror(error));
		/* If it says that it has stopped, its memory can go; if not, or firmware's domains are half made, it
		 * is kept. */
		if (!dma_smmu_abort_all(unit) && !unit->domains)
			unit_free(unit);
		return error;
	}
	dma_iommu_register(&unit->iommu);
	*iommu = &unit->iommu;
	return 0;
}

int dma_smmuv3_remove(struct dma_iommu *iommu)
{
	struct smmu_unit *unit = dma_smmu_of(iommu);
	int error = 0;

	for (const struct smmu_domain *domain = unit->domains; domain; domain = domain->next)
		if (!domain->firmware || domain->devices)
			return DMA_EBUSY;
	for (size_t i = 0; i < unit->nregions && !error; i++)
		error = dma_smmu_stream_clear(unit, unit->regions[i].stream);
	while (unit->domains && !error)
		error = dma_smmu_domain_destroy(iommu, &unit->domains->space.domain);
	if (!error)
		error = dma_smmu_abort_all(unit);
	if (error)
		return error;
	dma_iommu_unregister(iommu);
	unit_free(unit);
	return 0;
}

void dma_smmuv3_facts(const struct dma_iommu *iommu, struct dma_smmuv3_facts *out)
{
	const struct smmu_unit *unit = (const struct smmu_unit *)(const void *)iommu;

	*out = (struct dma_smmuv3_facts){
		.stage = unit->stage,
		.stream_bits = unit->stream_bits,
		.two_level = unit->two_level,
		.snoops = unit->snoops,
		.range_invalidation = unit->idr3 & SMMU_IDR3_RIL,
		.splits_in_place = dma_smmu_splits_in_place(unit),
	};
}
