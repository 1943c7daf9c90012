/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IORT: nodes, their id mappings, and the way from a PCI requester to a stream id. Section numbers are those of DEN
 * 0049E.e. What is odd is said when the table is opened (iort_check.c).
 */
#include <dmastream/errors.h>

#include "iort_nodes.h"

uint64_t dma_iort_field(const struct dma_iort *t, uint32_t at, unsigned nbytes)
{
	uint64_t value = 0;

	if (at > t->nbytes || nbytes > t->nbytes - at)
		return 0;
	while (nbytes--)
		value = value << 8 | *(const volatile uint8_t *)(t->bytes + at + nbytes);
	return value;
}

/* True if a node can begin there: its head is inside the table, and so is all of it. */
static bool fits(const struct dma_iort *t, uint32_t at)
{
	uint32_t length = (uint32_t)dma_iort_field(t, at + NODE_LENGTH, 2);

	return at <= t->nbytes && length >= NODE_SIZE && length <= t->nbytes - at;
}

uint32_t dma_iort_next(const struct dma_iort *t, struct dma_iort_walk *walk)
{
	if (walk->left == 0 || !fits(t, walk->at)) {
		walk->left = 0;
		return 0;
	}
	walk->node = walk->at;
	walk->length = (uint32_t)dma_iort_field(t, walk->node + NODE_LENGTH, 2);
	walk->type = (uint32_t)dma_iort_field(t, walk->node, 1);
	walk->at += walk->length;
	walk->left--;
	return walk->node;
}

uint32_t dma_iort_least(uint32_t type)
{
	static const uint8_t sizes[NODE_TYPES] = {
		[NODE_ITS] = NODE_SIZE + 4,	 [NODE_NAMED] = NODE_SIZE + 14, [NODE_ROOT] = ROOT_SIZE,
		[NODE_SMMU_V2] = NODE_SIZE + 44, [NODE_SMMU_V3] = SMMU_SIZE,	[NODE_PMCG] = NODE_SIZE + 16,
		[NODE_RESERVED] = RESERVED_SIZE,
	};

	return type < NODE_TYPES ? sizes[type] : NODE_SIZE;
}

uint32_t dma_iort_rows(const struct dma_iort_walk *walk, uint32_t at, uint32_t count, uint32_t row_bytes)
{
	uint32_t room = at >= NODE_SIZE && at <= walk->length ? (walk->length - at) / row_bytes : 0;

	return count < room ? count : room;
}

bool dma_iort_mapping(const struct dma_iort *t, const struct dma_iort_walk *walk, uint32_t index,
		      struct dma_iort_mapping *out)
{
	uint32_t at = (uint32_t)dma_iort_field(t, walk->node + NODE_MAPPINGS_AT, 4);
	uint32_t count = (uint32_t)dma_iort_field(t, walk->node + NODE_MAPPINGS, 4);

	if (index >= dma_iort_rows(walk, at, count, MAPPING_SIZE))
		return false;
	at += walk->node + index * MAPPING_SIZE;
	*out = (struct dma_iort_mapping){
		.at = at,
		.first = (uint32_t)dma_iort_field(t, at, 4),
		.more = (uint32_t)dma_iort_field(t, at + 4, 4),
		.output = (uint32_t)dma_iort_field(t, at + 8, 4),
		.target = (uint32_t)dma_iort_field(t, at + 12, 4),
		.flags = (uint32_t)dma_iort_field(t, at + 16, 4),
	};
	if (out->flags & MAPPING_SINGLE)
		out->more = 0;
	return true;
}

struct dma_iort_walk dma_iort_all(const struct dma_iort *t)
{
	return (struct dma_iort_walk){.at = t->first, .left = t->nodes};
}

bool dma_iort_node_at(const struct dma_iort *t, uint32_t at, struct dma_iort_walk *walk)
{
	*walk = dma_iort_all(t);
	while (dma_iort_next(t, walk))
		if (walk->node == at)
			return walk->length >= dma_iort_least(walk->type);
	return false;
}

bool dma_iort_drivable(const struct dma_iort *t, const struct dma_iort_walk *smmu)
{
	uint64_t base = dma_iort_field(t, smmu->node + SMMU_BASE, 8);

	return smmu->type == NODE_SMMU_V3 && smmu->length >= SMMU_SIZE && base != 0 && base % SMMU_ALIGN == 0 &&
	       base <= ~(uint64_t)0 - IORT_SMMUV3_WINDOW;
}

