/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the tests of domains of ranges share: one fake IOMMU, its device, and memory of both kinds.
 */
#ifndef TESTS_LINUX_RANGES_TEST_H
#define TESTS_LINUX_RANGES_TEST_H

#include "fake_space.h"
#include <dmastream/dmastream.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PAGE   ((size_t)DMA_PAGE_SIZE)
#define WINDOW ((uint64_t)5 << 32)

extern struct fake_space f;

int ranges_start(void **state);
/* A domain with the arena at WINDOW. */
struct dma_ranges_config ranges_windowed(void);
/* Makes it, with a trusted device; ends both. */
void ranges_open(void);
void ranges_close(void);
/* Memory of the arena. */
struct dma_segment ranges_frames(size_t npages);
/* Memory elsewhere, for free(); a stream of such memory, which the device reaches. */
unsigned char *ranges_memory(size_t npages);
void ranges_map(struct dma_stream *s, void *at, size_t npages, unsigned dir);

#endif
