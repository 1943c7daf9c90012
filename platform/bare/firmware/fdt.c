/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device trees: the tokens of the structure block, nodes and properties. Every read goes through token_at(), which
 * checks it against the end of its block; the names in comments are those of the specification (v0.4, 5.4).
 */
#include "fdt.h"

enum {
	FDT_MAGIC = 0xd00dfeed,
	FDT_VERSION = 17, /* the layout that is read; trees say down to which they can be read */
	FDT_BEGIN_NODE = 1,
	FDT_END_NODE = 2,
	FDT_PROP = 3,
	FDT_NOP = 4,
	FDT_END = 9,
};

/* Words of the header. */
enum {
	HEADER_MAGIC,
	HEADER_TOTAL_SIZE,
	HEADER_STRUCTURE,
	HEADER_STRINGS,
	HEADER_RESERVATIONS,
	HEADER_VERSION,
	HEADER_LAST_COMPATIBLE,
	HEADER_BOOT_CPU,
	HEADER_STRINGS_SIZE,
	HEADER_STRUCTURE_SIZE,
};

struct token {
	uint32_t kind;
	uint32_t next;	  /* offset of the token behind */
	const char *name; /* of a node or property */
	struct fdt_property property;
};

static uint32_t be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint64_t be64(const uint8_t *bytes)
{
	return (uint64_t)be32(bytes) << 32 | be32(bytes + 4);
}

static bool text_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* The offset just behind the zero that ends the string at `at`, or 0 if none comes before `end`. */
static uint32_t string_end(const uint8_t *bytes, uint32_t at, uint32_t end)
{
	while (at < end)
		if (!bytes[at++])
			return at;
	return 0;
}

/* Reads the token at `at`. NULL, or what is wrong. */
static const char *token_at(const struct fdt *t, uint32_t at, struct token *out)
{
	uint32_t end = t->structure_end, length, name;

	if (at > end || end - at < 4)
		return "the structure block ends without FDT_END";
	out->kind = be32(t->bytes + at);
	out->name = "";
	out->property = (struct fdt_property){0};
	at += 4;
	switch (out->kind) {
	case FDT_BEGIN_NODE:
		out->name = (const char *)t->bytes + at;
		at = string_end(t->bytes, at, end);
		if (!at)
			return "a node's name does not end";
		break;
	case FDT_PROP:
		if (end - at < 8)
			return "a property is cut off";
		length = be32(t->bytes + at);
		name = be32(t->bytes + at + 4);
		at += 8;
		if (length > end - at)
			return "a property reaches past the structure block";
		if (name >= t->strings_end - t->strings || !string_end(t->bytes, t->strings + name, t->strings_end))
			return "a property's name lies outside the strings block";
		out->name = (const char *)t->bytes + t->strings + name;
		out->property = (struct fdt_property){t->bytes + at, length};
		at += length;
		break;
	case FDT_END_NODE:
	case FDT_NOP:
	case FDT_END:
		break;
	default:
		return "a token is unknown";
	}
	out->next = (at + 3) & ~3u;
	return NULL;
}

uint32_t fdt_total_size(const void *bytes)
{
	uint32_t size = be32((const uint8_t *)bytes + 4 * HEADER_TOTAL_SIZE);

	return be32(bytes) == FDT_MAGIC && size >= FDT_HEADER_SIZE && size <= FDT_MAX_SIZE ? size : 0;
}

/* Walks all tokens: balanced, one root, properties before children, no deeper than FDT_DEPTH, and an end. */
static const char *check_structure(const struct fdt *t)
{
	uint32_t at = t->structure;
	unsigned depth = 0, roots = 0;
	bool after_child = false;
	struct token token;
	const char *wrong;

	for (;; at = token.next) {
		wrong = token_at(t, at, &token);
		if (wrong)
			return wrong;
		switch (token.kind) {
		case FDT_BEGIN_NODE:
			if (!depth && roots++)
				return "there are two roots";
			if (++depth > FDT_DEPTH)
				return "nodes are nested too deep";
			after_child = false;
			break;
		case FDT_END_NODE:
			if (!depth--)
				return "a node ends that never began";
			after_child = true;
			break;
		case FDT_PROP:
			if (!depth || after_child)
				return "a property stands outside or behind its node's children";
			break;
		case FDT_END:
			return depth ? "nodes do not end" : roots ? NULL : "there is no root";
		default:
			break;
		}
	}
}

const char *fdt_open(struct fdt *t, const void *blob, size_t nbytes)
{
	const uint8_t *bytes = blob;
	uint32_t total, structure_size, strings_size;

	if (nbytes < FDT_HEADER_SIZE)
		return "it is shorter than a header";
	if (be32(bytes) != FDT_MAGIC)
		return "the magic number is missing";
	total = fdt_total_size(blob);
	if (!total || total > nbytes)
		return "the total size makes no sense";
	if (be32(bytes + 4 * HEADER_VERSION) < FDT_VERSION || be32(bytes + 4 * HEADER_LAST_COMPATIBLE) > FDT_VERSION)
		return "the version is not supported";
	*t = (struct fdt){
		.bytes = bytes,
		.structure = be32(bytes + 4 * HEADER_STRUCTURE),
		.strings = be32(bytes + 4 * HEADER_STRINGS),
		.reservations = be32(bytes + 4 * HEADER_RESERVATIONS),
	};
	structure_size = be32(bytes + 4 * HEADER_STRUCTURE_SIZE);
	strings_size = be32(bytes + 4 * HEADER_STRINGS_SIZE);
	if (t->structure % 4 || t->structure > total || structure_size > total - t->structure)
		return "the structure block lies outside the tree";
	if (t->strings > total || strings_size > total - t->strings)
		return "the strings block lies outside the tree";
	if (t->reservations % 8 || t->reservations > total)
		return "the reservation block lies outside the tree";
	t->structure_end = t->structure + structure_size;
	t->strings_end = t->strings + strings_size;
	for (uint32_t at = t->reservations;; at += 16) {
		if (total - at < 16)
			return "the reservation block does not end";
		if (!(be64(bytes + at) | be64(bytes + at + 8))) /* 5.3: both are 0; a row of size 0 does not end it */
			break;
	}
	return check_structure(t);
}

