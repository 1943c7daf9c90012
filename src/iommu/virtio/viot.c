/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VIOT parser. Section numbers are those of the ACPI specification 6.5.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "viot.h"

enum {
	HEADER_BYTES = 48, /* ACPI's header, then: */
	NODE_COUNT = 36,
	FIRST_NODE = 38,
	NODE_BYTES = 4, /* type, reserved, length */
	PCI_RANGE = 1,
	PCI_RANGE_BYTES = 24,
	MMIO_ENDPOINT = 2,
	MMIO_ENDPOINT_BYTES = 24,
	UNIT_PCI = 3,
	UNIT_MMIO = 4,
	UNIT_BYTES = 16,
};

struct parser {
	struct dma_firmware table;
	struct dma_viot *out;
};

static const char unit_name[] = "virtio-iommu";
static const char range_name[] = "PCI range";

/* ---- Lists ------------------------------------------------------------------------------------------------------ */

static struct dma_viot_unit *add_unit(struct dma_viot *viot, struct dma_viot_unit found)
{
	struct dma_viot_unit **link = &viot->units, *unit = dma_firmware_take(&viot->store, sizeof(*unit));

	if (!unit)
		return NULL;
	*unit = found;
	while (*link)
		link = &(*link)->next;
	return *link = unit;
}

static int add_range(struct dma_viot *viot, struct dma_viot_range found)
{
	struct dma_viot_range **link = &viot->ranges, *range = dma_firmware_take(&viot->store, sizeof(*range));

	if (!range)
		return DMA_ENOMEM;
	*range = found;
	while (*link)
		link = &(*link)->next;
	*link = range;
	return 0;
}

static uint64_t last_endpoint(const struct dma_viot_range *range)
{
	return range->endpoint + ((uint64_t)(range->last_segment - range->segment) << 16) +
	       (uint64_t)(range->last - range->first);
}

/* NULL, or why a range cannot be one more of the list: a function has one unit and one number there, and a number is
 * one function's (5.13.6.1 of virtio). */
static const char *contradiction(const struct dma_viot *viot, const struct dma_viot_range *range)
{
	if (range->last_segment < range->segment || range->last < range->first)
		return "it ends before it begins; it is left out";
	if (last_endpoint(range) > UINT32_MAX)
		return "its endpoints' numbers wrap; it is left out";
	for (const struct dma_viot_range *other = viot->ranges; other; other = other->next) {
		if (range->segment <= other->last_segment && other->segment <= range->last_segment &&
		    range->first <= other->last && other->first <= range->last)
			return "an earlier range has some of its functions; it is left out";
		if (other->unit == range->unit && range->endpoint <= last_endpoint(other) &&
		    other->endpoint <= last_endpoint(range))
			return "an earlier range has some of its endpoints' numbers; it is left out";
	}
	return NULL;
}

void dma_viot_free(struct dma_viot *viot)
{
	dma_firmware_free(&viot->store);
	*viot = (struct dma_viot){0};
}

/* ---- The table --------------------------------------------------------------------------------------------------- */

static int parse_unit(struct parser *p, uint32_t at)
{
	struct dma_viot_unit unit = {.node = at, .pci = dma_firmware_field(&p->table, at, 1) == UNIT_PCI};

	if (unit.pci)
		unit.function = (uint32_t)dma_firmware_field(&p->table, at + 4, 2) << 16 |
				(uint32_t)dma_firmware_field(&p->table, at + 6, 2);
	else
		dma_firmware_odd(&p->table, unit_name, at, "base address", dma_firmware_field(&p->table, at + 8, 8),
				 "units that are no PCI functions are not driven; its devices are not protected");
	for (const struct dma_viot_unit *other = p->out->units; other && unit.pci; other = other->next)
		if (other->pci && other->function == unit.function) {
			dma_firmware_odd(&p->table, unit_name, at, "function", unit.function,
					 "an earlier node is the same unit; this one is left out");
			return 0;
		}
	return add_unit(p->out, unit) ? 0 : DMA_ENOMEM;
}

