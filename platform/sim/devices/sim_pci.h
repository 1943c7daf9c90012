/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A PCI function of the simulated machine.
 */
#ifndef PLATFORM_SIM_PCI_H
#define PLATFORM_SIM_PCI_H

#include "../sim.h"

struct sim_pci {
	uint8_t config[4096];
	uint8_t devfn;
	uint32_t bar_bytes;
	sim_mmio_read read;
	sim_mmio_write write;
	void *ctx;
	struct sim_device *dma;
	char name[24];
};

#endif
