/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host's side: everything that dmastream needs from the kernel, firmware or process it lives in.
 * This page is all that a port has to provide; docs/porting.md leads from an empty kernel to a first
 * stream with it.
 *
 * What holds for every function here
 * ----------------------------------
 *  - They are found at link time; there is no table to register. The core calls no libc but memcpy
 *    and memset.
 *  - Several CPUs may call any of them at once.
 *  - "0, or an error" is 0 or a negative DMA_E… code (errors.h). A function that fails has changed nothing.
 *  - None of them may call back into the library.
 *  - What "Context" says of a hook: [any] may be called with interrupts off and must not sleep; [on] is called with
 *    interrupts on only.
 *  - The library calls no hook while it holds a lock, except those marked [lock]: lock and unlock
 *    themselves, the linear map, CPU number, time, MMIO and log.
 *  - Sizes say whether they count bytes or pages. A page is DMA_PAGE_SIZE bytes. Physical addresses are
 *    64 bits wide and page aligned unless said otherwise; page counts are never 0.
 *
 * The smallest useful subset
 * --------------------------
 * A machine whose devices all snoop the caches, without an IOMMU and not in a confidential VM, needs eleven:
 * info, page_alloc, page_free, frames_alloc, frames_free, is_ram, linear, interrupts_on, lock, unlock, log
 * (the last may do nothing). The others may return DMA_ENOTSUP or do nothing, since nothing reaches them.
 *
 * What a host can do beyond that, and registers by a call: platform_more.h, which this header includes.
 */
#ifndef DMASTREAM_PLATFORM_H
#define DMASTREAM_PLATFORM_H

#include <dmastream/platform_more.h>
#include <dmastream/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The machine ---- */

/* What does not change while the machine runs. */
struct dma_host_info {
	uint8_t page_shift; /* must equal DMA_PAGE_SHIFT */
	bool can_sync;	    /* the CPU has working cache maintenance by virtual address (src/arch/). dma_arch_can_sync()
	              	     * says what the CPU itself can tell. RISC-V needs more. This may be true there only if
	              	     * every hart has Zicbom (device tree: "zicbom" in riscv,isa-extensions); if firmware has
	              	     * enabled it for the privilege that the library runs at (menvcfg.CBCFE = 1, menvcfg.CBIE =
	              	     * 01 or 11; below S also senvcfg's), which a probe that expects an illegal instruction
	              	     * finds out; and if the block size is known (line_step) */
	bool uncached_ok;   /* dma_host_kva_map can map RAM uncached as *normal* memory: Arm Normal-NC,
			       RISC-V PBMT-NC, x86 UC-; never as device memory. Where can_sync is false it must also
			       leave no line of those frames in any cache, and keep the linear alias from being
			       cached until kva_unmap: the library has no means to. */
	bool cvm;	    /* a confidential VM: memory is private until dma_host_share() */
	/* What the address of a shared page has in addition where a device or an IOMMU puts it on the bus (cvm.h,
	 * device_bit: CCA); 0: nothing. The library gives it to IOMMUs; a device without one has it in its windows
	 * (device.h). */
	uint64_t device_bit;
	/* If the linear map is one offset: dma_host_linear(p) is linear_base + p for all RAM up to linear_last (last
	 * byte), and map does not call the hook there. linear_last 0: it is not, and the hook is called each time. */
	uintptr_t linear_base;
	uint64_t linear_last;
	/* First and last byte of a range of whole pages for which dma_host_is_ram() would say true as long as the
	 * machine runs, such as the largest bank of RAM: the hook is not called for what lies in it. No hole is in it,
	 * and no RAM that may be taken out. ram_last 0: no range is named, and the hook is called each time, which the
	 * library also does with DMA_CONFIG_INLINE 0 (config.h). */
	uint64_t ram_first;
	uint64_t ram_last;
	unsigned cpus;	   /* CPUs that may call the library, 1 or more */
	size_t line_step;  /* bytes: smallest cache line of any CPU in the system; maintenance steps by it.
			       A power of two, 16 to 4096. Arm: CTR_EL0.DminLine; RISC-V: the smallest
			       riscv,cbom-block-size of all hart nodes (none: can_sync is false);
			       x86: CPUID.1:EBX[15:8] * 8 */
	size_t line_align; /* bytes: largest line (or writeback granule) in the system: memory that a
			       device writes shares no unit of it with anything else. A power of two,
			       line_step to 4096. Arm: CTR_EL0.CWG, or 2048 where that is 0;
			       RISC-V: the largest riscv,cbom-block-size */
	/* Objects of 48 bytes that are kept for callers with interrupts off, who cannot ask for pages: adopting frames
	 * takes one, a slice or a split of a segment up to three, a split of a stream up to five. dma_init() fills the
	 * reserve; dma_reclaim() and any call with interrupts on that needs such an object fill it again. Set it to
	 * the most that may be taken between two such calls; 0: 64. */
	unsigned reserve_nodes;
	/* Table pages that each domain behind an IOMMU keeps for maps with interrupts off, which cannot ask for pages:
	 * there from its creation, and filled again by dma_reclaim() and by the next map with interrupts on. A range
	 * of less than 2 MiB whose tables do not exist yet takes at most one page for each level but the root; 0: as
	 * many as that. */
	unsigned reserve_table_pages;
	/* Single pages that are kept for the bounced edges of lists and buffers with interrupts off, for each kind of
	 * device that needs some (behind an IOMMU or not, snooping or not): there from its first map or
	 * dma_buffer_reserve() on, and filled again by dma_reclaim() and by maps with interrupts on. 0: 8. */
	unsigned reserve_bounces;
	/* Confidential VMs: pages that the library shares with the host at once, for its pool of shared memory, which
	 * all memory of devices comes from. It takes fewer where the host does not have as many in a row, and gives
	 * unused runs back with dma_reclaim(). 0: as many as 2 MiB have. 1: there is no pool: pages are shared when a
	 * stream is made, and made private when it is released. */
	unsigned shared_run;
};

