/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The IOMMU device (virtio 1.3, 5.13) by the names of the specification.
 */
#ifndef DMASTREAM_SRC_IOMMU_VIRTIO_REGS_H
#define DMASTREAM_SRC_IOMMU_VIRTIO_REGS_H

#include <dmastream/types.h>

enum { VIRTIO_PCI_ID = 0x10571af4 }; /* modern, device 23 */

/* ---- Features and configuration (5.13.3, 5.13.4) ----------------------------------------------------------------- */

#define VIRTIO_INPUT_RANGE   DMA_VIRTIO_FEATURE(0)
#define VIRTIO_DOMAIN_RANGE  DMA_VIRTIO_FEATURE(1)
#define VIRTIO_MAP_UNMAP     DMA_VIRTIO_FEATURE(2)
#define VIRTIO_PROBE	     DMA_VIRTIO_FEATURE(4)
#define VIRTIO_MMIO	     DMA_VIRTIO_FEATURE(5)
#define VIRTIO_BYPASS_CONFIG DMA_VIRTIO_FEATURE(6)

struct virtio_config {
	uint64_t page_sizes, input_first, input_last;
	uint32_t first_domain, last_domain, probe_bytes;
};

enum {
	VIRTIO_CONFIG_PAGES = 3 << 0, /* words of 4 bytes of that, by features */
	VIRTIO_CONFIG_INPUT = 15 << 2,
	VIRTIO_CONFIG_DOMAINS = 3 << 6,
	VIRTIO_CONFIG_PROBE = 1 << 8,
	VIRTIO_BYPASS = 36, /* behind it: 1 byte */
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

/* Properties (5.13.6.7, 5.13.6.8): 2 bytes of type, of which 4 bits are reserved, 2 of length, then so many. */
#define VIRTIO_PROPERTY_KIND(word)   ((word)&0xffff)
#define VIRTIO_PROPERTY_TYPE(word)   ((word)&0xfff)
#define VIRTIO_PROPERTY_LENGTH(word) ((uint32_t)(word) >> 16)

enum {
	VIRTIO_PROPERTY_BYTES = 4, /* of type and length */
	VIRTIO_RESV_MEM = 1,
	VIRTIO_RESV_MEM_WORDS = 3, /* type, length, subtype, 3 reserved; start; end */
};

/* ---- Faults (5.13.6.9) ------------------------------------------------------------------------------------------- */

enum {
	VIRTIO_FAULT_BYTES = 24, /* reason, 3 reserved, 4 of flags; endpoint, 4 reserved; address */
	VIRTIO_FAULT_LEAST = 12, /* with the endpoint */
	VIRTIO_FAULT_ACCESS = 3, /* flags: read is 1, write 2 */
	VIRTIO_FAULT_HAS_ADDRESS = 1 << 8,
};

#endif
