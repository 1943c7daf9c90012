/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Where the machine's virtio-iommus are: virtio_acpi.c on machines that always have ACPI, virtio_tree.c on those that
 * may have a device tree instead.
 */
#ifndef BARE_VIRTIO_FIND_H
#define BARE_VIRTIO_FIND_H

#include <dmastream/virtioiommu.h>

/* Fills in config->viot or config->ranges, which stay for ever. 0, or an error. */
int virtio_find(struct dma_virtio_iommu_config *config);

#endif
