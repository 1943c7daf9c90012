/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 50, after 4a37f3d: more is converted than the range.
 * LAYER 50 map
 */
#define DEVICE "virtio"
#include "two_pages.h"
