/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a host knows when it compiles: switches that leave out of the library what its machine does not have.
 *
 * Every switch is 1 unless the host says 0, and with all of them 1 the library finds everything out at run time. A
 * host that says 0 promises that the thing never happens. Where it happens all the same, the call that meets it is
 * refused (the table says with which error), so that a wrong promise never gives wrong bytes.
 *
 * A host says so in one of these ways, the same for the library and for all that includes its headers:
 *
 *     a file dmastream_config.h on the include path, with lines like #define DMA_CONFIG_IOMMU 0
 *     -DDMA_CONFIG_FILE='"my_config.h"', where that file has another name
 *     -DDMA_CONFIG_SMALL=1: the small core, for a coherent machine without an IOMMU (small.h)
 *     -DDMA_CONFIG_IOMMU=0 for a single switch, also beside one of the above where the file asks with #ifndef
 *
 *   switch                  0 promises                                     met all the same
 *   ----------------------  ---------------------------------------------  -----------------------------------------
 *   DMA_CONFIG_IOMMU        no device is behind an IOMMU                   dma_device_init(): DMA_ENOTSUP; including
 *                                                                          iommu.h does not compile
 *   DMA_CONFIG_NONCOHERENT  every device snoops the CPU caches             dma_device_init(): DMA_ENOTSUP
 *   DMA_CONFIG_CVM          the machine is not a confidential VM           dma_init(): DMA_EINVAL
 *   DMA_CONFIG_HIGHMEM      all RAM is in the linear map                   alloc and map: DMA_ENOTSUP
 *   DMA_CONFIG_BOUNCE       every device reaches all memory that is        map: DMA_ENOTSUP
 *                           mapped for it
 *   DMA_CONFIG_WINDOWS      devices see RAM where the CPU sees it          dma_device_init(): DMA_ENOTSUP
 *   DMA_CONFIG_LIMITS       no device has a min_align beyond a page, a     dma_device_init(): DMA_ENOTSUP
 *                           boundary or a max_segment_size
 *   DMA_CONFIG_SPLIT        no counted segment is sliced or split, and     dma_segment_slice(), dma_segment_split(),
 *                           no stream                                      dma_stream_split(): DMA_ENOTSUP
 *   DMA_CONFIG_SMP          one CPU runs the library, its interrupts       dma_init(): DMA_EINVAL
 *                           included
 *   DMA_CONFIG_LEDGER       nobody asks which streams live                 dma_device_live() is 0, and
 *                                                                          dma_device_fini() finds none
 *   DMA_CONFIG_LOG          nobody reads the log                           (no line is written)
 *   DMA_CONFIG_INLINE       text is dearer than time: map, release and     (slower)
 *                           sync are calls, not code in every driver,
 *                           and the host is asked about RAM that it named
 *
 * One switch is 0 unless the host says 1: DMA_CONFIG_LATE_FREES, for a host whose frame allocator may sleep. It makes
 * dma_host_frames_free() a hook that is called with interrupts on only; frames that become free elsewhere wait in a
 * list of the library's for dma_reclaim() or the next alloc, counted as pages_pending. All RAM is in the linear map
 * then (DMA_CONFIG_HIGHMEM 0), since the list stands in the frames themselves.
 *
 * Another is DMA_CONFIG_WATCH: with 1 the library keeps the ledger of watch.h, for finding mistakes of drivers on real
 * machines. It costs (docs/performance.md).
 *
 * No switch changes a structure. Hooks that only a switch of 0 could reach need not be there: without HIGHMEM, CVM and
 * NONCOHERENT kva_map, kva_unmap and tlb_shootdown; without CVM share and unshare; without WINDOWS
 * frames_alloc_within; without LOG log.
 */
#ifndef DMASTREAM_CONFIG_H
#define DMASTREAM_CONFIG_H

#if defined(DMA_CONFIG_FILE)
#include DMA_CONFIG_FILE
#elif defined(DMA_CONFIG_SMALL) && DMA_CONFIG_SMALL
#include <dmastream/small.h>
#elif defined(__has_include)
#if __has_include("dmastream_config.h")
#include "dmastream_config.h"
#endif
#endif

