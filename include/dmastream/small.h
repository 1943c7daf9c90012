/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The small core (config.h), for a machine whose devices all snoop, reach all RAM and see it where the CPU does: all
 * RAM in the linear map, no IOMMU, no confidential VM; segments and streams are not cut, and drivers call what is
 * inline elsewhere. Build with -DDMA_CONFIG_SMALL=1, or copy what fits your machine into a file of your own; a switch
 * that is defined before stays as it is. `make size` prints what it comes to.
 */
#ifndef DMASTREAM_SMALL_H
#define DMASTREAM_SMALL_H

#ifndef DMA_CONFIG_IOMMU
#define DMA_CONFIG_IOMMU 0
#endif
#ifndef DMA_CONFIG_NONCOHERENT
#define DMA_CONFIG_NONCOHERENT 0
#endif
#ifndef DMA_CONFIG_CVM
#define DMA_CONFIG_CVM 0
#endif
#ifndef DMA_CONFIG_HIGHMEM
#define DMA_CONFIG_HIGHMEM 0
#endif
#ifndef DMA_CONFIG_BOUNCE
#define DMA_CONFIG_BOUNCE 0
#endif
#ifndef DMA_CONFIG_WINDOWS
#define DMA_CONFIG_WINDOWS 0
#endif
#ifndef DMA_CONFIG_SPLIT
#define DMA_CONFIG_SPLIT 0
#endif
#ifndef DMA_CONFIG_INLINE
#define DMA_CONFIG_INLINE 0
#endif

#endif
