/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What riscv64 and loongarch64 have alike: a device tree alone says what there is, devices snoop unless it says
 * otherwise, and a message is a number that reaches a CPU without a table in between (fdt_machine.c). The rest of
 * machine.h is theirs, and this.
 */
#ifndef BARE_FDT_MACHINE_H
#define BARE_FDT_MACHINE_H

#include "fdt_boot.h"

/* Has the property that name, in a list of strings that end with a zero or with that character? */
bool fdt_list_has(const struct fdt_property *list, char between, const char *name);
/* The register of one byte that switches the machine off, and what is written there ("syscon-poweroff": a value for a
 * register of the node that "regmap" names). False: none that is understood. */
bool fdt_power(uint64_t *paddr, uint8_t *value);

extern const char machine_messages_name[]; /* of what receives messages: for the line that says there is none */
/* Makes it ready, and says where messages are written to. False: none; devices are polled. */
bool machine_messages_find(uint64_t *paddr, uint64_t *nbytes);
/* The address and data of the message with that number to that CPU. False: it cannot be reached. */
bool machine_message_to(unsigned number, unsigned cpu, struct machine_message *message);
void machine_cpu_listen(void); /* this CPU takes all kinds of interrupts, once they are on */

#endif
