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

/* Of a unit that does not use its memory, or never did. */
static void unit_free(struct smmu_unit *unit)
{
	dma_smmu_streams_free(unit);
	if (unit->base.queue.ring)
		dma_host_frames_free(unit->commands_paddr, 1);
	if (unit->events)
		dma_host_frames_free(unit->events_paddr, 1);
	dma_unit_ids_fini(&unit->base.ids);
	dma_unit_regions_free(&unit->regions);
	if (unit->regs)
		dma_host_mmio_unmap(unit->regs, unit->window);
	dma_host_page_free(unit);
}

static int memory_get(struct smmu_unit *unit, const struct dma_smmuv3_config *config)
{
	int error = dma_smmu_streams_make(unit, config);

	if (error)
		return error;
	unit->base.queue.ring = dma_unit_frames(unit->base.reach, 1, DMA_PAGE_SIZE, &unit->commands_paddr);
	unit->events = dma_unit_frames(unit->base.reach, 1, DMA_PAGE_SIZE, &unit->events_paddr);
	if (!unit->base.queue.ring || !unit->events)
		return DMA_ENOMEM;
	return dma_unit_ids_init(&unit->base.ids,
				 unit->idr0 & (unit->stage == 2 ? SMMU_IDR0_VMID16 : SMMU_IDR0_ASID16) ? 65536 : 256);
}

static struct dma_unit *unit_for(struct dma_iommu *iommu, uint32_t requester)
{
	struct smmu_unit *unit = dma_smmu_of(iommu);

	return dma_smmu_beyond(unit, requester) ? NULL : &unit->base;
}

static bool mine(const struct dma_unit *unit, uint32_t requester)
{
	return !dma_smmu_beyond(dma_smmu_unit_of(unit), requester);
}

static int abort_all(struct dma_unit *base)
{
	return dma_smmu_abort_all(dma_smmu_unit_of(base));
}

#define DRIVER(extra)                                                                                                  \
	{                                                                                                              \
		.domain_describe = dma_smmu_domain_describe, .domain_forget = dma_smmu_domain_forget, .mine = mine,    \
		.refuses = dma_smmu_refuses, .set = dma_smmu_stream_set, .clear = dma_smmu_stream_clear,               \
		.trim = dma_smmu_stream_trim, .abort = abort_all, .faults = &dma_smmu_faults, .device_extra = (extra), \
	}

static const struct dma_unit_driver drivers[2] = {DRIVER(SMMU_LEAF_1_DEVICE),
						  DRIVER(SMMU_LEAF_2_DEVICE)}; /* by stage */

static unsigned poll(struct dma_iommu *iommu)
{
	return dma_unit_poll(&dma_smmu_of(iommu)->base);
}

/* Firmware's (IORT: RMR nodes) and the host's. */
static int regions_collect(struct smmu_unit *unit, const struct dma_smmuv3_config *config)
{
	int error = dma_unit_regions_add(&unit->regions, "smmuv3", config->host_regions, config->nhost_regions, 1, 0);

	for (size_t i = 0; i < config->nregions && !error; i++) {
		const struct dma_smmuv3_region *found = &config->regions[i];
		uint32_t last = found->last_stream > found->stream ? found->last_stream : found->stream;
		struct dma_iommu_region region = {.first = found->stream,
						  .last = last,
						  .base = dma_paddr(found->base),
						  .nbytes = found->nbytes,
						  .type = found->type};

		if (!found->nbytes || found->base + (found->nbytes - 1) < found->base)
			return DMA_EINVAL;
		error = dma_unit_region_add(&unit->regions, "smmuv3", &region, 1, 0);
	}
	return error;
}

static const struct dma_iommu_ops ops = {
	.unit_for = unit_for,
	.poll = poll,
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
	error = regions_collect(unit, config);
	if (error)
		return error;
	unit->base.driver = &drivers[unit->stage - 1];
	unit->base.regions = &unit->regions;
	*why = "its tables and queues";
	return memory_get(unit, config);
}

/* Regions are mapped when the queue takes commands and before translation is on. */
static int start(struct smmu_unit *unit)
{
	int error = dma_smmu_start_queues(unit);

	if (!error)
		error = dma_unit_homes_make(&unit->base);
	unit->base.running = !error;
	return error ? error : dma_smmu_enable(unit);
}

static int stop(struct smmu_unit *unit)
{
	int error = dma_smmu_abort_all(unit);

	if (error)
		return error;
	unit->base.running = false;
	return dma_unit_homes_unmake(&unit->base);
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
		/* If it says that it has stopped, its memory can go. */
		if (!stop(unit))
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
	int error;

	if (!dma_unit_idle(&unit->base))
		return DMA_EBUSY;
	error = stop(unit);
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
		.snoops = unit->base.reach.snoops,
		.range_invalidation = unit->idr3 & SMMU_IDR3_RIL,
		.splits_in_place = dma_smmu_splits_in_place(unit),
	};
}
