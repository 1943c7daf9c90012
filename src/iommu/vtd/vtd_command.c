/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Commands of a VT-d unit that go through a register: one bit of GCMD, and the wait for its status (VT-d specification,
 * 11.4.4).
 */
#include "vtd_driver.h"

int dma_vtd_command(struct vtd_unit *unit, uint32_t bit, uint32_t value)
{
	/* 11.4.4: one bit at a time, the one-shot ones of the status not carried on. */
	uint32_t keep = dma_unit_read32(&unit->base, VTD_GSTS) & VTD_G_KEEP & ~bit;

	/* WBFS falls when the flush is done; every other status bit follows its command. */
	return dma_unit_order(&unit->base, VTD_GCMD, keep | value, VTD_GSTS, bit, bit == VTD_G_WBF ? 0 : value);
}

int dma_vtd_write_buffer_flush_now(struct vtd_unit *unit)
{
	uintptr_t state = dma_host_lock(&unit->command_lock);
	int error;

	error = dma_queue_failed(&unit->base.queue) ? DMA_ETIMEDOUT : dma_vtd_command(unit, VTD_G_WBF, VTD_G_WBF);
	if (error) /* nobody waits for it again */
		dma_queue_give_up(&unit->base.queue, "its write buffer does not empty");
	dma_host_unlock(&unit->command_lock, state);
	return error;
}
