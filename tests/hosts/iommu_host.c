/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The hooks of platform.h for these tests.
 */
#include "iommu_host.h"
#include <dmastream/errors.h>
#include <dmastream/init.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

struct host_state host;
_Thread_local unsigned host_cpu;
_Thread_local bool host_interrupts_off;

static unsigned char *arena, *memory; /* what CPUs see, what reached memory */
static unsigned char *used;	      /* by frame */
static size_t next_fit;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lines = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local unsigned depth;

#define ARENA_BYTES ((size_t)HOST_ARENA_PAGES << DMA_PAGE_SHIFT)
#define LINE	    64u

static void *reserve(size_t nbytes)
{
	void *at = mmap(NULL, nbytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		abort();
	return at;
}

void host_start(void)
{
	static unsigned starts;
	struct host_state fresh = {.cpus = host.cpus ? host.cpus : 2,
				   .linear_by_offset = host.linear_by_offset,
				   .reserve_table_pages = host.reserve_table_pages,
				   .linear_endless = host.linear_endless,
				   .linear_end = host.linear_end,
				   .uncached_only = host.uncached_only,
				   .can_sync = !host.uncached_only,
				   .write_past = starts++ % 2};

	if (!arena) {
		arena = reserve(ARENA_BYTES);
		memory = reserve(ARENA_BYTES);
		used = reserve(HOST_ARENA_PAGES);
	}
	memset(used, 0, HOST_ARENA_PAGES);
	host = fresh;
	next_fit = host.linear_end ? HOST_ARENA_PAGES / 4 * 3 : 0;
	if (dma_init())
		abort();
}

bool host_stop(void)
{
	int error;

	host.fail_at = 0;
	error = dma_fini();
	if (error || host.frames || host.pages || host.kvas || host.frees_bad || host.misplaced)
		fprintf(stderr,
			"# left: dma_fini %d, frames %lu, pages %lu, mappings %lu, bad frees %lu, hooks under locks "
			"%lu\n",
			error, (unsigned long)host.frames, (unsigned long)host.pages, (unsigned long)host.kvas,
			(unsigned long)host.frees_bad, (unsigned long)host.misplaced);
	return !error && !host.frames && !host.pages && !host.kvas && !host.frees_bad && !host.misplaced;
}

/* True: this one fails. */
static bool fails(void)
{
	return __atomic_add_fetch(&host.calls, 1, __ATOMIC_RELAXED) == host.fail_at;
}

/* [any]; [on] */
static void not_under_lock(void)
{
	if (depth)
		__atomic_add_fetch(&host.misplaced, 1, __ATOMIC_RELAXED);
}

static void interrupts_are_on(void)
{
	if (depth || host_interrupts_off)
		__atomic_add_fetch(&host.misplaced, 1, __ATOMIC_RELAXED);
}

bool host_lock_held(void)
{
	return depth > 0;
}

int dma_host_info(struct dma_host_info *info)
{
	*info = (struct dma_host_info){.page_shift = DMA_PAGE_SHIFT,
				       .can_sync = host.can_sync,
				       .uncached_ok = host.uncached_only,
				       .cpus = host.cpus,
				       .reserve_table_pages = host.reserve_table_pages,
				       .line_step = LINE,
				       .line_align = LINE};
	if (host.linear_by_offset) {
		info->linear_base = (uintptr_t)arena - HOST_ARENA_PADDR;
		info->linear_last = host.linear_endless ? UINT64_MAX : HOST_ARENA_PADDR + ARENA_BYTES - 1;
	}
	return 0;
}

void *dma_host_page_alloc(void)
{
	void *page;

	interrupts_are_on();
	if (host_interrupts_off || fails())
		return NULL;
	page = aligned_alloc(DMA_PAGE_SIZE, DMA_PAGE_SIZE);
	if (!page)
		return NULL;
	memset(page, 0xa5, DMA_PAGE_SIZE);
	__atomic_add_fetch(&host.pages, 1, __ATOMIC_RELAXED);
	return page;
}

void dma_host_page_free(void *page)
{
	interrupts_are_on();
	free(page);
	__atomic_sub_fetch(&host.pages, 1, __ATOMIC_RELAXED);
}

static bool run_is_free(size_t first, size_t npages)
{
	for (size_t i = 0; i < npages; i++)
		if (used[first + i])
			return false;
	return true;
}

int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	int error = DMA_ENOMEM;

	interrupts_are_on();
	if (host.on_alloc)
		host.on_alloc();
	if (host_interrupts_off || fails() || npages > HOST_ARENA_PAGES)
		return DMA_ENOMEM;
	pthread_mutex_lock(&mutex);
	if (host.frames_most && host.frames + npages > host.frames_most)
		goto out;
	for (size_t n = 0; n + npages <= HOST_ARENA_PAGES && error; n++) {
		size_t at = (next_fit + n) % (HOST_ARENA_PAGES - npages + 1);
		uint64_t paddr = HOST_ARENA_PADDR + ((uint64_t)at << DMA_PAGE_SHIFT);

		if ((paddr & (align - 1)) || paddr + (npages << DMA_PAGE_SHIFT) - 1 > max_paddr ||
		    !run_is_free(at, npages))
			continue;
		memset(&used[at], 1, npages);
		for (size_t i = 0; i < npages; i++) { /* stale, and present in every format */
			memset(arena + ((at + i) << DMA_PAGE_SHIFT), 0xa7, DMA_PAGE_SIZE);
			memset(memory + ((at + i) << DMA_PAGE_SHIFT), 0xa7, DMA_PAGE_SIZE);
		}
		next_fit = at + npages;
		host.frames += npages;
		*out = dma_paddr(paddr);
		error = 0;
	}
out:
	pthread_mutex_unlock(&mutex);
	return error;
}

