/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The hooks that a small host does not need, for the hosts of tests and benchmarks: what they do not define themselves
 * comes from here. A call of one is a mistake and ends the program with the hook's name.
 */
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#define DEFAULT __attribute__((weak))

static _Noreturn void unexpected(const char *hook)
{
	dma_host_log("hook not expected by this host:");
	dma_host_log(hook);
	__builtin_trap();
}

/* No device of theirs has windows. */
DEFAULT int dma_host_frames_alloc_within(size_t npages, uint64_t min_paddr, uint64_t max_paddr, size_t align,
					 dma_paddr_t *out)
{
	(void)npages, (void)min_paddr, (void)max_paddr, (void)align, (void)out;
	return DMA_ENOTSUP;
}

DEFAULT int dma_host_kva_map(dma_paddr_t paddr, size_t npages, unsigned attr, void **va)
{
	(void)paddr, (void)npages, (void)attr, (void)va;
	unexpected(__func__);
}

DEFAULT void dma_host_kva_unmap(void *va, dma_paddr_t paddr, size_t npages)
{
	(void)va, (void)paddr, (void)npages;
	unexpected(__func__);
}

DEFAULT void dma_host_tlb_shootdown(void *va, size_t npages)
{
	(void)va, (void)npages;
	unexpected(__func__);
}

DEFAULT int dma_host_share(dma_paddr_t paddr, size_t npages, size_t *done)
{
	(void)paddr, (void)npages, (void)done;
	unexpected(__func__);
}

DEFAULT int dma_host_unshare(dma_paddr_t paddr, size_t npages, size_t *done)
{
	(void)paddr, (void)npages, (void)done;
	unexpected(__func__);
}

/* Always right. */
DEFAULT unsigned dma_host_cpu(void)
{
	return 0;
}

DEFAULT uint64_t dma_host_time_ns(void)
{
	unexpected(__func__);
}

DEFAULT int dma_host_mmio_map(dma_paddr_t paddr, size_t nbytes, volatile void **regs)
{
	(void)paddr, (void)nbytes, (void)regs;
	unexpected(__func__);
}

DEFAULT void dma_host_mmio_unmap(volatile void *regs, size_t nbytes)
{
	(void)regs, (void)nbytes;
	unexpected(__func__);
}

DEFAULT uint32_t dma_host_mmio_read32(const volatile void *reg)
{
	(void)reg;
	unexpected(__func__);
}
