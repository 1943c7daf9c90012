/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 34, after ea8ea460c9ac: a page of the IOMMU's table is freed before the flush.
 * LAYER 34 unmap
 */
#define DEVICE "nic"
#include "two_pages.h"
