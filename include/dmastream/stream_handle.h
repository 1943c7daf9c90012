/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The handle of a stream (stream.h): storage of the caller's, and the range check of every fast path on it.
 */
#ifndef DMASTREAM_STREAM_HANDLE_H
#define DMASTREAM_STREAM_HANDLE_H

#include <dmastream/device.h>
#include <dmastream/segment.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ORed to a direction: the stream will be split. Needed only where the domain lacks DMA_DOMAIN_SPLITS. */
#define DMA_SPLITTABLE 4u

struct dma_owed_node;

/* `place` of a stream that has no copy, no maintenance, no kernel mapping of its own and no IOMMU: its release has
 * nothing to decide. */
#define DMA_PLACE_PLAIN 256u

/* Caller's storage, starts zeroed. May be moved (memcpy, then forget the old copy) while nobody uses it. The fields are
 * the library's; read them through the functions. */
struct dma_stream {
	struct dma_device *dev; /* NULL: empty */
	/* size + 1 where the CPU may write / read and a sync to / from the device is a barrier alone; else 0: one
	 * comparison finds that out and checks the range */
	size_t to_device_end;
	size_t from_device_end;
	unsigned char *cpu;	    /* CPU view */
	dma_daddr_t daddr;	    /* device view */
	struct dma_segment seg;	    /* frames of the CPU view */
	struct dma_owed_node *owed; /* what release owes beyond seg: a bounce, kernel mappings; or NULL */
	uint32_t tag;		    /* names the stream in fault reports; 0 without an IOMMU */
	uint16_t dir;		    /* enum dma_dir | DMA_SPLITTABLE */
	uint16_t place;		    /* src/memory/placement.h */
};

/* True if (off, len) lies within a range of end - 1 bytes; false for end == 0, and without DMA_CONFIG_INLINE. */
static inline bool dma_within(size_t end, size_t off, size_t len)
{
	return DMA_CONFIG_INLINE && off <= end && len < end - off;
}

#ifdef __cplusplus
}
#endif
#endif
