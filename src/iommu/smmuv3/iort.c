/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IORT: nodes, their id mappings, and the way from a PCI requester to a stream id. Section numbers are those of DEN
 * 0049E.e.
 */
#include "iort.h"

/* 3: offsets within the table, a node (3.1), a mapping (3.1.2, table 4). */
enum {
	TABLE_LENGTH = 4,
	TABLE_NODES = 36,
	TABLE_FIRST = 40,
	TABLE_SIZE = 48,

	NODE_TYPE = 0,
	NODE_LENGTH = 1,
	NODE_MAPPINGS = 8,
	NODE_MAPPINGS_AT = 12,
	NODE_SIZE = 16,

	MAPPING_FIRST = 0,
	MAPPING_LAST = 4, /* number of ids, minus one */
	MAPPING_OUTPUT = 8,
	MAPPING_TARGET = 12,
	MAPPING_FLAGS = 16,
	MAPPING_SINGLE = 1,
	MAPPING_SIZE = 20,
};

enum node_type {
	NODE_ROOT_COMPLEX = 2,
	NODE_SMMU_V3 = 4,
	NODE_RESERVED = 6,
	NODE_TYPES = 7,
};

/* What the types that are read have behind the head (3.1.1.3, 3.1.1.2, 3.1.1.5). */
enum {
	ROOT_COHERENT = 16,
	ROOT_SEGMENT = 28,
	ROOT_SIZE = 32,

	SMMU_BASE = 16,
	SMMU_FLAGS = 24,
	SMMU_COHERENT = 1,
	SMMU_SIZE = 60,

	RESERVED_RANGES = 20,
	RESERVED_RANGES_AT = 24,
	RESERVED_SIZE = 28,
	RANGE_SIZE = 20,
};

static const uint16_t node_sizes[NODE_TYPES] = {
	[NODE_ROOT_COMPLEX] = ROOT_SIZE,
	[NODE_SMMU_V3] = SMMU_SIZE,
	[NODE_RESERVED] = RESERVED_SIZE,
};

static uint32_t le16(const uint8_t *bytes)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a table that was opened has bytes */
	return (uint32_t)bytes[1] << 8 | bytes[0];
}

static uint32_t le32(const uint8_t *bytes)
{
	return le16(bytes + 2) << 16 | le16(bytes);
}

static uint64_t le64(const uint8_t *bytes)
{
	return (uint64_t)le32(bytes + 4) << 32 | le32(bytes);
}

/* An array of count rows that should lie within the node. */
static bool rows_fit(const uint8_t *node, uint32_t at, uint32_t count, uint32_t size)
{
	uint32_t length = le16(node + NODE_LENGTH);

	return !count || (at >= NODE_SIZE && at <= length && count <= (length - at) / size);
}

const char *dma_iort_open(struct dma_iort *t, const void *table, size_t nbytes)
{
	const uint8_t *bytes = table, *node;
	uint32_t length, at, type;
	uint8_t sum = 0;

	if (nbytes < TABLE_SIZE)
		return "it is shorter than its head";
	if (bytes[0] != 'I' || bytes[1] != 'O' || bytes[2] != 'R' || bytes[3] != 'T')
		return "the signature is missing";
	length = le32(bytes + TABLE_LENGTH);
	if (length < TABLE_SIZE || length > nbytes)
		return "the length makes no sense";
	for (uint32_t i = 0; i < length; i++)
		sum = (uint8_t)(sum + bytes[i]);
	if (sum)
		return "the checksum is wrong";
	*t = (struct dma_iort){bytes, length, le32(bytes + TABLE_FIRST), le32(bytes + TABLE_NODES)};
	if (t->first < TABLE_SIZE || t->first > length)
		return "the nodes lie outside the table";
	at = t->first;
	for (uint32_t i = 0; i < t->nodes; i++, at += le16(node + NODE_LENGTH)) {
		node = bytes + at;
		if (length - at < NODE_SIZE || le16(node + NODE_LENGTH) < NODE_SIZE ||
		    le16(node + NODE_LENGTH) > length - at)
			return "a node is cut off";
		type = node[NODE_TYPE];
		if (type < NODE_TYPES && le16(node + NODE_LENGTH) < node_sizes[type])
			return "a node is shorter than its type";
		if (!rows_fit(node, le32(node + NODE_MAPPINGS_AT), le32(node + NODE_MAPPINGS), MAPPING_SIZE))
			return "a node's mappings lie outside it";
		if (type == NODE_RESERVED &&
		    !rows_fit(node, le32(node + RESERVED_RANGES_AT), le32(node + RESERVED_RANGES), RANGE_SIZE))
			return "a node's memory ranges lie outside it";
	}
	return NULL;
}

