/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device addresses in pages, for the tests of the allocator; each of these expects what it does to succeed, take()
 * aside.
 */
#ifndef TESTS_IOMMU_CORE_ADDRESSES_H
#define TESTS_IOMMU_CORE_ADDRESSES_H

#include "../../src/iommu/iova/iova.h"
#include "../hosts/iommu_host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PAGE  DMA_PAGE_SIZE
#define CHUNK ((uint64_t)DMA_IOVA_CHUNK_PAGES)

struct owned {
	uint64_t page;
	size_t npages;
};

static inline uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed >> 11;
}

static inline int take(struct dma_iova *v, size_t npages, uint64_t *page)
{
	const struct dma_iova_request request = {.npages = npages, .last = UINT64_MAX};
	uint32_t generation;
	uint64_t daddr = 1;
	int error = dma_iova_alloc(v, &request, &daddr, &generation);

	*page = daddr >> DMA_PAGE_SHIFT;
	return error;
}

static inline void give(struct dma_iova *v, uint64_t page, size_t npages)
{
	dma_iova_free(v, page << DMA_PAGE_SHIFT, npages);
}

static inline void start(struct dma_iova *v, uint64_t end)
{
	host_start();
	assert_int_equal(dma_iova_init(v, end), 0);
}

static inline void stop(struct dma_iova *v, uint64_t reserved)
{
	assert_int_equal(dma_iova_used(v), reserved);
	dma_iova_fini(v);
	assert_true(host_stop());
}

#endif
