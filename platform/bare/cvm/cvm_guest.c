/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a kernel does in a confidential VM: it finds the technology, tells its page tables, makes a GHCB page where
 * there is one, and touches registers by exits where they are trapped.
 */
#include "cvm_guest.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "cvm_mock.h"
#include <dmastream/errors.h>
#include <dmastream/platform.h>

struct dma_cvm bare_cvm;
#ifdef MACHINE_TRAPS_REGISTERS
bool cvm_traps_registers;
#endif
uint64_t machine_vm_private, machine_vm_shared;

void cvm_trim(void)
{
	const char *technology = option("cvm", "");

	if (*technology)
		machine_mock_trim(technology);
}

#ifdef MACHINE_TRAPS_REGISTERS

static uint32_t read32(const volatile void *reg)
{
	return register_read(reg, 4);
}

static uint64_t read64(const volatile void *reg)
{
	return cvm_traps_registers ? cvm_register_read(reg, 8) : *(const volatile uint64_t *)reg;
}

static void write32(volatile void *reg, uint32_t value)
{
	register_write(reg, 4, value);
}

static void write64(volatile void *reg, uint64_t value)
{
	if (cvm_traps_registers)
		cvm_register_write(reg, 8, value);
	else
		*(volatile uint64_t *)reg = value;
}

/* The library's accessors look whether registers are trapped in such a guest alone. */
static void reroute_accessors(void)
{
	machine_reroute((void (*)(void))dma_host_mmio_read32, (void (*)(void))read32);
	machine_reroute((void (*)(void))dma_host_mmio_read64, (void (*)(void))read64);
	machine_reroute((void (*)(void))dma_host_mmio_write32, (void (*)(void))write32);
	machine_reroute((void (*)(void))dma_host_mmio_write64, (void (*)(void))write64);
}

#else

static void reroute_accessors(void)
{
}

#endif

void cvm_start(void)
{
	const char *technology = option("cvm", "");

	if (!*technology)
		return;
	if (!machine_mock_start(technology) || machine_cvm_find(&bare_cvm))
		panic("cvm=%s: this machine cannot be one", technology);
	reroute_accessors();
	machine_vm_private = bare_cvm.pte_bit_shares ? 0 : bare_cvm.pte_bit;
	machine_vm_shared = bare_cvm.pte_bit_shares ? bare_cvm.pte_bit : 0;
}

/* Units read their tables in private memory: they are trusted, and told. */
void cvm_lend(uint64_t paddr, size_t npages, bool given)
{
	if (cvm_is_on())
		machine_mock_call(given ? MOCK_LEND : MOCK_TAKE_BACK, paddr, npages);
}

static int lend(dma_paddr_t paddr, size_t npages, bool given, void *context)
{
	(void)context;
	cvm_lend(paddr.raw, npages, given);
	return 0;
}

int cvm_convert(dma_paddr_t paddr, size_t npages, size_t *done, bool share)
{
	return share ? dma_cvm_share(&bare_cvm, paddr, npages, done) : dma_cvm_unshare(&bare_cvm, paddr, npages, done);
}

void cvm_finish(void)
{
	if (!cvm_is_on())
		return;
	machine_cvm_finish(&bare_cvm);
#ifdef MACHINE_TRAPS_REGISTERS
	cvm_traps_registers = dma_cvm_traps_mmio(&bare_cvm);
#endif
	dma_iommu_frames_with(lend, NULL);
	print("cvm: a guest of %s\n", bare_cvm.ops->name);
}

void cvm_own_registers(uint64_t paddr, uint64_t nbytes)
{
	if (cvm_is_on())
		machine_mock_call(MOCK_OWN, paddr, nbytes);
}

int cvm_end(int status)
{
	return cvm_is_on() ? (int)machine_mock_call(MOCK_REPORT, (uint64_t)status, 0) : status;
}

#ifdef MACHINE_TRAPS_REGISTERS

static dma_paddr_t paddr_of(const volatile void *reg)
{
	uintptr_t va = (uintptr_t)reg;
	unsigned attr, level;
	uint64_t page;

	if (!vm_query(va, &page, &attr, &level))
		panic("cvm: a register at %p is not mapped", (const void *)va);
	return dma_paddr(page + va % DMA_PAGE_SIZE);
}

uint64_t cvm_register_read(const volatile void *reg, unsigned nbytes)
{
	uint64_t value;

	return dma_cvm_mmio_read(&bare_cvm, paddr_of(reg), nbytes, &value) ? UINT64_MAX : value;
}

void cvm_register_write(volatile void *reg, unsigned nbytes, uint64_t value)
{
	if (dma_cvm_mmio_write(&bare_cvm, paddr_of(reg), nbytes, value))
		print("cvm: the hypervisor refuses a write to %p\n", (void *)(uintptr_t)reg);
}

#endif
