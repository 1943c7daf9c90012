/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lines for the operator, put together in a buffer of the caller without libc. What does not fit is cut.
 */
#ifndef DMASTREAM_SRC_IOMMU_TEXT_H
#define DMASTREAM_SRC_IOMMU_TEXT_H

#include <dmastream/types.h>

struct dma_text {
	char *at;
	size_t left; /* bytes, the terminating zero included */
};

/* An empty, terminated text in nbytes (at least 1). */
struct dma_text dma_text_in(char *buffer, size_t nbytes);
void dma_text_add(struct dma_text *text, const char *string);
void dma_text_dec(struct dma_text *text, uint64_t value);
void dma_text_hex(struct dma_text *text, uint64_t value); /* 0x1f */

/* segment:bus:device.function, as tools print it. */
void dma_text_requester(struct dma_text *text, uint32_t requester);

#endif
