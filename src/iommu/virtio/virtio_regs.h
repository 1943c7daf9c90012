/* SPDX-License-Identifier: MPL-2.0 */
/*
 * virtio 1.3 by the names of the specification: the PCI transport (4.1), the IOMMU device (5.13).
 */
#ifndef DMASTREAM_SRC_IOMMU_VIRTIO_REGS_H
#define DMASTREAM_SRC_IOMMU_VIRTIO_REGS_H

#include <dmastream/types.h>

/* ---- Device status (2.1) and features (5.13.3, 6) ------------------------------------------------------------ */

enum {
	VIRTIO_ACKNOWLEDGE = 1,
	VIRTIO_DRIVER = 2,
	VIRTIO_DRIVER_OK = 4,
	VIRTIO_FEATURES_OK = 8,
	VIRTIO_NEEDS_RESET = 64,
};

#define VIRTIO_FEATURE(bit)    ((uint64_t)1 << (bit))
#define VIRTIO_INPUT_RANGE     VIRTIO_FEATURE(0)
#define VIRTIO_DOMAIN_RANGE    VIRTIO_FEATURE(1)
#define VIRTIO_MAP_UNMAP       VIRTIO_FEATURE(2)
#define VIRTIO_PROBE	       VIRTIO_FEATURE(4)
#define VIRTIO_MMIO	       VIRTIO_FEATURE(5)
#define VIRTIO_BYPASS_CONFIG   VIRTIO_FEATURE(6)
#define VIRTIO_VERSION_1       VIRTIO_FEATURE(32)
#define VIRTIO_ACCESS_PLATFORM VIRTIO_FEATURE(33)
#define VIRTIO_ORDER_PLATFORM  VIRTIO_FEATURE(36)

/* ---- PCI (4.1.2 to 4.1.4) -------------------------------------------------------------------------------------- */

enum {
	VIRTIO_PCI_ID = 0x10571af4, /* modern, device 23 */
	PCI_COMMAND_AT = 0x04,
	PCI_COMMAND_ON = 6, /* memory decoding, bus mastering */
	PCI_HAS_LIST = 1 << 20,
	PCI_BAR_AT = 0x10,
	PCI_LIST_AT = 0x34,
	PCI_VENDOR_CAPABILITY = 9,
};

enum virtio_structure { VIRTIO_COMMON = 1, VIRTIO_NOTIFY = 2, VIRTIO_DEVICE = 4 };

enum virtio_common {
	VIRTIO_OFFERED_SELECT = 0x00, /* 4 bytes */
	VIRTIO_OFFERED = 0x04,
	VIRTIO_ACCEPTED_SELECT = 0x08,
	VIRTIO_ACCEPTED = 0x0c,
	VIRTIO_STATUS = 0x14,	    /* 1 byte */
	VIRTIO_GENERATION = 0x15,   /* 1 byte */
	VIRTIO_QUEUE_SELECT = 0x16, /* 2 bytes, as the next three */
	VIRTIO_QUEUE_SIZE = 0x18,
	VIRTIO_QUEUE_ENABLE = 0x1c,
	VIRTIO_QUEUE_NOTIFY_OFF = 0x1e,
	VIRTIO_QUEUE_DESC = 0x20, /* 8 bytes, as the next two */
	VIRTIO_QUEUE_DRIVER = 0x28,
	VIRTIO_QUEUE_DEVICE = 0x30,
	VIRTIO_COMMON_BYTES = 0x38,
};

/* ---- The IOMMU's configuration (5.13.4) ----------------------------------------------------------------------- */

enum virtio_config {
	VIRTIO_PAGE_SIZE_MASK = 0x00, /* 8 bytes */
	VIRTIO_INPUT_START = 0x08,
	VIRTIO_INPUT_END = 0x10,
	VIRTIO_DOMAIN_START = 0x18, /* 4 bytes */
	VIRTIO_DOMAIN_END = 0x1c,
	VIRTIO_PROBE_SIZE = 0x20,
	VIRTIO_BYPASS = 0x24, /* 1 byte */
	VIRTIO_CONFIG_BYTES = 0x28,
};

enum { VIRTIO_REQUEST_QUEUE = 0, VIRTIO_EVENT_QUEUE = 1, VIRTIO_QUEUES = 2 };

/* ---- Requests (5.13.6): the part that the device reads, in words of 4 bytes --------------------------------- */

enum {
	VIRTIO_ATTACH = 1,
	VIRTIO_DETACH = 2,
	VIRTIO_MAP = 3,
	VIRTIO_UNMAP = 4,
	VIRTIO_PROBE_REQUEST = 5,
};

enum { VIRTIO_ATTACH_BYPASS = 1 };
enum { VIRTIO_MAP_READ = 1, VIRTIO_MAP_WRITE = 2, VIRTIO_MAP_MMIO = 4 };

enum virtio_status {
	VIRTIO_S_OK = 0,
	VIRTIO_S_UNSUPP = 2,
	VIRTIO_S_INVAL = 4,
	VIRTIO_S_NOENT = 6,
	VIRTIO_S_NOMEM = 8,
	VIRTIO_S_NOT_WRITTEN = 0xff, /* ours: the device returned the request untouched */
};

struct virtio_request {
	uint32_t word[9];
	unsigned words;
};

static inline struct virtio_request virtio_attach(uint32_t domain, uint32_t endpoint, uint32_t flags)
{
	return (struct virtio_request){{VIRTIO_ATTACH, domain, endpoint, flags, 0}, 5};
}

static inline struct virtio_request virtio_detach(uint32_t domain, uint32_t endpoint)
{
	return (struct virtio_request){{VIRTIO_DETACH, domain, endpoint, 0, 0}, 5};
}

/* last: inclusive. */
static inline struct virtio_request virtio_map(uint32_t domain, uint64_t first, uint64_t last, uint64_t paddr,
					       uint32_t flags)
{
	return (struct virtio_request){{VIRTIO_MAP, domain, (uint32_t)first, (uint32_t)(first >> 32), (uint32_t)last,
					(uint32_t)(last >> 32), (uint32_t)paddr, (uint32_t)(paddr >> 32), flags},
				       9};
}

static inline struct virtio_request virtio_unmap(uint32_t domain, uint64_t first, uint64_t last)
{
	return (struct virtio_request){{VIRTIO_UNMAP, domain, (uint32_t)first, (uint32_t)(first >> 32), (uint32_t)last,
					(uint32_t)(last >> 32), 0},
				       7};
}

enum {
	VIRTIO_TAIL_BYTES = 4,
	VIRTIO_PROBE_BYTES = 72, /* that the device reads */
};

/* Properties (5.13.6.7, 5.13.6.8): type, length, then so many bytes. */
enum {
	VIRTIO_PROPERTY_BYTES = 4,
	VIRTIO_RESV_MEM = 1,
	VIRTIO_RESV_MEM_BYTES = 20, /* subtype, 3 reserved, start, end */
	VIRTIO_RESV_MEM_START = 4,  /* within them */
	VIRTIO_RESV_MEM_END = 12,
};

/* ---- Faults (5.13.6.9) ------------------------------------------------------------------------------------------ */

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
