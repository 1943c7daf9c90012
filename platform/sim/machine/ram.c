/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Where RAM is: two banks of physical addresses, one array of offsets.
 */
#include "sim_machine.h"

static uint64_t low_bytes(void)
{
	return (uint64_t)sim.config.low_pages << DMA_PAGE_SHIFT;
}

bool ram_offset(uint64_t paddr, uint64_t n, uint64_t *offset)
{
	uint64_t high_bytes = (uint64_t)sim.config.high_pages << DMA_PAGE_SHIFT;

	if (paddr >= SIM_HIGH_RAM && paddr - SIM_HIGH_RAM < high_bytes && n <= high_bytes - (paddr - SIM_HIGH_RAM)) {
		*offset = low_bytes() + (paddr - SIM_HIGH_RAM);
		return true;
	}
	if (paddr >= SIM_LOW_RAM && paddr - SIM_LOW_RAM < low_bytes() && n <= low_bytes() - (paddr - SIM_LOW_RAM)) {
		*offset = paddr - SIM_LOW_RAM;
		return true;
	}
	return false;
}

uint64_t ram_paddr(uint64_t offset)
{
	return offset < low_bytes() ? SIM_LOW_RAM + offset : SIM_HIGH_RAM + (offset - low_bytes());
}