/* Fills *info. The library calls it once, from dma_init(), which hands an error on. dma_host_info() is the same.
 * Returns: 0, or an error.
 * Errors: any code of errors.h (the host cannot say what it is); dma_init() returns it.
 * Context: [on]
 * See: dma_init(). */
DMA_MUST_CHECK int dma_host_info_get(struct dma_host_info *info);

/* Fills *info: dma_host_info_get() by its short name. It is no function, since in C++ one would hide its struct.
 * Macro: int MACRO(struct dma_host_info *info);
 * Returns: 0, or an error.
 * Errors: any code of errors.h (the host cannot say what it is); dma_init() returns it.
 * Context: [on]
 * See: dma_host_info_get(), dma_init(). */
#define dma_host_info(info) dma_host_info_get(info)

/* ---- The library's own memory ---- */

/* One page of ordinary kernel memory, contents arbitrary, aligned to its size, for the library's bookkeeping: plain
 * C objects that no device ever sees.
 * Returns: its address; NULL if there is none.
 * Errors: none beside NULL.
 * Context: [on]
 * See: dma_host_page_free(). */
void *dma_host_page_alloc(void);

/* Takes back one page that dma_host_page_alloc() gave.
 * Returns: nothing.
 * Errors: none: it cannot fail.
 * Context: [on]
 * See: dma_host_page_alloc(). */
void dma_host_page_free(void *page);

/* ---- Frames ---- */

/* Allocates npages physically contiguous frames, contents arbitrary, whose last byte is at or below max_paddr and
 * whose first is a multiple of align bytes (a power of two, at least a page). In a confidential VM the frames are
 * private. Frames that have no linear mapping come without dirty lines in any cache, and go back so.
 *
 * The worked example, for a kernel that has a buddy allocator with zones and no such thing as a contiguous range of
 * any length: allocate the next power of two from the highest zone below max_paddr, give the excess back page by
 * page, and let dma_host_frames_free() free page by page, too.
 * Returns: 0 and *out, or an error.
 * Errors: DMA_ENOMEM (there are no such frames now, also for absurd counts).
 * Context: [on]
 * See: dma_host_frames_alloc_within(), dma_host_frames_free(), dma_stream_alloc(), dma_segment_alloc(). */
DMA_MUST_CHECK int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out);

/* Allocates frames as dma_host_frames_alloc() does, for devices that reach only memory from min_paddr on: the first
 * byte is at or above it. Called only for a device whose windows (device.h) do not begin at paddr 0; where it
 * returns DMA_ENOTSUP the library takes what dma_host_frames_alloc() gives, if the device happens to reach that.
 * Returns: 0 and *out, or an error.
 * Errors: DMA_ENOMEM (there are no such frames now, also for absurd counts); DMA_ENOTSUP (the host has no devices of
 * that kind, and no such allocator).
 * Context: [on]
 * See: dma_host_frames_alloc(), dma_host_frames_free(). */
DMA_MUST_CHECK int dma_host_frames_alloc_within(size_t npages, uint64_t min_paddr, uint64_t max_paddr, size_t align,
						dma_paddr_t *out);

