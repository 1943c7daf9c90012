/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A unit's registers: mapped, read, written, waited for. Offsets are the driver's enumerators, in bytes.
 */
#ifndef DMASTREAM_IOMMU_UNIT_REGISTERS_H
#define DMASTREAM_IOMMU_UNIT_REGISTERS_H

#include "unit_devices.h"

/* For identify: maps nbytes of registers, or more of those that are mapped already. 0; DMA_EINVAL (they lie in memory),
 * or the host's error: *why says it in words. They go when the unit does. Interrupts on. */
DMA_MUST_CHECK int dma_unit_map(struct dma_unit *unit, size_t nbytes, const char **why);

/* Reads 32 bits until those of the mask have the value. 0; DMA_ETIMEDOUT: they did not get it within the time for one
 * command. Any context. */
int dma_unit_wait(const struct dma_unit *unit, size_t reg, uint32_t mask, uint32_t value);

/* Writes 32 bits, and waits until those of the mask in register `status` have that value. The same. */
int dma_unit_order(const struct dma_unit *unit, size_t reg, uint32_t value, size_t status, uint32_t mask,
		   uint32_t then);
/* Of a register that must not be written while a bit of it says that it is busy: waits for its end before and after.
 * The same. */
int dma_unit_update(const struct dma_unit *unit, size_t reg, uint32_t value, uint32_t busy);

static inline uint32_t dma_unit_read32(const struct dma_unit *unit, size_t reg)
{
	return dma_host_mmio_read32(unit->regs + reg);
}

static inline uint64_t dma_unit_read64(const struct dma_unit *unit, size_t reg)
{
	return dma_host_mmio_read64(unit->regs + reg);
}

static inline void dma_unit_write32(const struct dma_unit *unit, size_t reg, uint32_t value)
{
	dma_host_mmio_write32(unit->regs + reg, value);
}

static inline void dma_unit_write64(const struct dma_unit *unit, size_t reg, uint64_t value)
{
	dma_host_mmio_write64(unit->regs + reg, value);
}

#endif
