/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Peers: registers of another device as the target of a device's accesses: a doorbell, a window of a BAR, a memory
 * buffer on a controller.
 *
 *     struct dma_peer doorbell = {0};
 *
 *     error = dma_peer_map(&doorbell, &nic, DMA_FROM_DEVICE, doorbell_paddr, 4);
 *     if (!error)
 *             write_register(NOTIFY_ADDRESS, dma_peer_daddr(&doorbell).raw);
 *     ...
 *     dma_peer_release(&doorbell);
 *
 * Registers are no memory: nobody owns them, nothing bounces, no cache line is maintained, and nothing is synced. The
 * driver that has the other device reaches them by its own mapping (dma_host_mmio_map()), and orders its accesses with
 * the barriers (barrier.h). Behind an IOMMU they are mapped with the memory type of devices, where its tables know one.
 *
 * Whether accesses between two devices arrive at all depends on what is between them (root ports that forward nothing,
 * switches with access control services, firmware): only the host knows, and without its word (dma_peers_with()) every
 * peer is refused.
 *
 * The direction is seen from the memory's side, as everywhere: with DMA_TO_DEVICE the device reads the registers, with
 * DMA_FROM_DEVICE it writes them, as it does to ring a doorbell.
 */
#ifndef DMASTREAM_PEER_H
#define DMASTREAM_PEER_H

#include <dmastream/device.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Caller's storage, starts zeroed. May be moved while nobody uses it. The fields are the library's. */
struct dma_peer {
	struct dma_device *dev; /* NULL: empty */
	dma_daddr_t daddr;	/* of the first byte */
	size_t nbytes;
	size_t npages; /* mapped behind an IOMMU; 0 without one */
	uint32_t tag;
};

/* Lets the device access nbytes of registers at that physical address. dir: enum dma_dir, what the device may do. *p
 * must be empty. Behind an IOMMU whole pages are mapped: for a device that is not trusted, registers that share a page
 * with others are refused.
 * Returns: 0, or an error, and *p is empty as before.
 * Errors: DMA_EINVAL (nbytes is 0, the range wraps, dir is outside its range, *p is not empty, dev is NULL or zeroed,
 * or dma_init() has not been called); DMA_EFAULT (there is RAM: map a segment); DMA_ENODEV (the device is blocked, or
 * its IOMMU has been given up); DMA_ENOTSUP (the host says that this device may not, or has never said who may, which
 * the log tells; the device is not trusted and the range is no whole pages; or its limits do not allow the address:
 * mask, min_align, boundary, max_segment_size); DMA_ENOMEM (no table pages, or with interrupts off the reserve is
 * empty); DMA_ENOSPC (no device address is left that meets mask, alignment and boundary); DMA_ETIMEDOUT (the IOMMU did
 * not answer, and has been given up).
 * Context: any; behind an IOMMU with interrupts off it draws on the reserve of table pages (dma_host_info()).
 * See: dma_peer_release(), dma_peer_daddr(), dma_peers_with(), dma_iommu_domain_create(). */
DMA_MUST_CHECK int dma_peer_map(struct dma_peer *p, struct dma_device *dev, unsigned dir, dma_paddr_t registers,
				size_t nbytes);

/* Ends the device's access and zeroes *p; an empty one stays empty. Behind a deferred domain, too, the access has ended
 * when it returns.
 * Returns: nothing.
 * Errors: none: it cannot fail. Where the IOMMU does not answer, its devices are blocked (dma_device_block()).
 * Context: any.
 * See: dma_peer_map(). */
void dma_peer_release(struct dma_peer *p);

/* Where the device finds the registers, and how many bytes there are.
 * Returns: the address or the size; for an empty one DMA_ADDRESS_NONE, or the size 0.
 * Errors: none.
 * Context: any.
 * See: dma_peer_map(). */
static inline dma_daddr_t dma_peer_daddr(const struct dma_peer *p)
{
	return p->dev ? p->daddr : dma_daddr(DMA_ADDRESS_NONE);
}

static inline size_t dma_peer_size(const struct dma_peer *p)
{
	return p->nbytes;
}

#ifdef __cplusplus
}
#endif
#endif
