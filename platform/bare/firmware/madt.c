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
	GICC = 0x0b,
	GICC_BYTES = 76,
	GICC_FLAGS = 12,
	GICC_REDISTRIBUTOR = 60,
	GICC_MPIDR = 68,
	GICD = 0x0c,
	GICD_BYTES = 24,
	GICD_BASE = 8,
	GICD_VERSION = 20,
	GICR = 0x0e,
	GICR_BYTES = 16,
	GICR_BASE = 4,
	GICR_LENGTH = 12,
	ITS = 0x0f,
	ITS_BYTES = 20,
	ITS_ID = 4,
	ITS_BASE = 8,
	REDISTRIBUTOR_BYTES = 0x20000, /* of one CPU, without virtual LPIs */
	APIC_ID_ALL = 0xff,	       /* broadcast: no CPU's id */
};
#define X2APIC_ID_ALL 0xffffffffu

/* The next entry behind *at, which begins at 0. NULL: the end, or what is there has no length or reaches past it. */
static const uint8_t *next(const struct acpi_table *madt, uint32_t *at)
{
	const uint8_t *entry = madt->bytes + *at;

	*at = *at ? *at + entry[1] : FIRST_ENTRY;
	entry = madt->bytes + *at;
	if (*at >= madt->nbytes || madt->nbytes - *at < 2 || entry[1] < 2 || entry[1] > madt->nbytes - *at)
		return NULL;
	return entry;
}

static void add(uint64_t id, uint64_t self, uint64_t *ids, unsigned max, unsigned *n)
{
	for (unsigned i = 0; i < *n; i++)
		if (ids[i] == id)
			return;
	if (id != self && *n < max)
		ids[(*n)++] = id;
}

unsigned madt_cpus(const struct acpi_table *madt, uint32_t self, uint64_t *ids, unsigned max)
{
	const uint8_t *entry;
	uint32_t at = 0;
	unsigned n = 0;

	while ((entry = next(madt, &at)) != NULL) {
		if (entry[0] == LOCAL_APIC && entry[1] >= LOCAL_APIC_BYTES && entry[3] != APIC_ID_ALL &&
		    (acpi_read32(entry + 4) & ENABLED))
			add(entry[3], self, ids, max, &n);
		if (entry[0] == LOCAL_X2APIC && entry[1] >= LOCAL_X2APIC_BYTES &&
		    acpi_read32(entry + 4) != X2APIC_ID_ALL && (acpi_read32(entry + 8) & ENABLED))
			add(acpi_read32(entry + 4), self, ids, max, &n);
	}
	return n;
}

unsigned madt_arm_cpus(const struct acpi_table *madt, uint64_t self, uint64_t *ids, unsigned max)
{
	const uint8_t *entry;
	uint32_t at = 0;
	unsigned n = 0;

	while ((entry = next(madt, &at)) != NULL)
		if (entry[0] == GICC && entry[1] >= GICC_BYTES && (acpi_read32(entry + GICC_FLAGS) & ENABLED))
			add(acpi_read64(entry + GICC_MPIDR), self, ids, max, &n);
	return n;
}

static void add_region(struct madt_gic *gic, uint64_t base, uint64_t nbytes)
{
	if (!base || base % 0x10000 || nbytes < REDISTRIBUTOR_BYTES || base + nbytes < base ||
	    gic->nregions == MADT_REDISTRIBUTORS)
		return;
	gic->region[gic->nregions].base = base;
	gic->region[gic->nregions++].nbytes = nbytes;
}

bool madt_gic(const struct acpi_table *madt, struct madt_gic *out)
{
	const uint8_t *entry;
	bool is_v3 = false, by_cpus;

	*out = (struct madt_gic){0};
	for (uint32_t at = 0; (entry = next(madt, &at)) != NULL;) {
		if (entry[0] == GICR && entry[1] >= GICR_BYTES)
			add_region(out, acpi_read64(entry + GICR_BASE), acpi_read32(entry + GICR_LENGTH));
		if (entry[0] != GICD || entry[1] < GICD_BYTES || out->distributor)
			continue;
		out->distributor = acpi_read64(entry + GICD_BASE);
		is_v3 = entry[GICD_VERSION] == 3 || entry[GICD_VERSION] == 4;
	}
	by_cpus = !out->nregions;
	for (uint32_t at = 0; by_cpus && (entry = next(madt, &at)) != NULL;)
		if (entry[0] == GICC && entry[1] >= GICC_BYTES && (acpi_read32(entry + GICC_FLAGS) & ENABLED))
			add_region(out, acpi_read64(entry + GICC_REDISTRIBUTOR), REDISTRIBUTOR_BYTES);
	return is_v3 && out->distributor && !(out->distributor % 0x10000) && out->nregions;
}

bool madt_its(const struct acpi_table *madt, unsigned index, uint32_t *id, uint64_t *base)
{
	const uint8_t *entry;

	for (uint32_t at = 0; (entry = next(madt, &at)) != NULL;) {
		if (entry[0] != ITS || entry[1] < ITS_BYTES)
			continue;
		*id = acpi_read32(entry + ITS_ID);
		*base = acpi_read64(entry + ITS_BASE);
		if (*base && *base % 0x10000 == 0 && index-- == 0)
			return true;
	}
	return false;
}
