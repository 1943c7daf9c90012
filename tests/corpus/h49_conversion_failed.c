/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 49, after swiotlb/CVM b9fa16949d18 (CVE-2024-35939): frames whose conversion failed go back to the allocator.
 * LAYER 49 map
 */
#define DEVICE "virtio"
#include "two_pages.h"
