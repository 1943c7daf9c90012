/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The DMAR parser. A table of structure types says the least length and the handler of each; types that we do not use
 * are skipped by their length, which must still be sound. Section numbers are those of the VT-d specification,
 * revision 4.
 */
#include <dmastream/errors.h>

#include "dmar.h"

enum {
	HEADER_BYTES = 48,   /* 8.1: ACPI header, width, flags, reserved */
	STRUCTURE_BYTES = 4, /* type, length */
	UNIT_BYTES = 16,     /* 8.3 */
	REGION_BYTES = 24,   /* 8.4 */
	SCOPE_BYTES = 6,     /* 8.3.1: without its path */
	PAGE = 4096,	     /* of the units' register windows and of VT-d tables, whatever the host's is */
	SCOPE_ENDPOINT = 1,
	SCOPE_BRIDGE = 2,
	SCOPE_TYPES = 5,      /* 3 to 5: I/O APIC, HPET, ACPI name space device */
	CONFIG_HEADER = 0x0c, /* header type in bits 23:16 */
	CONFIG_BUSES = 0x18,  /* primary, secondary, subordinate bus numbers */
};

struct parser {
	const volatile uint8_t *table;
	uint32_t length;
	const struct dmar_bus *bus;
	struct dmar *out;
	struct dmar_error *error;
};

static int refuse(struct parser *p, int code, const char *structure, uint32_t offset, const char *what, uint64_t value)
{
	p->error->structure = structure;
	p->error->offset = offset;
	p->error->what = what;
	p->error->value = value;
	return code;
}

/* Little-endian value of nbytes at an offset that the caller has checked. */
static uint64_t field(const struct parser *p, uint32_t offset, unsigned nbytes)
{
	uint64_t value = 0;

	while (nbytes--)
		value = value << 8 | p->table[offset + nbytes];
	return value;
}

/* Moves *bus behind the bridge (segment, *bus, devfn): the secondary and, for the last hop of a hierarchy,
 * subordinate bus. False where no sane bridge is: the scope then names nothing. */
static bool behind(const struct parser *p, uint16_t segment, uint8_t bus, uint8_t devfn, uint8_t *secondary,
		   uint8_t *subordinate)
{
	uint32_t header = p->bus->read32(p->bus->context, segment, bus, devfn, CONFIG_HEADER);
	uint32_t buses;

	if (header == ~(uint32_t)0 || (header >> 16 & 0x7f) != 1)
		return false;
	buses = p->bus->read32(p->bus->context, segment, bus, devfn, CONFIG_BUSES);
	*secondary = (uint8_t)(buses >> 8);
	*subordinate = (uint8_t)(buses >> 16);
	return *secondary > bus && *subordinate >= *secondary; /* anything else could lead in a circle */
}

static int parse_scope(struct parser *p, uint32_t at, uint32_t length, uint16_t segment, struct dmar_scope *scope)
{
	unsigned type = (unsigned)field(p, at, 1);
	unsigned hops = (length - SCOPE_BYTES) / 2;
	uint8_t bus = (uint8_t)field(p, at + 5, 1);
	uint8_t secondary = 0, subordinate = 0;

	if (type == 0 || type > SCOPE_TYPES)
		return refuse(p, DMA_EINVAL, "device scope", at, "has the reserved type", type);
	if ((length - SCOPE_BYTES) % 2 != 0 || hops == 0 || hops > DMAR_PATH)
		return refuse(p, DMA_EINVAL, "device scope", at, "has an impossible path length", length);

	*scope = (struct dmar_scope){.present = 1};
	for (unsigned hop = 0; hop < hops; hop++) {
		unsigned device = (unsigned)field(p, at + SCOPE_BYTES + 2 * hop, 1);
		unsigned function = (unsigned)field(p, at + SCOPE_BYTES + 2 * hop + 1, 1);

		if (device > 31 || function > 7)
			return refuse(p, DMA_EINVAL, "device scope", at, "names the impossible function",
				      device << 8 | function);
		scope->bus = bus;
		scope->devfn = (uint8_t)(device << 3 | function);
		/* Firmware lists devices that are not fitted, so a path that leads nowhere is no error. */
		if (hop + 1 < hops && scope->present) {
			scope->present = behind(p, segment, bus, scope->devfn, &secondary, &subordinate);
			bus = secondary;
		}
	}
	scope->bus_first = scope->bus_last = scope->bus;
	if (type == SCOPE_BRIDGE && scope->present &&
	    behind(p, segment, scope->bus, scope->devfn, &secondary, &subordinate)) {
		scope->below = 1;
		scope->bus_first = secondary;
		scope->bus_last = subordinate;
	}
	return 0;
}

