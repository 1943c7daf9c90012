/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The DMAR parser: header, units, regions. Device scopes are in dmar_scope.c. Section numbers are those of the VT-d
 * specification, revision 4.
 */
#include <dmastream/errors.h>

#include "dmar.h"

enum {
	HEADER_BYTES = 48,   /* 8.1: ACPI header, width, flags, reserved */
	STRUCTURE_BYTES = 4, /* type, length */
	UNIT_BYTES = 16,     /* 8.3 */
	REGION_BYTES = 24,   /* 8.4 */
	PAGE = 4096,	     /* of the units' register windows and of VT-d tables, whatever the host's is */
	LEAST_WIDTH = 32,
	MOST_WIDTH = 64,
	INCLUDE_ALL = 1,
};

static const char unit_name[] = "unit (DRHD, type 0)";
static const char region_name[] = "reserved region (RMRR, type 1)";

/* ---- Structures ----------------------------------------------------------------------------------------------- */

/* A base that no registers can have is kept as 0: the unit cannot be driven, but the devices that it names must not be
 * taken for those of another unit. */
static uint64_t registers_of(struct dma_dmar_parser *p, uint32_t at)
{
	uint64_t base = dma_firmware_field(&p->table, at + 8, 8);

	if (base != 0 && base % PAGE == 0 && base <= ~(uint64_t)0 - (PAGE - 1))
		return base;
	dma_firmware_odd(&p->table, unit_name, at, "register base", base,
			 "no registers can be there; the unit is left out");
	return 0;
}

/* A unit whose registers were named before is one unit that firmware describes twice: the scopes join. The new unit
 * is returned in *out if it is one, the old one if not; NULL: the two are of different segments, which cannot be. */
static int find_or_add(struct dma_dmar_parser *p, uint32_t at, uint16_t segment, struct dma_dmar_unit **out)
{
	uint64_t registers = registers_of(p, at);
	struct dma_dmar_unit **link = &p->out->units;

	for (; *link; link = &(*link)->next) {
		if (!registers || (*link)->registers != registers)
			continue;
		if ((*link)->segment == segment) {
			dma_firmware_odd(&p->table, unit_name, at, "register base", registers,
					 "named before; its scopes join that unit's");
			*out = *link;
			return 0;
		}
		dma_firmware_odd(&p->table, unit_name, at, "segment", segment,
				 "its registers are those of a unit of another segment; it is left out");
		registers = 0;
	}
	*out = *link = dma_firmware_take(&p->out->store, sizeof(**link));
	if (!*out)
		return DMA_ENOMEM;
	(*out)->registers = registers;
	p->table.some |= registers != 0;
	(*out)->segment = segment;
	return 0;
}

static int parse_unit(struct dma_dmar_parser *p, uint32_t at, uint32_t end)
{
	unsigned flags = (unsigned)dma_firmware_field(&p->table, at + 4, 1);
	uint16_t segment = (uint16_t)dma_firmware_field(&p->table, at + 6, 2);
	struct dma_dmar_unit *unit;
	int error = find_or_add(p, at, segment, &unit);

	if (error)
		return error;
	if (flags & ~(unsigned)INCLUDE_ALL)
		dma_firmware_odd(&p->table, unit_name, at, "flags", flags, "those that are unknown are ignored");
	for (const struct dma_dmar_unit *other = p->out->units; other && flags & INCLUDE_ALL; other = other->next)
		if (other != unit && other->include_all && other->segment == segment) {
			dma_firmware_odd(&p->table, unit_name, at, "flags", flags,
					 "another unit has the rest of its segment; this one has what it names");
			flags &= ~(unsigned)INCLUDE_ALL;
		}
	unit->include_all |= flags & INCLUDE_ALL;
	return dma_dmar_parse_scopes(p, at + UNIT_BYTES, end, segment, unit, &unit->scopes);
}

/* What is wrong with the region; NULL: nothing that would have to leave it out. */
static const char *wrong_with(const struct dma_dmar_parser *p, uint64_t base, uint64_t limit)
{
	if (limit <= base)
		return "the region is empty; it is left out";
	if (p->width < MOST_WIDTH && limit >> p->width)
		return "beyond the host address width; the region is left out";
	return NULL;
}

