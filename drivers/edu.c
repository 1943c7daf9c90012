/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The edu device: registers as QEMU's docs/specs/edu lists them.
 */
#include "edu.h"

#include <dmastream/barrier.h>
#include <dmastream/deadline.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

enum { EDU_VENDOR = 0x1234, EDU_DEVICE = 0x11e8 };

enum edu_register {
	EDU_ID = 0x00,
	EDU_DMA_SOURCE = 0x80, /* 64 bits each */
	EDU_DMA_TARGET = 0x88,
	EDU_DMA_COUNT = 0x90,
	EDU_DMA_COMMAND = 0x98,
};

enum { EDU_START = 1, EDU_FROM_BUFFER = 2, EDU_BUFFER = 0x40000 };

static const uint64_t patience_ns = 5000000000; /* the device takes 100 ms for a transfer */

int edu_open(struct edu *edu, unsigned index, const char *name)
{
	struct dma_device_config config = {.name = name, .mask = UINT64_MAX};
	volatile void *regs;
	dma_paddr_t bar;
	int error;

	*edu = (struct edu){0};
	error = bus_pci_find_id(EDU_VENDOR, EDU_DEVICE, index, &edu->pci);
	if (error)
		return error;
	error = bus_pci_bar(&edu->pci, 0, &bar, &edu->nregs);
	if (error)
		return error;
	error = dma_host_mmio_map(bar, edu->nregs, &regs);
	if (error)
		return error;
	edu->regs = regs;
	error = bus_pci_dma_init(&edu->pci, &edu->dma, &config);
	if (error)
		goto no_dma;
	bus_pci_enable(&edu->pci);
	error = (dma_host_mmio_read32(edu->regs + EDU_ID) & 0xffff) == 0xedu ? 0 : DMA_EIO;
	if (error)
		goto no_device;
	return 0;

no_device:
	bus_pci_disable(&edu->pci);
	(void)bus_pci_dma_fini(&edu->pci, &edu->dma);
no_dma:
	dma_host_mmio_unmap(edu->regs, edu->nregs);
	return error;
}

int edu_close(struct edu *edu)
{
	int error;

	bus_pci_disable(&edu->pci);
	error = bus_pci_dma_fini(&edu->pci, &edu->dma);
	if (error)
		return error;
	dma_host_mmio_unmap(edu->regs, edu->nregs);
	*edu = (struct edu){0};
	return 0;
}

static void start(struct edu *edu, uint64_t source, uint64_t target, size_t nbytes, uint64_t command)
{
	dma_publish(); /* what it is to read is in memory before it is told to */
	dma_host_mmio_write64(edu->regs + EDU_DMA_SOURCE, source);
	dma_host_mmio_write64(edu->regs + EDU_DMA_TARGET, target);
	dma_host_mmio_write64(edu->regs + EDU_DMA_COUNT, nbytes);
	dma_host_mmio_write64(edu->regs + EDU_DMA_COMMAND, command | EDU_START);
}

bool edu_busy(const struct edu *edu)
{
	if (dma_host_mmio_read64(edu->regs + EDU_DMA_COMMAND) & EDU_START)
		return true;
	dma_consume();
	return false;
}

static int wait(const struct edu *edu)
{
	struct dma_deadline deadline = dma_deadline_after(patience_ns);

	while (edu_busy(edu)) {
		if (dma_deadline_over(&deadline))
			return DMA_ETIMEDOUT;
		bus_relax();
	}
	return 0;
}

static bool outside(size_t at, size_t nbytes)
{
	return at > EDU_BUFFER_BYTES || nbytes > EDU_BUFFER_BYTES - at;
}

int edu_start_fetch(struct edu *edu, dma_daddr_t daddr, size_t at, size_t nbytes)
{
	if (outside(at, nbytes))
		return DMA_EINVAL;
	start(edu, daddr.raw, EDU_BUFFER + at, nbytes, 0);
	return 0;
}

int edu_start_store(struct edu *edu, dma_daddr_t daddr, size_t at, size_t nbytes)
{
	if (outside(at, nbytes))
		return DMA_EINVAL;
	start(edu, EDU_BUFFER + at, daddr.raw, nbytes, EDU_FROM_BUFFER);
	return 0;
}

int edu_fetch(struct edu *edu, dma_daddr_t daddr, size_t at, size_t nbytes)
{
	int error = edu_start_fetch(edu, daddr, at, nbytes);

	return error ? error : wait(edu);
}

int edu_store(struct edu *edu, dma_daddr_t daddr, size_t at, size_t nbytes)
{
	int error = edu_start_store(edu, daddr, at, nbytes);

	return error ? error : wait(edu);
}
