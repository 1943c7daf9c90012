/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The control register (AMD IOMMU specification 48882, 3.4.4), which several change: each knows its own bits alone.
 */
#include "amdvi_driver.h"

void dma_amdvi_control(struct amdvi_unit *unit, uint64_t set, uint64_t clear)
{
	uintptr_t state = dma_host_lock(&unit->control_lock);

	unit->control = (unit->control & ~clear) | set;
	dma_unit_write64(&unit->base, AMDVI_CONTROL, unit->control);
	dma_host_unlock(&unit->control_lock, state);
}
