/* SPDX-License-Identifier: MPL-2.0 */
/* AMD-Vi (AMD I/O Virtualization Technology Specification, 48882): units by IVRS (5.2), registers (3.4). */
#include "units.h"

enum {
	FIRST = 48,
	IVHD_10 = 0x10, /* the same unit in older and newer words: the first is taken */
	IVHD_11 = 0x11,
	IVHD_40 = 0x40,
	IVHD_REGISTERS = 8,
	IVHD_SEGMENT = 16,
	IVHD_BYTES = 24,
	CONTROL = 0x18,
	FEATURES = 0x30,
	STATUS = 0x2020,
	WINDOW = 0x4000,
};

static const struct field feature_fields[] = {
	{"prefetch", 0, 1, 0},
	{"page_requests", 1, 1, 0},
	{"x2apic", 2, 1, 0},
	{"no_execute", 3, 1, 0},
	{"guest_tables", 4, 1, 0},
	{"invalidate_all", 6, 1, 0},
	{"guest_apic", 7, 1, 0},
	{"hardware_errors", 8, 1, 0},
	{"counters", 9, 1, 0},
	{"host_levels", 10, 2, 4},
	{"guest_levels", 12, 2, 4},
	{"pasid_bits", 32, 5, 1},
	{0},
};
static const struct field control_fields[] = {
	{"translation_on", 0, 1, 0}, {"event_log_on", 2, 1, 0}, {"coherent", 10, 1, 0}, {"commands_on", 12, 1, 0}, {0},
};

static bool is_unit(const uint8_t *entry)
{
	return (entry[0] == IVHD_10 || entry[0] == IVHD_11 || entry[0] == IVHD_40) &&
	       table_read16(entry + 2) >= IVHD_BYTES;
}

static bool unit_at(const uint8_t *table, size_t nbytes, unsigned index, struct unit *out)
{
	for (size_t at = FIRST; at < nbytes && nbytes - at >= IVHD_BYTES; at += table_read16(table + at + 2)) {
		uint64_t registers = table_read64(table + at + IVHD_REGISTERS);
		bool again = false;

		if (table_read16(table + at + 2) < 4 || table_read16(table + at + 2) > nbytes - at)
			break;
		if (!is_unit(table + at))
			continue;
		for (size_t k = FIRST; k < at; k += table_read16(table + k + 2))
			again = again || (is_unit(table + k) && table_read64(table + k + IVHD_REGISTERS) == registers);
		if (again || index-- > 0)
			continue;
		*out = (struct unit){.registers = registers, .segment = table_read16(table + at + IVHD_SEGMENT)};
		return true;
	}
	return false;
}

static void raw(volatile char *registers, uint64_t out[UNIT_RAW])
{
	out[0] = unit_read64(registers, FEATURES);
	out[1] = unit_read64(registers, CONTROL);
	out[2] = unit_read64(registers, STATUS);
}

static void report(const struct unit *unit, volatile char *registers)
{
	uint64_t features = unit_read64(registers, FEATURES);

	(void)unit;
	report_hex("features", features, 16);
	report_row("found");
	report_fields(control_fields, unit_read64(registers, CONTROL));
	report_hex("status", unit_read64(registers, STATUS) & 0xffff, 4);
	report_end();
	report_row("capabilities");
	report_fields(feature_fields, features);
	report_end();
	report_row("library");
	report_number("levels", 4 + (features >> 10 & 3));
	report_string("tables", "snooped");
	report_end();
}

const struct unit_kind units_amdvi = {"amdvi", "IVRS", unit_at, WINDOW, raw, report};
