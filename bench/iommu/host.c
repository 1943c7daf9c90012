/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A host for timing src/iommu with threads: table pages out of one block of memory, each thread a CPU.
 */
#define _GNU_SOURCE
#include "bench_host.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <x86intrin.h>

#ifndef BENCH_POOL_MIB
#define BENCH_POOL_MIB 512
#endif
#ifndef BENCH_CPUS
#define BENCH_CPUS 2
#endif
#define POOL ((size_t)BENCH_POOL_MIB << 20)

_Thread_local unsigned bench_cpu;
static unsigned char *pool;
static uint64_t used, freed; /* bytes taken from the pool; first free page, linked by its first word */
static struct dma_lock lock;

int dma_host_info(struct dma_host_info *info)
{
	pool = mmap(NULL, POOL, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pool == MAP_FAILED)
		return DMA_ENOMEM;
	used = DMA_PAGE_SIZE;
	freed = 0;
	*info = (struct dma_host_info){.page_shift = DMA_PAGE_SHIFT,
				       .can_sync = true,
				       .cpus = BENCH_CPUS,
				       .line_step = 64,
				       .line_align = 64,
				       .linear_base = (uintptr_t)pool,
				       .linear_last = (uint64_t)1
						      << 46}; /* the benchmark maps frames that nobody has */
	return 0;
}

void *dma_host_page_alloc(void)
{
	return aligned_alloc(DMA_PAGE_SIZE, DMA_PAGE_SIZE);
}

void dma_host_page_free(void *page)
{
	free(page);
}

int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	uintptr_t state = dma_host_lock(&lock);
	uint64_t at = freed;

	(void)max_paddr;
	if (npages == 1 && at) {
		freed = *(uint64_t *)(void *)(pool + at);
	} else {
		at = (used + align - 1) & ~(uint64_t)(align - 1);
		used = at + (npages << DMA_PAGE_SHIFT);
	}
	dma_host_unlock(&lock, state);
	if (used > POOL)
		return DMA_ENOMEM;
	*out = dma_paddr(at);
	return 0;
}

void dma_host_frames_free(dma_paddr_t paddr, size_t npages)
{
	uintptr_t state = dma_host_lock(&lock);

	for (size_t i = 0; i < npages; i++) {
		uint64_t at = paddr.raw + (i << DMA_PAGE_SHIFT);

		*(uint64_t *)(void *)(pool + at) = freed;
		freed = at;
	}
	dma_host_unlock(&lock, state);
}

bool dma_host_is_ram(dma_paddr_t paddr, size_t npages)
{
	(void)paddr, (void)npages;
	return true;
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	(void)nbytes;
	return pool + paddr.raw;
}

bool dma_host_interrupts_on(void)
{
	return true;
}

uintptr_t dma_host_lock(struct dma_lock *l)
{
	while (__atomic_exchange_n(&l->word, 1, __ATOMIC_ACQUIRE))
		_mm_pause();
	return 0;
}

void dma_host_unlock(struct dma_lock *l, uintptr_t state)
{
	(void)state;
	__atomic_store_n(&l->word, 0, __ATOMIC_RELEASE);
}

unsigned dma_host_cpu(void)
{
	return bench_cpu;
}

/* The time-stamp counter, taken for nanoseconds: as cheap as a kernel's clock. */
uint64_t dma_host_time_ns(void)
{
	return __rdtsc() >> 1;
}

void dma_host_log(const char *line)
{
	fprintf(stderr, "%s\n", line);
}
