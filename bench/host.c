/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The smallest host, for timing the core natively: a process with a pool of frames, no devices, one CPU. Frames are
 * handed out from a stack of free blocks of one size class each, so that the allocator does not hide what the library
 * costs.
 */
#define _GNU_SOURCE
#include "../drivers/bus.h"
#include <dmastream/errors.h>
#include <dmastream/platform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define POOL_SIZE ((size_t)64 << 20)
#define CLASSES	  16
#define DEPTH	  64

static unsigned char *pool;
static size_t pool_used;
static struct {
	uint64_t paddr[DEPTH];
	unsigned count;
} freed[CLASSES];
static uint64_t in_use;
static int argument_count;
static char **arguments;

int dma_host_info(struct dma_host_info *info)
{
	pool = mmap(NULL, POOL_SIZE * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (pool == MAP_FAILED)
		return DMA_ENOMEM;
	pool = (unsigned char *)(((uintptr_t)pool + POOL_SIZE - 1) & ~(uintptr_t)(POOL_SIZE - 1));
	*info = (struct dma_host_info){
		.page_shift = 12,
		.can_sync = true,
		.cpus = 1,
		.line_step = 64,
		.line_align = 64,
		.linear_base = (uintptr_t)pool,
		.linear_last = POOL_SIZE - 1,
	};
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

static unsigned class_of(size_t npages)
{
	unsigned class = 0;

	while ((size_t)1 << class < npages)
		class ++;
	return class;
}

int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	unsigned class = class_of(npages);
	size_t nbytes = DMA_PAGE_SIZE << class;

	if (class < CLASSES && freed[class].count > 0) {
		*out = dma_paddr(freed[class].paddr[--freed[class].count]);
	} else {
		size_t from = (pool_used + nbytes - 1) & ~(nbytes - 1);

		if (class >= CLASSES || align > nbytes || from + nbytes > POOL_SIZE || from + nbytes - 1 > max_paddr)
			return DMA_ENOMEM;
		*out = dma_paddr(from);
		pool_used = from + nbytes;
	}
	in_use += npages;
	return 0;
}

void dma_host_frames_free(dma_paddr_t paddr, size_t npages)
{
	unsigned class = class_of(npages);

	if (freed[class].count < DEPTH)
		freed[class].paddr[freed[class].count++] = paddr.raw;
	in_use -= npages;
}

bool dma_host_is_ram(dma_paddr_t paddr, size_t npages)
{
	return paddr.raw + (npages << DMA_PAGE_SHIFT) <= POOL_SIZE;
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	return paddr.raw + nbytes <= POOL_SIZE ? pool + paddr.raw : NULL;
}

bool dma_host_interrupts_on(void)
{
	return true;
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	while (__atomic_exchange_n(&lock->word, 1, __ATOMIC_ACQUIRE))
		;
	return 0;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	(void)state;
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
}

void dma_host_log(const char *line)
{
	fprintf(stderr, "%s\n", line);
}

/* ---- The bus, as far as the benchmark goes ---- */

int bus_pci_find_class(uint32_t class_code, unsigned index, struct bus_pci *out)
{
	(void)class_code, (void)index, (void)out;
	return DMA_ENODEV;
}

int bus_pci_dma_init(const struct bus_pci *fn, struct dma_device *dev, struct dma_device_config *config)
{
	(void)fn;
	return dma_device_init(dev, config);
}

int bus_pci_dma_fini(const struct bus_pci *fn, struct dma_device *dev)
{
	(void)fn;
	return dma_device_fini(dev);
}

const char *bus_option(const char *key, const char *otherwise)
{
	size_t length = strlen(key);

	for (int i = 1; i < argument_count; i++) {
		if (!strncmp(arguments[i], key, length) && arguments[i][length] == '=')
			return arguments[i] + length + 1;
	}
	return otherwise;
}

void bus_write(const char *text, size_t nbytes)
{
	fwrite(text, 1, nbytes, stdout);
}

uint64_t bus_ticks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv)
{
	argument_count = argc;
	arguments = argv;
	return app_main();
}
