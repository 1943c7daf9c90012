/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 47, after AMD 3c120143f584: an address is given out again before the IOTLB was flushed.
 * LAYER 47 unmap
 */
#define DEVICE "nic"
#include "two_pages.h"