/* IORT may describe an SMMU twice: gives the first node that has the same registers as this one. 0: the SMMU cannot be
 * driven. */
static uint32_t canonical(const struct dma_iort *t, const struct dma_iort_walk *smmu)
{
	uint64_t base = dma_iort_field(t, smmu->node + SMMU_BASE, 8);
	struct dma_iort_walk walk = dma_iort_all(t);

	if (!dma_iort_drivable(t, smmu))
		return 0;
	while (dma_iort_next(t, &walk))
		if (dma_iort_drivable(t, &walk) && dma_iort_field(t, walk.node + SMMU_BASE, 8) == base)
			return walk.node;
	return 0;
}

bool dma_iort_smmu_at(const struct dma_iort *t, unsigned index, struct dma_iort_smmu *out)
{
	struct dma_iort_walk walk = dma_iort_all(t);

	while (dma_iort_next(t, &walk)) {
		if (canonical(t, &walk) != walk.node || index-- > 0)
			continue;
		*out = (struct dma_iort_smmu){
			.node = walk.node,
			.registers = dma_iort_field(t, walk.node + SMMU_BASE, 8),
			.model = (uint32_t)dma_iort_field(t, walk.node + SMMU_MODEL, 4),
			.coherent = dma_iort_field(t, walk.node + SMMU_FLAGS, 4) & SMMU_COHERENT,
		};
		if (out->model > DMA_SMMUV3_CAVIUM_CN99XX)
			out->model = DMA_SMMUV3_GENERIC;
		return true;
	}
	return false;
}

/* The mapping of that root complex that serves the id. Firmware that wrote the count where "count minus one" belongs
 * makes the last id of a range the first of the next as well: the one that begins there has it (hazard 77). */
static bool find_mapping(const struct dma_iort *t, const struct dma_iort_walk *root, uint32_t id,
			 struct dma_iort_mapping *out)
{
	struct dma_iort_mapping mapping;
	bool found = false;

	for (uint32_t i = 0; dma_iort_mapping(t, root, i, &mapping); i++) {
		if (mapping.flags & MAPPING_SINGLE)
			continue; /* of the node itself, not of ids that pass it */
		if (id < mapping.first || id - mapping.first > mapping.more)
			continue;
		if (!found || (mapping.first == id && out->more && id - out->first == out->more))
			*out = mapping;
		found = true;
	}
	return found;
}

static int route_of(const struct dma_iort *t, const struct dma_iort_mapping *mapping, uint32_t id,
		    struct dma_iort_route *out)
{
	uint64_t stream = (uint64_t)mapping->output + (id - mapping->first);
	struct dma_iort_walk target;

	if (stream > UINT32_MAX || !dma_iort_node_at(t, mapping->target, &target))
		return DMA_ENOTSUP;
	if (target.type == NODE_ITS)
		return 0; /* straight to the interrupt controllers: no SMMU stands in front */
	out->smmu = canonical(t, &target);
	out->stream_id = (uint32_t)stream;
	return out->smmu ? 0 : DMA_ENOTSUP;
}

/* 3.1.1.3: cache coherent, or made so by the attributes that the interconnect forces. */
static bool coherent(const struct dma_iort *t, uint32_t root)
{
	unsigned attributes = (unsigned)dma_iort_field(t, root + ROOT_ATTRIBUTES, 1);

	return dma_iort_field(t, root + ROOT_COHERENT, 4) == 1 || (attributes & ROOT_FORCED) == ROOT_FORCED;
}

/* The root complex that has the requester, and its mapping: a segment may have several roots. */
static bool find_root(const struct dma_iort *t, uint16_t segment, uint16_t requester, struct dma_iort_walk *root,
		      struct dma_iort_mapping *mapping)
{
	*root = dma_iort_all(t);
	while (dma_iort_next(t, root))
		if (root->type == NODE_ROOT && root->length >= ROOT_SIZE &&
		    dma_iort_field(t, root->node + ROOT_SEGMENT, 4) == segment &&
		    find_mapping(t, root, requester, mapping))
			return true;
	return false;
}

