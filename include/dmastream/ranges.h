/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains whose IOMMU somebody else drives: the host's kernel behind a process (VFIO, iommufd), a hypervisor behind
 * its guest, a kernel's own IOMMU layer. The host gives functions that map and unmap ranges; the library gives
 * device addresses, and asks as seldom as it can:
 *
 *   the window   memory from paddr 0 on that the host maps itself, once, for as long as the domain lives: an arena.
 *                Streams, pools, lists and buffers out of it cost trusted devices no call of the host at all, and take
 *                the same fast paths as without an IOMMU. In return a trusted device reaches all of the window, at all
 *                times, whatever the direction of a stream is.
 *   the rest     memory elsewhere costs a call of map when it is mapped, and one of unmap when that ends. Where the
 *                host can watch it (see watch below), the mapping is kept for the next time instead. Streams that
 *                end together (dma_batch_release()) are unmapped by one call where their addresses are side by
 *                side; a list is one range, and one call, however many pieces it has.
 *
 * A device that is not trusted reaches nothing but its streams, with the direction's permissions: each costs the two
 * calls. What is mapped for a domain is reached by all of its devices, so such a device is attached to a domain that
 * has neither window nor watch, and refused by any other (dma_device_init(): DMA_ENOTSUP).
 */
#ifndef DMASTREAM_RANGES_H
#define DMASTREAM_RANGES_H

#include <dmastream/device.h>
#include <dmastream/domain.h>
#include <dmastream/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the host does for a domain. They are called without locks, where the library's caller is: with interrupts off
 * if that one maps or releases so. */
struct dma_ranges_ops {
	/* When it returns 0, the devices of the domain reach nbytes at paddr by daddr, as dir says (enum dma_dir).
	 * Whole pages. Else nothing is mapped: DMA_ENOMEM or DMA_ENOSPC, after which it is called once more if kept
	 * mappings could be unmapped meanwhile, or DMA_ENOTSUP. */
	int (*map)(void *context, dma_daddr_t daddr, dma_paddr_t paddr, uint64_t nbytes, unsigned dir);
	/* When it returns 0, no device of the domain reaches the range any more. The range is what one or more calls
	 * of map made, each of them whole. An error: they may reach it for ever. */
	int (*unmap)(void *context, dma_daddr_t daddr, uint64_t nbytes);
	/* Ends all DMA of the device, or of all devices of the domain (NULL): bus mastering off, a reset. 0, or an
	 * error. */
	int (*block)(void *context, struct dma_device *dev);
	/* True: from now on the host calls dma_ranges_forget() before an address of the range can mean other memory,
	 * so a mapping of it may be kept. False, or NULL: it cannot, and nothing is kept. False for memory of
	 * dma_host_frames_alloc(), whose frames go back while a mapping may be kept. */
	bool (*watch)(void *context, dma_paddr_t paddr, uint64_t nbytes);
};

struct dma_ranges_config {
	const struct dma_ranges_ops *ops;  /* map, unmap and block are there */
	void *context;			   /* passed to them */
	uint64_t last;			   /* highest device address, inclusive */
	const struct dma_window *reserved; /* device addresses that are never handed out (daddr_base and size count) */
	size_t nreserved;
	/* The window: paddrs from 0 on (paddr_base is 0) are at daddr_base, `size` bytes; it lies below `last`, and is
	 * never handed out. size 0: there is none. */
	struct dma_window window;
	bool write_only;     /* map keeps memory that a device only writes from being read. Counts without a window
			      * and without watch, since these are there for both directions */
	uint32_t keep_count; /* mappings of watched memory that are kept, in use or not: at most 64; 0: 64 */
	uint64_t keep_bytes; /* bytes of these; 0: 64 MiB. More is mapped and unmapped each time */
};

/* Makes an empty domain. Devices that are attached to it by dma_device_init() are the caller's to connect with the
 * IOMMU before.
 * Returns: 0 and *domain, or an error, and *domain has not changed.
 * Errors: DMA_EINVAL (a pointer is NULL, a range wraps, the window is not one of whole pages from paddr 0 on, or ends
 * beyond `last`; dma_init() has not been called); DMA_ENOMEM (the host has no pages for the bookkeeping of addresses).
 * Context: interrupts on.
 * Example:
 *     static const struct dma_ranges_ops ops = {.map = map, .unmap = unmap, .block = block};
 *     const struct dma_ranges_config config = {
 *             .ops = &ops, .last = UINT64_C(0x7fffffffff), .window = {.daddr_base = iova, .size = arena_bytes},
 *     };
 *
 *     error = dma_ranges_create(&config, &domain);
 * See: dma_ranges_destroy(), dma_ranges_forget(), dma_device_init(). */
DMA_MUST_CHECK int dma_ranges_create(const struct dma_ranges_config *config, struct dma_domain **domain);

/* Unmaps what was kept, and unmakes the domain.
 * Returns: 0, or an error, and the domain still exists.
 * Errors: DMA_EINVAL (domain is NULL); DMA_EBUSY (devices are attached, or streams live); DMA_ETIMEDOUT (an unmap
 * failed before: the memory stays the devices' for ever).
 * Context: interrupts on.
 * See: dma_ranges_create(), dma_device_fini(). */
DMA_MUST_CHECK int dma_ranges_destroy(struct dma_domain *domain);

/* Ends kept mappings that touch the range, before its addresses mean other memory, or to have it unpinned. What
 * streams still use is unmapped with the last of them, and no other stream gets it.
 * Returns: 0, or an error.
 * Errors: DMA_EBUSY (streams still use some of it); DMA_EINVAL (domain is NULL); DMA_ETIMEDOUT (an unmap failed: the
 * devices are blocked).
 * Context: any in which unmap may be called.
 * See: dma_ranges_create(), dma_ranges_trim(). */
int dma_ranges_forget(struct dma_domain *domain, dma_paddr_t paddr, uint64_t nbytes);

/* Unmaps all kept mappings that no stream uses: for a host that has to pin other memory. A map of the domain that runs
 * short does so itself.
 * Returns: whether some were unmapped.
 * Errors: none.
 * Context: any in which unmap may be called.
 * See: dma_ranges_forget(), dma_ranges_stats_get(). */
bool dma_ranges_trim(struct dma_domain *domain);

struct dma_ranges_stats {
	uint64_t maps;	 /* calls of map */
	uint64_t unmaps; /* calls of unmap */
	uint64_t hits;	 /* streams and lists that found their memory mapped and kept */
	uint64_t kept_bytes;
	uint32_t kept; /* mappings that are kept now */
};

/* Figures of such a domain.
 * Returns: nothing; *out is filled.
 * Errors: none.
 * Context: any.
 * See: dma_ranges_create(), dma_ranges_trim(). */
void dma_ranges_stats_get(struct dma_domain *domain, struct dma_ranges_stats *out);

#ifdef __cplusplus
}
#endif
#endif
