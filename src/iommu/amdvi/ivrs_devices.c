/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The device entries of an IVRS unit (AMD IOMMU specification 48882, 5.2.2.3 to 5.2.2.7): which requesters it
 * translates for, and the way back from a requester to its unit.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "ivrs.h"

enum {
	ALL = 1,
	SELECT = 2,
	RANGE_START = 3,
	RANGE_END = 4,
	ALIAS_SELECT = 66,
	ALIAS_START = 67,
	EXTENDED_SELECT = 70,
	EXTENDED_START = 71,
	SPECIAL = 72,	   /* I/O APIC and HPET: sources of interrupts, whose id is where an alias would be */
	VARIABLE = 240,	   /* entries from here on carry their length */
	ACPI_DEVICE = 240, /* a device of the ACPI name space, which has a requester id, too */
	ACPI_BYTES = 22,   /* without the unique id */
	ENTRY_BYTES = 4,
};

static const char entry_name[] = "device entry";

/* A range whose end has not been met yet. */
struct open_range {
	struct dma_ivrs_devices devices;
	bool open;
};

/* Bytes of the entry; 0: it does not fit. */
static uint32_t length_of(const struct dma_firmware *table, uint32_t at, uint32_t end)
{
	unsigned type = (unsigned)dma_firmware_field(table, at, 1);
	uint32_t length = 4u << (type >> 6);

	if (end - at < ENTRY_BYTES)
		return 0;
	if (type >= VARIABLE)
		length = end - at < ACPI_BYTES ? ACPI_BYTES
					       : ACPI_BYTES + (uint32_t)dma_firmware_field(table, at + 21, 1);
	return length <= end - at ? length : 0;
}

static int add(struct dma_ivrs_parser *p, struct dma_ivrs_devices ***end, struct dma_ivrs_devices devices)
{
	struct dma_ivrs_devices *taken = dma_firmware_take(&p->out->store, sizeof(*taken));

	if (!taken)
		return DMA_ENOMEM;
	*taken = devices;
	**end = taken;
	*end = &taken->next;
	return 0;
}

static int end_range(struct dma_ivrs_parser *p, uint32_t at, uint16_t last, struct open_range *range,
		     struct dma_ivrs_devices ***end)
{
	if (!range->open) {
		dma_firmware_odd(&p->table, entry_name, at, "end of a range", last,
				 "no range has begun; it is left out");
		return 0;
	}
	range->open = false;
	range->devices.last = last;
	if (last >= range->devices.first)
		return add(p, end, range->devices);
	dma_firmware_odd(&p->table, entry_name, at, "end of a range", last, "before its start; the range is left out");
	return 0;
}

static int parse_entry(struct dma_ivrs_parser *p, uint32_t at, struct open_range *range, struct dma_ivrs_devices ***end)
{
	unsigned type = (unsigned)dma_firmware_field(&p->table, at, 1);
	uint16_t id = (uint16_t)dma_firmware_field(&p->table, at + 1, 2);
	struct dma_ivrs_devices devices = {
		.first = id,
		.last = id,
		.settings = (uint8_t)dma_firmware_field(&p->table, at + 3, 1),
		.aliased = type == ALIAS_SELECT || type == ALIAS_START,
	};

	if (devices.aliased)
		devices.alias = (uint16_t)dma_firmware_field(&p->table, at + 5, 2);
	if (type == SPECIAL) {
		devices.first = devices.last = (uint16_t)dma_firmware_field(&p->table, at + 5, 2);
		devices.interrupts = true;
	}
	switch (type) {
	case 0: /* 4 and 8 bytes that fill up */
	case 64:
		return 0;
	case ALL:
		devices.first = 0;
		devices.last = 0xffff;
		return add(p, end, devices);
	case SELECT:
	case ALIAS_SELECT:
	case EXTENDED_SELECT:
	case ACPI_DEVICE:
	case SPECIAL:
		return add(p, end, devices);
	case RANGE_START:
	case ALIAS_START:
	case EXTENDED_START:
		if (range->open)
			dma_firmware_odd(&p->table, entry_name, at, "start of a range", id,
					 "the range before it has no end, and is left out");
		*range = (struct open_range){devices, true};
		return 0;
	case RANGE_END:
		return end_range(p, at, id, range, end);
	default:
		dma_firmware_odd(&p->table, entry_name, at, "type", type, "unknown; it is left out");
		return 0;
	}
}

int dma_ivrs_parse_devices(struct dma_ivrs_parser *p, uint32_t at, uint32_t end, struct dma_ivrs_unit *unit)
{
	struct dma_ivrs_devices **link = &unit->devices;
	struct open_range range = {.open = false};
	uint32_t length;
	int error = 0;

	for (; at < end && !error; at += length) {
		length = length_of(&p->table, at, end);
		if (!length) {
			dma_firmware_odd(&p->table, entry_name, at, "bytes left", end - at,
					 "too few for its type; the rest of the unit is left out");
			break;
		}
		error = parse_entry(p, at, &range, &link);
	}
	if (!error && range.open)
		dma_firmware_odd(&p->table, entry_name, end, "start of a range", range.devices.first,
				 "it has no end, and is left out");
	return error;
}

struct dma_ivrs_unit *dma_ivrs_unit_of(const struct dma_ivrs *ivrs, uint32_t requester,
				       const struct dma_ivrs_devices **devices)
{
	struct dma_ivrs_unit *found = NULL;
	uint16_t id = (uint16_t)requester;
	bool narrow = false;

	/* Several entries may name the requester. An entry for some requesters goes before one for all of them. Of two
	 * alike, the later counts if both are of one unit, and the earlier if they are of two. */
	for (struct dma_ivrs_unit *unit = ivrs->units; unit; unit = unit->next)
		for (const struct dma_ivrs_devices *entry = unit->devices; entry; entry = entry->next) {
			bool whole = entry->first == 0 && entry->last == 0xffff;

			if (unit->segment != requester >> 16 || id < entry->first || id > entry->last ||
			    (whole && narrow) || (found && found != unit && !(narrow < !whole)))
				continue;
			found = unit;
			narrow = !whole;
			if (devices && !entry->interrupts)
				*devices = entry;
		}
	for (struct dma_ivrs_unit *unit = ivrs->units; unit && !found; unit = unit->next)
		for (const struct dma_ivrs_devices *entry = unit->devices; entry; entry = entry->next)
			if (entry->aliased && entry->alias == id && unit->segment == requester >> 16)
				found = unit;
	return found;
}

void dma_ivrs_log_unprotected(const struct dma_ivrs_unit *unit)
{
	for (const struct dma_ivrs_devices *entry = unit->devices; entry; entry = entry->next)
		if (!entry->interrupts)
			dma_log("amdvi: not protected: segment %u requesters %x to %x", (unsigned)unit->segment,
				(unsigned)entry->first, (unsigned)entry->last);
}
