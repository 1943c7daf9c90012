/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Confidential VMs: share and unshare ready made, for kernels that run as a guest of Intel TDX, AMD SEV-SNP or Arm
 * CCA.
 *
 * The kernel finds out once what it is (dma_cvm_tdx(), dma_cvm_snp() or dma_cvm_cca(), each a file that it links or
 * not), says so in dma_host_info (`cvm`), and hands two hooks on:
 *
 *     static struct dma_cvm cvm;
 *
 *     int dma_host_share(dma_paddr_t paddr, size_t npages, size_t *done)
 *     {
 *             return dma_cvm_share(&cvm, paddr, npages, done);
 *     }
 *
 * and dma_host_unshare() likewise with dma_cvm_unshare(). Its page tables ask dma_cvm_pte() how an entry of a shared
 * mapping looks: dma_host_kva_map() with DMA_KVA_SHARED uses it.
 *
 *   technology   a page becomes shared                     back to private             entry of a shared mapping
 *   -----------  ----------------------------------------  --------------------------  -------------------------
 *   TDX          MapGPA with the shared bit                MapGPA without it, then     shared bit set (bit 47
 *                                                          TDG.MEM.PAGE.ACCEPT         or 51)
 *   SEV-SNP      PVALIDATE takes its validation away,      page state change to        C bit clear
 *                then page state change to shared          private, then PVALIDATE
 *   CCA          RSI_IPA_STATE_SET to EMPTY                RSI_IPA_STATE_SET to RAM    top bit of the IPA set
 *
 * Registers of devices are trapped by TDX and SEV-SNP: dma_host_mmio_read32() and its like are dma_cvm_mmio_read() and
 * dma_cvm_mmio_write() there.
 *
 * Whom they trust: the TDX module, the PSP's reverse map table and the realm management monitor; never the hypervisor.
 * Its answers are checked: progress must go forward, stay within what was asked, and end. Contents are lost both ways.
 * docs/confidential.md has the rules for hosts and drivers.
 */
#ifndef DMASTREAM_CVM_H
#define DMASTREAM_CVM_H

#include <dmastream/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dma_cvm;

/* A technology's operations. They belong to the library: hosts only hand the struct on. */
struct dma_cvm_ops {
	const char *name; /* "TDX", "SEV-SNP", "CCA" */
	/* Converts 4 KiB pages from *at to end, both in bytes, and moves *at on behind each that is converted for
	 * certain. On failure *asked is the end of what the hypervisor was asked for: pages from there on were not
	 * touched. */
	int (*convert)(const struct dma_cvm *cvm, uint64_t *at, uint64_t *asked, uint64_t end, bool share);
	/* After sharing has failed: makes the pages that it had not come to the guest's own again, without the
	 * hypervisor. 0 if the hardware says that all of them are. NULL: they need nothing, or there is no such way. */
	int (*keep)(uint64_t at, uint64_t end);
	/* Reads or writes nbytes of a device's registers through the hypervisor. NULL: plain accesses do it. */
	int (*mmio)(const struct dma_cvm *cvm, uint64_t paddr, unsigned nbytes, bool write, uint64_t *value);
};

/* What the machine is. Filled by one of the three functions below, and not changed afterwards: any CPU may read it. */
struct dma_cvm {
	const struct dma_cvm_ops *ops;
	uint64_t pte_bit;    /* the bit of an address in a page-table entry that tells shared from private */
	bool pte_bit_shares; /* that bit set: shared (TDX, CCA); set: private (SEV-SNP) */
	/* What devices see added to the address of a shared page: the top bit of the IPA for CCA, 0 for the others.
	 * The host puts it into the windows of its devices (device.h). */
	uint64_t device_bit;
	void *(*ghcb)(uint64_t *paddr); /* SEV-SNP: this CPU's GHCB page; NULL: the MSR protocol is used */
};

/* Looks whether this is a TDX guest, and fills *cvm.
 * Specification: Intel TDX Module Base Architecture (348549) and ABI (348551); GHCI (348552), 2.4.1 and 3.2.
 * Returns: 0, or an error; *cvm is untouched then.
 * Errors: DMA_ENODEV (the CPU does not say that it is a TDX guest); DMA_ENOTSUP (its width of guest physical
 * addresses is neither 48 nor 52 bits).
 * Context: any, at the privilege of the kernel.
 * See: dma_cvm_share(), dma_cvm_pte(). */
DMA_MUST_CHECK int dma_cvm_tdx(struct dma_cvm *cvm);

/* Looks whether this is a SEV-SNP guest, and fills *cvm. ghcb returns this CPU's GHCB page, which is shared and
 * registered with the hypervisor, and stores its guest physical address in *paddr. It is called with interrupts off,
 * and the page is in use until they are on again. With a GHCB page one exit converts up to 253 pages; if ghcb is NULL,
 * the MSR protocol converts one page an exit. The private mapping of a page is dma_host_linear().
 * Specification: AMD APM vol. 2 (24593), 15.36; vol. 3 (24594), PVALIDATE; GHCB (56421), 2.3.1 and 4.1.6.
 * Returns: 0, or an error; *cvm is untouched then.
 * Errors: DMA_ENODEV (the CPU does not say that it is a SEV-SNP guest); DMA_ENOTSUP (the position of the C bit is
 * not one of a page-table entry).
 * Context: any, at the privilege of the kernel.
 * See: dma_cvm_share(), dma_cvm_pte(). */
