/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The RISC-V IOMMU as an IOMMU of the library: one unit each.
 */
#include "riscv_driver.h"

static int find(struct dma_iommu *iommu, const void *with)
{
	const struct dma_riscv_config *config = with;

	return dma_iommu_add(iommu, config->registers, NULL);
}

static const struct dma_unit_driver driver = {
	.name = "riscv",
	.iommu_bytes = sizeof(struct dma_iommu),
	.unit_bytes = sizeof(struct riscv_unit),
	.stopped_blocks = true,
	.find = find,
	.memory = dma_riscv_memory,
	.domain_describe = dma_riscv_domain_describe,
	.domain_forget = dma_riscv_domain_forget,
	.power = &dma_riscv_power,
	.entries = &dma_riscv_entries,
	.queue = &dma_riscv_queue,
	.faults = &dma_riscv_faults,
	.requests = &dma_riscv_requests,
};

int dma_riscv_probe(const struct dma_riscv_config *config, struct dma_iommu **iommu)
{
	return dma_iommu_probe(&driver, iommu, config, config->host_regions, config->nhost_regions, config->timeout_ns);
}

int dma_riscv_remove(struct dma_iommu *iommu)
{
	return dma_iommu_remove(iommu);
}
