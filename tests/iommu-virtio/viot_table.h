/* SPDX-License-Identifier: MPL-2.0 */
/*
 * VIOT tables byte by byte (ACPI specification 6.5, 5.2.34).
 */
#ifndef TESTS_IOMMU_VIRTIO_VIOT_TABLE_H
#define TESTS_IOMMU_VIRTIO_VIOT_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct viot_table {
	uint8_t bytes[1 << 17];
	size_t length;
	unsigned nodes;
};

void viot_put(struct viot_table *t, uint64_t value, unsigned nbytes);
void viot_set(struct viot_table *t, size_t at, uint64_t value, unsigned nbytes);
void viot_begin(struct viot_table *t);
/* Nodes; each gives its offset. */
size_t viot_unit(struct viot_table *t, uint16_t segment, uint16_t function);
size_t viot_mmio_unit(struct viot_table *t, uint64_t base);
size_t viot_range(struct viot_table *t, uint32_t endpoint, uint16_t segment, uint16_t first, uint16_t last,
		  size_t unit);
size_t viot_mmio_endpoint(struct viot_table *t, uint32_t endpoint, uint64_t base, size_t unit);
void viot_end(struct viot_table *t); /* count, length and checksum */

#endif
