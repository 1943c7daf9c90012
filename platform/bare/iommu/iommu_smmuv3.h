/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IOMMU=smmuv3: the row for machines with Arm SMMUv3 units (iommu.h).
 */
#ifndef BARE_IOMMU_SMMUV3_H
#define BARE_IOMMU_SMMUV3_H

#include "bare_iommu.h"

extern const struct bare_iommu bare_smmuv3;

#endif
