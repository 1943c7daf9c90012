/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The firmware's tables on the machine itself.
 */
#ifndef BARE_FIRMWARE_H
#define BARE_FIRMWARE_H

#include "acpi.h"

/* Opens ACPI where the boot protocol named it; says so if it is damaged. */
void firmware_init(void);

/* acpi_find_table() on it: 0, DMA_ENODEV, or DMA_EINVAL after a line on the console. */
int firmware_table(const char *signature, unsigned index, struct acpi_table *out);

#endif
