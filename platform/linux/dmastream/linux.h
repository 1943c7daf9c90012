/* SPDX-License-Identifier: MPL-2.0 */
/*
 * dmastream in a Linux process: the host's side of the library (platform.h), and PCI devices behind VFIO. A program
 * opens a device, gives dma_linux_device_attach() what it knows of it, and from then on uses the library as a kernel
 * would. docs/linux.md leads from a PC with an NVMe disk to the first block.
 *
 * Memory. Frames come from an arena of huge pages (where the system has some) that grows and never shrinks. Each device
 * has all of it mapped, once, so streams, pools, lists and buffers out of it cost no system call. Other memory of the
 * process is mapped when a stream of it is made. It is pinned until the stream ends; or, if the process called
 * dma_linux_keep() for it, until dma_linux_forget(), or until it is unmapped.
 *
 * fork(): the child has neither arena nor devices; touching the arena there ends it with a signal. A child that needs
 * the library executes a new program. A process that dies, however, leaves its devices reset and quiet.
 *
 * Interrupt handlers run in a thread of their own, "with interrupts off" in the words of platform.h. Signal handlers
 * must not call the library.
 */
#ifndef DMASTREAM_LINUX_H
#define DMASTREAM_LINUX_H

#include <dmastream/device.h>
#include <dmastream/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dma_linux_device;

/* What went wrong, in one line, with what to do about it. */
struct dma_linux_why {
	char line[400];
};

struct dma_linux_config {
	/* Devices without an IOMMU may be used: such a device can overwrite all memory of the machine. Only
	 * "unsafe, without an IOMMU" allows that; anything else, and NULL, does not. It takes root, the kernel's mode
	 * (vfio's enable_unsafe_noiommu_mode) and huge pages of 2 MiB: the device reaches those alone without a copy,
	 * so it is opened before devices that have an IOMMU. */
	const char *without_iommu;
	bool no_huge_pages; /* the arena is of 4 KiB pages: for tests */
	bool no_iommufd;    /* container and group, even where the kernel has iommufd: for tests */
};

/* Opens the PCI function named like "0000:01:00.0", resets it, and makes the address space that it is in; bus mastering
 * is off. config may be NULL.
 * Returns: 0 and *dev, or an error, and *why says in one line what is wrong and what to do.
 * Errors: DMA_EINVAL (the name); DMA_ENODEV (there is no such device, or it is behind no IOMMU); DMA_EBUSY (another
 * driver or process has it, or its group has devices that other drivers have); DMA_EACCES (no permission); DMA_ENOTSUP
 * (the kernel lacks something); DMA_ENOMEM (the limit on locked memory, or memory itself); DMA_EIO (the kernel refused
 * something that it should not).
 * Context: interrupts on; after dma_init().
 * See: dma_linux_device_close(), dma_linux_device_attach(). */
DMA_MUST_CHECK int dma_linux_device_open(const char *name, const struct dma_linux_config *config,
					 struct dma_linux_device **dev, struct dma_linux_why *why);

/* Bus mastering off, interrupts ended, the function reset, everything given back. NULL: nothing.
 * Returns: nothing.
 * Errors: none.
 * Context: interrupts on; dma_linux_device_detach() comes first.
 * See: dma_linux_device_open(). */
void dma_linux_device_close(struct dma_linux_device *dev);

/* Adds to *config what the bus knows (domain, coherence, trust, requester) and calls dma_device_init(). `trusted` is
 * the caller's: a device that is not trusted reaches nothing but its streams, each of which costs two system calls.
 * Returns: 0, or an error.
 * Errors: as dma_device_init(); DMA_ENOTSUP (the device is not trusted, and a trusted one of its IOMMU group, which
 * reaches all that it would, is attached).
 * Context: interrupts on.
 * See: dma_linux_device_detach(), dma_device_init(). */
DMA_MUST_CHECK int dma_linux_device_attach(struct dma_linux_device *dev, struct dma_device *dma,
					   struct dma_device_config *config);

/* Ends that: dma_device_fini().
 * Returns: 0, or an error.
 * Errors: DMA_EBUSY (streams live).
 * Context: interrupts on.
 * See: dma_linux_device_attach(). */
DMA_MUST_CHECK int dma_linux_device_detach(struct dma_linux_device *dev, struct dma_device *dma);

