/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The objects that the operations work on: a device behind whatever the machine puts in front of it, one that does not
 * snoop, streams, segments, plain memory.
 */
#include "bench.h"
#include <dmastream/platform.h>

#define MIB	   ((size_t)1 << 20)
#define NVME_CLASS 0x010802u

static const size_t sizes[3] = {4096, 65536, MIB};

static int devices(struct bench *b)
{
	struct dma_device_config config = {.name = "bench", .mask = UINT64_MAX, .coherent = true, .trusted = true};
	int error;

	b->has_function = bus_pci_find_class(NVME_CLASS, 0, &b->function) == 0;
	if (b->has_function)
		error = bus_pci_dma_init(&b->function, &b->dev, &config);
	else
		error = dma_device_init(&b->dev, &config);
	if (error)
		return error;
	config = (struct dma_device_config){
		.name = "unsnooped", .mask = UINT64_MAX, .trusted = true, .domain = &dma_domain_passthrough};
	error = dma_device_init(&b->other, &config);
	if (error)
		return error;
	config = (struct dma_device_config){.name = "untrusted",
					    .mask = UINT64_MAX,
					    .coherent = true,
					    .domain = b->dev.domain,
					    .requester = b->dev.requester};
	error = dma_device_init(&b->untrusted, &config);
	if (error)
		return error;
	config.name = "aligned";
	config.trusted = true;
	config.min_align = DMA_PAGE_SIZE;
	return dma_device_init(&b->aligned, &config);
}

static int segments(struct bench *b)
{
	for (unsigned i = 0; i < 3; i++) {
		int error = dma_segment_alloc(&b->counted[i], sizes[i] / DMA_PAGE_SIZE, UINT64_MAX, sizes[i]);

		if (!error)
			error = dma_segment_borrow(&b->borrowed[i], b->counted[i].paddr, sizes[i] / DMA_PAGE_SIZE);
		if (error)
			return error;
	}
	return 0;
}

int bench_begin(struct bench *b)
{
	static const struct dma_pool_config blocks = {
		.name = "bench", .dir = DMA_BIDIRECTIONAL, .block_size = 2048, .blocks = 64, .reserve = 16};
	int error = dma_init();

	if (!error)
		error = devices(b);
	if (!error)
		error = segments(b);
	if (!error)
		error = dma_stream_alloc(&b->both, &b->dev, DMA_BIDIRECTIONAL, MIB / DMA_PAGE_SIZE);
	if (!error)
		error = dma_stream_alloc(&b->unsnooped, &b->other, DMA_BIDIRECTIONAL, MIB / DMA_PAGE_SIZE);
	if (!error)
		error = dma_stream_slice(&b->both, 0, sizes[0], &b->slice);
	if (!error)
		error = dma_pool_create(&b->pool, &b->dev, &blocks);
	for (unsigned i = 0; i < 2 && !error; i++) {
		dma_paddr_t paddr;

		error = dma_host_frames_alloc(MIB / DMA_PAGE_SIZE, UINT64_MAX, MIB, &paddr);
		if (!error)
			b->plain[i] = dma_host_linear(paddr, MIB);
	}
	return error;
}

int bench_end(struct bench *b)
{
	int error = dma_pool_destroy(&b->pool);

	if (error)
		return error;
	dma_stream_release(&b->both);
	dma_stream_release(&b->unsnooped);
	for (unsigned i = 0; i < 3; i++)
		dma_segment_drop(&b->counted[i]);
	error = dma_device_fini(&b->aligned);
	if (!error)
		error = dma_device_fini(&b->untrusted);
	if (error)
		return error;
	error = b->has_function ? bus_pci_dma_fini(&b->function, &b->dev) : dma_device_fini(&b->dev);
	if (!error)
		error = dma_device_fini(&b->other);
	return error ? error : dma_fini();
}
