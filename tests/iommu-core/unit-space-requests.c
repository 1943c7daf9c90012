/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Spaces over a mapper that takes requests, and cannot unmap a part of a mapping.
 */
#include "choose.h"
#include "scene.h"
#include <dmastream/iommu.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct {
	uint64_t daddr, npages;
} request[64];
static unsigned requests_refused;

static int request_map(struct dma_space *space, uint64_t daddr, uint64_t paddr, size_t npages, unsigned dir,
		       uint32_t tag)
{
	size_t piece = dir & DMA_SPLITTABLE ? 1 : npages;
	unsigned left = (unsigned)(npages / piece);

	(void)space, (void)paddr, (void)tag;
	for (unsigned i = 0; i < 64 && left; i++)
		if (!request[i].npages) {
			request[i].daddr = daddr;
			request[i].npages = piece;
			daddr += piece * PAGE;
			left--;
		}
	return left ? DMA_ENOMEM : 0;
}

static int request_split(struct dma_space *space, uint64_t cut, uint32_t *tag)
{
	(void)space, (void)tag;
	for (unsigned i = 0; i < 64; i++)
		if (request[i].npages && request[i].daddr < cut && cut < request[i].daddr + request[i].npages * PAGE)
			return DMA_ENOTSUP;
	return 0;
}

static int request_unmap(struct dma_space *space, uint64_t daddr, size_t npages, uint64_t note,
			 struct dma_gather *gather)
{
	(void)space, (void)note, (void)gather;
	for (unsigned i = 0; i < 64; i++) {
		if (!request[i].npages || request[i].daddr < daddr || request[i].daddr >= daddr + npages * PAGE)
			continue;
		if (request[i].daddr + request[i].npages * PAGE > daddr + npages * PAGE)
			requests_refused++;
		request[i].npages = 0;
	}
	return 0;
}

static int request_flush(struct dma_space *space, uint64_t daddr, size_t npages, struct dma_gather *gather)
{
	(void)space, (void)daddr, (void)npages, (void)gather;
	return 0;
}

static int request_flush_all(struct dma_space *space, struct dma_gather *gather)
{
	(void)space, (void)gather;
	return 0;
}

static int request_attach(struct dma_space *space, struct dma_device *device)
{
	(void)space, (void)device;
	return 0;
}

static void request_detach(struct dma_space *space, struct dma_device *device)
{
	(void)space, (void)device;
}

static void requests(void **state)
{
	static const struct dma_mapper_ops ops = {.attach = request_attach,
						  .detach = request_detach,
						  .block = request_attach,
						  .map = request_map,
						  .split = request_split,
						  .unmap = request_unmap,
						  .flush = request_flush,
						  .flush_all = request_flush_all};
	const struct dma_space_config config = {.mapper = &ops, .last = UINT64_MAX, .features = DMA_DOMAIN_WRITE_ONLY};
	struct dma_stream s = {0}, tail = {0};

	(void)state;
	begin(&config, false, true);
	assert_int_equal(unit.space.domain.features, DMA_DOMAIN_TRANSLATES | DMA_DOMAIN_WRITE_ONLY);
	assert_int_equal(dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL, 8), 0);
	assert_int_equal(dma_stream_split(&s, 3 * PAGE, &tail), DMA_ENOTSUP);
	dma_stream_release(&s);
	assert_int_equal(dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL | DMA_SPLITTABLE, 8), 0);
	assert_int_equal(dma_stream_split(&s, 3 * PAGE, &tail), 0);
	dma_stream_release(&s);
	dma_stream_release(&tail);
	assert_int_equal(requests_refused, 0);
	end();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
