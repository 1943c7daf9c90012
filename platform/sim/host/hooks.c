/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host hooks of platform.h (but locks: host_lock.c, registers: mmio.c, conversion: convert.c), each checking its
 * contract: context, ownership of what is handed in, order.
 */
#include "../machine/sim_machine.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int dma_host_info(struct dma_host_info *info)
{
	bool fail;

	machine_lock();
	fail = hook_enter(SIM_HOOK_INFO, true, false);
	machine_unlock();
	if (fail)
		return DMA_EIO;
	info->page_shift = DMA_PAGE_SHIFT + sim.lying;
	info->can_sync = sim.config.can_sync;
	info->uncached_ok = sim.config.uncached_ok;
	info->cvm = sim.config.cvm;
	if (sim.config.linear_by_offset) {
		uint64_t end = SIM_HIGH_RAM + ((uint64_t)sim.config.high_pages << DMA_PAGE_SHIFT);

		info->linear_base = sim_kernel_base;
		info->linear_last = (end < sim.config.linear_limit ? end : sim.config.linear_limit) - 1;
	}
	if (sim.config.ram_told) {
		size_t npages = sim.config.high_pages ? sim.config.high_pages : sim.config.low_pages;

		info->ram_first = sim.config.high_pages ? SIM_HIGH_RAM : SIM_LOW_RAM;
		info->ram_last = info->ram_first + ((uint64_t)npages << DMA_PAGE_SHIFT) - 1;
	}
	info->cpus = sim.config.cpus;
	info->shared_run = sim.config.shared_run;
	(void)sim_cache_lines(&info->line_step, &info->line_align);
	return 0;
}

void *dma_host_page_alloc(void)
{
	void *page = NULL;
	bool fail;

	machine_lock();
	fail = hook_enter(SIM_HOOK_PAGE_ALLOC, true, false);
	if (!fail)
		sim.library_pages++;
	machine_unlock();
	if (fail)
		return NULL;
	page = aligned_alloc(DMA_PAGE_SIZE, DMA_PAGE_SIZE);
	if (page)
		memset(page, 0xa5, DMA_PAGE_SIZE); /* contents arbitrary */
	return page;
}

void dma_host_page_free(void *page)
{
	machine_lock();
	(void)hook_enter(SIM_HOOK_PAGE_FREE, true, false);
	sim.library_pages--;
	machine_unlock();
	free(page);
}

int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	return dma_host_frames_alloc_within(npages, 0, max_paddr, align, out);
}

int dma_host_frames_alloc_within(size_t npages, uint64_t min_paddr, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	int error = DMA_ENOMEM;

	machine_lock();
	if (hook_enter(SIM_HOOK_FRAMES_ALLOC, true, false))
		goto out;
	if (npages == 0 || align < DMA_PAGE_SIZE || align & (align - 1)) {
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "frames_alloc of %zu pages aligned to %zu", npages, align);
		goto out;
	}
	error = frames_alloc(npages, min_paddr, max_paddr, align, &out->raw);
	event("frames_alloc, pages", SIM_NOWHERE, npages);
out:
	machine_unlock();
	return error;
}

void dma_host_frames_free(dma_paddr_t paddr, size_t npages)
{
	machine_lock();
	(void)hook_enter(SIM_HOOK_FRAMES_FREE, false, false);
	store_drain_cpus();
	event("frames_free, pages", SIM_NOWHERE, npages);
	frames_free(paddr.raw, npages);
	machine_unlock();
}

bool dma_host_is_ram(dma_paddr_t paddr, size_t npages)
{
	uint64_t offset;
	bool is;

	machine_lock();
	is = !hook_enter(SIM_HOOK_IS_RAM, false, false) && npages <= sim.npages &&
	     ram_offset(paddr.raw, (uint64_t)npages << DMA_PAGE_SHIFT, &offset);
	if (is && npages > 1) /* a segment is made of them; of single pages it is asked for other reasons, too */
		frames_counted(offset, npages);
	machine_unlock();
	return is;
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	void *va = NULL;
	uint64_t offset;

	machine_lock();
	if (nbytes == 0)
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "linear of no bytes at 0x%llx", (unsigned long long)paddr.raw);
	if (nbytes == 0 || !ram_offset(paddr.raw, nbytes, &offset) || paddr.raw + nbytes > sim.config.linear_limit)
		goto out;
	va = kernel_linear(paddr.raw);
	for (uint64_t page = offset >> DMA_PAGE_SHIFT; page <= (offset + nbytes - 1) >> DMA_PAGE_SHIFT; page++) {
		if (!(sim.pages[page].flags & PAGE_ASKED)) {
			page_use(page);
			sim.pages[page].flags |= PAGE_ASKED;
			if (hook_enter(SIM_HOOK_LINEAR, false, true) && !sim.config.linear_by_offset) {
				sim.pages[page].flags |= PAGE_NO_LINEAR;
				page_forget_lines(page);
			}
		}
		if (sim.pages[page].flags & PAGE_NO_LINEAR)
			va = NULL;
	}
out:
	machine_unlock();
	return va;
}