int dma_iort_map(const struct dma_iort *t, uint16_t segment, uint16_t requester, struct dma_iort_route *out)
{
	struct dma_iort_walk root;
	struct dma_iort_mapping mapping = {0};

	if (!find_root(t, segment, requester, &root, &mapping))
		return DMA_ENODEV;
	*out = (struct dma_iort_route){.coherent = coherent(t, root.node)};
	return route_of(t, &mapping, requester, out);
}

int dma_iort_message(const struct dma_iort *t, uint16_t segment, uint16_t requester, struct dma_iort_doorbell *out)
{
	struct dma_iort_walk node;
	struct dma_iort_mapping mapping = {0};
	uint64_t id = requester;

	if (!find_root(t, segment, requester, &node, &mapping))
		return DMA_ENODEV;
	for (;;) {
		bool is_root = node.type == NODE_ROOT;

		id = mapping.output + (id - mapping.first);
		if (id > UINT32_MAX || !dma_iort_node_at(t, mapping.target, &node))
			return DMA_ENOTSUP;
		if (node.type == NODE_ITS)
			break;
		/* 3.1.2: an SMMU's mappings lead to services alone; whatever else a table says could go in circles. */
		if (!is_root || (node.type != NODE_SMMU_V2 && node.type != NODE_SMMU_V3) ||
		    !find_mapping(t, &node, (uint32_t)id, &mapping))
			return DMA_ENOTSUP;
	}
	if (node.length < ITS_SIZE || dma_iort_field(t, node.node + ITS_COUNT, 4) == 0)
		return DMA_ENOTSUP;
	*out = (struct dma_iort_doorbell){(uint32_t)dma_iort_field(t, node.node + ITS_FIRST, 4), (uint32_t)id};
	return 0;
}

bool dma_iort_range(const struct dma_iort *t, const struct dma_iort_walk *reserved, uint32_t index, uint64_t *base,
		    uint64_t *nbytes)
{
	uint32_t at = (uint32_t)dma_iort_field(t, reserved->node + RESERVED_RANGES_AT, 4);
	uint32_t count = (uint32_t)dma_iort_field(t, reserved->node + RESERVED_RANGES, 4);

	if (index >= dma_iort_rows(reserved, at, count, RANGE_SIZE))
		return false;
	at += reserved->node + index * RANGE_SIZE;
	*base = dma_iort_field(t, at, 8);
	*nbytes = dma_iort_field(t, at + 8, 8);
	return true;
}

bool dma_iort_streams(const struct dma_iort_mapping *mapping)
{
	return mapping->more <= UINT32_MAX - mapping->output;
}

/* The index-th range of the node that makes sense; *index counts down by those that do. */
static bool take_range(const struct dma_iort *t, const struct dma_iort_walk *reserved, unsigned *index,
		       struct dma_smmuv3_region *out)
{
	uint32_t flags = (uint32_t)dma_iort_field(t, reserved->node + RESERVED_FLAGS, 4);

	for (uint32_t i = 0; dma_iort_range(t, reserved, i, &out->base, &out->nbytes); i++) {
		if (!dma_iort_range_fits(out->base, out->nbytes) || (*index)-- > 0)
			continue;
		out->type = (flags >> RESERVED_MEMORY & RESERVED_MEMORY_MASK) <= RESERVED_DEVICE_LAST
				    ? DMA_REGION_DEVICE
				    : DMA_REGION_MEMORY;
		return true;
	}
	return false;
}

bool dma_iort_region(const struct dma_iort *t, uint32_t smmu, unsigned index, struct dma_smmuv3_region *out)
{
	struct dma_iort_walk reserved = dma_iort_all(t), target;
	struct dma_iort_mapping mapping;

	while (dma_iort_next(t, &reserved)) {
		if (reserved.type != NODE_RESERVED || reserved.length < RESERVED_SIZE)
			continue;
		for (uint32_t i = 0; dma_iort_mapping(t, &reserved, i, &mapping); i++) {
			if (!dma_iort_node_at(t, mapping.target, &target) || canonical(t, &target) != smmu || !smmu ||
			    !dma_iort_streams(&mapping))
				continue;
			out->stream = mapping.output;
			out->last_stream = mapping.output + mapping.more;
			if (take_range(t, &reserved, &index, out))
				return true;
		}
	}
	return false;
}
