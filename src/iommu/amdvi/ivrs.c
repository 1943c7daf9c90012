/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The IVRS parser: header, units (IVHD), regions (IVMD). Device entries are in ivrs_devices.c. Section numbers are
 * those of the AMD IOMMU specification, 48882.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "ivrs.h"

enum {
	HEADER_BYTES = 48, /* 5.2.1: ACPI header, IVinfo, reserved */
	IVINFO = 36,
	BLOCK_BYTES = 4,     /* type, flags, length */
	OLD_UNIT_BYTES = 24, /* 5.2.2.1: type 10h */
	UNIT_BYTES = 40,     /* 5.2.2.2: types 11h and 40h */
	ATTRIBUTES = 20,     /* of these, and its bit HATDis */
	NO_HOST_TRANSLATION = 1,
	REGION_BYTES = 32, /* 5.2.3 */
	UNIT_10 = 0x10,
	UNIT_11 = 0x11,
	UNIT_40 = 0x40,
	REGION_ALL = 0x20,
	REGION_ONE = 0x21,
	REGION_RANGE = 0x22,
	PAGE = 4096,
	WINDOW = 16384, /* 3.4: registers; their base is a multiple of it */
	UNITY = 1,	/* flags of a region */
	READS = 2,
	WRITES = 4,
	EXCLUSION = 8,
	LEAST_WIDTH = 32,
	MOST_WIDTH = 52,
	MOST_VIRTUAL = 64,
};

static const char unit_name[] = "unit (IVHD)";
static const char region_name[] = "region (IVMD)";

static bool is_unit(unsigned type)
{
	return type == UNIT_10 || type == UNIT_11 || type == UNIT_40;
}

/* ---- Units -------------------------------------------------------------------------------------------------- */

/* True if a block of a higher type describes the same unit: it says all that this one does, and more (5.2.2). */
static bool superseded(const struct dma_ivrs_parser *p, uint32_t mine)
{
	const struct dma_firmware *table = &p->table;
	uint64_t id = dma_firmware_field(table, mine + 4, 2), segment = dma_firmware_field(table, mine + 16, 2);
	unsigned type = (unsigned)dma_firmware_field(table, mine, 1);

	for (uint32_t at = HEADER_BYTES, length; table->nbytes - at >= UNIT_BYTES; at += length) {
		unsigned other = (unsigned)dma_firmware_field(table, at, 1);

		length = (uint32_t)dma_firmware_field(table, at + 2, 2);
		if (length < BLOCK_BYTES || length > table->nbytes - at)
			return false;
		if (is_unit(other) && other > type && length >= UNIT_BYTES &&
		    dma_firmware_field(table, at + 4, 2) == id && dma_firmware_field(table, at + 16, 2) == segment)
			return true;
	}
	return false;
}

/* A base that no registers can have is kept as 0, and that of a unit which only remaps interrupts: such a unit cannot
 * be driven, but the devices that it names must not be taken for those of another. */
static uint64_t registers_of(struct dma_ivrs_parser *p, uint32_t at, const struct dma_ivrs_unit *of)
{
	uint64_t base = dma_firmware_field(&p->table, at + 8, 8);
	uint64_t attributes = of->extended ? dma_firmware_field(&p->table, at + ATTRIBUTES, 4) : 0;

	if (attributes & NO_HOST_TRANSLATION) {
		dma_firmware_odd(&p->table, unit_name, at, "attributes", attributes,
				 "it translates no host addresses; it is left out");
		return 0;
	}
	for (const struct dma_ivrs_unit *unit = p->out->units; unit; unit = unit->next)
		if (base && unit->registers == base) {
			dma_firmware_odd(&p->table, unit_name, at, "segment", of->segment,
					 "its registers are those of an earlier unit; it is left out");
			return 0;
		}
	if (base != 0 && base % WINDOW == 0 && base >> MOST_WIDTH == 0)
		return base;
	dma_firmware_odd(&p->table, unit_name, at, "register base", base,
			 "no registers can be there; the unit is left out");
	return 0;
}

