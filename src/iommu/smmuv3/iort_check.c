/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Opening an IORT: the header, and one line for each thing that the reader leaves out or takes otherwise than the table
 * says. Section numbers are those of DEN 0049E.e.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "iort_nodes.h"

enum {
	MOST_LINES = 256,	/* a table of nothing but nonsense must not fill the log */
	MOST_BYTES = 512 << 10, /* some fifty times what the largest servers have */
	MOST_COMPARED = 512,	/* mappings of one node that are compared with each other */
	MOST_SEGMENT = 0xffff,
	MOST_REQUESTER = 0xffff, /* bus, device and function */
};

struct check {
	const struct dma_iort *t;
	unsigned odd;
};

static void odd(struct check *c, const char *structure, uint32_t at, const char *field, uint64_t value,
		const char *decision)
{
	if (c->odd < MOST_LINES)
		dma_log("smmuv3: IORT: %s at offset %u: %s %x: %s", structure, at, field, value, decision);
	else if (c->odd == MOST_LINES)
		dma_log("smmuv3: IORT: more of the table makes no sense than is listed here");
	c->odd++;
}

static const char *name_of(uint32_t type)
{
	static const char *const names[NODE_TYPES] = {
		[NODE_ITS] = "ITS group (type 0)",
		[NODE_NAMED] = "named component (type 1)",
		[NODE_ROOT] = "root complex (type 2)",
		[NODE_SMMU_V2] = "SMMUv2 (type 3)",
		[NODE_SMMU_V3] = "SMMUv3 (type 4)",
		[NODE_PMCG] = "counters (PMCG, type 5)",
		[NODE_RESERVED] = "reserved memory (RMR, type 6)",
	};

	return type < NODE_TYPES ? names[type] : "node";
}

/* Ids of the same root that two mappings have. */
static void check_overlap(struct check *c, const struct dma_iort_walk *node, uint32_t index,
			  const struct dma_iort_mapping *mapping)
{
	struct dma_iort_mapping other;

	if (mapping->flags & MAPPING_SINGLE || index > MOST_COMPARED)
		return;
	for (uint32_t i = 0; i < index && dma_iort_mapping(c->t, node, i, &other); i++) {
		uint64_t last = (uint64_t)mapping->first + mapping->more,
			 other_last = (uint64_t)other.first + other.more;

		if (other.flags & MAPPING_SINGLE || mapping->first > other_last || other.first > last)
			continue;
		odd(c, "mapping", mapping->at, "input base", mapping->first,
		    mapping->first == other_last ? "an earlier mapping counts this id, too; it is this one's"
						 : "an earlier mapping has ids of this one, and keeps them");
		return;
	}
}

/* The mappings of a node whose mappings are followed: a root complex's, or reserved memory's. */
static void check_mappings(struct check *c, const struct dma_iort_walk *node)
{
	struct dma_iort_mapping mapping;
	struct dma_iort_walk target;

	for (uint32_t i = 0; dma_iort_mapping(c->t, node, i, &mapping); i++) {
		if (mapping.flags & ~(uint32_t)MAPPING_SINGLE)
			odd(c, "mapping", mapping.at, "flags", mapping.flags, "those that are unknown are ignored");
		if (!dma_iort_node_at(c->t, mapping.target, &target))
			odd(c, "mapping", mapping.at, "output reference", mapping.target,
			    "no whole node begins there; its devices are not protected");
		else if (!dma_iort_streams(&mapping))
			odd(c, "mapping", mapping.at, "output base", mapping.output,
			    "ids beyond 32 bits; they are left out");
		if (node->type != NODE_ROOT)
			continue;
		check_overlap(c, node, i, &mapping);
		if (mapping.first > MOST_REQUESTER && !(mapping.flags & MAPPING_SINGLE))
			odd(c, "mapping", mapping.at, "input base", mapping.first,
			    "beyond all requester ids; no device has it");
	}
}

static void check_smmu(struct check *c, const struct dma_iort_walk *node)
{
	uint64_t base = dma_iort_field(c->t, node->node + SMMU_BASE, 8);
	uint32_t flags = (uint32_t)dma_iort_field(c->t, node->node + SMMU_FLAGS, 4);
	uint32_t model = (uint32_t)dma_iort_field(c->t, node->node + SMMU_MODEL, 4);
	struct dma_iort_walk other = dma_iort_all(c->t);

	if (!dma_iort_drivable(c->t, node)) {
		odd(c, name_of(node->type), node->node, "base address", base,
		    "no registers can be there; it is left out, and its devices are not protected");
		return;
	}
	while (dma_iort_next(c->t, &other) && other.node != node->node)
		if (dma_iort_drivable(c->t, &other) && dma_iort_field(c->t, other.node + SMMU_BASE, 8) == base)
			odd(c, name_of(node->type), node->node, "base address", base,
			    "an earlier node has it; both are one SMMU");
	if (flags & ~(uint32_t)SMMU_KNOWN_FLAGS)
		odd(c, name_of(node->type), node->node, "flags", flags, "those that are unknown are ignored");
	if (model > DMA_SMMUV3_CAVIUM_CN99XX)
		odd(c, name_of(node->type), node->node, "model", model, "unknown; it is taken for a generic one");
}

