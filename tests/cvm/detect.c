/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a machine says of itself, and what the library makes of it: each technology found where it is, refused where
 * it is not, and nothing written where it is refused.
 */
#include "cvm/realm_monitor.h"
#include "cvm/snp_guest.h"
#include "cvm/tdx_module.h"
#include "guest.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <string.h>

static unsigned tests, failed;

static void ok(bool good, const char *name)
{
	tests++;
	failed += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", tests, name);
}

static uint64_t config[512] __attribute__((aligned(4096)));

static bool untouched(const struct dma_cvm *cvm)
{
	static const struct dma_cvm nothing;

	return !memcmp(cvm, &nothing, sizeof(nothing));
}

static void restart(void)
{
	struct dma_cvm cvm;

	(void)guest_start(TDX_52, false, &cvm);
}

static void write_width(uint64_t paddr, uint64_t value)
{
	(void)paddr;
	config[0] = value;
}

static bool tdx(int expected)
{
	struct dma_cvm cvm = {0};

	return dma_cvm_tdx(&cvm) == expected && (expected ? untouched(&cvm) : !strcmp(cvm.ops->name, "TDX"));
}

static bool snp(int expected)
{
	struct dma_cvm cvm = {0};

	return dma_cvm_snp(&cvm, NULL) == expected && (expected ? untouched(&cvm) : !strcmp(cvm.ops->name, "SEV-SNP"));
}

static bool cca(int expected)
{
	struct dma_cvm cvm = {0};

	rsi_write = write_width;
	return dma_cvm_cca(&cvm, config, dma_paddr(GUEST_BASE)) == expected &&
	       (expected ? untouched(&cvm) : !strcmp(cvm.ops->name, "CCA"));
}

static void test_tdx(void)
{
	restart();
	ok(tdx(0), "TDX: found");
	guest_cpu.max_basic = 0x20;
	ok(tdx(DMA_ENODEV), "TDX: a CPU without the leaf");
	for (unsigned i = 0; i < 3; i++) {
		restart();
		guest_cpu.tdx[i] ^= 1;
		ok(tdx(DMA_ENODEV), "TDX: a leaf that says something else");
	}
	restart();
	tdx_width = 50;
	ok(tdx(DMA_ENOTSUP), "TDX: addresses of another width");
}

static void test_snp(void)
{
	restart();
	ok(snp(0), "SEV-SNP: found");
	guest_cpu.max_extended = 0x8000001e;
	ok(snp(DMA_ENODEV), "SEV-SNP: a CPU without the leaf");
	restart();
	guest_cpu.sev_eax = 0; /* where the MSR would fault: the model of the CPU ends the test */
	ok(snp(DMA_ENODEV), "SEV-SNP: a CPU without the technology");
	restart();
	guest_cpu.sev_status = 3;
	ok(snp(DMA_ENODEV), "SEV-SNP: a guest of SEV-ES");
	restart();
	guest_cpu.sev_ebx = 12;
	ok(snp(DMA_ENOTSUP), "SEV-SNP: a C bit within the addresses");
	guest_cpu.sev_ebx = 63;
	ok(snp(DMA_ENOTSUP), "SEV-SNP: a C bit that no entry has");
}

static void test_cca(void)
{
	struct dma_cvm cvm = {0};

	restart();
	ok(cca(0), "CCA: found");
	rsi_absent = true;
	ok(cca(DMA_ENODEV), "CCA: no monitor");
	restart();
	cvm_world.page[0] = CVM_SHARED;
	ok(cca(DMA_ENODEV), "CCA: a monitor that does not tell the configuration");
	restart();
	rsi_width = 60;
	ok(cca(DMA_ENOTSUP), "CCA: addresses of another width");
	rsi_width = 31;
	ok(cca(DMA_ENOTSUP), "CCA: and too small a width");
	rsi_width = 40;
	ok(dma_cvm_cca(&cvm, (char *)config + 512, dma_paddr(GUEST_BASE)) == DMA_EINVAL &&
		   dma_cvm_cca(&cvm, config, dma_paddr(GUEST_BASE + 512)) == DMA_EINVAL && untouched(&cvm),
	   "CCA: a page that is not aligned");
}

/* The module itself, not the hypervisor, refuses a call. */
static void test_module(void)
{
	struct dma_cvm cvm;
	size_t done = 9;

	(void)guest_start(TDX_52, false, &cvm);
	tdx_fails_vmcall = 1;
	ok(dma_cvm_share(&cvm, dma_paddr(GUEST_BASE), 2, &done) == DMA_EIO && done == 0 &&
		   cvm_world.page[1] == CVM_PRIVATE,
	   "TDX: the module refuses a call");
	tdx_fails_vmcall = 0;
}