static int parse_unit(struct dma_ivrs_parser *p, uint32_t at, uint32_t end)
{
	struct dma_firmware *table = &p->table;
	struct dma_ivrs_unit **link = &p->out->units, *unit;
	uint8_t type = (uint8_t)dma_firmware_field(table, at, 1);
	uint32_t header = type == UNIT_10 ? OLD_UNIT_BYTES : UNIT_BYTES;

	if (superseded(p, at))
		return 0;
	unit = dma_firmware_take(&p->out->store, sizeof(*unit));
	if (!unit)
		return DMA_ENOMEM;
	unit->extended = type != UNIT_10;
	unit->flags = (uint8_t)dma_firmware_field(table, at + 1, 1);
	unit->id = (uint16_t)dma_firmware_field(table, at + 4, 2);
	unit->capability = (uint16_t)dma_firmware_field(table, at + 6, 2);
	unit->segment = (uint16_t)dma_firmware_field(table, at + 16, 2);
	unit->registers = registers_of(p, at, unit);
	p->table.some |= unit->registers != 0;
	while (*link)
		link = &(*link)->next;
	*link = unit;
	return dma_ivrs_parse_devices(p, at + header, end, unit);
}

/* ---- Regions -------------------------------------------------------------------------------------------------- */

/* Which requesters; false: a range that is none. */
static bool requesters_of(struct dma_ivrs_parser *p, uint32_t at, unsigned type, struct dma_ivrs_region *region)
{
	uint32_t first = (uint32_t)dma_firmware_field(&p->table, at + 4, 2);
	uint32_t last = (uint32_t)dma_firmware_field(&p->table, at + 6, 2);
	uint32_t segment = (uint32_t)dma_firmware_field(&p->table, at + 8, 2) << 16;

	if (type == REGION_ALL) {
		first = 0;
		last = 0xffff;
	} else if (type == REGION_ONE) {
		last = first;
	}
	region->first = segment | first;
	region->last = segment | last;
	if (first <= last)
		return true;
	dma_firmware_odd(&p->table, region_name, at, "last device", last, "before the first; the region is left out");
	return false;
}

/* What the devices may do; 0: the block asks for nothing. An exclusion range is reached without translation, both ways,
 * and a page that is mapped one to one is the same to a device (5.2.3). */
static unsigned direction_of(struct dma_ivrs_parser *p, uint32_t at, unsigned flags)
{
	static const unsigned directions[] = {0, DMA_TO_DEVICE, DMA_FROM_DEVICE, DMA_BIDIRECTIONAL};
	unsigned dir = flags & EXCLUSION ? DMA_BIDIRECTIONAL : flags & UNITY ? directions[flags >> 1 & 3] : 0;

	if (flags & ~(unsigned)(UNITY | READS | WRITES | EXCLUSION))
		dma_firmware_odd(&p->table, region_name, at, "flags", flags, "those that are unknown are ignored");
	if (!dir)
		dma_firmware_odd(&p->table, region_name, at, "flags", flags,
				 "it lets no device reach anything; it is left out");
	return dir;
}

static int parse_region(struct dma_ivrs_parser *p, uint32_t at, uint32_t end)
{
	struct dma_firmware *table = &p->table;
	uint64_t base = dma_firmware_field(table, at + 16, 8), nbytes = dma_firmware_field(table, at + 24, 8);
	uint64_t limit = base + nbytes - 1;
	struct dma_ivrs_region wanted = {.at = at}, *region;

	(void)end;
	wanted.dir = direction_of(p, at, (unsigned)dma_firmware_field(table, at + 1, 1));
	if (!wanted.dir || !requesters_of(p, at, (unsigned)dma_firmware_field(table, at, 1), &wanted))
		return 0;
	if (nbytes == 0 || limit < base || limit >> p->out->width) {
		dma_firmware_odd(table, region_name, at, "length", nbytes,
				 nbytes ? "it ends beyond all memory; the region is left out"
					: "the region is empty; it is left out");
		return 0;
	}
	if (base % PAGE || nbytes % PAGE)
		dma_firmware_odd(table, region_name, at, "base", base, "no whole pages; whole pages are mapped");
	wanted.base = base & ~(uint64_t)(PAGE - 1);
	wanted.limit = limit | (PAGE - 1);
	region = dma_firmware_take(&p->out->store, sizeof(*region));
	if (!region)
		return DMA_ENOMEM;
	*region = wanted;
	*p->next_region = region;
	p->next_region = &region->next;
	return 0;
}

static bool named(const struct dma_ivrs *ivrs, const struct dma_ivrs_region *region)
{
	for (const struct dma_ivrs_unit *unit = ivrs->units; unit; unit = unit->next) {
		uint32_t segment = (uint32_t)unit->segment << 16;

		for (const struct dma_ivrs_devices *entry = unit->devices; entry; entry = entry->next)
			if ((segment | entry->first) <= region->last && (segment | entry->last) >= region->first)
				return true;
	}
	return false;
}

