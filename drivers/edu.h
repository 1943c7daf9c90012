/* SPDX-License-Identifier: MPL-2.0 */
/*
 * QEMU's educational device ("edu"): a PCI function that moves up to 4 KiB between its own buffer and any device
 * address it is told, mapped or not. The attacking device of the tests, and the smallest example of a driver.
 *
 * QEMU masks its addresses to 28 bits unless it is started with -device edu,dma_mask=0xffffffffffffffff.
 */
#ifndef DRIVERS_EDU_H
#define DRIVERS_EDU_H

#include <dmastream/device.h>

#include "bus.h"

#define EDU_BUFFER_BYTES 4096u

/* Caller's storage. */
struct edu {
	struct dma_device dma; /* map streams for it */
	struct bus_pci pci;
	volatile char *regs;
	uint64_t nregs; /* bytes */
};

/* Opens the index-th edu device, calling itself `name`. 0, DMA_ENODEV, DMA_EIO (it is something else), or an error of
 * the bus. */
int edu_open(struct edu *edu, unsigned index, const char *name);

/* Stops it. 0, DMA_EBUSY while its streams live. */
int edu_close(struct edu *edu);

/* The device reads nbytes at daddr into its buffer at `at` / writes them from there. The address is whatever the
 * caller says, so that a test can say anything. Waits until the device is done, blocked or not: it cannot tell. 0,
 * DMA_EINVAL (beyond the buffer), DMA_ETIMEDOUT. */
int edu_fetch(struct edu *edu, dma_daddr_t daddr, size_t at, size_t nbytes);
int edu_store(struct edu *edu, dma_daddr_t daddr, size_t at, size_t nbytes);

/* The same in two steps: begun, and to be asked now and then whether it is under way; what it did is seen after a no.
 * One at a time. 0, DMA_EINVAL. */
int edu_start_fetch(struct edu *edu, dma_daddr_t daddr, size_t at, size_t nbytes);
int edu_start_store(struct edu *edu, dma_daddr_t daddr, size_t at, size_t nbytes);
bool edu_busy(const struct edu *edu);

#endif
