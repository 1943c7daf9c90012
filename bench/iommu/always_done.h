/* SPDX-License-Identifier: MPL-2.0 */
/* An IOMMU that is always done: what a domain over it costs is the library's own. */
#ifndef BENCH_ALWAYS_DONE_H
#define BENCH_ALWAYS_DONE_H

#include "../../src/iommu/space/space.h"

static int attach(struct dma_space *s, struct dma_device *d)
{
	(void)s, (void)d;
	return 0;
}

static void detach(struct dma_space *s, struct dma_device *d)
{
	(void)s, (void)d;
}

static int invalidate(struct dma_space *s, uint64_t daddr, size_t npages, bool leaf_only)
{
	(void)s, (void)daddr, (void)npages, (void)leaf_only;
	return 0;
}

static int invalidate_all(struct dma_space *s)
{
	(void)s;
	return 0;
}

static const struct dma_unit_ops always_done = {.attach = attach,
						.detach = detach,
						.block = attach,
						.invalidate = invalidate,
						.invalidate_all = invalidate_all};

#endif
