/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices: the facts about a device that hold for all its transfers, stated once.
 */
#ifndef DMASTREAM_DEVICE_H
#define DMASTREAM_DEVICE_H

#include <dmastream/domain.h>
#include <dmastream/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A stretch of the CPU's physical addresses as the device sees it: daddr = paddr - paddr_base + daddr_base
 * (a row of a device tree's dma-ranges, an ACPI _DMA resource). */
struct dma_window {
	dma_paddr_t paddr_base;
	dma_daddr_t daddr_base;
	uint64_t size; /* bytes, not 0, no wrap on either side; the bases differ by whole pages */
};

#define DMA_DEVICE_WINDOWS   4	/* that one device can have */
#define DMA_DEVICE_NAME_SIZE 24 /* bytes of a name, with its terminating zero */
#define DMA_LEDGER_WORDS     32

struct dma_device_config {
	const char *name;	   /* for logs and reports; longer ones are cut. Not NULL. */
	struct dma_domain *domain; /* NULL: no IOMMU is in front of the device, as dma_domain_passthrough */
	uint64_t mask;		   /* highest daddr that the device can put on its bus; 2^k-1, at least a page - 1 */
	const struct dma_window
		*windows; /* copied; none: daddr == paddr. Behind a translating domain they are ignored. */
	size_t nwindows;  /* 0 to DMA_DEVICE_WINDOWS */
	bool coherent;	  /* its accesses snoop the CPU caches */
	bool trusted;	  /* its releases may be deferred, and it may see other bytes of its own driver in a page */
	bool zero_length_reads; /* it reads 0 bytes from buffers that it only writes, so it gets no write-only
	                         * mappings */
	/* Limits of one piece of memory that the device is given at once. Each holds for every stream, all coherent
	 * memory and every piece of a list, with an IOMMU and without one. Memory is allocated, or bounced, so that it
	 * meets them; a request that no memory could meet is DMA_ENOTSUP. */
	size_t min_align; /* bytes: the first daddr is a multiple; a power of two, at most the mask; 0: 1 */
	/* Bytes: no piece crosses a multiple of it, so none is longer; a power of two, at least a page; 0: none. */
	uint64_t boundary;
	uint64_t max_segment_size; /* bytes in one piece, at least a page; 0: no limit */
	uint32_t max_segments;	   /* pieces in one list (a stream is one); 0: no limit */
	/* The id by which the IOMMU knows the device: PCI segment << 16 | bus << 8 | device << 3 | function, or a
	 * stream id; ignored without an IOMMU. */
	uint32_t requester;
};

/* Caller's storage. Streams point to it, so it must not move until dma_device_fini(). The caller may read the fields;
 * only the library writes them. */
struct dma_device {
	struct dma_domain *domain;
	uint64_t direct_last;	  /* map takes the fast path for segments that end at or below this paddr; 0: never */
	uint64_t translated_last; /* the same behind an IOMMU */
	uint64_t direct_delta;	  /* added to the paddr there */
	uintptr_t linear_base;	  /* and to the paddr for the CPU's address */
	uint64_t mask;
	uint64_t boundary;
	uint64_t max_segment_size;
	size_t min_align;
	uint32_t max_segments;
	bool coherent;
	bool trusted;
	bool zero_length_reads;
	bool deferred;	      /* its releases wait for a batch */
	bool needs_slow_path; /* it has constraints that the fast paths behind an IOMMU do not look at */
	uint8_t nwindows;
	uint8_t blocked; /* changed atomically */
	uint32_t requester;
	struct dma_window windows[DMA_DEVICE_WINDOWS];
	void *backend;			   /* the domain's */
	uint64_t ledger[DMA_LEDGER_WORDS]; /* of live streams: below */
	char name[DMA_DEVICE_NAME_SIZE];
};

/* Prepares *dev (any contents before) and attaches it to its domain.
 * Returns: 0, or an error: then the device is attached to nothing, and *dev is either as it was or zeroed.
 * Errors: DMA_EINVAL (a field of *config is outside its range, which the log names, dma_init() has not been called,
 * or an IOMMU is in front of the device and it must not bypass it: dma_domain_passthrough); DMA_ENOTSUP (the domain
 * cannot serve this device: another unit is in front of it, it shares its requester with a device that has another
 * domain, snoops differently or was blocked, or the unit lets no device bypass it; the log says which); DMA_ENODEV
 * (the domain's IOMMU has been given up, or the domain was blocked meanwhile); DMA_ENOMEM (no page for the unit's
 * tables); DMA_ENOSPC (the unit has no domain id left for devices that bypass it); DMA_ETIMEDOUT (the unit did not
 * answer).
 * Context: interrupts on.
 * Example:
 *     const struct dma_device_config config = {
 *             .name = "nic0", .domain = domain, .mask = UINT64_MAX, .coherent = true, .requester = 0x0300,
 *     };
 *
 *     error = dma_device_init(&dev, &config);
 * See: dma_device_fini(), dma_device_block(), dma_iommu_domain_create(), dma_stream_alloc(), dma_stream_map(). */
DMA_MUST_CHECK int dma_device_init(struct dma_device *dev, const struct dma_device_config *config);

/* Detaches the device from its domain and zeroes *dev. For a zeroed device it does nothing and returns 0. If streams or
 * coherent memory of the device live, the log names them. Each word of the ledger that counts one gives its daddr. A
 * word that counts several gives their number and what their page numbers have in common: the lowest four bits; behind
 * an IOMMU, the group of 64 pages.
 * Returns: 0, or an error, and nothing has changed.
 * Errors: DMA_EBUSY (the device has live streams or coherent memory, or interrupts are off).
 * Context: interrupts on.
 * See: dma_device_init(), dma_device_live(), dma_stream_release(), dma_coherent_release(). */
DMA_MUST_CHECK int dma_device_fini(struct dma_device *dev);

/* Ends the access of a device that was removed by surprise, or that misbehaved: to all memory, if an IOMMU can end it,
 * or the host instead (dma_iommu_cut_off_with()). Every later alloc and map is DMA_ENODEV. Its streams can still be
 * read and released. Devices that share its requester lose their access with it.
 * Returns: 0, or an error; but for DMA_EINVAL, the device counts as blocked all the same.
 * Errors: DMA_EINVAL (*dev is zeroed); DMA_ENOTSUP (nothing can stop the device: it bypasses what is in front of it,
 * or there is no IOMMU, and the host cannot cut it off); DMA_ETIMEDOUT (the unit did not answer, and the device may
 * still reach what it could).
 * Context: any.
 * See: dma_iommu_cut_off_with(), dma_iommu_on_fault(), dma_device_fini(). */
int dma_device_block(struct dma_device *dev);

/* The unit, in bytes, that a buffer of this device must not share with other data: a buffer of less than a page begins
 * at a multiple of it, and nothing else lies between its end and the next multiple. Otherwise a neighbour's bytes may
 * be lost when a line that the device writes is maintained (for a device that does not snoop, the unit is the largest
 * cache line of any CPU), or the device can see them (for a device that is not trusted, the unit is a page).
 * Returns: a power of two, at least the device's min_align and at most the larger of a page and min_align; 0 for a
 * zeroed device.
 * Errors: none.
 * Context: any.
 * See: dma_device_init(), dma_segment_borrow(). */
size_t dma_device_line(const struct dma_device *dev);

/* The longest piece of memory that a stream, or coherent memory, of the device can have: the smallest of its boundary,
 * its max_segment_size, what its mask addresses and what the library counts. Memory of that length may still be short.
 * Returns: bytes, a multiple of a page; 0 for a zeroed device.
 * Errors: none.
 * Context: any.
 * See: dma_device_reach(), dma_stream_alloc(), dma_stream_map(). */
uint64_t dma_device_max_mapping(const struct dma_device *dev);

/* A range of memory that a device reaches in place. */
struct dma_reach {
	dma_paddr_t first, last; /* bytes, last included */
	dma_daddr_t daddr;	 /* where the device finds the first; nothing behind an IOMMU, where map says */
};

/* Which memory the device reaches without a copy: through its windows, up to its mask. Behind an IOMMU that is all
 * memory, wherever the mask ends.
 * Returns: how many ranges there are, at most DMA_DEVICE_WINDOWS; as many are in ranges[]. 0 for a zeroed device.
 * Errors: none.
 * Context: any.
 * See: dma_device_bounces(), dma_device_max_mapping(). */
size_t dma_device_reach(const struct dma_device *dev, struct dma_reach ranges[DMA_DEVICE_WINDOWS]);

struct dma_segment;

/* Whether a stream of the segment would have a copy for the device (a bounce): in a confidential VM, beyond the
 * device's reach, or where caches cannot be maintained. Memory allocated elsewhere may do without.
 * Returns: 1 if it would, 0 if the device would see the segment's own frames, or an error that dma_stream_map() would
 * give, too.
 * Errors: DMA_EINVAL (*seg is empty, dev is NULL or zeroed, or dma_init() has not been called); DMA_ENOTSUP (the
 * segment is more than the device takes in one piece, or a device that does not snoop needs an uncached copy and the
 * machine has no uncached memory).
 * Context: any.
 * See: dma_stream_map(), dma_stream_bounces(), dma_device_reach(). */
DMA_MUST_CHECK int dma_device_bounces(const struct dma_device *dev, const struct dma_segment *seg);

/* How many streams and coherent allocations of the device live.
 * Returns: the number; 0 for a zeroed device.
 * Errors: none.
 * Context: any.
 * See: dma_device_fini(). */
size_t dma_device_live(const struct dma_device *dev);

/* ---- The library's own, here for the fast paths of stream.h --------------------------------------------- */

/*
 * The ledger of live streams. A device must be able to say how many streams live, and where; but owners may move their
 * streams, so nothing points to them. Each stream adds one number to one word when it begins, and subtracts it when it
 * ends:
 *
 *      63                               28 27                             0
 *     +-----------------------------------+--------------------------------+
 *     | page number of its daddr          | 1                              |
 *     +-----------------------------------+--------------------------------+
 *
 * So the low part of a word counts its streams, up to 2^28 - 1 (whose structs fill 20 GiB), and if it counts one
 * stream, the high part is that stream's page number.
 *
 * The word is picked by the page number: its lowest four bits, 16 bytes apart; behind an IOMMU, where each CPU takes
 * its addresses from blocks of 512 pages, bits 6 to 10, 8 bytes apart, so that four neighbouring blocks are counted in
 * cache lines of their own. So a word behind an IOMMU is that of groups of 64 pages: several streams that live there
 * are named by their group, not one by one.
 */
#define DMA_LEDGER_COUNT_BITS 28

static inline uint64_t *dma_ledger_word(struct dma_device *dev, dma_daddr_t daddr, bool translated)
{
	uintptr_t offset = translated ? DMA_CAST(uint32_t, daddr.raw >> (DMA_PAGE_SHIFT + 3)) & 0xf8
				      : DMA_CAST(uint8_t, daddr.raw >> (DMA_PAGE_SHIFT - 4));

	return DMA_ADDRESS(uint64_t *, DMA_ADDRESS(uintptr_t, dev->ledger) + offset);
}

static inline uint64_t dma_ledger_entry(dma_daddr_t daddr)
{
	return (daddr.raw << (DMA_LEDGER_COUNT_BITS - DMA_PAGE_SHIFT)) + 1;
}

/* Counts a stream at daddr as live. `translated`: the device is behind an IOMMU. */
static inline void dma_ledger_begin(struct dma_device *dev, dma_daddr_t daddr, bool translated)
{
#if DMA_CONFIG_LEDGER
	(void)__atomic_fetch_add(dma_ledger_word(dev, daddr, translated), dma_ledger_entry(daddr), __ATOMIC_RELAXED);
#else
	(void)dev, (void)daddr, (void)translated;
#endif
}

/* Counts it no more. It is the last access of a release to the device, which may be freed from then on. */
static inline void dma_ledger_end(struct dma_device *dev, dma_daddr_t daddr, bool translated)
{
#if DMA_CONFIG_LEDGER
	(void)__atomic_fetch_sub(dma_ledger_word(dev, daddr, translated), dma_ledger_entry(daddr), __ATOMIC_RELEASE);
#else
	(void)dev, (void)daddr, (void)translated;
#endif
}

#ifdef __cplusplus
}
#endif
#endif
