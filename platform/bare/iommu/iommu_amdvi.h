/* SPDX-License-Identifier: MPL-2.0 */
/* AMD-Vi as a kind of IOMMU: iommu_amdvi.c. */
#ifndef BARE_IOMMU_AMDVI_H
#define BARE_IOMMU_AMDVI_H

#include "bare_iommu.h"

extern const struct bare_iommu bare_amdvi;

#endif
