/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 44, after swiotlb 5f89468e2f06: a sync in the middle of a mapping copies the bytes of its beginning.
 * LAYER 44 sync
 */
#define DEVICE "sata"
#include "bounced.h"
