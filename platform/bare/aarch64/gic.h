/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Arm GICv3 (IHI 0069): distributor, redistributors and CPU interfaces (gic.c), and the translation service that turns
 * messages of devices into interrupts (its.c).
 */
#ifndef BARE_AARCH64_GIC_H
#define BARE_AARCH64_GIC_H

#include "../machine.h"

/* What boot.S calls with interrupts off: takes what is pending. */
void gic_interrupt(void);

/* Makes the redistributor and the interface of this CPU ready. */
void gic_cpu_init(void);

#define GIC_FIRST_LPI 8192u /* interrupt ids of messages */

/* ---- its.c ------------------------------------------------------------------------------------------------------- */

/* Finds the ITS and switches it on. False, after a line on the console: messages cannot be had. */
bool its_init(void);
/* Gives this CPU a collection, to which messages can be sent: its redistributor's registers, their paddr, and its
 * processor number (GICR_TYPER). */
void its_cpu_init(volatile char *redistributor, uint64_t paddr, unsigned processor);
bool its_ready(void);

#endif
