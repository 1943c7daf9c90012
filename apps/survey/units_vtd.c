/* SPDX-License-Identifier: MPL-2.0 */
/* Intel VT-d (specification revision 4): units by DMAR (8.3), registers (11.4). */
#include "units.h"

#include "text.h"
#include <dmastream/platform.h>

enum {
	FIRST = 48, /* of the structures */
	DRHD = 0,
	DRHD_SEGMENT = 6,
	DRHD_REGISTERS = 8,
	DRHD_SCOPES = 16,
	VER = 0x00,
	CAP = 0x08,
	ECAP = 0x10,
	GCMD = 0x18,
	GSTS = 0x1c,
	RTADDR = 0x20,
	FSTS = 0x34,
	PMEN = 0x64,
	WINDOW = 0x1000,
	LEAVE_NS = 100000000,
};
#define KEEP	  UINT32_C(0x96ffffff) /* bits that a command carries on (11.4.4) */
#define SET_ROOT  (UINT32_C(1) << 30)
#define TRANSLATE (UINT32_C(1) << 31)

static const struct field cap_fields[] = {
	{"nd", 0, 3, 0},
	{"write_buffer", 4, 1, 0},
	{"protected_low", 5, 1, 0},
	{"protected_high", 6, 1, 0},
	{"caching_mode", 7, 1, 0},
	{"sagaw", 8, 5, 0},
	{"address_bits", 16, 6, 1},
	{"zero_length_reads", 22, 1, 0},
	{"big_pages", 34, 4, 0},
	{"page_selective", 39, 1, 0},
	{"fault_records", 40, 8, 1},
	{"page_order", 48, 6, 0},
	{"drains_writes", 54, 1, 0},
	{"drains_reads", 55, 1, 0},
	{"posted_interrupts", 59, 1, 0},
	{"first_stage_5", 60, 1, 0},
	{"esirtps", 62, 1, 0},
	{"esrtps", 63, 1, 0},
	{0},
};
static const struct field ecap_fields[] = {
	{"walks_snoop", 0, 1, 0},
	{"queued_invalidation", 1, 1, 0},
	{"device_tlb", 2, 1, 0},
	{"interrupt_remap", 3, 1, 0},
	{"x2apic", 4, 1, 0},
	{"pass_through", 6, 1, 0},
	{"snoop_control", 7, 1, 0},
	{"interrupt_order", 20, 4, 0},
	{"nested", 26, 1, 0},
	{"page_requests", 29, 1, 0},
	{"pasid", 40, 1, 0},
	{"scalable_mode", 43, 1, 0},
	{"second_stage", 46, 1, 0},
	{"first_stage", 47, 1, 0},
	{0},
};
static const struct field status_fields[] = {
	{"interrupts_on", 25, 1, 0}, {"queue_on", 26, 1, 0}, {"root_set", 30, 1, 0}, {"translation_on", 31, 1, 0}, {0},
};

static bool next(const uint8_t *table, size_t nbytes, size_t *at)
{
	size_t length;

	if (*at) {
		length = table_read16(table + *at + 2);
		*at += length;
	} else {
		*at = FIRST;
	}
	if (*at > nbytes || nbytes - *at < 4)
		return false;
	length = table_read16(table + *at + 2);
	return length >= 4 && length <= nbytes - *at;
}

static bool unit_at(const uint8_t *table, size_t nbytes, unsigned index, struct unit *out)
{
	for (size_t at = 0; next(table, nbytes, &at);) {
		if (table_read16(table + at) != DRHD || table_read16(table + at + 2) < DRHD_SCOPES || index-- > 0)
			continue;
		*out = (struct unit){.registers = table_read64(table + at + DRHD_REGISTERS),
				     .segment = table_read16(table + at + DRHD_SEGMENT)};
		return true;
	}
	return false;
}

/* For tests (left_on=yes): as an earlier kernel leaves a unit, with a root table that lets nothing through. */
static void leave_on(volatile char *registers)
{
	uint64_t began = dma_host_time_ns();
	void *root = dma_host_page_alloc(); /* for ever */

	if (!root)
		return;
	for (size_t i = 0; i < DMA_PAGE_SIZE / 8; i++)
		((volatile uint64_t *)root)[i] = 0;
	dma_host_mmio_write64(registers + RTADDR, (uintptr_t)root - (uintptr_t)dma_host_linear(dma_paddr(0), 1));
	dma_host_mmio_write32(registers + GCMD, (unit_read32(registers, GSTS) & KEEP) | SET_ROOT);
	while (!(unit_read32(registers, GSTS) & SET_ROOT) && dma_host_time_ns() - began < LEAVE_NS)
		bus_relax();
	dma_host_mmio_write32(registers + GCMD, (unit_read32(registers, GSTS) & KEEP) | TRANSLATE);
	while (!(unit_read32(registers, GSTS) & TRANSLATE) && dma_host_time_ns() - began < LEAVE_NS)
		bus_relax();
}

static void raw(volatile char *registers, uint64_t out[UNIT_RAW])
{
	if (text_same(bus_option("left_on", "no"), "yes"))
		leave_on(registers);
	out[0] = unit_read64(registers, CAP);
	out[1] = unit_read64(registers, ECAP);
	out[2] = unit_read32(registers, GSTS) | (uint64_t)unit_read32(registers, VER) << 32;
	out[3] = unit_read32(registers, PMEN) | (uint64_t)unit_read32(registers, FSTS) << 32;
}

static void report(const struct unit *unit, volatile char *registers)
{
	uint64_t cap = unit_read64(registers, CAP), ecap = unit_read64(registers, ECAP);
	uint32_t version = unit_read32(registers, VER);
	unsigned levels = 0;

	(void)unit;
	report_number("version", version >> 4 & 15);
	report_hex("cap", cap, 16);
	report_hex("ecap", ecap, 16);
	report_row("found"); /* as firmware, or an earlier kernel, has left it */
	report_fields(status_fields, unit_read32(registers, GSTS));
	report_bool("protected_regions_on", unit_read32(registers, PMEN) & 1);
	report_hex("faults", unit_read32(registers, FSTS) & 0xff, 2);
	report_end();
	report_row("capabilities");
	report_fields(cap_fields, cap);
	report_fields(ecap_fields, ecap);
	report_end();
	for (unsigned i = 0; i < 3; i++)
		if (cap >> (9 + i) & 1)
			levels = 3 + i;
	report_row("library"); /* what it makes of that */
	report_number("levels", levels);
	report_number("domains", UINT64_C(1) << (4 + 2 * (cap & 7)));
	report_string("tables", ecap & 1 ? "snooped" : "flushed");
	report_string("devices", ecap >> 7 & 1 ? "made to snoop" : "as they ask");
	report_bool("flushes_write_buffer", cap >> 4 & 1);
	report_bool("invalidates_after_map", cap >> 7 & 1);
	report_string("invalidates", cap >> 39 & 1 ? "pages" : "domains");
	report_end();
}

const struct unit_kind units_vtd = {"vtd", "DMAR", unit_at, WINDOW, raw, report};