DMA_MUST_CHECK int dma_cvm_snp(struct dma_cvm *cvm, void *(*ghcb)(uint64_t *paddr));

/* Looks whether this is a realm, and fills *cvm. config is a page of 4 KiB, aligned, at guest physical address
 * config_paddr, that the monitor writes to; it is free again afterwards.
 * Specification: Arm Realm Management Monitor (DEN0137) 1.0, B5.3 (RSI_VERSION, RSI_REALM_CONFIG,
 * RSI_IPA_STATE_SET).
 * Returns: 0, or an error; *cvm is untouched then.
 * Errors: DMA_EINVAL (the page is not aligned); DMA_ENODEV (nobody answers as a monitor of version 1, or it does not
 * tell the realm's configuration); DMA_ENOTSUP (the width of its addresses is not that of a realm: 32 to 52 bits).
 * Context: any, at EL1; the machine's secure monitor calls go to SMC.
 * See: dma_cvm_share(), dma_cvm_pte(). */
DMA_MUST_CHECK int dma_cvm_cca(struct dma_cvm *cvm, volatile void *config, dma_paddr_t config_paddr);

/* Converts npages pages from paddr on to shared: what dma_host_share() has to do. Pages that the hypervisor was
 * asked for and that stand behind the one that failed are made private again, so that one page is in doubt at most.
 * Returns: 0 and *done == npages; or an error, and in *done how many leading pages are shared for certain.
 * Errors: DMA_EIO (refused: page *done may be shared or private); DMA_ETIMEDOUT (the hypervisor went on saying that
 * it is busy: likewise); DMA_ENODEV (it answered what cannot be, and does not make private what stands behind: any
 * page from *done on may be shared or private); DMA_EACCES (the monitor refused and changed nothing: page *done is
 * as it was); DMA_EINVAL (the range is empty, wraps, or reaches the bit that tells shared from private; nothing was
 * touched).
 * Context: [on]
 * See: dma_host_share(), dma_cvm_unshare(). */
DMA_MUST_CHECK int dma_cvm_share(const struct dma_cvm *cvm, dma_paddr_t paddr, size_t npages, size_t *done);

/* Converts npages pages from paddr on back to private: what dma_host_unshare() has to do.
 * Returns: 0 and *done == npages; or an error, and in *done how many leading pages are private for certain.
 * Errors: DMA_EIO, DMA_ETIMEDOUT, DMA_ENODEV, DMA_EACCES (as dma_cvm_share() says; pages behind page *done may be
 * shared or private, too, until they are converted by another call); DMA_EINVAL (the range is empty, wraps, or
 * reaches the bit that tells shared from private; nothing was touched).
 * Context: [on]
 * See: dma_host_unshare(), dma_cvm_share(). */
DMA_MUST_CHECK int dma_cvm_unshare(const struct dma_cvm *cvm, dma_paddr_t paddr, size_t npages, size_t *done);

/* The page-table entry `pte` as it must be for a shared mapping, or for a private one.
 * Returns: pte with the technology's bit set or clear.
 * Errors: none.
 * Context: any.
 * See: dma_host_kva_map(). */
static inline uint64_t dma_cvm_pte(const struct dma_cvm *cvm, uint64_t pte, bool shared)
{
	return shared == cvm->pte_bit_shares ? pte | cvm->pte_bit : pte & ~cvm->pte_bit;
}

/* Whether an access of a device's registers is an exception in this guest (VE of TDX, VC of SEV-SNP), unless it is
 * made by dma_cvm_mmio_read() and dma_cvm_mmio_write(). Where it is not (CCA), registers are mapped as shared memory
 * is.
 * Returns: true if it is.
 * Errors: none.
 * Context: any.
 * See: dma_cvm_mmio_read(), dma_cvm_pte(). */
static inline bool dma_cvm_traps_mmio(const struct dma_cvm *cvm)
{
	return cvm->ops && cvm->ops->mmio;
}

/* Reads nbytes (1, 2, 4, 8) of a device's registers at paddr, aligned, by the technology's own exit: what
 * dma_host_mmio_read32() and dma_host_mmio_read64() do in a guest whose registers are trapped. No instruction is
 * decoded. SEV-SNP does it with a GHCB page only.
 * Specification: GHCI (348552), 3.7; GHCB (56421), 4.1, MMIO read and write.
 * Returns: 0 and *value, or an error, and *value is untouched.
 * Errors: DMA_EIO (the hypervisor, or the module, refused); DMA_EINVAL (the width, the alignment, or an address with
 * the bit that tells shared from private); DMA_ENOTSUP (the technology does not trap them; no GHCB page).
 * Context: [any, lock]
 * See: dma_cvm_traps_mmio(), dma_cvm_mmio_write(). */
DMA_MUST_CHECK int dma_cvm_mmio_read(const struct dma_cvm *cvm, dma_paddr_t paddr, unsigned nbytes, uint64_t *value);

/* Writes nbytes (1, 2, 4, 8) of a device's registers at paddr, aligned, by the technology's own exit.
 * Returns: 0, or an error.
 * Errors: DMA_EIO (the hypervisor, or the module, refused); DMA_EINVAL, DMA_ENOTSUP (as dma_cvm_mmio_read() says).
 * Context: [any, lock]
 * See: dma_cvm_mmio_read(). */
DMA_MUST_CHECK int dma_cvm_mmio_write(const struct dma_cvm *cvm, dma_paddr_t paddr, unsigned nbytes, uint64_t value);

#ifdef __cplusplus
}
#endif
#endif