/* The node after `at`, counting from the token at `at`; *depth changes as nodes end. */
static fdt_node next_node(const struct fdt *t, uint32_t at, int *depth)
{
	struct token token;

	for (; !token_at(t, at, &token) && token.kind != FDT_END; at = token.next) {
		if (token.kind == FDT_BEGIN_NODE)
			return at;
		if (token.kind == FDT_END_NODE)
			--*depth;
	}
	return FDT_NONE;
}

/* The offset of the first token inside the node, or of the root's own for FDT_NONE. */
static uint32_t inside(const struct fdt *t, fdt_node node)
{
	struct token token;

	if (node == FDT_NONE)
		return t->structure;
	return token_at(t, node, &token) ? t->structure_end : token.next;
}

fdt_node fdt_next(const struct fdt *t, fdt_node node)
{
	int depth = 0;

	return next_node(t, inside(t, node), &depth);
}

fdt_node fdt_parent(const struct fdt *t, fdt_node node)
{
	fdt_node path[FDT_DEPTH + 1] = {FDT_NONE};
	int depth = 0;

	for (fdt_node at = next_node(t, t->structure, &depth); at != FDT_NONE;
	     at = next_node(t, inside(t, at), &depth)) {
		if (depth < 0 || depth >= FDT_DEPTH)
			break;
		if (at == node)
			return path[depth];
		path[++depth] = at;
	}
	return FDT_NONE;
}

fdt_node fdt_child(const struct fdt *t, fdt_node parent, fdt_node previous)
{
	fdt_node at = previous == FDT_NONE ? parent : previous;
	int depth =
		previous == FDT_NONE ? 1 : 2; /* of what follows: 1 inside the parent, 2 inside the previous child */

	if (parent == FDT_NONE)
		return FDT_NONE;
	for (at = next_node(t, inside(t, at), &depth); at != FDT_NONE && depth > 0;
	     at = next_node(t, inside(t, at), &depth)) {
		if (depth == 1)
			return at;
		depth++;
	}
	return FDT_NONE;
}

const char *fdt_name(const struct fdt *t, fdt_node node)
{
	struct token token;

	return token_at(t, node, &token) ? "" : token.name;
}

bool fdt_property(const struct fdt *t, fdt_node node, const char *name, struct fdt_property *out)
{
	struct token token;

	if (node == FDT_NONE)
		return false;
	for (uint32_t at = inside(t, node); !token_at(t, at, &token); at = token.next) {
		if (token.kind != FDT_PROP && token.kind != FDT_NOP)
			break;
		if (token.kind == FDT_PROP && text_equal(token.name, name)) {
			*out = token.property;
			return true;
		}
	}
	return false;
}

const char *fdt_string(const struct fdt *t, fdt_node node, const char *name)
{
	struct fdt_property property;

	if (!fdt_property(t, node, name, &property) || !string_end(property.value, 0, property.nbytes))
		return NULL;
	return (const char *)property.value;
}

bool fdt_cells(const struct fdt_property *property, uint32_t index, unsigned ncells, uint64_t *value)
{
	uint32_t words = property->nbytes / 4;

	if (ncells < 1 || ncells > 2 || index > words || words - index < ncells)
		return false;
	*value = be32(property->value + 4 * index);
	if (ncells == 2)
		*value = *value << 32 | be32(property->value + 4 * index + 4);
	return true;
}

uint32_t fdt_u32(const struct fdt *t, fdt_node node, const char *name, uint32_t otherwise)
{
	struct fdt_property property;
	uint64_t value;

	return fdt_property(t, node, name, &property) && fdt_cells(&property, 0, 1, &value) ? (uint32_t)value
											    : otherwise;
}

bool fdt_dma_coherent(const struct fdt *t, fdt_node node, bool otherwise)
{
	struct fdt_property property;

	for (unsigned depth = 0; node != FDT_NONE && depth <= FDT_DEPTH; depth++, node = fdt_parent(t, node)) {
		if (fdt_property(t, node, "dma-noncoherent", &property))
			return false;
		if (fdt_property(t, node, "dma-coherent", &property))
			return true;
	}
	return otherwise;
}

bool fdt_reservation(const struct fdt *t, uint32_t index, uint64_t *address, uint64_t *nbytes)
{
	for (uint32_t at = t->reservations;; at += 16, index--) { /* fdt_open() has seen its end */
		*address = be64(t->bytes + at);
		*nbytes = be64(t->bytes + at + 8);
		if (!(*address | *nbytes))
			return false;
		if (!index)
			return true;
	}
}
