/* SPDX-License-Identifier: MPL-2.0 */
/* The RISC-V IOMMU as a kind of IOMMU: iommu_riscv.c. */
#ifndef BARE_IOMMU_RISCV_H
#define BARE_IOMMU_RISCV_H

#include "bare_iommu.h"

extern const struct bare_iommu bare_riscv;

#endif