void dma_host_frames_free(dma_paddr_t paddr, size_t npages)
{
	size_t first = (size_t)((paddr.raw - HOST_ARENA_PADDR) >> DMA_PAGE_SHIFT);

	not_under_lock();
	if (host.on_free)
		host.on_free(paddr.raw, npages);
	pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < npages; i++) {
		if (!used[first + i])
			host.frees_bad++;
		used[first + i] = 0;
	}
	host.frames -= npages;
	pthread_mutex_unlock(&mutex);
}

bool host_frame_used(uint64_t paddr)
{
	return used[(paddr - HOST_ARENA_PADDR) >> DMA_PAGE_SHIFT] != 0;
}

bool dma_host_is_ram(dma_paddr_t paddr, size_t npages)
{
	return paddr.raw >= HOST_ARENA_PADDR && paddr.raw - HOST_ARENA_PADDR < ARENA_BYTES &&
	       npages <= HOST_ARENA_PAGES;
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	if (host.linear_end && paddr.raw + nbytes > host.linear_end)
		return NULL;
	return arena + (paddr.raw - HOST_ARENA_PADDR);
}

void test_line_clean(const void *line);
void test_line_clean(const void *line)
{
	size_t at = (size_t)((const unsigned char *)line - arena);

	if (at < ARENA_BYTES) { /* a line goes as a whole */
		pthread_mutex_lock(&lines);
		memcpy(memory + at, arena + at, LINE);
		pthread_mutex_unlock(&lines);
	}
}

void test_published(void);
void test_published(void)
{
	__atomic_add_fetch(&host.published, 1, __ATOMIC_SEQ_CST);
}

bool test_can_write_past(void);
bool test_can_write_past(void)
{
	return host.write_past;
}

/* Its 8 bytes and no others, here and in memory. */
void test_write_past(uint64_t *at, uint64_t value);
void test_write_past(uint64_t *at, uint64_t value)
{
	size_t offset = (size_t)((const unsigned char *)at - arena);

	if (!host.write_past || offset >= ARENA_BYTES || offset % 8)
		abort();
	pthread_mutex_lock(&lines);
	__atomic_store_n(at, value, __ATOMIC_RELEASE);
	memcpy(memory + offset, &value, 8);
	pthread_mutex_unlock(&lines);
}

static uint64_t word(const unsigned char *view, uint64_t paddr)
{
	if (paddr < HOST_ARENA_PADDR || paddr - HOST_ARENA_PADDR > ARENA_BYTES - 8)
		return 0;
	return __atomic_load_n((const uint64_t *)(const void *)(view + (paddr - HOST_ARENA_PADDR)), __ATOMIC_ACQUIRE);
}

uint64_t host_memory(uint64_t paddr)
{
	return word(memory, paddr);
}

uint64_t host_cpu_view(uint64_t paddr)
{
	return word(arena, paddr);
}

void host_unflush(const void *at)
{
	memset(memory + ((const unsigned char *)at - arena), 0, 8);
}

/* The arena is the mapping, whatever the policy: these tests are not about caches of the CPU. */
int dma_host_kva_map(dma_paddr_t paddr, size_t npages, unsigned attr, void **va)
{
	(void)attr;
	interrupts_are_on();
	if (host_interrupts_off || fails())
		return DMA_ENOMEM;
	__atomic_add_fetch(&host.kvas, npages, __ATOMIC_RELAXED);
	*va = arena + (paddr.raw - HOST_ARENA_PADDR);
	return 0;
}

void dma_host_kva_unmap(void *va, dma_paddr_t paddr, size_t npages)
{
	(void)va, (void)paddr;
	interrupts_are_on();
	__atomic_sub_fetch(&host.kvas, npages, __ATOMIC_RELAXED);
}

void dma_host_tlb_shootdown(void *va, size_t npages)
{
	(void)va, (void)npages;
	interrupts_are_on();
}

bool dma_host_interrupts_on(void)
{
	return !host_interrupts_off;
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	uintptr_t state = host_interrupts_off;

	host_interrupts_off = true;
	depth++;
	__atomic_add_fetch(&host.locks, 1, __ATOMIC_RELAXED);
	while (__atomic_exchange_n(&lock->word, 1, __ATOMIC_ACQUIRE))
		sched_yield();
	return state;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
	depth--;
	host_interrupts_off = state;
}

unsigned dma_host_cpu(void)
{
	return host_cpu;
}

uint64_t dma_host_time_ns(void)
{
	void (*on_time)(void) = host.on_time;
	struct timespec t;

	if (on_time) {
		host.on_time = NULL;
		on_time();
		host.on_time = on_time;
	}
	if (host.time_stands)
		return __atomic_load_n(&host.now, __ATOMIC_RELAXED);
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint32_t dma_host_mmio_read32(const volatile void *reg)
{
	return *(const volatile uint32_t *)reg;
}

uint64_t dma_host_mmio_read64(const volatile void *reg)
{
	return *(const volatile uint64_t *)reg;
}

void dma_host_mmio_write32(volatile void *reg, uint32_t value)
{
	*(volatile uint32_t *)reg = value;
}

void dma_host_mmio_write64(volatile void *reg, uint64_t value)
{
	*(volatile uint64_t *)reg = value;
}

void dma_host_log(const char *line)
{
	__atomic_add_fetch(&host.lines, 1, __ATOMIC_RELAXED);
	if (getenv("TEST_LOG"))
		fprintf(stderr, "# %s\n", line);
}