static void check_root(struct check *c, const struct dma_iort_walk *node)
{
	uint32_t segment = (uint32_t)dma_iort_field(c->t, node->node + ROOT_SEGMENT, 4);
	uint32_t is_coherent = (uint32_t)dma_iort_field(c->t, node->node + ROOT_COHERENT, 4);

	if (segment > MOST_SEGMENT)
		odd(c, name_of(node->type), node->node, "PCI segment", segment, "impossible; it is left out");
	if (is_coherent > 1)
		odd(c, name_of(node->type), node->node, "cache coherency", is_coherent, "unknown; taken for none");
}

static void check_reserved(struct check *c, const struct dma_iort_walk *node)
{
	uint32_t flags = (uint32_t)dma_iort_field(c->t, node->node + RESERVED_FLAGS, 4);
	uint32_t count = (uint32_t)dma_iort_field(c->t, node->node + RESERVED_RANGES, 4);
	uint32_t at = (uint32_t)dma_iort_field(c->t, node->node + RESERVED_RANGES_AT, 4);
	uint64_t base, nbytes;

	if (dma_iort_rows(node, at, count, RANGE_SIZE) < count)
		odd(c, name_of(node->type), node->node, "number of memory ranges", count,
		    "not all lie inside it; the others are left out");
	if ((flags >> RESERVED_MEMORY & RESERVED_MEMORY_MASK) > RESERVED_MEMORY_LAST)
		odd(c, name_of(node->type), node->node, "flags", flags,
		    "an unknown memory type; taken for normal memory");
	for (uint32_t i = 0; dma_iort_range(c->t, node, i, &base, &nbytes); i++)
		if (!dma_iort_range_fits(base, nbytes))
			odd(c, name_of(node->type), node->node, nbytes ? "range base" : "range length",
			    nbytes ? base : nbytes, nbytes ? "it wraps; it is left out" : "it is left out");
	if (dma_iort_field(c->t, node->node + NODE_MAPPINGS, 4) == 0)
		odd(c, name_of(node->type), node->node, "number of mappings", 0, "no stream is named; it is left out");
}

static void check_node(struct check *c, const struct dma_iort_walk *node)
{
	uint32_t count = (uint32_t)dma_iort_field(c->t, node->node + NODE_MAPPINGS, 4);
	uint32_t at = (uint32_t)dma_iort_field(c->t, node->node + NODE_MAPPINGS_AT, 4);

	if (node->type >= NODE_TYPES) {
		odd(c, "node", node->node, "type", node->type, "unknown; it is left out");
		return;
	}
	if (node->length < dma_iort_least(node->type)) {
		odd(c, name_of(node->type), node->node, "length", node->length,
		    "too short for its type; it is left out");
		return;
	}
	if (dma_iort_rows(node, at, count, MAPPING_SIZE) < count)
		odd(c, name_of(node->type), node->node, "number of mappings", count,
		    "not all lie inside it; the others are left out");
	if (node->type == NODE_SMMU_V3)
		check_smmu(c, node);
	if (node->type == NODE_ROOT)
		check_root(c, node);
	if (node->type == NODE_RESERVED)
		check_reserved(c, node);
	if (node->type == NODE_ROOT || node->type == NODE_RESERVED)
		check_mappings(c, node);
}

static void check_nodes(struct check *c)
{
	struct dma_iort_walk walk = dma_iort_all(c->t);
	uint32_t seen = 0;

	for (; dma_iort_next(c->t, &walk); seen++)
		check_node(c, &walk);
	if (seen < c->t->nodes)
		odd(c, "node", walk.at, "length", dma_iort_field(c->t, walk.at + NODE_LENGTH, 2),
		    "it does not fit; this node and those behind it are left out");
	else if (walk.at < c->t->nbytes)
		odd(c, "table", TABLE_NODES, "number of nodes", c->t->nodes,
		    "more bytes are behind them, and are not read");
}

static int refuse(const char *what, uint64_t value)
{
	dma_log("smmuv3: IORT: the table is refused: %s %x", what, value);
	return DMA_EINVAL;
}

int dma_iort_open(struct dma_iort *t, const void *bytes, size_t nbytes)
{
	struct check c = {.t = t};
	uint32_t length;
	uint8_t sum = 0;

	*t = (struct dma_iort){.bytes = bytes, .nbytes = nbytes < MOST_BYTES ? (uint32_t)nbytes : MOST_BYTES};
	if (nbytes < TABLE_SIZE)
		return refuse("it is shorter than its header, bytes", nbytes);
	if (dma_iort_field(t, 0, 4) != 0x54524f49) /* "IORT" */
		return refuse("its signature is", dma_iort_field(t, 0, 4));
	length = (uint32_t)dma_iort_field(t, TABLE_LENGTH, 4);
	if (length < TABLE_SIZE)
		return refuse("its header is longer than its length", length);
	t->first = (uint32_t)dma_iort_field(t, TABLE_FIRST, 4);
	t->nodes = (uint32_t)dma_iort_field(t, TABLE_NODES, 4);
	if (length < t->nbytes)
		t->nbytes = length;
	if (t->first < TABLE_SIZE || t->first > t->nbytes)
		return refuse("its nodes lie outside, at offset", t->first);
	if (length > t->nbytes)
		odd(&c, "table", TABLE_LENGTH, "length", length, "not all of it is there, or is read");
	for (uint32_t i = 0; i < t->nbytes; i++)
		sum = (uint8_t)(sum + dma_iort_field(t, i, 1));
	if (sum != 0 && length == t->nbytes)
		odd(&c, "table", TABLE_CHECKSUM, "checksum off by", sum, "it is read all the same");
	check_nodes(&c);
	return 0;
}
