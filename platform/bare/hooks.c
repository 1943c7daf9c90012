/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host's side of dmastream (platform.h) on the bare machine: each hook in terms of frames.h, vm.h, spin.h and
 * machine.h.
 */
#include "cvm/cvm_guest.h"
#include "kernel/cpu.h"
#include "kernel/options.h"
#include "kernel/print.h"
#include "kernel/spin.h"
#include "memory/frames.h"
#include "memory/vm.h"
#include <dmastream/errors.h>
#include <dmastream/platform.h>

static const struct boot_range *largest_ram(void)
{
	const struct boot_range *largest = &boot_info.ram.range[0];

	for (unsigned i = 1; i < boot_info.ram.count; i++)
		if (boot_info.ram.range[i].size > largest->size)
			largest = &boot_info.ram.range[i];
	return largest;
}

/* The option info_cpus makes the library believe in more CPUs than there are, so that what it does for several can be
 * measured on one. */
int dma_host_info(struct dma_host_info *info)
{
	unsigned claimed = option_number("info_cpus", 1);
	const struct boot_range *ram = largest_ram(); /* nothing is added to or taken from it any more */

	*info = (struct dma_host_info){
		.page_shift = DMA_PAGE_SHIFT,
		.cpus = cpu_count() > claimed ? cpu_count() : claimed,
		.linear_base = MACHINE_LINEAR_BASE,
		.linear_last = MACHINE_LINEAR_SIZE - 1,
		.ram_first = ram->base,
		.ram_last = ram->base + ram->size - 1,
		.cvm = cvm_is_on(),
		.device_bit = bare_cvm.device_bit,
		.shared_run = option_number("shared_run", 0),
	};
	machine_cache_info(info);
	if (option_is("can_sync", "no"))
		info->can_sync = false;
	if (option_is("ram", "asked"))
		info->ram_first = info->ram_last = 0;
	return 0;
}

void *dma_host_page_alloc(void)
{
	uint64_t paddr;

	return frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &paddr) ? NULL : vm_linear(paddr);
}

void dma_host_page_free(void *page)
{
	frames_free(vm_linear_paddr(page), 1);
}

int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	return dma_host_frames_alloc_within(npages, 0, max_paddr, align, out);
}

int dma_host_frames_alloc_within(size_t npages, uint64_t min_paddr, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	uint64_t paddr;
	int error = frames_alloc_within(npages, min_paddr, max_paddr, align, &paddr);

	if (error == 0)
		*out = dma_paddr(paddr);
	return error;
}

void dma_host_frames_free(dma_paddr_t paddr, size_t npages)
{
	frames_free(paddr.raw, npages);
}

bool dma_host_is_ram(dma_paddr_t paddr, size_t npages)
{
	return npages <= MACHINE_LINEAR_SIZE >> DMA_PAGE_SHIFT &&
	       boot_contains(&boot_info.ram, paddr.raw, (uint64_t)npages << DMA_PAGE_SHIFT);
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	(void)nbytes; /* all RAM is in the linear map */
	return paddr.raw < MACHINE_LINEAR_SIZE ? vm_linear(paddr.raw) : NULL;
}

int dma_host_kva_map(dma_paddr_t paddr, size_t npages, unsigned attr, void **va)
{
	uintptr_t at;
	int error;

	if (attr & ~(unsigned)(DMA_KVA_UNCACHED | DMA_KVA_SHARED))
		return DMA_ENOTSUP;
	error = kva_map(paddr.raw, npages,
			(attr & DMA_KVA_UNCACHED ? VM_UNCACHED : VM_CACHED) | (attr & DMA_KVA_SHARED ? VM_SHARED : 0),
			&at);
	if (error == 0)
		*va = (void *)at;
	return error;
}

void dma_host_kva_unmap(void *va, dma_paddr_t paddr, size_t npages)
{
	uint64_t mapped;
	unsigned attr, level;

	if (!vm_query((uintptr_t)va, &mapped, &attr, &level) || mapped != paddr.raw)
		panic("kva: unmap of %p: 0x%llx is not behind it", va, (unsigned long long)paddr.raw);
	kva_unmap((uintptr_t)va, npages);
}

void dma_host_tlb_shootdown(void *va, size_t npages)
{
	kva_flush((uintptr_t)va, npages);
}

int dma_host_share(dma_paddr_t paddr, size_t npages, size_t *done)
{
	return cvm_convert(paddr, npages, done, true);
}

int dma_host_unshare(dma_paddr_t paddr, size_t npages, size_t *done)
{
	return cvm_convert(paddr, npages, done, false);
}

bool dma_host_interrupts_on(void)
{
	return machine_interrupts_on();
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	return spin_lock(lock);
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	spin_unlock(lock, state);
}

unsigned dma_host_cpu(void)
{
	return machine_cpu();
}

uint64_t dma_host_time_ns(void)
{
	return machine_time_ns();
}

int dma_host_mmio_map(dma_paddr_t paddr, size_t nbytes, volatile void **regs)
{
	return vm_mmio_map(paddr.raw, nbytes, regs);
}

void dma_host_mmio_unmap(volatile void *regs, size_t nbytes)
{
	vm_mmio_unmap(regs, nbytes);
}

/* In a guest whose registers are trapped others stand in for these four (cvm/cvm_guest.c). */
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

/* There are no processes: "user memory" is whatever is mapped, and ends at the first page that is not. */
static size_t mapped_bytes(const void *from, size_t nbytes, bool write)
{
	uintptr_t at = (uintptr_t)from;
	size_t done = 0;

	while (done < nbytes) {
		size_t step = DMA_PAGE_SIZE - (at & (DMA_PAGE_SIZE - 1));
		uint64_t paddr;
		unsigned attr, level;

		if (!vm_query(at, &paddr, &attr, &level) || (write && (attr & VM_READ_ONLY)))
			break;
		done += step;
		at += step;
	}
	return done < nbytes ? done : nbytes;
}

size_t dma_host_copy_to_user(void *user, const void *kernel, size_t nbytes)
{
	nbytes = mapped_bytes(user, nbytes, true);
	__builtin_memcpy(user, kernel, nbytes);
	return nbytes;
}

size_t dma_host_copy_from_user(void *kernel, const void *user, size_t nbytes)
{
	nbytes = mapped_bytes(user, nbytes, false);
	__builtin_memcpy(kernel, user, nbytes);
	return nbytes;
}

void dma_host_log(const char *line)
{
	print("%s\n", line);
}