/* Frees frames: *any* part of what dma_host_frames_alloc() or dma_host_frames_alloc_within() gave, in any order,
 * each frame once. Also receives the frames of segments that the caller adopted (segment.h).
 * Returns: nothing.
 * Errors: none: it cannot fail.
 * Context: [any]; built with DMA_CONFIG_LATE_FREES (config.h) [on], so that the allocator may sleep.
 * See: dma_host_frames_alloc(), dma_segment_adopt(), dma_segment_drop(). */
void dma_host_frames_free(dma_paddr_t paddr, size_t npages);

/* Says whether every page of the range is RAM that may be given to a device: not MMIO, not a hole, not the kernel's
 * own stack where that is mapped from elsewhere.
 * Returns: true if it is.
 * Errors: none.
 * Context: [any]
 * See: dma_host_info() (ram_first), dma_segment_adopt(), dma_segment_borrow(). */
bool dma_host_is_ram(dma_paddr_t paddr, size_t npages);

/* ---- Kernel mappings ---- */

/* The address of the range in the kernel's cached (in a CVM: private) linear map. It must be a plain computation.
 * paddr need not be page aligned; nbytes is at least 1.
 * Returns: the address; NULL where the host has none for the range (high memory): the library then makes a mapping
 * of its own.
 * Errors: none beside NULL.
 * Context: [any, lock]
 * See: dma_host_kva_map(), dma_host_info(). */
void *dma_host_linear(dma_paddr_t paddr, size_t nbytes);

/* How dma_host_kva_map() maps. */
enum dma_kva_attr {
	DMA_KVA_CACHED = 0,
	DMA_KVA_UNCACHED = 1, /* as normal memory that no cache holds */
	DMA_KVA_SHARED = 2,   /* with the shared bit of a confidential VM (may be ORed with the above) */
};

/* Maps npages frames from paddr on at a fresh kernel virtual address, readable and writable, with the attributes
 * attr (enum dma_kva_attr, ORed). On return every CPU can use *va, and no CPU holds a TLB entry of an earlier use of
 * those addresses. The library has cleaned and invalidated the linear alias before; where the architecture forbids
 * two attributes for one frame (x86: SDM vol. 3, 12.12.4), the host changes its linear map here and back in
 * dma_host_kva_unmap().
 * Returns: 0 and *va, or an error.
 * Errors: DMA_ENOMEM (no kernel addresses or table pages are left); DMA_ENOTSUP (the machine does not have these
 * attributes).
 * Context: [on]
 * See: dma_host_kva_unmap(), dma_host_tlb_shootdown(), dma_host_linear(). */
DMA_MUST_CHECK int dma_host_kva_map(dma_paddr_t paddr, size_t npages, unsigned attr, void **va);

/* Removes any page range of one mapping that dma_host_kva_map() made, paddr being the frame behind va (mappings are
 * split: parts are removed alone, in any order). The frames themselves stay. The virtual addresses must not be given
 * out again before dma_host_tlb_shootdown() of the same range has returned. It must not allocate.
 * Returns: nothing.
 * Errors: none: it cannot fail.
 * Context: [on]
 * See: dma_host_kva_map(), dma_host_tlb_shootdown(). */
void dma_host_kva_unmap(void *va, dma_paddr_t paddr, size_t npages);

/* When it returns, no CPU uses a translation of the range that was removed before the call; only now may the host
 * give these virtual addresses out again.
 * Returns: nothing.
 * Errors: none: it cannot fail.
 * Context: [on]
 * See: dma_host_kva_unmap(). */
void dma_host_tlb_shootdown(void *va, size_t npages);

/* ---- Confidential VMs (never called where info.cvm is false) ---- */

/* Converts the range to shared / back to private, page by page from its start. Contents are lost both ways. On
 * success *done == npages. On failure *done says how many leading pages were converted for certain, and the error
 * speaks of page *done, the first that was not.
 *
 * Pages behind page *done were not touched, unless the error is DMA_ENODEV; dma_host_unshare() may have touched them,
 * and is called again for them. *done == npages says that all pages were converted, even if an error is returned. A
 * host that converts several pages with one call to the hypervisor, and cannot tell at which of them the call
 * failed, tries smaller parts before it gives up, so that only one page is in doubt. Pages that were converted stay
 * so: the library converts them back, and quarantines what it cannot get back to private. Retries on "busy" answers
 * are the host's, and bounded. cvm.h has both functions ready made for three technologies.
 * Returns: 0, or an error, and *done in every case.
 * Errors: DMA_EIO, DMA_ETIMEDOUT (the state of page *done is uncertain: the hypervisor may have it shared or
 * private; the library never gives it back); DMA_ENODEV (the hypervisor answered what cannot be: page *done and all
 * behind it are uncertain); DMA_ENOMEM, DMA_EACCES, DMA_EINVAL (the host could not even try, or a monitor that is
 * trusted refused: page *done is for certain as it was).
 * Context: [on]
 * See: dma_stream_alloc(), dma_stream_release(), dma_stats(). */
