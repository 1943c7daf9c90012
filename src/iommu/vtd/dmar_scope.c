/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The device scopes of a DMAR table (VT-d specification, revision 4, 8.3.1): which functions a unit or a region is
 * about, and the way back from a function to its unit.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "dmar.h"

enum {
	SCOPE_BYTES = 6, /* without its path */
	SCOPE_ENDPOINT = 1,
	SCOPE_BRIDGE = 2,
	SCOPE_IO_APIC = 3, /* with HPET: sources of interrupts, not of DMA */
	SCOPE_HPET = 4,
	SCOPE_TYPES = 5,      /* 5: a device of the ACPI name space, which has a requester id, too */
	CONFIG_HEADER = 0x0c, /* header type in bits 23:16 */
	CONFIG_BUSES = 0x18,  /* primary, secondary, subordinate bus numbers */
	HEADER_TYPE = 0x7f,
	HEADER_BRIDGE = 1,
	MOST_COMPARED = 4096, /* scopes that are looked for in others; the largest servers have some hundreds */
};

static const char scope_name[] = "device scope";

enum found { ABSENT, FUNCTION, BRIDGE };

/* What is at (segment, bus, devfn). A bridge leads to buses *first to *last: those that could lead in a circle make it
 * a function like others. */
static enum found look(const struct dma_dmar_parser *p, uint16_t segment, uint8_t bus, uint8_t devfn, uint8_t *first,
		       uint8_t *last)
{
	uint32_t header = p->bus->read32(p->bus->context, segment, bus, devfn, CONFIG_HEADER);
	uint32_t buses;

	if (header == ~(uint32_t)0)
		return ABSENT;
	if ((header >> 16 & HEADER_TYPE) != HEADER_BRIDGE)
		return FUNCTION;
	buses = p->bus->read32(p->bus->context, segment, bus, devfn, CONFIG_BUSES);
	*first = (uint8_t)(buses >> 8);
	*last = (uint8_t)(buses >> 16);
	return *first > bus && *last >= *first ? BRIDGE : FUNCTION;
}

/* Follows the path of `hops` pairs from bus to the function that it names. False: it leads nowhere, said in the log. */
static bool follow(struct dma_dmar_parser *p, uint32_t at, unsigned hops, uint16_t segment,
		   struct dma_dmar_scope *scope)
{
	uint8_t bus = (uint8_t)dma_firmware_field(&p->table, at + 5, 1), first = 0, last = 0;

	for (unsigned hop = 0; hop < hops; hop++) {
		unsigned device = (unsigned)dma_firmware_field(&p->table, at + SCOPE_BYTES + 2 * hop, 1);
		unsigned function = (unsigned)dma_firmware_field(&p->table, at + SCOPE_BYTES + 2 * hop + 1, 1);

		if (device > 31 || function > 7) {
			dma_firmware_odd(&p->table, scope_name, at, "path: device and function", device << 8 | function,
					 "impossible; it is left out");
			return false;
		}
		scope->bus = bus;
		scope->devfn = (uint8_t)(device << 3 | function);
		if (hop + 1 < hops && look(p, segment, bus, scope->devfn, &first, &last) != BRIDGE) {
			/* Firmware lists slots that are empty. */
			dma_firmware_odd(&p->table, scope_name, at, "path: bus, device and function",
					 (uint64_t)bus << 16 | device << 8 | function,
					 "no bridge is there to follow; it is left out");
			return false;
		}
		bus = first;
	}
	return true;
}

/* A function that an earlier unit names stays that unit's. */
static const struct dma_dmar_unit *named_before(const struct dma_dmar_parser *p, const struct dma_dmar_unit *owner,
						uint16_t segment, const struct dma_dmar_scope *scope)
{
	if (p->scopes > MOST_COMPARED)
		return NULL;
	for (const struct dma_dmar_unit *unit = p->out->units; unit && owner; unit = unit->next)
		if (unit != owner && unit->segment == segment && dma_dmar_names(unit->scopes, scope->bus, scope->devfn))
			return unit;
	return NULL;
}

/* What is there when the table is read decides whether a scope is about the devices below, too. */
static void look_below(struct dma_dmar_parser *p, uint32_t at, unsigned type, uint16_t segment,
		       struct dma_dmar_scope *scope)
{
	enum found found = look(p, segment, scope->bus, scope->devfn, &scope->bus_first, &scope->bus_last);

