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

/* The same for MPIDRs of Arm CPUs (GICC entries, 5.2.12.14). */
unsigned madt_arm_cpus(const struct acpi_table *madt, uint64_t self, uint64_t *ids, unsigned max);

#define MADT_REDISTRIBUTORS 16

/* A GICv3 or v4: its distributor (GICD, 5.2.12.15), and regions of redistributors (GICR, 5.2.12.17, or those that the
 * CPUs' entries name); those that do not fit are left out. */
struct madt_gic {
	uint64_t distributor;
	struct {
		uint64_t base;
		uint64_t nbytes;
	} region[MADT_REDISTRIBUTORS];
	unsigned nregions;
};
/* The index-th interrupt translation service (5.2.12.18) whose registers can be where it says: the identifier by which
 * IORT knows it. False past the last. */
bool madt_its(const struct acpi_table *madt, unsigned index, uint32_t *id, uint64_t *base);

/* False: the table names none. */
bool madt_gic(const struct acpi_table *madt, struct madt_gic *out);

#endif