static int parse_scopes(struct parser *p, uint32_t at, uint32_t end, uint16_t segment, uint16_t *first, uint16_t *count)
{
	*first = p->out->nscopes;
	while (at < end) {
		uint32_t length;
		int error;

		if (end - at < SCOPE_BYTES)
			return refuse(p, DMA_EINVAL, "device scope", at, "is cut off, bytes left", end - at);
		length = (uint32_t)field(p, at + 1, 1);
		if (length < SCOPE_BYTES || length > end - at)
			return refuse(p, DMA_EINVAL, "device scope", at, "has the impossible length", length);
		if (p->out->nscopes == DMAR_SCOPES)
			return refuse(p, DMA_ENOSPC, "device scope", at, "is one too many, limit", DMAR_SCOPES);
		error = parse_scope(p, at, length, segment, &p->out->scopes[p->out->nscopes]);
		if (error)
			return error;
		p->out->nscopes++;
		at += length;
	}
	*count = (uint16_t)(p->out->nscopes - *first);
	return 0;
}

static int parse_unit(struct parser *p, uint32_t at, uint32_t end)
{
	struct dmar_unit *unit = &p->out->units[p->out->nunits];
	uint64_t highest = p->out->width == 64 ? ~(uint64_t)0 : ((uint64_t)1 << p->out->width) - 1;

	if (p->out->nunits == DMAR_UNITS)
		return refuse(p, DMA_ENOSPC, "unit", at, "is one too many, limit", DMAR_UNITS);
	unit->include_all = field(p, at + 4, 1) & 1;
	unit->window = (uint64_t)PAGE << (field(p, at + 5, 1) & 15);
	unit->segment = (uint16_t)field(p, at + 6, 2);
	unit->registers = field(p, at + 8, 8);
	if (unit->registers == 0 || unit->registers % PAGE != 0)
		return refuse(p, DMA_EINVAL, "unit", at, "has no page-aligned register base", unit->registers);
	if (unit->registers > highest || unit->window - 1 > highest - unit->registers)
		return refuse(p, DMA_EINVAL, "unit", at, "has registers beyond the address width", unit->registers);
	for (unsigned i = 0; i < p->out->nunits; i++) {
		const struct dmar_unit *other = &p->out->units[i];

		if (unit->registers <= other->registers + (other->window - 1) &&
		    other->registers <= unit->registers + (unit->window - 1))
			return refuse(p, DMA_EINVAL, "unit", at, "overlaps the registers of another at",
				      other->registers);
		if (unit->include_all && other->include_all && unit->segment == other->segment)
			return refuse(p, DMA_EINVAL, "unit", at, "is the second to claim all of segment",
				      unit->segment);
	}
	p->out->nunits++;
	return parse_scopes(p, at + UNIT_BYTES, end, unit->segment, &unit->scope_first, &unit->scope_count);
}

static int parse_region(struct parser *p, uint32_t at, uint32_t end)
{
	struct dmar_region *region = &p->out->regions[p->out->nregions];

	if (p->out->nregions == DMAR_REGIONS)
		return refuse(p, DMA_ENOSPC, "reserved region", at, "is one too many, limit", DMAR_REGIONS);
	region->segment = (uint16_t)field(p, at + 6, 2);
	region->base = field(p, at + 8, 8);
	region->limit = field(p, at + 16, 8);
	if (region->base % PAGE != 0)
		return refuse(p, DMA_EINVAL, "reserved region", at, "has an unaligned base", region->base);
	if (region->limit <= region->base || region->limit % PAGE != PAGE - 1)
		return refuse(p, DMA_EINVAL, "reserved region", at, "has an impossible limit", region->limit);
	if (p->out->width < 64 && region->limit >> p->out->width != 0)
		return refuse(p, DMA_EINVAL, "reserved region", at, "reaches beyond the address width", region->limit);
	p->out->nregions++;
	return parse_scopes(p, at + REGION_BYTES, end, region->segment, &region->scope_first, &region->scope_count);
}

