/* SPDX-License-Identifier: MPL-2.0 */
/* virtio-iommu as a PCI function, by ACPI's VIOT (6.5, 5.2.34), or as one that is there: what it can do, it tells its
 * driver alone. */
#include "units.h"

enum {
	NODES = 36, /* their number, and the offset of the first */
	FIRST = 38,
	HEAD_BYTES = 48,
	NODE_FUNCTION = 3,
	NODE_SEGMENT = 4,
	NODE_PLACE = 6,
	NODE_BYTES = 16,
	VIRTIO_VENDOR = 0x1af4,
	VIRTIO_IOMMU = 0x1057,
};

/* Where there is no ACPI at all, the device tree names it, or nothing does: it is there as a function. */
static bool on_bus(unsigned index, struct unit *out)
{
	struct facts_function fn;
	char name[5];

	if (facts_table_name(0, name))
		return false;
	for (unsigned i = 0; facts_function(i, &fn); i++) {
		if (fn.pci.vendor != VIRTIO_VENDOR || fn.pci.device != VIRTIO_IOMMU || index-- > 0)
			continue;
		*out = (struct unit){.name = (uint32_t)(fn.pci.bus << 8 | fn.pci.devfn), .segment = fn.pci.segment};
		return true;
	}
	return false;
}

static bool unit_at(const uint8_t *table, size_t nbytes, unsigned index, struct unit *out)
{
	size_t at = nbytes >= HEAD_BYTES ? table_read16(table + FIRST) : nbytes;

	if (!nbytes)
		return on_bus(index, out);
	for (unsigned i = nbytes >= HEAD_BYTES ? table_read16(table + NODES) : 0;
	     i > 0 && at < nbytes && nbytes - at >= 8; i--) {
		if (table[at] == NODE_FUNCTION && nbytes - at >= NODE_BYTES && index-- == 0) {
			*out = (struct unit){.name = table_read16(table + at + NODE_PLACE),
					     .segment = table_read16(table + at + NODE_SEGMENT)};
			return true;
		}
		if (table_read16(table + at + 2) < 4)
			break;
		at += table_read16(table + at + 2);
	}
	return false;
}

static void report(const struct unit *unit, volatile char *registers)
{
	(void)registers;
	report_hex("function", unit->name, 4);
}

const struct unit_kind units_virtio = {"virtio", "VIOT", unit_at, 0, NULL, report};
