/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a host may do beyond the hooks of platform.h, which are found at link time: functions that it registers by a
 * call. A host that registers none links and works.
 *
 * The conditions at the head of platform.h hold for these functions, too.
 */
#ifndef DMASTREAM_PLATFORM_MORE_H
#define DMASTREAM_PLATFORM_MORE_H

#include <dmastream/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Cutting a device off (used by IOMMU drivers) ---- */

struct dma_device;

/* A host's function that ends all DMA of a device without the IOMMU's help: it switches bus mastering off (PCI: bit 2
 * of the Command register, then a read of that register, which pushes what the device had posted), resets the
 * function, or cuts its power. It is called when an IOMMU has stopped answering and may translate for the device out
 * of its caches for ever (hazard 80). Functions that share the requester are reported one by one, each as a device
 * of its own.
 *
 * 0: the device starts no access any more, those that it had started have ended, and nothing but the host makes it a
 * bus master again. Else an error: then the library says that the device may still reach what it could. May be called
 * twice for one device. [any] */
typedef int dma_host_cut_off(struct dma_device *dev, void *context);

/* Registers the host's way to cut a device off, for all IOMMUs; NULL: the host cannot. A host that never calls this
 * links and works as before. Best called before the first IOMMU is probed.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * See: dma_device_block(), dma_vtd_probe(), dma_smmuv3_probe(). */
void dma_iommu_cut_off_with(dma_host_cut_off *cut_off, void *context);

/* ---- Frames that IOMMUs read ---- */

/* A host's function that is told of frames which an IOMMU reads and writes from now on (given), or no more: tables,
 * queues. In a confidential VM they stay private, since the library believes what stands in them: a host whose unit is
 * trusted (TDX Connect, SEV-TIO) makes them known to it here. A unit that only the hypervisor emulates cannot read
 * them, and protects nobody from the hypervisor anyway: such a guest has no IOMMU.
 *
 * 0; or an error: frames that are given are not used then, and the call that needed them fails; frames that come back
 * are lost. [on], or with interrupts off where the host frees frames there. */
typedef int dma_host_iommu_frames(dma_paddr_t paddr, size_t npages, bool given, void *context);

/* Registers that function, for all IOMMUs; NULL: the host need not be told. A host that never calls this links and
 * works as before. Called before the first IOMMU is probed.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * See: dma_vtd_probe(), dma_smmuv3_probe(), dma_host_share(). */
void dma_iommu_frames_with(dma_host_iommu_frames *tell, void *context);

/* ---- Scattered frames at one address (used by scattered.h) ---- */

struct dma_scattered_frames;

/* A host's function that maps runs of frames, one behind the other, at one fresh kernel address, as dma_host_kva_map()
 * maps one run: on a copy of *frames, dma_scattered_frames_next() gives run by run, npages in all. The library removes
 * the mapping run by run with dma_host_kva_unmap() and dma_host_tlb_shootdown(). 0 and *va; or an error, and nothing
 * is mapped: the library then maps each run by itself. [on] */
typedef int dma_host_map_scattered(const struct dma_scattered_frames *frames, size_t npages, unsigned attr, void **va,
				   void *context);

/* Registers the host's way to map scattered frames; NULL: the host has none. A host that never calls this links and
 * works as before.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * See: dma_scattered_alloc(), dma_scattered_frames_next(), dma_host_kva_map(). */
void dma_scattered_map_with(dma_host_map_scattered *map, void *context);

/* ---- Accesses between devices (used by peer.h) ---- */

/* A host's function that says whether a device may access registers of another one: 0 if all of the nbytes at
 * `registers` are registers (a BAR, a memory buffer) of one device, neither RAM nor an interrupt controller's nor an
 * IOMMU's, and accesses of dev arrive there. *bus is the address that dev puts on the bus without an IOMMU: the
 * physical one, unless a host bridge translates and the function changes it. Else an error: dma_peer_map() is
 * DMA_ENOTSUP then. [any] */
typedef int dma_host_peer(const struct dma_device *dev, dma_paddr_t registers, size_t nbytes, dma_daddr_t *bus,
			  void *context);

/* Registers the host's word on accesses between devices; NULL, or never called: no device may.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * See: dma_peer_map(). */
void dma_peers_with(dma_host_peer *may, void *context);

#ifdef __cplusplus
}
#endif
#endif
