/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 51, after 1a2b3357e860: memory for a device is not converted.
 * LAYER 51 map
 */
#define DEVICE "virtio"
#include "two_pages.h"
