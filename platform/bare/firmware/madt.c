/* SPDX-License-Identifier: MPL-2.0 */
/* CPUs of the MADT: see madt.h. */
#include "madt.h"

enum {
	FIRST_ENTRY = 44, /* behind the local APIC address and flags */
	LOCAL_APIC = 0,	  /* 5.2.12.2: processor uid, APIC id, flags */
	LOCAL_APIC_BYTES = 8,
	LOCAL_X2APIC = 9, /* 5.2.12.12: reserved, x2APIC id, flags, uid */
	LOCAL_X2APIC_BYTES = 16,
	ENABLED = 1,
	APIC_ID_ALL = 0xff, /* broadcast: no CPU's id */
};
#define X2APIC_ID_ALL 0xffffffffu

static void add(uint32_t id, uint32_t self, uint64_t *ids, unsigned max, unsigned *n)
{
	for (unsigned i = 0; i < *n; i++)
		if (ids[i] == id)
			return;
	if (id != self && *n < max)
		ids[(*n)++] = id;
}

unsigned madt_cpus(const struct acpi_table *madt, uint32_t self, uint64_t *ids, unsigned max)
{
	unsigned n = 0;

	for (uint32_t at = FIRST_ENTRY; at < madt->nbytes && madt->nbytes - at >= 2;) {
		const uint8_t *entry = madt->bytes + at;

		if (entry[1] < 2 || entry[1] > madt->nbytes - at)
			break;
		if (entry[0] == LOCAL_APIC && entry[1] >= LOCAL_APIC_BYTES && entry[3] != APIC_ID_ALL &&
		    (acpi_read32(entry + 4) & ENABLED))
			add(entry[3], self, ids, max, &n);
		if (entry[0] == LOCAL_X2APIC && entry[1] >= LOCAL_X2APIC_BYTES &&
		    acpi_read32(entry + 4) != X2APIC_ID_ALL && (acpi_read32(entry + 8) & ENABLED))
			add(acpi_read32(entry + 4), self, ids, max, &n);
		at += entry[1];
	}
	return n;
}
