/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the two files of the simulated disk's driver share: simblk.c opens and closes, simblk_requests.c serves.
 */
#ifndef DRIVERS_SIMBLK_H
#define DRIVERS_SIMBLK_H

#include <dmastream/coherent.h>
#include <dmastream/platform.h>

#include "block.h"
#include "bus.h"
#include "inflight.h"
#include "simdisk.h"

enum { SIMBLK_ENTRIES = INFLIGHT_MAX + 1 };

struct simblk {
	struct block block; /* first */
	struct bus_pci pci;
	struct dma_device dma;
	volatile void *regs;
	struct dma_coherent commands;
	struct dma_coherent completions;
	struct inflight inflight;
	uint32_t tail;
	uint32_t head;
	uint32_t sequence; /* of the next completion */
	uint64_t faults;
	uint64_t timeout;
	uint64_t last_look;
	struct dma_lock lock; /* over the rings, `ending`, times and the error line */
	struct block_ending ending;
	bool open;
};

static inline struct simblk *simblk_of(struct block *disk)
{
	return (struct simblk *)disk;
}

static inline uint32_t simblk_read(const struct simblk *d, enum simdisk_register reg)
{
	return dma_host_mmio_read32((const volatile char *)d->regs + reg);
}

static inline void simblk_write(struct simblk *d, enum simdisk_register reg, uint32_t value)
{
	dma_host_mmio_write32((volatile char *)d->regs + reg, value);
}

/* Stops the disk, then ends what was in flight with that status; once, whoever comes first. */
void simblk_end(struct simblk *d, int status);
/* True once STATUS.READY has that value; false if it does not come to that in time. */
bool simblk_wait_ready(struct simblk *d, uint32_t value);
/* The device moves nothing any more. */
void simblk_halt(struct simblk *d);

int simblk_submit(struct block *disk, struct block_request *request);
int simblk_poll(struct block *disk);

#endif
