/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 55, batched syncs: the bounce is copied before the maintenance of the batch (from the device), or after it
 * (to the device).
 * LAYER 55 sync
 */
#define DEVICE "ufs"
#include "bounced.h"
