/* SPDX-License-Identifier: MPL-2.0 */
/* virtio-iommu as a PCI function, by ACPI's VIOT (6.5, 5.2.34): what it can do, it tells its driver alone. */
#include "units.h"

enum {
	NODES = 36, /* their number, and the offset of the first */
	FIRST = 38,
	NODE_FUNCTION = 3,
	NODE_SEGMENT = 4,
	NODE_PLACE = 6,
	NODE_BYTES = 16,
};

static bool unit_at(const uint8_t *table, size_t nbytes, unsigned index, struct unit *out)
{
	size_t at = nbytes >= 48 ? table_read16(table + FIRST) : nbytes;

	for (unsigned i = table_read16(table + NODES); i > 0 && at < nbytes && nbytes - at >= 8; i--) {
		if (table[at] == NODE_FUNCTION && nbytes - at >= NODE_BYTES && index-- == 0) {
			*out = (struct unit){0, table_read16(table + at + NODE_PLACE),
					     table_read16(table + at + NODE_SEGMENT)};
			return true;
		}
		if (table_read16(table + at + 2) < 4)
			break;
		at += table_read16(table + at + 2);
	}
	return false;
}

static bool has(const uint8_t *table, size_t nbytes, const struct unit *unit, const struct facts_function *fn)
{
	(void)table, (void)nbytes;
	return fn->pci.segment == unit->segment && (uint32_t)(fn->pci.bus << 8 | fn->pci.devfn) != unit->name;
}

static void report(const struct unit *unit, volatile char *registers)
{
	(void)registers;
	report_hex("function", unit->name, 4);
}

const struct unit_kind units_virtio = {"virtio", "VIOT", unit_at, 0, report, has};
