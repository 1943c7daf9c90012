/* SPDX-License-Identifier: MPL-2.0 */
/* SMMUv3 (IHI 0070): units by ACPI's IORT, or by the device tree where there is no ACPI, registers (6.3). */
#include "units.h"

#include <dmastream/iort.h>

enum {
	IDR0 = 0x00,
	IDR1 = 0x04,
	IDR3 = 0x0c,
	IDR5 = 0x14,
	CR0 = 0x20,
	GBPA = 0x44,
	GERROR = 0x60,
	WINDOW = 0x1000,
};

static const struct field idr0_fields[] = {
	{"stage2", 0, 1, 0},
	{"stage1", 1, 1, 0},
	{"formats", 2, 2, 0},
	{"coherent", 4, 1, 0},
	{"btm", 5, 1, 0},
	{"httu", 6, 2, 0},
	{"hyp", 9, 1, 0},
	{"ats", 10, 1, 0},
	{"asid16", 12, 1, 0},
	{"msi", 13, 1, 0},
	{"pri", 16, 1, 0},
	{"vmid16", 18, 1, 0},
	{"cd2l", 19, 1, 0},
	{"endian", 21, 2, 0},
	{"stall", 24, 2, 0},
	{"stream_levels", 27, 2, 1},
	{0},
};
static const struct field idr1_fields[] = {
	{"stream_bits", 0, 6, 0},
	{"substream_bits", 6, 5, 0},
	{"event_bits", 16, 5, 0},
	{"command_bits", 21, 5, 0},
	{0},
};
static const struct field idr3_fields[] = {
	{"range_invalidation", 10, 1, 0},
	{"bbml", 11, 2, 0},
	{0},
};
static const struct field idr5_fields[] = {
	{"granule_4k", 4, 1, 0},
	{"granule_16k", 5, 1, 0},
	{"granule_64k", 6, 1, 0},
	{0},
};
static const struct field cr0_fields[] = {
	{"translation_on", 0, 1, 0},
	{"events_on", 2, 1, 0},
	{"commands_on", 3, 1, 0},
	{0},
};

static struct dma_iort iort;

static bool unit_at(const uint8_t *table, size_t nbytes, unsigned index, struct unit *out)
{
	struct dma_iort_smmu smmu;

	*out = (struct unit){0};
	if (!nbytes)
		return facts_tree_smmu(index, &out->registers, &out->coherent);
	if ((!iort.bytes && dma_iort_open(&iort, table, nbytes)) || !dma_iort_smmu_at(&iort, index, &smmu))
		return false;
	*out = (struct unit){.registers = smmu.registers, .coherent = smmu.coherent};
	return true;
}

static void raw(volatile char *registers, uint64_t out[UNIT_RAW])
{
	out[0] = unit_read64(registers, IDR0); /* and IDR1 */
	out[1] = unit_read32(registers, IDR3) | (uint64_t)unit_read32(registers, IDR5) << 32;
	out[2] = unit_read32(registers, CR0) | (uint64_t)unit_read32(registers, GBPA) << 32;
	out[3] = unit_read32(registers, GERROR);
}

static void report(const struct unit *unit, volatile char *registers)
{
	static const uint8_t sizes[8] = {32, 36, 40, 42, 44, 48, 52, 56};
	uint32_t idr0 = unit_read32(registers, IDR0), idr5 = unit_read32(registers, IDR5);
	/* A device tree's word holds; IORT's is an override of the register (smmuv3.h). */
	bool snoops = unit->coherent || (iort.bytes && idr0 >> 4 & 1);

	report_hex("idr0", idr0, 8);
	report_hex("idr1", unit_read32(registers, IDR1), 8);
	report_hex("idr3", unit_read32(registers, IDR3), 8);
	report_hex("idr5", idr5, 8);
	report_row("found");
	report_fields(cr0_fields, unit_read32(registers, CR0));
	report_bool("aborts", unit_read32(registers, GBPA) >> 20 & 1);
	report_hex("errors", unit_read32(registers, GERROR), 8);
	report_end();
	report_row("capabilities");
	report_fields(idr0_fields, idr0);
	report_fields(idr1_fields, unit_read32(registers, IDR1));
	report_fields(idr3_fields, unit_read32(registers, IDR3));
	report_number("address_bits", sizes[idr5 & 7]);
	report_fields(idr5_fields, idr5);
	report_end();
	report_row("library");
	report_number("stage", idr0 & 1 ? 2 : 1); /* as smmuv3.h says of stage 0 */
	report_string("tables", snoops ? "snooped" : "flushed");
	report_string("invalidates", unit_read32(registers, IDR3) >> 10 & 1 ? "ranges" : "pages");
	report_end();
}

const struct unit_kind units_smmuv3 = {"smmuv3", "IORT", unit_at, WINDOW, raw, report};