/* Configuration space: offset a multiple of 4, below 4096. Where nothing is, reads give all ones.
 * Returns: the value, from the read.
 * Errors: none; a device that is gone reads as all ones.
 * Context: any.
 * See: dma_linux_device_enable(). */
uint32_t dma_linux_config_read32(const struct dma_linux_device *dev, unsigned offset);
void dma_linux_config_write32(const struct dma_linux_device *dev, unsigned offset, uint32_t value);

/* Switches memory decoding and bus mastering on; bus mastering off.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * See: dma_linux_device_open(). */
void dma_linux_device_enable(const struct dma_linux_device *dev);
void dma_linux_device_disable(const struct dma_linux_device *dev);

/* Memory BAR `bar` (0 to 5): where it lies, for dma_host_mmio_map(), and how long it is.
 * Returns: 0, or an error.
 * Errors: DMA_EINVAL (bar); DMA_ENODEV (no such BAR, or the kernel does not let processes map it).
 * Context: interrupts on.
 * See: dma_host_mmio_map(). */
DMA_MUST_CHECK int dma_linux_bar(struct dma_linux_device *dev, unsigned bar, dma_paddr_t *paddr, uint64_t *nbytes);

/* The function's MSI-X message `message` calls handler(context) from now on, in the interrupt thread. A message that
 * the device sends meanwhile is delivered afterwards; one call more than there are messages may come.
 * Returns: 0, or an error.
 * Errors: DMA_ENOTSUP (it has no MSI-X); DMA_EINVAL (no such message); DMA_EBUSY (it has a handler); DMA_ENOMEM.
 * Context: interrupts on.
 * See: dma_linux_interrupt_end(). */
DMA_MUST_CHECK int dma_linux_interrupt(struct dma_linux_device *dev, unsigned message, void (*handler)(void *context),
				       void *context);

/* Ends that: when it returns, the handler has run for the last time.
 * Returns: nothing.
 * Errors: none.
 * Context: interrupts on; not from the handler.
 * See: dma_linux_interrupt(). */
void dma_linux_interrupt_end(struct dma_linux_device *dev, unsigned message);

/* Waits until an interrupt has come since *seen, at most about 10 ms; *seen is the count of them, 0 at first.
 * Returns: nothing.
 * Errors: none.
 * Context: interrupts on.
 * See: dma_linux_interrupt(). */
uint64_t dma_linux_interrupts(void);
void dma_linux_wait(uint64_t seen);

/* Ordinary memory of the process that streams are often made of: what is mapped of it stays mapped and pinned when its
 * streams end, up to 64 MiB for each device, until dma_linux_forget() or the memory is unmapped, moved or discarded
 * (munmap, mremap, madvise), which the kernel tells the library of before it happens (userfaultfd). Whole pages.
 * Returns: 0, or an error, and nothing is kept.
 * Errors: DMA_ENOTSUP (the kernel cannot watch this memory: it maps a file, or there is no userfaultfd); DMA_ENOSPC
 * (too many ranges are kept); DMA_EINVAL (not whole pages).
 * Context: interrupts on.
 * See: dma_linux_forget(), dma_segment_borrow(). */
DMA_MUST_CHECK int dma_linux_keep(void *memory, size_t nbytes);

/* Ends dma_linux_keep() of that range, and unpins what no stream uses.
 * Returns: 0, or an error.
 * Errors: DMA_EBUSY (streams use some of it: it is unpinned with the last of them).
 * Context: interrupts on.
 * See: dma_linux_keep(). */
int dma_linux_forget(void *memory, size_t nbytes);

/* What the host has cost: system calls that map or unmap for devices, and what is pinned. */
struct dma_linux_stats {
	uint64_t calls;		/* ioctls that map or unmap */
	uint64_t arena_bytes;	/* of the arena, which are in use or free */
	uint64_t huge_bytes;	/* of these, in huge pages */
	uint64_t frames_in_use; /* of the arena, the library's own pages included */
	uint64_t kept_bytes;	/* of memory elsewhere, mapped and kept */
};
void dma_linux_stats_get(struct dma_linux_stats *out);

/* For a program that ends at once, as on a signal: bus mastering off and reset, of all devices that are open. It takes
 * no lock and allocates nothing.
 * Returns: nothing.
 * Errors: none.
 * Context: any thread; no signal handler.
 * See: dma_linux_device_close(). */
void dma_linux_stop_all(void);

#ifdef __cplusplus
}
#endif
#endif