static int parse_range(struct parser *p, uint32_t at)
{
	uint32_t node = (uint32_t)dma_firmware_field(&p->table, at + 16, 2);
	struct dma_viot_range range = {
		.unit = p->out->units,
		.endpoint = (uint32_t)dma_firmware_field(&p->table, at + 4, 4),
		.segment = (uint16_t)dma_firmware_field(&p->table, at + 8, 2),
		.last_segment = (uint16_t)dma_firmware_field(&p->table, at + 10, 2),
		.first = (uint16_t)dma_firmware_field(&p->table, at + 12, 2),
		.last = (uint16_t)dma_firmware_field(&p->table, at + 14, 2),
	};
	const char *why;

	while (range.unit && range.unit->node != node)
		range.unit = range.unit->next;
	why = range.unit ? contradiction(p->out, &range) : "its output node is no unit; it is left out";
	if (!why)
		return add_range(p->out, range);
	dma_firmware_odd(&p->table, range_name, at, "output node", node, why);
	return 0;
}

static int parse_endpoint(struct parser *p, uint32_t at)
{
	dma_firmware_odd(&p->table, "MMIO endpoint", at, "endpoint", dma_firmware_field(&p->table, at + 4, 4),
			 "devices that are no PCI functions have no requester; it is left out");
	return 0;
}

/* A node may point forward: units come first. */
static const struct {
	uint8_t type, pass;
	uint32_t least;
	int (*parse)(struct parser *p, uint32_t at);
} nodes[] = {
	{UNIT_PCI, 0, UNIT_BYTES, parse_unit},
	{UNIT_MMIO, 0, UNIT_BYTES, parse_unit},
	{PCI_RANGE, 1, PCI_RANGE_BYTES, parse_range},
	{MMIO_ENDPOINT, 1, MMIO_ENDPOINT_BYTES, parse_endpoint},
};

static int parse_node(struct parser *p, uint32_t at, uint32_t length, unsigned pass)
{
	unsigned type = (unsigned)dma_firmware_field(&p->table, at, 1);

	for (unsigned i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		if (nodes[i].type != type)
			continue;
		if (nodes[i].pass != pass)
			return 0;
		if (length >= nodes[i].least)
			return nodes[i].parse(p, at);
		dma_firmware_odd(&p->table, "node", at, "length", length, "too short for its type; it is left out");
		return 0;
	}
	if (pass == 0)
		dma_firmware_odd(&p->table, "node", at, "type", type, "unknown; it is left out");
	return 0;
}

static int parse_nodes(struct parser *p, unsigned pass)
{
	struct dma_firmware *table = &p->table;
	uint32_t at = (uint32_t)dma_firmware_field(table, FIRST_NODE, 2), length;
	unsigned count = (unsigned)dma_firmware_field(table, NODE_COUNT, 2);
	int error = 0;

	if (at < HEADER_BYTES || at > table->nbytes)
		return dma_firmware_refuse(table, "its first node lies outside of it, at", at);
	for (; count && !error; count--, at += length) {
		length = table->nbytes - at < NODE_BYTES ? 0 : (uint32_t)dma_firmware_field(table, at + 2, 2);
		if (length < NODE_BYTES || length > table->nbytes - at) {
			if (pass == 0)
				dma_firmware_odd(table, "node", at, "length", length,
						 "it is not whole; the rest of the table is left out");
			return 0;
		}
		error = parse_node(p, at, length, pass);
	}
	return error;
}

int dma_viot_parse(const void *table, size_t nbytes, struct dma_viot *out)
{
	struct parser p = {.table = {.name = "virtio: VIOT", .store = &out->store}, .out = out};
	int error;

	*out = (struct dma_viot){0};
	error = dma_firmware_open(&p.table, table, nbytes, 0x544f4956, HEADER_BYTES); /* "VIOT" */
	for (unsigned pass = 0; pass < 2 && !error; pass++)
		error = parse_nodes(&p, pass);
	if (!error && !out->units)
		error = dma_firmware_refuse(&p.table, "it names no unit; bytes", p.table.nbytes);
	if (error)
		dma_viot_free(out);
	return error;
}

