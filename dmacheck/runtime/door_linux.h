/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What door_linux.c (streaming) and door_linux_pool.c (coherent memory, pools) share.
 */
#ifndef DMACHECK_DOOR_LINUX_H
#define DMACHECK_DOOR_LINUX_H

#include "runtime.h"

typedef uint64_t dma_addr_t;
#define MAPPING_ERROR (~(dma_addr_t)0)
enum { SKIP_SYNC = 1 << 5, ENOMEM_LINUX = 12 };
#define MANAGED (1ul << 40)

struct device {
	struct sim_device *sim;
	uint64_t dma_mask, coherent_dma_mask;
	void *driver_data;
	const char *name;
};

/* Linux: 0 both, 1 to, 2 from, 3 none. */
static inline unsigned direction(int dir)
{
	static const unsigned directions[] = {DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE, 0};

	return directions[dir & 3];
}

static inline struct call call(const struct device *dev, const char *what, unsigned long attrs)
{
	return (struct call){API_LINUX, what, dev ? dev->sim : NULL, attrs & SKIP_SYNC};
}

#endif
