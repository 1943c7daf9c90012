/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The console: an Arm PL011 (DDI 0183), left as firmware or QEMU has set it up, polled.
 */
#ifndef BARE_AARCH64_CONSOLE_H
#define BARE_AARCH64_CONSOLE_H

#include <stdint.h>

/* Finds it in the device tree (/chosen stdout-path, else the first PL011). Without one, lines are lost. */
void console_init(void);
/* The PL011 whose registers lie there; 0: none. */
void console_init_at(uint64_t paddr);
/* Where they lie; 0: nowhere. */
uint64_t console_paddr(void);

#endif