/* ---- A host's -------------------------------------------------------------------------------------------------- */

static int add_from_host(struct dma_viot *viot, const struct dma_virtio_iommu_range *given)
{
	struct dma_viot_range range = {
		.unit = viot->units,
		.endpoint = given->endpoint,
		.segment = (uint16_t)(given->first >> 16),
		.last_segment = (uint16_t)(given->last >> 16),
		.first = (uint16_t)given->first,
		.last = (uint16_t)given->last,
	};
	const char *why = NULL;

	while (range.unit && range.unit->function != given->unit)
		range.unit = range.unit->next;
	if (!range.unit)
		range.unit = add_unit(viot, (struct dma_viot_unit){.function = given->unit, .pci = true});
	if (!range.unit)
		return DMA_ENOMEM;
	if (range.segment != range.last_segment)
		why = "it spans several segments";
	if (!why)
		why = contradiction(viot, &range);
	if (!why)
		return add_range(viot, range);
	dma_log("virtio: the host's range %x to %x: %s", (uint64_t)given->first, (uint64_t)given->last, why);
	return DMA_EINVAL;
}

int dma_viot_from_host(const struct dma_virtio_iommu_range *ranges, size_t n, struct dma_viot *out)
{
	int error = n && ranges ? 0 : DMA_EINVAL;

	*out = (struct dma_viot){0};
	for (size_t i = 0; i < n && !error; i++)
		error = add_from_host(out, &ranges[i]);
	if (error)
		dma_viot_free(out);
	return error;
}

/* ---- Questions -------------------------------------------------------------------------------------------------- */

struct dma_viot_unit *dma_viot_unit_of(const struct dma_viot *viot, uint32_t requester, uint32_t *endpoint)
{
	uint16_t segment = (uint16_t)(requester >> 16), function = (uint16_t)requester;

	for (const struct dma_viot_range *range = viot->ranges; range; range = range->next) {
		if (segment < range->segment || segment > range->last_segment || function < range->first ||
		    function > range->last)
			continue;
		*endpoint = range->endpoint + ((uint32_t)(segment - range->segment) << 16) +
			    (uint32_t)(function - range->first);
		return range->unit;
	}
	return NULL;
}

uint32_t dma_viot_requester_of(const struct dma_viot *viot, const struct dma_viot_unit *unit, uint32_t endpoint)
{
	for (const struct dma_viot_range *range = viot->ranges; range; range = range->next) {
		uint32_t at = endpoint - range->endpoint;

		if (range->unit == unit && endpoint >= range->endpoint &&
		    at >> 16 <= (uint32_t)(range->last_segment - range->segment) &&
		    (at & 0xffff) <= (uint32_t)(range->last - range->first))
			return ((range->segment + (at >> 16)) << 16) + range->first + (at & 0xffff);
	}
	return UINT32_MAX;
}

void dma_viot_span(const struct dma_viot *viot, const struct dma_viot_unit *unit, uint32_t *first, uint32_t *last)
{
	*first = UINT32_MAX;
	*last = 0;
	for (const struct dma_viot_range *range = viot->ranges; range; range = range->next) {
		uint32_t from = (uint32_t)range->segment << 16 | range->first;
		uint32_t to = (uint32_t)range->last_segment << 16 | range->last;

		if (range->unit != unit)
			continue;
		*first = from < *first ? from : *first;
		*last = to > *last ? to : *last;
	}
}

void dma_viot_log_unprotected(const struct dma_viot *viot, const struct dma_viot_unit *unit)
{
	for (const struct dma_viot_range *range = viot->ranges; range; range = range->next)
		if (range->unit == unit)
			dma_log("virtio: not protected: functions %x to %x of segments %x to %x",
				(uint64_t)range->first, (uint64_t)range->last, (uint64_t)range->segment,
				(uint64_t)range->last_segment);
}
