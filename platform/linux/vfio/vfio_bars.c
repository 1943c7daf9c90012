/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Registers of a device: its memory BARs, mapped when a driver asks for them, until the device is closed or taken away.
 */
#include "vfio_own.h"
#include <dmastream/errors.h>
#include <pthread.h>
#include <sys/mman.h>

/* Over which are mapped, and whether they are still there. */
static pthread_mutex_t registers = PTHREAD_MUTEX_INITIALIZER;

/* Not for a child after fork(): a mapping keeps the device open when this process is gone. */
static int map_bar(const struct dma_linux_device *dev, struct vfio_region *region)
{
	void *at;

	if (region->at)
		return 0;
	if (dev->removed || !region->size || !region->mappable)
		return DMA_ENODEV;
	at = mmap(NULL, region->size, PROT_READ | PROT_WRITE, MAP_SHARED, dev->fd, (off_t)region->offset);
	if (at == MAP_FAILED)
		return DMA_ENODEV;
	(void)madvise(at, region->size, MADV_DONTFORK);
	if (dma_gone_watch(at, region->size)) {
		(void)munmap(at, region->size);
		return DMA_ENODEV;
	}
	region->at = at;
	return 0;
}

int dma_linux_bar(struct dma_linux_device *dev, unsigned bar, dma_paddr_t *paddr, uint64_t *nbytes)
{
	struct vfio_region *region = &dev->regions[bar > 5 ? 0 : bar];
	int error;

	if (bar > 5)
		return DMA_EINVAL;
	(void)pthread_mutex_lock(&registers);
	error = map_bar(dev, region);
	(void)pthread_mutex_unlock(&registers);
	if (error)
		return error;
	*paddr = dma_linux_paddr(region->at);
	*nbytes = region->size;
	return 0;
}

void dma_vfio_bars_unmap(struct dma_linux_device *dev)
{
	for (unsigned i = 0; i < 6; i++) {
		struct vfio_region *region = &dev->regions[i];

		if (!region->at)
			continue;
		dma_gone_forget(region->at);
		(void)munmap(region->at, region->size);
		region->at = NULL;
	}
}

void dma_vfio_bars_end(struct dma_linux_device *dev)
{
	(void)pthread_mutex_lock(&registers);
	__atomic_store_n(&dev->removed, true, __ATOMIC_RELEASE);
	(void)pthread_mutex_unlock(&registers);
}

void dma_vfio_bars_gone(struct dma_linux_device *dev)
{
	for (unsigned i = 0; i < 6; i++)
		if (dev->regions[i].at)
			dma_gone_now(dev->regions[i].at);
}
