/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An IOMMU that is a list of ranges, behind dma_ranges_create(): what a device reaches, and how often it was asked. It
 * refuses what the contract of struct dma_ranges_ops rules out: ranges that overlap, that are not whole pages, and
 * unmaps that cut a mapping in two.
 */
#ifndef TESTS_LINUX_FAKE_SPACE_H
#define TESTS_LINUX_FAKE_SPACE_H

#include "../../platform/linux/linux_host.h"
#include <dmastream/ranges.h>

enum { FAKE_RANGES = 512 };

struct fake_range {
	uint64_t daddr, paddr, nbytes;
	unsigned dir;
};

struct fake_space {
	struct fake_range ranges[FAKE_RANGES];
	unsigned count;
	unsigned maps, unmaps, blocks, watches;
	unsigned limit;		       /* mappings that there can be; 0: FAKE_RANGES */
	unsigned fail_map, fail_unmap; /* the n-th call from now on fails; 0: none */
	bool watched;		       /* what watch() says */
	bool forget_while_mapping;     /* the next map is a moment at which the memory is forgotten */
	const char *broken;	       /* NULL, or what the library did wrong */
	struct dma_window window;
	struct dma_domain *domain;
	struct dma_device dev;
};

/* A domain with the first `arena` bytes of the arena at `window`, and one device. 0 or an error. */
extern const struct dma_ranges_ops fake_unwatched; /* which cannot watch memory */
int fake_open(struct fake_space *f, const struct dma_ranges_config *more, struct dma_device_config device);
/* 0 or an error; the device is gone, and nothing is mapped. */
int fake_close(struct fake_space *f);

/* Where the device finds what daddr names, for a read (DMA_TO_DEVICE) or a write; NULL: it is blocked. */
unsigned char *fake_reach(struct fake_space *f, uint64_t daddr, size_t nbytes, unsigned dir);

#endif
