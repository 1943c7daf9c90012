/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host's side of dmastream (platform.h) in a process: what arena.c and lock.c do not have.
 */
#include "../linux_host.h"
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Each thread may be on any CPU, and devices snoop (VFIO_DMA_CC_IOMMU), or are refused: nothing is maintained. */
int dma_host_info(struct dma_host_info *info)
{
	int error;

	if (sysconf(_SC_PAGESIZE) != (long)DMA_PAGE_SIZE) {
		dma_host_log("dmastream: this build is for pages of another size: compile with DMA_PAGE_SHIFT as "
			     "`getconf PAGESIZE` says");
		return DMA_ENOTSUP;
	}
	error = dma_linux_arena_start();
	if (error)
		return error;
	/* No RAM is named: the arena grows, and what else a process has may be unmapped. */
	*info = (struct dma_host_info){
		.page_shift = DMA_PAGE_SHIFT,
		.cpus = dma_linux_cpus(),
		.linear_base = (uintptr_t)dma_linux_arena_base(),
		.linear_last = UINT64_MAX - DMA_PAGE_SIZE,
		.line_step = 64,
		.line_align = 128,
	};
	return 0;
}

/* ---- The library's own memory: no device has to reach it ---- */

static uint64_t pages;

void *dma_host_page_alloc(void)
{
	void *page = NULL;

	if (posix_memalign(&page, DMA_PAGE_SIZE, DMA_PAGE_SIZE))
		return NULL;
	__atomic_add_fetch(&pages, 1, __ATOMIC_RELAXED);
	return page;
}

void dma_host_page_free(void *page)
{
	__atomic_sub_fetch(&pages, 1, __ATOMIC_RELAXED);
	free(page);
}

uint64_t dma_linux_pages(void)
{
	return __atomic_load_n(&pages, __ATOMIC_RELAXED);
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	(void)nbytes;
	return dma_linux_va(paddr);
}

/* ---- Mappings of its own: a cached one is the one that is there ---- */

int dma_host_kva_map(dma_paddr_t paddr, size_t npages, unsigned attr, void **va)
{
	(void)npages;
	if (attr != DMA_KVA_CACHED)
		return DMA_ENOTSUP;
	*va = dma_linux_va(paddr);
	return 0;
}

void dma_host_kva_unmap(void *va, dma_paddr_t paddr, size_t npages)
{
	(void)va, (void)paddr, (void)npages;
}

void dma_host_tlb_shootdown(void *va, size_t npages)
{
	(void)va, (void)npages;
}

/* ---- No confidential VM, as far as a process can tell: its kernel shares what VFIO maps ---- */

int dma_host_share(dma_paddr_t paddr, size_t npages, size_t *done)
{
	(void)paddr, (void)npages;
	*done = 0;
	return DMA_EINVAL;
}

int dma_host_unshare(dma_paddr_t paddr, size_t npages, size_t *done)
{
	(void)paddr, (void)npages;
	*done = 0;
	return DMA_EINVAL;
}

/* ---- Time, log ---- */

uint64_t dma_host_time_ns(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void dma_host_log(const char *line)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "%s\n", line);

	if (n > 0 && write(STDERR_FILENO, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1) < 0)
		return; /* there is nobody to tell */
}

/* ---- Registers: mapped when the device was opened (vfio/) ---- */

int dma_host_mmio_map(dma_paddr_t paddr, size_t nbytes, volatile void **regs)
{
	void *at = dma_linux_va(paddr);

	if (!dma_gone_has(at, nbytes))
		return DMA_EINVAL;
	*regs = at;
	return 0;
}

void dma_host_mmio_unmap(volatile void *regs, size_t nbytes)
{
	(void)regs, (void)nbytes;
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

/* ---- "User memory" is the process's own ---- */

size_t dma_host_copy_to_user(void *user, const void *kernel, size_t nbytes)
{
	memcpy(user, kernel, nbytes);
	return nbytes;
}

size_t dma_host_copy_from_user(void *kernel, const void *user, size_t nbytes)
{
	memcpy(kernel, user, nbytes);
	return nbytes;
}
