/* SPDX-License-Identifier: MPL-2.0 */
/* Scattered frames at one kernel address, for the library (dma_scattered_map_with()). */
#ifndef BARE_TORN_H
#define BARE_TORN_H

/* Tells the library how this machine maps them. */
void scattered_init(void);

#endif
