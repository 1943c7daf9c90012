/* SPDX-License-Identifier: MPL-2.0 */
/* Intel VT-d as a kind of IOMMU: iommu_vtd.c. */
#ifndef BARE_IOMMU_VTD_H
#define BARE_IOMMU_VTD_H

#include "bare_iommu.h"

extern const struct bare_iommu bare_vtd;

#endif