/* Units may stand behind the regions. */
static void check_regions(struct dma_ivrs_parser *p)
{
	for (const struct dma_ivrs_region *region = p->out->regions; region; region = region->next)
		if (!named(p->out, region))
			dma_firmware_odd(&p->table, region_name, region->at, "device", region->first,
					 "no unit translates for it, or for those behind it: nothing is to be mapped");
}

/* ---- The table ------------------------------------------------------------------------------------------------- */

static const struct {
	uint8_t type;
	uint32_t least;
	int (*parse)(struct dma_ivrs_parser *p, uint32_t at, uint32_t end);
} blocks[] = {
	{UNIT_10, OLD_UNIT_BYTES, parse_unit},	  {UNIT_11, UNIT_BYTES, parse_unit},
	{UNIT_40, UNIT_BYTES, parse_unit},	  {REGION_ALL, REGION_BYTES, parse_region},
	{REGION_ONE, REGION_BYTES, parse_region}, {REGION_RANGE, REGION_BYTES, parse_region},
};

static int parse_block(struct dma_ivrs_parser *p, uint32_t at, uint32_t length)
{
	unsigned type = (unsigned)dma_firmware_field(&p->table, at, 1);

	for (unsigned i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if (blocks[i].type != type)
			continue;
		if (length >= blocks[i].least)
			return blocks[i].parse(p, at, at + length);
		dma_firmware_odd(&p->table, is_unit(type) ? unit_name : region_name, at, "length", length,
				 "too short for its type; it is left out");
		return 0;
	}
	dma_firmware_odd(&p->table, "block", at, "type", type, "unknown; it is left out");
	return 0;
}

static int parse_blocks(struct dma_ivrs_parser *p)
{
	struct dma_firmware *table = &p->table;
	int error = 0;

	for (uint32_t at = HEADER_BYTES, length; at < table->nbytes && !error; at += length) {
		uint32_t left = table->nbytes - at;

		if (left < BLOCK_BYTES) {
			dma_firmware_odd(table, "block", at, "bytes left", left, "too few for one; they are left out");
			return 0;
		}
		length = (uint32_t)dma_firmware_field(table, at + 2, 2);
		if (length < BLOCK_BYTES) {
			dma_firmware_odd(table, "block", at, "length", length,
					 "where the next one begins is unknown; the rest of the table is left out");
			return 0;
		}
		if (length > left) {
			dma_firmware_odd(table, "block", at, "length", length, "it ends with the table");
			length = left;
		}
		error = parse_block(p, at, length);
	}
	return error;
}

/* 5.2.1: IVinfo says how wide addresses are: PASize in bits 14:8, VASize in 21:15. Old tables say 0. */
static void parse_widths(struct dma_ivrs_parser *p)
{
	uint64_t info = dma_firmware_field(&p->table, IVINFO, 4);
	uint8_t width = (uint8_t)(info >> 8 & 0x7f), virtual_width = (uint8_t)(info >> 15 & 0x7f);

	p->out->width = width ? width : MOST_WIDTH;
	p->out->virtual_width = virtual_width ? virtual_width : MOST_VIRTUAL;
	if (width && (width < LEAST_WIDTH || width > MOST_WIDTH)) {
		dma_firmware_odd(&p->table, "table", IVINFO, "physical address size", width,
				 "impossible; the units' tables lie below 4 GiB");
		p->out->width = LEAST_WIDTH;
	}
	if (virtual_width && (virtual_width < LEAST_WIDTH || virtual_width > MOST_VIRTUAL)) {
		dma_firmware_odd(&p->table, "table", IVINFO, "virtual address size", virtual_width,
				 "impossible; it is ignored");
		p->out->virtual_width = MOST_VIRTUAL;
	}
}

void dma_ivrs_free(struct dma_ivrs *ivrs)
{
	dma_firmware_free(&ivrs->store);
	*ivrs = (struct dma_ivrs){0};
}

int dma_ivrs_parse(const void *table, size_t nbytes, struct dma_ivrs *out)
{
	struct dma_ivrs_parser p = {
		.table = {.name = "amdvi: IVRS", .store = &out->store},
		.out = out,
		.next_region = &out->regions,
	};
	int error;

	*out = (struct dma_ivrs){0};
	error = dma_firmware_open(&p.table, table, nbytes, 0x53525649, HEADER_BYTES); /* "IVRS" */
	if (!error) {
		parse_widths(&p);
		error = parse_blocks(&p);
	}
	if (!error)
		check_regions(&p);
	if (!error)
		error = dma_firmware_end(&p.table);
	if (error)
		dma_ivrs_free(out);
	return error;
}