int dma_host_kva_map(dma_paddr_t paddr, size_t npages, unsigned attr, void **va)
{
	uint64_t offset;
	int error = DMA_ENOMEM;

	machine_lock();
	if (hook_enter(SIM_HOOK_KVA_MAP, true, false))
		goto out;
	if (!ram_offset(paddr.raw, (uint64_t)npages << DMA_PAGE_SHIFT, &offset) || paddr.raw & (DMA_PAGE_SIZE - 1) ||
	    !npages) {
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "kva_map of what is not RAM: 0x%llx",
			 (unsigned long long)paddr.raw);
		goto out;
	}
	if ((attr & DMA_KVA_UNCACHED && !sim.config.uncached_ok) || (attr & DMA_KVA_SHARED && !sim.config.cvm)) {
		error = DMA_ENOTSUP;
		goto out;
	}
	store_drain_cpus();
	event(attr & DMA_KVA_UNCACHED ? "kva_map uncached, pages" : "kva_map, pages", offset, npages);
	error = kernel_map(offset, npages, attr, va);
out:
	machine_unlock();
	return error;
}

int sim_map_scattered(const struct dma_scattered_frames *frames, size_t npages, unsigned attr, void **va, void *context)
{
	int error = DMA_ENOMEM;

	(void)context;
	machine_lock();
	if (!hook_enter(SIM_HOOK_KVA_MAP, true, false)) {
		store_drain_cpus();
		event("scattered frames are mapped, pages", SIM_NOWHERE, npages);
		error = kernel_map_scattered(frames, npages, attr, va);
	}
	machine_unlock();
	return error;
}

void dma_host_kva_unmap(void *va, dma_paddr_t paddr, size_t npages)
{
	uint64_t offset;

	machine_lock();
	(void)hook_enter(SIM_HOOK_KVA_UNMAP, true, false);
	if (!sim_is_kernel(va) || npages == 0 || !ram_offset(paddr.raw, (uint64_t)npages << DMA_PAGE_SHIFT, &offset)) {
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "kva_unmap of %zu pages at %p", npages, va);
	} else {
		event("kva_unmap, pages", offset, npages);
		kernel_unmap(va, offset, npages);
	}
	machine_unlock();
}

void dma_host_tlb_shootdown(void *va, size_t npages)
{
	machine_lock();
	(void)hook_enter(SIM_HOOK_TLB_SHOOTDOWN, true, false);
	store_drain_cpus();
	event("tlb_shootdown, pages", SIM_NOWHERE, npages);
	if (!sim_is_kernel(va) || npages == 0)
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "tlb_shootdown of %zu pages at %p", npages, va);
	else
		kernel_shootdown(va, npages);
	machine_unlock();
}

/* ---- CPUs, time, the rest ---- */

bool dma_host_interrupts_on(void)
{
	machine_lock();
	/* A driver may hold a lock of its own when it calls what may be called in any context. */
	(void)hook_enter(SIM_HOOK_INTERRUPTS_ON, false, true);
	machine_unlock();
	return !sim_thread.interrupts_off;
}

unsigned dma_host_cpu(void)
{
	return sim_thread.cpu;
}

uint64_t dma_host_time_ns(void)
{
	struct timespec now = {0};
	uint64_t ns, behind;

	machine_lock();
	if (++sim.clock_looks == sim.pause_at) {
		sim.clock_ns += sim.pause_ns;
		sim.skew_ns += sim.pause_ns;
	}
	sim.clock_ns += 100;
	ns = sim.clock_ns;
	behind = sim.clock_looks % 2 ? sim.behind_ns : 0;
	machine_unlock();
	if (!sim.config.real_time)
		return ns - behind;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec + sim.skew_ns - behind;
}

size_t dma_host_copy_to_user(void *user, const void *kernel, size_t nbytes)
{
	bool fail;

	machine_lock();
	fail = hook_enter(SIM_HOOK_COPY_TO_USER, true, false);
	machine_unlock();
	nbytes = fail ? nbytes / 2 : nbytes;
	dma_arch_copy(user, kernel, nbytes);
	return nbytes + sim.lying;
}

size_t dma_host_copy_from_user(void *kernel, const void *user, size_t nbytes)
{
	bool fail;

	machine_lock();
	fail = hook_enter(SIM_HOOK_COPY_FROM_USER, true, false);
	machine_unlock();
	nbytes = fail ? nbytes / 2 : nbytes;
	dma_arch_copy(kernel, user, nbytes);
	return nbytes + sim.lying;
}

static void (*on_log)(const char *line);

void sim_on_log(void (*call)(const char *line))
{
	on_log = call;
}

void dma_host_log(const char *line)
{
	machine_lock();
	(void)hook_enter(SIM_HOOK_LOG, false, true);
	machine_unlock();
	if (on_log)
		on_log(line);
	else if (strncmp(line, "dmastream: misuse: ", 19) == 0)
		sim_fail(SIM_MISUSE, SIM_NOWHERE, "%s", line + 19);
	else if (!sim.config.quiet)
		fprintf(stderr, "%s\n", line);
}
