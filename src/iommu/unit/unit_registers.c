/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_registers.h"
#include "../../base/ram.h"
#include <dmastream/deadline.h>
#include <dmastream/errors.h>

int dma_unit_map(struct dma_unit *unit, size_t nbytes, const char **why)
{
	volatile void *regs;
	int error;

	*why = "its registers lie in memory";
	if (dma_is_ram(dma_paddr(unit->paddr.raw & ~(uint64_t)(DMA_PAGE_SIZE - 1)), 1))
		return DMA_EINVAL;
	if (nbytes <= unit->window)
		return 0;
	if (unit->regs)
		dma_host_mmio_unmap(unit->regs, unit->window);
	unit->regs = NULL;
	*why = "its registers cannot be mapped";
	error = dma_host_mmio_map(unit->paddr, nbytes, &regs);
	if (error)
		return error;
	unit->regs = regs;
	unit->window = nbytes;
	return 0;
}

int dma_unit_wait(const struct dma_unit *unit, size_t reg, uint32_t mask, uint32_t value)
{
	struct dma_deadline deadline = dma_deadline_after(unit->queue.timeout_ns);

	while ((dma_unit_read32(unit, reg) & mask) != value)
		if (dma_deadline_over(&deadline))
			return DMA_ETIMEDOUT;
	return 0;
}

int dma_unit_order(const struct dma_unit *unit, size_t reg, uint32_t value, size_t status, uint32_t mask, uint32_t then)
{
	dma_unit_write32(unit, reg, value);
	return dma_unit_wait(unit, status, mask, then);
}

int dma_unit_update(const struct dma_unit *unit, size_t reg, uint32_t value, uint32_t busy)
{
	int error = dma_unit_wait(unit, reg, busy, 0);

	return error ? error : dma_unit_order(unit, reg, value, reg, busy, 0);
}
