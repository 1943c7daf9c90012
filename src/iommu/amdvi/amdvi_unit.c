/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One AMD-Vi unit from power-on, or from whatever firmware or a previous kernel left running, to "translates, and
 * blocks what nobody mapped" (AMD IOMMU specification 48882, 3.4).
 */
#include <dmastream/errors.h>

#include "../unit/unit_wait.h"
#include "amdvi_driver.h"

int dma_amdvi_unit_map(struct amdvi_unit *unit, const char **why)
{
	volatile void *regs;
	int error;

	*why = "its registers cannot be mapped";
	error = dma_host_mmio_map(dma_paddr(unit->found->registers), AMDVI_WINDOW, &regs);
	if (error)
		return error;
	unit->regs = regs;
	*why = "there is no unit at the address that the IVRS table gives";
	if (dma_amdvi_read(unit, AMDVI_CONTROL) == ~(uint64_t)0 && dma_amdvi_read(unit, AMDVI_FEATURES) == ~(uint64_t)0)
		return DMA_ENOTSUP;
	unit->features = dma_amdvi_read(unit, AMDVI_FEATURES);
	*why = NULL;
	return 0;
}

/* Both rings stand still before their registers may change (3.4.1, 3.4.3). */
int dma_amdvi_unit_stop_rings(struct amdvi_unit *unit)
{
	struct dma_deadline deadline = dma_deadline(unit->base.queue.timeout_ns);

	while (dma_amdvi_read(unit, AMDVI_STATUS) & (AMDVI_STATUS_COMMANDS | AMDVI_STATUS_EVENTS))
		if (dma_deadline_over(&deadline))
			return DMA_ETIMEDOUT;
	return 0;
}

/* 5.2.2.1: how the unit's own requests are sent is firmware's to know. */
static uint64_t control_of(unsigned flags)
{
	return AMDVI_CONTROL_COHERENT | (flags & AMDVI_FLAG_TUNNEL ? AMDVI_CONTROL_TUNNEL : 0) |
	       (flags & AMDVI_FLAG_PASS ? AMDVI_CONTROL_PASS : 0) |
	       (flags & AMDVI_FLAG_RESPASS ? AMDVI_CONTROL_RESPASS : 0) |
	       (flags & AMDVI_FLAG_ISOC ? AMDVI_CONTROL_ISOC : 0);
}

/* Whoever ran the unit before us may have left it on. It stays on while its tables are replaced: switching it off would
 * open all memory to every device for that moment. */
int dma_amdvi_unit_start(struct amdvi_unit *unit)
{
	uint64_t enabled = dma_amdvi_read(unit, AMDVI_CONTROL) & AMDVI_CONTROL_ENABLE;
	int error;

	dma_amdvi_control(unit, control_of(unit->found->flags) | enabled, 0);
	error = dma_amdvi_unit_stop_rings(unit);
	if (error)
		return error;
	dma_amdvi_write(unit, AMDVI_EXCLUSION_BASE, 0); /* firmware's regions are mapped, one to one */
	dma_amdvi_queue_start(unit);
	dma_amdvi_events_start(unit);
	/* 3.4.1: the size is in multiples of 4 KiB, less one. */
	dma_amdvi_write(unit, AMDVI_DEVICE_TABLE,
			unit->table_paddr.raw | (unit->entries * sizeof(struct amdvi_entry) / 4096 - 1));
	dma_amdvi_write(unit, AMDVI_STATUS, AMDVI_STATUS_OVERFLOW);
	dma_amdvi_control(unit, AMDVI_CONTROL_ENABLE | AMDVI_CONTROL_EVENTS | AMDVI_CONTROL_COMMANDS, 0);
	unit->base.running = true;
	dma_unit_faults_clear(&unit->base);
	return dma_amdvi_forget_all(unit);
}

/* The tables go back only if the unit really stopped looking at them. */
int dma_amdvi_unit_stop(struct amdvi_unit *unit)
{
	int error;

	dma_amdvi_control(unit, 0, AMDVI_CONTROL_COMMANDS | AMDVI_CONTROL_EVENTS);
	error = dma_amdvi_unit_stop_rings(unit);
	if (error)
		return error;
	dma_amdvi_control(unit, 0, AMDVI_CONTROL_ENABLE);
	unit->base.running = false;
	return 0;
}
