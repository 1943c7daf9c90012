/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the simulated disk: disk_registers.c is what the driver sees, disk.c what the disk does.
 */
#ifndef PLATFORM_SIM_DISK_H
#define PLATFORM_SIM_DISK_H

#include "../sim.h"
#include <simdisk.h>

#define SIMDISK_ENTRIES_MAX 256

struct disk_command {
	struct simdisk_command command;
	uint64_t done; /* bytes moved */
	uint16_t status;
	bool backwards; /* the adversary's: pieces from the end to the beginning */
};

struct sim_disk {
	struct sim_disk_config config;
	struct sim_pci *fn;
	struct sim_device *dma;
	int file;
	uint64_t nblocks;
	/* registers */
	uint32_t control, status, entries, tail, head;
	uint64_t ring, done_ring;
	/* at work */
	uint32_t taken, posted;
	struct disk_command flight[SIMDISK_ENTRIES_MAX];
	unsigned nflight;
};

void disk_reset(struct sim_disk *disk);
void disk_stop_failed(struct sim_disk *disk);
bool disk_tick(void *ctx); /* works a little; true while there is something to do */

uint64_t disk_register_read(void *ctx, uint64_t offset, unsigned nbytes);
void disk_register_write(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes);

#endif