/* The first node at or behind offset `at` of that type; 0: none. dma_iort_open() has checked the lengths. */
static uint32_t find_node(const struct dma_iort *t, uint32_t after, enum node_type type)
{
	uint32_t at = t->first;

	for (uint32_t i = 0; i < t->nodes; i++, at += le16(t->bytes + at + NODE_LENGTH))
		if (at > after && t->bytes[at + NODE_TYPE] == type)
			return at;
	return 0;
}

bool dma_iort_smmu(const struct dma_iort *t, unsigned index, struct dma_iort_smmu *out)
{
	uint32_t at = 0;

	do
		at = find_node(t, at, NODE_SMMU_V3);
	while (at && index--);
	if (!at)
		return false;
	*out = (struct dma_iort_smmu){
		.node = at,
		.base = le64(t->bytes + at + SMMU_BASE),
		.coherent = le32(t->bytes + at + SMMU_FLAGS) & SMMU_COHERENT,
	};
	return true;
}

/* The mapping of that node that serves the id, or NULL. The target must be an SMMUv3: its own mappings lead on to
 * interrupt controllers, and those of a root complex may do so directly (then no SMMU stands in front). */
static const uint8_t *find_mapping(const struct dma_iort *t, uint32_t node, uint32_t id, uint32_t *target)
{
	const uint8_t *mapping = t->bytes + node + le32(t->bytes + node + NODE_MAPPINGS_AT);

	for (uint32_t i = 0; i < le32(t->bytes + node + NODE_MAPPINGS); i++, mapping += MAPPING_SIZE) {
		if (le32(mapping + MAPPING_FLAGS) & MAPPING_SINGLE)
			continue; /* of the node itself, not of ids that pass it */
		if (id < le32(mapping + MAPPING_FIRST) ||
		    id - le32(mapping + MAPPING_FIRST) > le32(mapping + MAPPING_LAST))
			continue;
		*target = le32(mapping + MAPPING_TARGET);
		return mapping;
	}
	return NULL;
}

/* True if a node of that type begins at that offset (an offset into the middle of one must not be followed). */
static bool is_node(const struct dma_iort *t, uint32_t at, enum node_type type)
{
	return at && find_node(t, at - 1, type) == at;
}

bool dma_iort_map(const struct dma_iort *t, uint32_t segment, uint32_t requester, struct dma_iort_route *out)
{
	uint32_t root = 0, target;
	const uint8_t *mapping;
	uint64_t stream_id;

	while ((root = find_node(t, root, NODE_ROOT_COMPLEX)) != 0) {
		if (le32(t->bytes + root + ROOT_SEGMENT) != segment)
			continue;
		*out = (struct dma_iort_route){.coherent = le32(t->bytes + root + ROOT_COHERENT) == 1};
		mapping = find_mapping(t, root, requester, &target);
		if (!mapping)
			continue; /* a segment may have several roots */
		if (!is_node(t, target, NODE_SMMU_V3))
			return true;
		stream_id = (uint64_t)le32(mapping + MAPPING_OUTPUT) + (requester - le32(mapping + MAPPING_FIRST));
		if (stream_id > UINT32_MAX)
			return false;
		out->smmu = target;
		out->stream_id = (uint32_t)stream_id;
		return true;
	}
	return false;
}

/* True if one of the reserved node's mappings names that SMMU and stream. */
static bool reserves_for(const struct dma_iort *t, uint32_t node, const struct dma_iort_route *route)
{
	const uint8_t *mapping = t->bytes + node + le32(t->bytes + node + NODE_MAPPINGS_AT);

	for (uint32_t i = 0; i < le32(t->bytes + node + NODE_MAPPINGS); i++, mapping += MAPPING_SIZE)
		if (le32(mapping + MAPPING_TARGET) == route->smmu && le32(mapping + MAPPING_OUTPUT) == route->stream_id)
			return true;
	return false;
}

bool dma_iort_reserved(const struct dma_iort *t, const struct dma_iort_route *route, unsigned index, uint64_t *base,
		       uint64_t *nbytes)
{
	const uint8_t *range;

	for (uint32_t node = 0; route->smmu && (node = find_node(t, node, NODE_RESERVED)) != 0;) {
		uint32_t ranges = le32(t->bytes + node + RESERVED_RANGES);

		if (!reserves_for(t, node, route))
			continue;
		if (index >= ranges) {
			index -= ranges;
			continue;
		}
		range = t->bytes + node + le32(t->bytes + node + RESERVED_RANGES_AT) + index * RANGE_SIZE;
		*base = le64(range);
		*nbytes = le64(range + 8);
		return true;
	}
	return false;
}
