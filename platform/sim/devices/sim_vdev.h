/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Virtio devices of the simulated machine: a disk and a network card, written from the specification (Virtual I/O
 * Device 1.2), which lie on demand. They refuse what it reserves: a driver that breaks a rule fails with
 * SIM_BROKEN_RULE and the rule's section. They look at a queue only when they were notified, or said that they do not
 * want to be, so that a lost notification is a request without an answer.
 */
#ifndef PLATFORM_SIM_VDEV_DEVICES_H
#define PLATFORM_SIM_VDEV_DEVICES_H

#include "../sim.h"

/* What a device does once, at the n-th answer that it gives, or from the beginning. */
enum sim_vdev_lie {
	VDEV_HONEST,
	/* answers */
	VDEV_ID_RANGE,	  /* names a buffer beyond the queue */
	VDEV_ID_FREE,	  /* names one that it does not have */
	VDEV_ID_TWICE,	  /* answers a chain twice */
	VDEV_LENGTH,	  /* wrote a byte more than it may, it says */
	VDEV_LENGTH_MOST, /* wrote 4 GiB - 1 */
	VDEV_LENGTH_NONE, /* wrote nothing */
	VDEV_LEAP,	  /* counts answers that there are not */
	VDEV_BACK,	  /* counts back */
	VDEV_STATUS,	  /* disk: a status that is none; card: segments that were not asked for */
	VDEV_SILENT,	  /* never answers */
	VDEV_NEEDS_RESET, /* reports an error of its own */
	VDEV_GONE,	  /* was pulled out: registers read as ones */
	VDEV_RESETS,	  /* forgets its queues, as after a reset that nobody asked for */
	VDEV_ANSWER_LIES, /* those above, at the n-th answer; those below, from the beginning */
	VDEV_NEVER_RESETS,
	VDEV_NO_FEATURES_OK,
	VDEV_OLD, /* offers no version 1 */
	VDEV_NO_CAPABILITIES,
	VDEV_CAPABILITY_CIRCLE, /* the list has no end, and nothing in it can be used */
	VDEV_CAPABILITY_BEYOND, /* a structure lies beyond its BAR */
	VDEV_CAPABILITY_WRAPS,	/* its offset and length wrap */
	VDEV_CAPABILITY_SHORT,	/* the common configuration has too few bytes */
	VDEV_NOTIFY_BEYOND,	/* a queue's doorbell lies beyond its structure */
	VDEV_NO_QUEUES,
	VDEV_EMPTY_QUEUE,
	VDEV_CONFIG_RESTLESS, /* the configuration is another at each look */
	VDEV_CONFIG_NONSENSE, /* disk: blocks of 3 bytes; card: a group's address */
	VDEV_CONFIG_SHORT,
	VDEV_CAPABILITY_BAR,   /* a structure lies in a BAR beyond the last one */
	VDEV_CAPABILITY_EMPTY, /* a structure has no bytes */
	VDEV_NOTIFY_ODD,       /* doorbells are an odd number of bytes apart */
	VDEV_LIES
};

struct sim_vdev_config {
	uint64_t features; /* that it offers, beside those of its kind */
	uint64_t without;  /* features that it does not offer, though its kind does */
	uint16_t queue_size;
	uint32_t size_max, seg_max; /* disk: bytes of a segment (0: it states none), segments of a request (0: 16) */
	bool messages;		    /* a queue takes a message (of which it sends none) */
	bool eager;		    /* looks for requests without being notified, too, as a device may */
	enum sim_vdev_lie lie;
	unsigned lie_at; /* 1: the first answer */
};

#define VDEV_F_INDIRECT	 ((uint64_t)1 << 28)
#define VDEV_F_EVENT	 ((uint64_t)1 << 29)
#define VDEV_F_VERSION_1 ((uint64_t)1 << 32)
#define VDEV_F_PLATFORM	 ((uint64_t)1 << 33)
#define VDEV_F_PACKED	 ((uint64_t)1 << 34)

/* All features but packed queues, 64 entries, honest; then changed by a comma-separated list of words: packed,
 * noindirect, noevent, noplatform, small (4 entries), large (256), eager, lie=N, at=N. False: an unknown word. */
struct sim_vdev_config sim_vdev_config(void);
bool sim_vdev_config_parse(struct sim_vdev_config *config, const char *words);

/* How many answers devices gave since sim_start(), and how often they lied. */
unsigned sim_vdev_answers(void);
unsigned sim_vdev_lies(void);

/* Where a queue's areas are, once it is enabled: 0 descriptors, 1 the driver's, 2 the device's. */
struct sim_vdev;
uint64_t sim_vdev_area(const struct sim_vdev *dev, unsigned queue, unsigned area);
struct sim_vdev *sim_vdev_last(void); /* the device that was added last */
struct sim_device *sim_vdev_device(const struct sim_vdev *dev);

/* A disk with that file, in sectors of 512 bytes. NULL: the file cannot be opened. */
struct sim_vdev *sim_vdisk_add(const struct sim_vdev_config *config, const struct sim_disk_config *disk);

/* A network card. Frames go to a socket (fd, -1: none) and to `sent`, if not NULL; what the socket has is received. */
enum {
	VNET_CHECKSUMS = 1, /* fills in checksums */
	VNET_SEGMENTS = 2,  /* cuts frames, over IPv4 */
	VNET_SEGMENTS_6 = 4,
	VNET_CHECKED = 8, /* says of what it received that it was checked */
	VNET_ALL = 15,
};
struct sim_vnic_config {
	int fd;
	unsigned offloads; /* what it offers, VNET_… */
	void (*sent)(void *ctx, const uint8_t *frame, size_t nbytes);
	void *ctx;
};
struct sim_vdev *sim_vnic_add(const struct sim_vdev_config *config, const struct sim_vnic_config *nic);
/* A frame arrives; it waits (up to 256 of them do) until the driver has a buffer. */
void sim_vnic_arrive(struct sim_vdev *dev, const void *frame, size_t nbytes);

#endif
