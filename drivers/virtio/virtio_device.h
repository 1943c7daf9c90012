/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Numbers and layouts of virtio devices (Virtual I/O Device, version 1.2; sections in brackets). All of it is
 * little-endian.
 */
#ifndef DRIVERS_VIRTIO_DEVICE_H
#define DRIVERS_VIRTIO_DEVICE_H

#include <stdint.h>

enum {
	VIRTIO_PCI_VENDOR = 0x1af4,
	VIRTIO_PCI_MODERN = 0x1040, /* + the kind of device: [4.1.2.1] */
	VIRTIO_KIND_NET = 1,	    /* [5] */
	VIRTIO_KIND_BLOCK = 2,
	VIRTIO_PCI_OLD_NET = 0x1000, /* transitional devices, which have the modern structures, too: [4.1.2.1] */
	VIRTIO_PCI_OLD_BLOCK = 0x1001,
};

/* Capabilities of vendor's own kind, which say where structures of registers lie: [4.1.4]. */
enum {
	VIRTIO_CAP_ID = 9,
	VIRTIO_CAP_BYTES = 16,
	VIRTIO_CAP_NOTIFY_BYTES = 20,
};
enum virtio_structure {
	VIRTIO_COMMON = 1,
	VIRTIO_NOTIFY = 2,
	VIRTIO_ISR = 3,
	VIRTIO_CONFIG = 4,
	VIRTIO_STRUCTURES = 5,
};

/* The common configuration: [4.1.4.3]. 64-bit fields are written as two halves: [4.1.3.1]. */
enum virtio_common {
	VIRTIO_OFFERED_SELECT = 0x00,
	VIRTIO_OFFERED = 0x04,
	VIRTIO_ACCEPTED_SELECT = 0x08,
	VIRTIO_ACCEPTED = 0x0c,
	VIRTIO_CONFIG_VECTOR = 0x10, /* 16 bits */
	VIRTIO_NQUEUES = 0x12,	     /* 16 */
	VIRTIO_STATUS = 0x14,	     /* 8 */
	VIRTIO_GENERATION = 0x15,    /* 8 */
	VIRTIO_QUEUE_SELECT = 0x16,  /* 16, as the next five */
	VIRTIO_QUEUE_SIZE = 0x18,
	VIRTIO_QUEUE_VECTOR = 0x1a,
	VIRTIO_QUEUE_ENABLE = 0x1c,
	VIRTIO_QUEUE_NOTIFY_OFF = 0x1e,
	VIRTIO_QUEUE_DESCRIPTORS = 0x20, /* 64, as the next two */
	VIRTIO_QUEUE_DRIVER = 0x28,
	VIRTIO_QUEUE_DEVICE = 0x30,
	VIRTIO_COMMON_BYTES = 0x38,
};
#define VIRTIO_NO_VECTOR 0xffffu

/* [2.1] */
enum virtio_status {
	VIRTIO_ACKNOWLEDGE = 1,
	VIRTIO_DRIVER = 2,
	VIRTIO_DRIVER_OK = 4,
	VIRTIO_FEATURES_OK = 8,
	VIRTIO_NEEDS_RESET = 64,
	VIRTIO_FAILED = 128,
};

/* Features of all devices: [6]. */
#define VIRTIO_F_INDIRECT	 ((uint64_t)1 << 28)
#define VIRTIO_F_EVENT_INDEX	 ((uint64_t)1 << 29)
#define VIRTIO_F_VERSION_1	 ((uint64_t)1 << 32)
#define VIRTIO_F_ACCESS_PLATFORM ((uint64_t)1 << 33)
#define VIRTIO_F_PACKED		 ((uint64_t)1 << 34)
#define VIRTIO_F_ORDER_PLATFORM	 ((uint64_t)1 << 36)

/* Descriptors of both layouts, and of indirect tables: [2.7.5] and [2.8.13]. */
enum virtq_flag {
	VIRTQ_NEXT = 1,
	VIRTQ_WRITE = 2, /* the device writes; without it, it reads */
	VIRTQ_INDIRECT = 4,
	VIRTQ_AVAIL = 1 << 7, /* packed alone: [2.8.1] */
	VIRTQ_USED = 1 << 15,
};
struct virtq_descriptor {
	uint64_t daddr;
	uint32_t nbytes;
	uint16_t flags; /* split: this order; packed: `id` stands here, and the flags behind it */
	uint16_t next;
};
struct virtq_packed_descriptor {
	uint64_t daddr;
	uint32_t nbytes;
	uint16_t id;
	uint16_t flags;
};

/* The driver's area of a split queue, then its event index: [2.7.6], [2.7.7]. */
struct virtq_available {
	uint16_t flags; /* 1: no interrupts, please */
	uint16_t index;
	uint16_t ring[];
};
/* The device's, then its event index: [2.7.8], [2.7.10]. */
struct virtq_used_element {
	uint32_t id;
	uint32_t nbytes;
};
struct virtq_used {
	uint16_t flags; /* 1: no notifications, please */
	uint16_t index;
	struct virtq_used_element ring[];
};
enum { VIRTQ_NO_EVENTS = 1 };

/* Both areas of a packed queue: one word, an offset with its wrap counter in bit 15, then flags: [2.8.14]. */
enum virtq_events {
	VIRTQ_EVENTS_ON = 0,
	VIRTQ_EVENTS_OFF = 1,
	VIRTQ_EVENTS_AT = 2, /* when the entry at the offset is used (or, by the device, made available) */
};

#endif
