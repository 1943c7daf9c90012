/* SPDX-License-Identifier: MPL-2.0 */
/* The common configuration of a virtio device (virtio 1.3, 4.1.4.3), as the device models and the IOMMU's share it. */
#ifndef SIM_VIRTIO_FIELDS_H
#define SIM_VIRTIO_FIELDS_H
#include <stddef.h>
#include <stdint.h>

struct virtio_field {
	uint8_t offset, nbytes, writable;
};

/* The field at that offset, which may be accessed by that width alone (4.1.3.1); NULL: there is none. */
static inline const struct virtio_field *virtio_field_at(uint64_t offset, unsigned nbytes)
{
	static const struct virtio_field fields[] = {
		{0x00, 4, 1}, {0x04, 4, 0}, {0x08, 4, 1}, {0x0c, 4, 1}, {0x10, 2, 1}, {0x12, 2, 0}, {0x14, 1, 1},
		{0x15, 1, 0}, {0x16, 2, 1}, {0x18, 2, 1}, {0x1a, 2, 1}, {0x1c, 2, 1}, {0x1e, 2, 0}, {0x20, 4, 1},
		{0x24, 4, 1}, {0x28, 4, 1}, {0x2c, 4, 1}, {0x30, 4, 1}, {0x34, 4, 1},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].offset == offset && fields[i].nbytes == nbytes)
			return &fields[i];
	return NULL;
}

#endif