/* 8.2: the structure types. ATSR, RHSA, ANDD, SATC and SIDP say nothing that containment needs. */
static const struct {
	uint32_t least;
	int (*parse)(struct parser *p, uint32_t at, uint32_t end);
} structures[] = {
	{UNIT_BYTES, parse_unit}, {REGION_BYTES, parse_region}, {8, NULL}, {20, NULL}, {8, NULL}, {8, NULL}, {8, NULL},
};

static int parse_header(struct parser *p, size_t nbytes)
{
	uint8_t sum = 0;

	if (nbytes < HEADER_BYTES)
		return refuse(p, DMA_EINVAL, "table", 0, "is shorter than its header, bytes", nbytes);
	if (field(p, 0, 4) != 0x52414d44) /* "DMAR" */
		return refuse(p, DMA_EINVAL, "table", 0, "has the wrong signature", field(p, 0, 4));
	p->length = (uint32_t)field(p, 4, 4);
	if (p->length < HEADER_BYTES || p->length > nbytes)
		return refuse(p, DMA_EINVAL, "table", 4, "claims an impossible length", p->length);
	for (uint32_t i = 0; i < p->length; i++)
		sum = (uint8_t)(sum + p->table[i]);
	if (sum != 0)
		return refuse(p, DMA_EINVAL, "table", 9, "has a wrong checksum, off by", sum);
	p->out->width = (uint8_t)(field(p, 36, 1) + 1);
	if (p->out->width < 32 || p->out->width > 64)
		return refuse(p, DMA_EINVAL, "table", 36, "claims an impossible address width", p->out->width);
	return 0;
}

static int parse_structures(struct parser *p)
{
	uint32_t at = HEADER_BYTES;

	while (at < p->length) {
		uint32_t type, length;

		if (p->length - at < STRUCTURE_BYTES)
			return refuse(p, DMA_EINVAL, "structure", at, "is cut off, bytes left", p->length - at);
		type = (uint32_t)field(p, at, 2);
		length = (uint32_t)field(p, at + 2, 2);
		if (length < STRUCTURE_BYTES || length > p->length - at)
			return refuse(p, DMA_EINVAL, "structure", at, "has the impossible length", length);
		if (type < sizeof(structures) / sizeof(structures[0])) {
			int error = 0;

			if (length < structures[type].least)
				return refuse(p, DMA_EINVAL, "structure", at, "is too short for its type, length",
					      length);
			if (structures[type].parse)
				error = structures[type].parse(p, at, at + length);
			if (error)
				return error;
		}
		at += length;
	}
	if (p->out->nunits == 0)
		return refuse(p, DMA_EINVAL, "table", 0, "has no unit, length", p->length);
	return 0;
}

int dmar_parse(const void *table, size_t nbytes, const struct dmar_bus *bus, struct dmar *out, struct dmar_error *error)
{
	struct parser p = {.table = table, .bus = bus, .out = out, .error = error};
	int result;

	*out = (struct dmar){0};
	*error = (struct dmar_error){0};
	result = parse_header(&p, nbytes);
	if (!result)
		result = parse_structures(&p);
	if (result)
		*out = (struct dmar){0};
	return result;
}

bool dmar_names(const struct dmar *dmar, unsigned first, unsigned count, uint8_t bus, uint8_t devfn)
{
	for (unsigned i = first; i < first + count && i < dmar->nscopes; i++) {
		const struct dmar_scope *scope = &dmar->scopes[i];

		if (!scope->present)
			continue;
		if (scope->bus == bus && scope->devfn == devfn)
			return true;
		if (scope->below && bus >= scope->bus_first && bus <= scope->bus_last)
			return true;
	}
	return false;
}

int dmar_unit_of(const struct dmar *dmar, uint16_t segment, uint8_t bus, uint8_t devfn)
{
	int all = -1;

	for (unsigned i = 0; i < dmar->nunits; i++) {
		const struct dmar_unit *unit = &dmar->units[i];

		if (unit->segment != segment)
			continue;
		if (dmar_names(dmar, unit->scope_first, unit->scope_count, bus, devfn))
			return (int)i;
		if (unit->include_all)
			all = (int)i;
	}
	return all;
}
