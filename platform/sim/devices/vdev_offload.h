/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the virtio network card does with frames beside moving them (Virtual I/O Device 1.2, 5.1.6): checksums that it
 * fills in and looks at, TCP frames that it cuts into segments. The header before a frame says what is wanted.
 */
#ifndef PLATFORM_SIM_VDEV_OFFLOAD_H
#define PLATFORM_SIM_VDEV_OFFLOAD_H

#include <stddef.h>
#include <stdint.h>

#define VNET_F_CSUM	  ((uint64_t)1 << 0)
#define VNET_F_GUEST_CSUM ((uint64_t)1 << 1)
#define VNET_F_HOST_TSO4  ((uint64_t)1 << 11)
#define VNET_F_HOST_TSO6  ((uint64_t)1 << 12)

enum { VNET_FRAME = 1514 };
enum { VNET_NEEDS_CSUM = 1, VNET_DATA_VALID = 2 };
enum { VNET_TCPV4 = 1, VNET_TCPV6 = 4 };

struct vnet_header {
	uint8_t flags, gso_type;
	uint16_t header_bytes, segment_bytes, checksum_start, checksum_offset, buffers;
};

/* What is wrong with a frame that is to be sent, by the features that were accepted; NULL: nothing. */
const char *vnet_wrong(uint64_t accepted, const struct vnet_header *h, const uint8_t *frame, size_t nbytes);
/* Does what its header asks for; each frame that comes of it goes to `emit`. Nothing is wrong with it. */
void vnet_finish(const struct vnet_header *h, uint8_t *frame, size_t nbytes,
		 void (*emit)(void *ctx, const uint8_t *frame, size_t nbytes), void *ctx);
/* What a card that checks says of a frame that it received: that its sum is right, or nothing; or, as of a frame that
 * never was on a wire, that the sum is still to be made, where the sum of the pseudo header stands. `which` of the
 * three (0 to 2), where the sum is right. */
void vnet_judge(struct vnet_header *h, uint8_t *frame, size_t nbytes, unsigned which);

#endif