DMA_MUST_CHECK int dma_host_share(dma_paddr_t paddr, size_t npages, size_t *done);
DMA_MUST_CHECK int dma_host_unshare(dma_paddr_t paddr, size_t npages, size_t *done);

/* ---- CPUs, locks, time ---- */

/* Says whether the caller may wait for other CPUs and ask for pages: interrupts are on, and the host's preemption or
 * sleeping rules allow it.
 * Returns: true if it may.
 * Errors: none.
 * Context: [any]
 * See: dma_reclaim(). */
bool dma_host_interrupts_on(void);

/* A lock that one CPU holds with its interrupts off. All zero is unlocked; the host may use the word as it
 * likes (a spin bit, a ticket pair, an index). */
struct dma_lock {
	uintptr_t word;
};

/* Disables interrupts on this CPU, then takes the lock, with acquire order. Locks nest, in a fixed order, never the
 * same one twice.
 * Returns: what dma_host_unlock() needs to put the interrupt state back.
 * Errors: none: it cannot fail.
 * Context: [any, lock]
 * See: dma_host_unlock(). */
uintptr_t dma_host_lock(struct dma_lock *lock);

/* Gives the lock back with release order, then restores the interrupt state that dma_host_lock() returned.
 * Returns: nothing.
 * Errors: none: it cannot fail.
 * Context: [any, lock]
 * See: dma_host_lock(). */
void dma_host_unlock(struct dma_lock *lock, uintptr_t state);

/* The number of this CPU. Only a hint for spreading load: the caller may have moved on when it returns. 0 is always
 * right.
 * Returns: the number, below info.cpus.
 * Errors: none.
 * Context: [any, lock]
 * See: dma_host_info(). */
unsigned dma_host_cpu(void);

/* The time since any fixed moment, monotonic on each CPU; bounds waits on hardware and the age of batches. Not
 * needed without an IOMMU.
 * Returns: nanoseconds.
 * Errors: none.
 * Context: [any, lock]
 * See: dma_iommu_domain_create(), dma_reclaim(). */
uint64_t dma_host_time_ns(void);

/* ---- Device registers (used by IOMMU drivers; drivers/ use them, too) ---- */

/* Maps nbytes of device registers from paddr on (no alignment asked), uncached and unreordered.
 * Returns: 0 and *regs, or an error.
 * Errors: DMA_ENOMEM (no kernel addresses or table pages are left); DMA_EINVAL (the range cannot be registers: it is
 * empty, wraps or is beyond what the CPU addresses).
 * Context: [on]
 * See: dma_host_mmio_unmap(), dma_host_mmio_read32(). */
DMA_MUST_CHECK int dma_host_mmio_map(dma_paddr_t paddr, size_t nbytes, volatile void **regs);

/* Removes the mapping that dma_host_mmio_map() made, whole.
 * Returns: nothing.
 * Errors: none: it cannot fail.
 * Context: [on]
 * See: dma_host_mmio_map(). */
void dma_host_mmio_unmap(volatile void *regs, size_t nbytes);

/* One access of exactly that width, little-endian, in program order with other accesses to the same device. They
 * order nothing else: drivers use dma_publish() and dma_consume().
 * Returns: the register's value, from the reads; nothing from the writes.
 * Errors: none; a device that is gone reads as all ones.
 * Context: [any, lock]
 * See: dma_host_mmio_map(), dma_publish(), dma_consume(). */
uint32_t dma_host_mmio_read32(const volatile void *reg);
uint64_t dma_host_mmio_read64(const volatile void *reg);
void dma_host_mmio_write32(volatile void *reg, uint32_t value);
void dma_host_mmio_write64(volatile void *reg, uint64_t value);

/* ---- User memory (only linked by users of the fallible reader and writer, user.h) ---- */

/* Copies between kernel memory and the user memory of the current process.
 * Returns: how many leading bytes were copied: fewer than nbytes if the rest is not accessible.
 * Errors: none beside a short count.
 * Context: [on]
 * See: dma_reader_read_user(), dma_writer_write_user(). */
size_t dma_host_copy_to_user(void *user, const void *kernel, size_t nbytes);
size_t dma_host_copy_from_user(void *kernel, const void *user, size_t nbytes);

/* ---- Log ---- */

/* Shows one line to the operator, without a newline; rare, and never on a fast path. May do nothing.
 * Returns: nothing.
 * Errors: none.
 * Context: [any, lock]
 * See: dma_strerror(). */
void dma_host_log(const char *line);

#ifdef __cplusplus
}
#endif
#endif
