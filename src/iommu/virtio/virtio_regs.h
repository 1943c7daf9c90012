/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The IOMMU device (virtio 1.3, 5.13) by the names of the specification.
 */
#ifndef DMASTREAM_SRC_IOMMU_VIRTIO_REGS_H
#define DMASTREAM_SRC_IOMMU_VIRTIO_REGS_H

#include <dmastream/types.h>

enum { VIRTIO_PCI_ID = 0x10571af4 }; /* modern, device 23 */

/* ---- Features and configuration (5.13.3, 5.13.4, 6) -------------------------------------------------------------- */

#define VIRTIO_INPUT_RANGE     DMA_VIRTIO_FEATURE(0)
#define VIRTIO_DOMAIN_RANGE    DMA_VIRTIO_FEATURE(1)
#define VIRTIO_MAP_UNMAP       DMA_VIRTIO_FEATURE(2)
#define VIRTIO_PROBE	       DMA_VIRTIO_FEATURE(4)
#define VIRTIO_MMIO	       DMA_VIRTIO_FEATURE(5)
#define VIRTIO_BYPASS_CONFIG   DMA_VIRTIO_FEATURE(6)
#define VIRTIO_ACCESS_PLATFORM DMA_VIRTIO_FEATURE(33)
#define VIRTIO_ORDER_PLATFORM  DMA_VIRTIO_FEATURE(36)

/* Words of 4 bytes; those of 64 bits are two, the low one first. */
enum virtio_config {
	VIRTIO_PAGE_SIZE_MASK = 0,
	VIRTIO_INPUT_START = 2,
	VIRTIO_INPUT_END = 4,
	VIRTIO_DOMAIN_START = 6,
	VIRTIO_DOMAIN_END = 7,
	VIRTIO_PROBE_SIZE = 8,
	VIRTIO_CONFIG_WORDS = 9,
	VIRTIO_BYPASS = 4 * VIRTIO_CONFIG_WORDS, /* in bytes: 1 byte */
};

enum { VIRTIO_REQUEST_QUEUE = 0, VIRTIO_EVENT_QUEUE = 1 };

/* ---- Requests (5.13.6): the part that the device reads, in words of 8 bytes -------------------------------------- */

enum {
	VIRTIO_ATTACH = 1,
	VIRTIO_DETACH = 2,
	VIRTIO_MAP = 3,
	VIRTIO_UNMAP = 4,
	VIRTIO_PROBE_REQUEST = 5,
};

enum { /* bytes of them */
       VIRTIO_ATTACH_BYTES = 20,
       VIRTIO_MAP_BYTES = 36,
       VIRTIO_UNMAP_BYTES = 28,
       VIRTIO_PROBE_BYTES = 72,
};

enum { VIRTIO_ATTACH_BYPASS = 1 };
enum { VIRTIO_MAP_READ = 1, VIRTIO_MAP_WRITE = 2, VIRTIO_MAP_MMIO = 4 };

/* The first word: the type, and domain, or endpoint to probe. */
#define VIRTIO_HEAD(type, which) ((uint64_t)(which) << 32 | (type))

enum virtio_status {
	VIRTIO_S_OK = 0,
	VIRTIO_S_UNSUPP = 2,
	VIRTIO_S_INVAL = 4,
	VIRTIO_S_NOENT = 6,
	VIRTIO_S_NOMEM = 8,
};

/* Properties (5.13.6.7, 5.13.6.8): type, length, then so many bytes. */
enum {
	VIRTIO_PROPERTY_BYTES = 4,
	VIRTIO_RESV_MEM = 1,
	VIRTIO_RESV_MEM_BYTES = 20, /* subtype, 3 reserved, start, end */
	VIRTIO_RESV_MEM_START = 4,  /* within them */
	VIRTIO_RESV_MEM_END = 12,
};

/* ---- Faults (5.13.6.9) ------------------------------------------------------------------------------------------- */

enum {
	VIRTIO_FAULT_BYTES = 24,
	VIRTIO_FAULT_FLAGS = 4,
	VIRTIO_FAULT_ENDPOINT = 8,
	VIRTIO_FAULT_ADDRESS = 16,
	VIRTIO_FAULT_READ = 1,
	VIRTIO_FAULT_WRITE = 2,
	VIRTIO_FAULT_HAS_ADDRESS = 1 << 8,
};

#endif