/* The MSR belongs to the kernel, which has its own GHCB there. */
static void test_msr(void)
{
	struct dma_cvm cvm;
	size_t done;
	bool good = true;

	for (int guest = SNP_MSR; guest <= SNP_PAGE; guest++) {
		(void)guest_start((enum guest)guest, false, &cvm);
		good = good && !dma_cvm_share(&cvm, dma_paddr(GUEST_BASE), 5, &done) && snp_cpu.msr == 0x1234000;
	}
	ok(good, "SEV-SNP: the MSR is as it was");
}

/* ---- Registers ---- */

static struct {
	uint64_t paddr, value;
	unsigned nbytes, calls;
	bool write, refuses;
} registers;

static bool access_registers(uint64_t paddr, unsigned nbytes, bool write, uint64_t *value)
{
	registers.paddr = paddr;
	registers.nbytes = nbytes;
	registers.write = write;
	registers.calls++;
	if (registers.refuses)
		return false;
	if (write)
		registers.value = *value;
	else
		*value = registers.value;
	return true;
}

static bool rules_hold(void)
{
	for (unsigned i = 0; i < CVM_MAX_RULES; i++)
		if (cvm_world.broken[i])
			return false;
	return true;
}

/* Each width both ways, nothing beside it; refused, it is an error and *value is untouched. */
static bool registers_of(enum guest guest)
{
	const dma_paddr_t at = dma_paddr(UINT64_C(0xfe000040));
	struct dma_cvm cvm;
	uint64_t value = 77;
	bool good = true;

	(void)guest_start(guest, false, &cvm);
	cvm_world.mmio = access_registers;
	registers.refuses = false;
	for (unsigned nbytes = 1; nbytes <= 8; nbytes *= 2) {
		uint64_t mask = nbytes == 8 ? UINT64_MAX : (UINT64_C(1) << nbytes * 8) - 1;

		registers.value = UINT64_C(0x8877665544332211); /* more than was asked for */
		good = good && !dma_cvm_mmio_read(&cvm, at, nbytes, &value) && value == (registers.value & mask) &&
		       registers.paddr == at.raw && registers.nbytes == nbytes && !registers.write;
		good = good && !dma_cvm_mmio_write(&cvm, at, nbytes, UINT64_C(0x123456789abcdef0) & mask) &&
		       registers.value == (UINT64_C(0x123456789abcdef0) & mask) && registers.write;
	}
	registers.refuses = true;
	value = 77;
	good = good && dma_cvm_mmio_read(&cvm, at, 4, &value) == DMA_EIO && value == 77 &&
	       dma_cvm_mmio_write(&cvm, at, 4, 1) == DMA_EIO;
	registers.calls = 0;
	good = good && dma_cvm_mmio_read(&cvm, at, 3, &value) == DMA_EINVAL &&
	       dma_cvm_mmio_read(&cvm, at, 0, &value) == DMA_EINVAL &&
	       dma_cvm_mmio_write(&cvm, at, 16, 0) == DMA_EINVAL &&
	       dma_cvm_mmio_read(&cvm, dma_paddr(at.raw + 2), 4, &value) == DMA_EINVAL &&
	       dma_cvm_mmio_read(&cvm, dma_paddr(at.raw | cvm.pte_bit), 4, &value) == DMA_EINVAL;
	return good && registers.calls == 0 && rules_hold() && dma_cvm_traps_mmio(&cvm);
}

static void test_registers(void)
{
	struct dma_cvm cvm;
	uint64_t value = 77;

	ok(registers_of(TDX_48) && registers_of(TDX_52), "TDX: registers by the guest's own exit");
	ok(registers_of(SNP_PAGE), "SEV-SNP: registers by the guest's own exit");
	ok(!guest_start(SNP_MSR, false, &cvm) &&
		   dma_cvm_mmio_read(&cvm, dma_paddr(0xfe000000), 4, &value) == DMA_ENOTSUP && value == 77,
	   "SEV-SNP: registers need a GHCB page");
	ok(!guest_start(CCA, false, &cvm) && !dma_cvm_traps_mmio(&cvm) &&
		   dma_cvm_mmio_read(&cvm, dma_paddr(0xfe000000), 4, &value) == DMA_ENOTSUP &&
		   dma_cvm_mmio_write(&cvm, dma_paddr(0xfe000000), 4, 0) == DMA_ENOTSUP,
	   "CCA: registers are not trapped");
}

int main(void)
{
	test_tdx();
	test_snp();
	test_cca();
	test_module();
	test_msr();
	test_registers();
	printf("1..%u\n", tests);
	return failed != 0;
}
