/* SPDX-License-Identifier: MPL-2.0 */
/*
 * CPUs as ACPI's MADT lists them (ACPI specification 6.5, 5.2.12), as untrusted input.
 */
#ifndef BARE_MADT_H
#define BARE_MADT_H

#include "acpi.h"

/* The ids of local APICs that are enabled, and not `self`, at most max; how many were stored. Entries that are too
 * short or name an id twice are left out; at one without a length, or that reaches past the table, the rest of the
 * table is. */
unsigned madt_cpus(const struct acpi_table *madt, uint32_t self, uint64_t *ids, unsigned max);

#endif
