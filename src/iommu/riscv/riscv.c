/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The RISC-V IOMMU as an IOMMU of the library: one unit each.
 */
#include "riscv_driver.h"

/* The caller has found the unit. */
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
	.identify = dma_riscv_identify,
	.memory = dma_riscv_memory,
	.take_over = dma_riscv_take_over,
	.start = dma_riscv_start,
	.stop = dma_riscv_stop,
	.change = dma_riscv_device_change,
	.set = dma_riscv_device_set,
	.clear = dma_riscv_device_clear,
	.forget_table = dma_riscv_forget_table,
	.abort = dma_riscv_off,
	.queue = &dma_riscv_queue,
	.faults = &dma_riscv_faults,
};

int dma_riscv_probe(const struct dma_riscv_config *config, struct dma_iommu **iommu)
{
	const struct dma_iommu_request request = {config, config->host_regions, config->nhost_regions,
						  config->timeout_ns};

	return dma_iommu_probe(&driver, &request, iommu);
}

int dma_riscv_remove(struct dma_iommu *iommu)
{
	return dma_iommu_remove(iommu);
}