#ifndef DMA_CONFIG_IOMMU
#define DMA_CONFIG_IOMMU 1
#endif
#ifndef DMA_CONFIG_NONCOHERENT
#define DMA_CONFIG_NONCOHERENT 1
#endif
#ifndef DMA_CONFIG_CVM
#define DMA_CONFIG_CVM 1
#endif
#ifndef DMA_CONFIG_HIGHMEM
#define DMA_CONFIG_HIGHMEM 1
#endif
#ifndef DMA_CONFIG_BOUNCE
#define DMA_CONFIG_BOUNCE 1
#endif
#ifndef DMA_CONFIG_WINDOWS
#define DMA_CONFIG_WINDOWS 1
#endif
#ifndef DMA_CONFIG_LIMITS
#define DMA_CONFIG_LIMITS 1
#endif
#ifndef DMA_CONFIG_SPLIT
#define DMA_CONFIG_SPLIT 1
#endif
#ifndef DMA_CONFIG_SMP
#define DMA_CONFIG_SMP 1
#endif
#ifndef DMA_CONFIG_LEDGER
#define DMA_CONFIG_LEDGER 1
#endif
#ifndef DMA_CONFIG_LOG
#define DMA_CONFIG_LOG 1
#endif
#ifndef DMA_CONFIG_INLINE
#define DMA_CONFIG_INLINE 1
#endif

#ifndef DMA_CONFIG_LATE_FREES
#define DMA_CONFIG_LATE_FREES 0
#endif
#ifndef DMA_CONFIG_WATCH
#define DMA_CONFIG_WATCH 0
#endif

#if (DMA_CONFIG_IOMMU) >> 1
#error "DMA_CONFIG_IOMMU is 0 or 1"
#endif
#if (DMA_CONFIG_NONCOHERENT) >> 1
#error "DMA_CONFIG_NONCOHERENT is 0 or 1"
#endif
#if (DMA_CONFIG_CVM) >> 1
#error "DMA_CONFIG_CVM is 0 or 1"
#endif
#if (DMA_CONFIG_HIGHMEM) >> 1
#error "DMA_CONFIG_HIGHMEM is 0 or 1"
#endif
#if (DMA_CONFIG_BOUNCE) >> 1
#error "DMA_CONFIG_BOUNCE is 0 or 1"
#endif
#if (DMA_CONFIG_WINDOWS) >> 1
#error "DMA_CONFIG_WINDOWS is 0 or 1"
#endif
#if (DMA_CONFIG_LIMITS) >> 1
#error "DMA_CONFIG_LIMITS is 0 or 1"
#endif
#if (DMA_CONFIG_SPLIT) >> 1
#error "DMA_CONFIG_SPLIT is 0 or 1"
#endif
#if (DMA_CONFIG_SMP) >> 1
#error "DMA_CONFIG_SMP is 0 or 1"
#endif
#if (DMA_CONFIG_LEDGER) >> 1
#error "DMA_CONFIG_LEDGER is 0 or 1"
#endif
#if (DMA_CONFIG_LOG) >> 1
#error "DMA_CONFIG_LOG is 0 or 1"
#endif
#if (DMA_CONFIG_INLINE) >> 1
#error "DMA_CONFIG_INLINE is 0 or 1"
#endif

#if (DMA_CONFIG_WATCH) >> 1
#error "DMA_CONFIG_WATCH is 0 or 1"
#endif
#if (DMA_CONFIG_LATE_FREES) >> 1
#error "DMA_CONFIG_LATE_FREES is 0 or 1"
#endif
#if DMA_CONFIG_LATE_FREES && DMA_CONFIG_HIGHMEM
#error "DMA_CONFIG_LATE_FREES 1 contradicts DMA_CONFIG_HIGHMEM 1: the frames that wait need a linear mapping"
#endif
#if DMA_CONFIG_CVM && !DMA_CONFIG_BOUNCE
#error "DMA_CONFIG_CVM 1 contradicts DMA_CONFIG_BOUNCE 0: a confidential VM bounces whatever is mapped"
#endif

/* 1 where the library may need kernel mappings of its own: for RAM without a linear mapping, shared, or uncached. */
#define DMA_CONFIG_KVA (DMA_CONFIG_HIGHMEM || DMA_CONFIG_CVM || DMA_CONFIG_NONCOHERENT)

/* 1 where a stream may owe more than its frames: a kernel mapping or a bounce. */
#define DMA_CONFIG_OWES (DMA_CONFIG_KVA || DMA_CONFIG_BOUNCE)

#endif
