/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 42, after iommu/dma 06e620345d54: cache maintenance goes to the original, not to the bounce that the
 * device reads.
 * LAYER 42
 */
#define DEVICE "mmc"
#include "bounced.h"
