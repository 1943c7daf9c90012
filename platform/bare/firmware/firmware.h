/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The firmware's tables on the machine itself.
 */
#ifndef BARE_FIRMWARE_H
#define BARE_FIRMWARE_H

#include "acpi.h"

/* Opens ACPI where the boot protocol named it; says so if it is damaged. */
void firmware_init(void);

/* acpi_table_name() on it. */
bool firmware_table_name(unsigned index, char name[5], char oem[7]);

/* acpi_find_table() on it: 0, DMA_ENODEV, or DMA_EINVAL after a line on the console. */
int firmware_table(const char *signature, unsigned index, struct acpi_table *out);

#endif
