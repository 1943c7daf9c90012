/* SPDX-License-Identifier: MPL-2.0 */
/* virtio-iommu as a kind of IOMMU: iommu_virtio.c. */
#ifndef BARE_IOMMU_VIRTIO_H
#define BARE_IOMMU_VIRTIO_H

#include "bare_iommu.h"

extern const struct bare_iommu bare_virtio;

#endif
