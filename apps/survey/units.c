/* SPDX-License-Identifier: MPL-2.0 */
/* The machine's IOMMU units: which kind, how many, and what each says of itself. */
#include "units.h"

#include <dmastream/errors.h>
#include <dmastream/platform.h>

enum { UNITS = 128 };

static const struct unit_kind *const kinds[] = {&units_vtd, &units_amdvi, &units_smmuv3, &units_virtio};

static const struct unit_kind *kind; /* NULL: no IOMMU */
static const uint8_t *table;
static size_t table_bytes;
static struct unit units[UNITS];
static unsigned nunits;

static void find(void)
{
	static bool looked;

	for (unsigned i = 0; !looked && !kind && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (facts_table(kinds[i]->table, 0, &table, &table_bytes))
			table_bytes = 0;
		for (nunits = 0; nunits < UNITS && kinds[i]->at(table, table_bytes, nunits, &units[nunits]); nunits++)
			;
		kind = nunits ? kinds[i] : NULL;
	}
	looked = true;
}

const char *units_kind(void)
{
	find();
	return kind ? kind->kind : NULL;
}

unsigned units_count(void)
{
	find();
	return nunits;
}

bool units_function(unsigned unit, struct facts_function *out)
{
	enum { NVME_CLASS = 0x010802 };
	struct facts_function fn;
	uint64_t registers;
	bool found = false;

	for (unsigned i = 0; facts_function(i, &fn); i++) {
		if (fn.bridge || !facts_unit_of(i, &registers))
			continue;
		if (units[unit].registers ? units[unit].registers != registers : unit > 0)
			continue; /* a unit that is a PCI function is not known by its registers: there is one */
		if (!found || (fn.pci.class_code == NVME_CLASS && out->pci.class_code != NVME_CLASS))
			*out = fn; /* a disk, which can be asked, before others */
		found = true;
	}
	return found;
}

void report_fields(const struct field *fields, uint64_t value)
{
	for (; fields->name; fields++) {
		uint64_t part = value >> fields->shift & ((UINT64_C(1) << fields->bits) - 1);

		if (fields->bits == 1)
			report_bool(fields->name, part);
		else
			report_number(fields->name, part + fields->plus);
	}
}

/* A server has dozens of units of a few kinds: the report has room for each kind once. True: unit i is like an earlier
 * one, which has been told. */
static bool is_like(unsigned i, volatile void *registers)
{
	if (!kind->raw)
		return false;
	kind->raw(registers, units[i].raw);
	for (unsigned k = 0; k < i; k++) {
		bool same = units[k].coherent == units[i].coherent && units[k].told;

		for (unsigned j = 0; j < UNIT_RAW; j++)
			same = same && units[k].raw[j] == units[i].raw[j];
		if (!same)
			continue;
		report_number("like_unit", k);
		return true;
	}
	units[i].told = true;
	return false;
}

void units_report(void)
{
	find();
	report_string("iommu", kind ? kind->kind : "none");
	report_array("units");
	for (unsigned i = 0; i < nunits; i++) {
		volatile void *registers = NULL;
		int error = 0;

		if (kind->window) /* no unit has registers that do not begin a page */
			error = units[i].registers % DMA_PAGE_SIZE
					? DMA_EINVAL
					: dma_host_mmio_map(dma_paddr(units[i].registers), kind->window, &registers);

		report_object(NULL);
		if (units[i].registers)
			report_hex("registers", units[i].registers, 8);
		report_number("segment", units[i].segment);
		if (error)
			report_string("error", dma_strerror(error));
		else if (!is_like(i, registers))
			kind->report(&units[i], registers);
		if (registers)
			dma_host_mmio_unmap(registers, kind->window);
		report_end();
	}
	report_end();
}