static int parse_region(struct dma_dmar_parser *p, uint32_t at, uint32_t end)
{
	uint64_t base = dma_firmware_field(&p->table, at + 8, 8), limit = dma_firmware_field(&p->table, at + 16, 8);
	const char *wrong = wrong_with(p, base, limit);
	struct dma_dmar_region *region;
	struct dma_dmar_scope *scopes = NULL;
	uint16_t segment = (uint16_t)dma_firmware_field(&p->table, at + 6, 2);
	int error;

	if (wrong) {
		dma_firmware_odd(&p->table, region_name, at, "limit", limit, wrong);
		return 0;
	}
	if (base % PAGE)
		dma_firmware_odd(&p->table, region_name, at, "base", base, "unaligned; whole pages are mapped");
	if (limit % PAGE != PAGE - 1)
		dma_firmware_odd(&p->table, region_name, at, "limit", limit,
				 "not the end of a page; whole pages are mapped");
	error = dma_dmar_parse_scopes(p, at + REGION_BYTES, end, segment, NULL, &scopes);
	if (error)
		return error;
	if (!scopes) {
		dma_firmware_odd(&p->table, region_name, at, "base", base,
				 "no device that is there is named; it is left out");
		return 0;
	}
	region = dma_firmware_take(&p->out->store, sizeof(*region));
	if (!region)
		return DMA_ENOMEM;
	*region = (struct dma_dmar_region){
		.base = base & ~(uint64_t)(PAGE - 1),
		.limit = limit | (PAGE - 1),
		.segment = segment,
		.scopes = scopes,
	};
	*p->next_region = region;
	p->next_region = &region->next;
	return 0;
}

/* 8.2: the structure types. ATSR, RHSA, ANDD, SATC and SIDP say nothing that containment needs: their lengths are
 * those of their fixed parts. */
static const struct {
	const char *name;
	uint32_t least;
	int (*parse)(struct dma_dmar_parser *p, uint32_t at, uint32_t end);
} structures[] = {
	{unit_name, UNIT_BYTES, parse_unit},	       {region_name, REGION_BYTES, parse_region},
	{"root ports (ATSR, type 2)", 8, NULL},	       {"affinity (RHSA, type 3)", 20, NULL},
	{"ACPI device (ANDD, type 4)", 8, NULL},       {"translation caches (SATC, type 5)", 8, NULL},
	{"device properties (SIDP, type 6)", 8, NULL},
};

static int parse_structures(struct dma_dmar_parser *p)
{
	for (uint32_t at = HEADER_BYTES, length; at < p->table.nbytes; at += length) {
		uint32_t left = p->table.nbytes - at, type;
		int error = 0;

		if (left < STRUCTURE_BYTES) {
			dma_firmware_odd(&p->table, "structure", at, "bytes left", left,
					 "too few for one; they are left out");
			return 0;
		}
		type = (uint32_t)dma_firmware_field(&p->table, at, 2);
		length = (uint32_t)dma_firmware_field(&p->table, at + 2, 2);
		if (length < STRUCTURE_BYTES) {
			dma_firmware_odd(&p->table, "structure", at, "length", length,
					 "where the next one begins is unknown; the rest of the table is left out");
			return 0;
		}
		if (length > left) {
			dma_firmware_odd(&p->table, "structure", at, "length", length, "it ends with the table");
			length = left;
		}
		if (type >= sizeof(structures) / sizeof(structures[0]))
			dma_firmware_odd(&p->table, "structure", at, "type", type, "unknown; it is left out");
		else if (length < structures[type].least)
			dma_firmware_odd(&p->table, structures[type].name, at, "length", length,
					 "too short for its type; it is left out");
		else if (structures[type].parse)
			error = structures[type].parse(p, at, at + length);
		if (error)
			return error;
	}
	return 0;
}

/* ---- The table ------------------------------------------------------------------------------------------------- */

static int parse_header(struct dma_dmar_parser *p, const void *table, size_t nbytes)
{
	int error = dma_firmware_open(&p->table, table, nbytes, 0x52414d44, HEADER_BYTES); /* "DMAR" */

	if (error)
		return error;
	p->width = p->out->width = (uint8_t)(dma_firmware_field(&p->table, 36, 1) + 1);
	if (p->width >= LEAST_WIDTH && p->width <= MOST_WIDTH)
		return 0;
	dma_firmware_odd(&p->table, "table", 36, "host address width", p->width,
			 "impossible; the units' tables lie below 4 GiB");
	p->out->width = LEAST_WIDTH;
	p->width = MOST_WIDTH;
	return 0;
}

void dma_dmar_free(struct dma_dmar *dmar)
{
	dma_firmware_free(&dmar->store);
	*dmar = (struct dma_dmar){0};
}

int dma_dmar_parse(const void *table, size_t nbytes, const struct dma_dmar_bus *bus, struct dma_dmar *out)
{
	struct dma_dmar_parser p = {
		.table = {.name = "vtd: DMAR", .store = &out->store},
		.bus = bus,
		.out = out,
		.next_region = &out->regions,
	};
	int error;

	*out = (struct dma_dmar){0};
	error = parse_header(&p, table, nbytes);
	if (!error)
		error = parse_structures(&p);
	if (!error)
		error = dma_firmware_end(&p.table);
	if (error)
		dma_dmar_free(out);
	return error;
}
