/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 43, after 08ae5d4a1ae9: the bounce is looked up by the wrong address, is not found, and nothing is copied.
 * LAYER 43 sync
 */
#define DEVICE "thunderbolt"
#include "bounced.h"
