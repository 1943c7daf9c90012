/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How many instrumented accesses a second: two million of a buffer that is mapped, two million of one that is not.
 */
#include <dmacheck.h>
#include <linux/dma-mapping.h>
#include <linux/slab.h>
#include <stdio.h>
#include <time.h>

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double rate(volatile u32 *at, unsigned n)
{
	double from = seconds();

	for (unsigned i = 0; i < n / 2; i++)
		at[i % 1024]++; /* a load and a store */
	return n / (seconds() - from);
}

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("speed");
	u32 *mapped = kmalloc(4096, GFP_KERNEL), *plain = kmalloc(4096, GFP_KERNEL);
	dma_addr_t addr = dma_map_single(dev, mapped, 4096, DMA_BIDIRECTIONAL);
	double a, b;

	(void)dma_mapping_error(dev, addr);
	dma_sync_single_for_cpu(dev, addr, 4096, DMA_BIDIRECTIONAL);
	a = rate(mapped, 2000000);
	b = rate(plain, 2000000);
	fprintf(stderr, "%.1f million accesses a second of a mapped buffer, %.1f of other memory\n", a / 1e6, b / 1e6);
	dma_sync_single_for_device(dev, addr, 4096, DMA_BIDIRECTIONAL);
	dma_unmap_single(dev, addr, 4096, DMA_BIDIRECTIONAL);
}