	if (type == SCOPE_ENDPOINT && found == BRIDGE)
		dma_firmware_odd(&p->table, scope_name, at, "type", type,
				 "a bridge is there; what is below it is not named");
	if (type == SCOPE_BRIDGE && found == FUNCTION)
		dma_firmware_odd(&p->table, scope_name, at, "type", type,
				 "no bridge is there; it names that function alone");
	scope->below = type == SCOPE_BRIDGE && found == BRIDGE;
}

static int parse_scope(struct dma_dmar_parser *p, uint32_t at, uint32_t length, uint16_t segment,
		       const struct dma_dmar_unit *owner, struct dma_dmar_scope ***end)
{
	struct dma_dmar_scope scope = {0}, *taken;
	unsigned type = (unsigned)dma_firmware_field(&p->table, at, 1);

	if (type == SCOPE_IO_APIC || type == SCOPE_HPET)
		return 0;
	if (type == 0 || type > SCOPE_TYPES) {
		dma_firmware_odd(&p->table, scope_name, at, "type", type, "unknown; it is left out");
		return 0;
	}
	if (length == SCOPE_BYTES || length % 2 != 0) {
		dma_firmware_odd(&p->table, scope_name, at, "length", length, "no whole path; it is left out");
		return 0;
	}
	if (!follow(p, at, (length - SCOPE_BYTES) / 2, segment, &scope))
		return 0;
	look_below(p, at, type, segment, &scope);
	if (named_before(p, owner, segment, &scope))
		dma_firmware_odd(&p->table, scope_name, at, "bus, device and function",
				 (uint64_t)scope.bus << 16 | (uint64_t)(scope.devfn >> 3) << 8 | (scope.devfn & 7),
				 "named by an earlier unit, too, which has it");
	taken = dma_firmware_take(&p->out->store, sizeof(*taken));
	if (!taken)
		return DMA_ENOMEM;
	*taken = scope;
	**end = taken;
	*end = &taken->next;
	p->scopes++;
	return 0;
}

int dma_dmar_parse_scopes(struct dma_dmar_parser *p, uint32_t at, uint32_t end, uint16_t segment,
			  const struct dma_dmar_unit *owner, struct dma_dmar_scope **list)
{
	uint32_t length;
	int error = 0;

	while (*list)
		list = &(*list)->next;
	for (; at < end && !error; at += length) {
		length = end - at < SCOPE_BYTES ? 0 : (uint32_t)dma_firmware_field(&p->table, at + 1, 1);
		if (length < SCOPE_BYTES || length > end - at) {
			dma_firmware_odd(&p->table, scope_name, at, "length", length,
					 "impossible; the rest of its structure is left out");
			return 0;
		}
		error = parse_scope(p, at, length, segment, owner, &list);
	}
	return error;
}

bool dma_dmar_names(const struct dma_dmar_scope *scopes, uint8_t bus, uint8_t devfn)
{
	for (const struct dma_dmar_scope *scope = scopes; scope; scope = scope->next) {
		if (scope->bus == bus && scope->devfn == devfn)
			return true;
		if (scope->below && bus >= scope->bus_first && bus <= scope->bus_last)
			return true;
	}
	return false;
}

struct dma_dmar_unit *dma_dmar_unit_of(const struct dma_dmar *dmar, uint16_t segment, uint8_t bus, uint8_t devfn)
{
	struct dma_dmar_unit *all = NULL;

	for (struct dma_dmar_unit *unit = dmar->units; unit; unit = unit->next) {
		if (unit->segment != segment)
			continue;
		if (dma_dmar_names(unit->scopes, bus, devfn))
			return unit;
		if (unit->include_all)
			all = unit;
	}
	return all;
}

void dma_dmar_log_unprotected(const struct dma_dmar_unit *unit)
{
	for (const struct dma_dmar_scope *scope = unit->scopes; scope; scope = scope->next)
		dma_log("vtd: not protected: segment %u bus %u device %u function %u%s", (unsigned)unit->segment,
			(unsigned)scope->bus, scope->devfn >> 3u, scope->devfn & 7u,
			scope->below ? ", and all devices below it" : "");
	if (unit->include_all)
		dma_log("vtd: not protected: all devices of segment %u that no other unit names",
			(unsigned)unit->segment);
}
