/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device trees: finding nodes, by what they are compatible with, by handle, by path.
 */
#include "fdt.h"

enum { ALIAS = 32 }; /* bytes of an alias's name (Devicetree Specification v0.4, 3.3: up to 31 characters) */

static bool text_same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* True if the property is a list of strings with that one in it. */
static bool list_has(const struct fdt_property *list, const char *text)
{
	for (uint32_t at = 0, end; at < list->nbytes; at = end) {
		for (end = at; end < list->nbytes && list->value[end]; end++)
			;
		if (end++ == list->nbytes)
			return false; /* the last one does not end */
		if (text_same((const char *)list->value + at, text))
			return true;
	}
	return false;
}

bool fdt_available(const struct fdt *t, fdt_node node)
{
	struct fdt_property property;
	const char *status;

	for (unsigned depth = 0; node != FDT_NONE && depth <= FDT_DEPTH; depth++, node = fdt_parent(t, node)) {
		if (!fdt_property(t, node, "status", &property))
			continue;
		status = fdt_string(t, node, "status");
		if (!status || (!text_same(status, "okay") && !text_same(status, "ok")))
			return false;
	}
	return true;
}

fdt_node fdt_compatible(const struct fdt *t, fdt_node after, const char *compatible)
{
	struct fdt_property list;

	for (fdt_node node = fdt_next(t, after); node != FDT_NONE; node = fdt_next(t, node)) {
		if (fdt_property(t, node, "compatible", &list) && list_has(&list, compatible) && fdt_available(t, node))
			return node;
	}
	return FDT_NONE;
}

fdt_node fdt_phandle(const struct fdt *t, uint32_t phandle)
{
	fdt_node node = FDT_NONE;

	while (phandle && (node = fdt_next(t, node)) != FDT_NONE)
		if (fdt_u32(t, node, "phandle", 0) == phandle)
			return node;
	return FDT_NONE;
}

/* True if the part of a path that starts at part and ends before '/', ':' or the end is the node's name. */
static bool part_equal(const char *part, const char *name)
{
	while (*name && *part == *name) {
		part++;
		name++;
	}
	return !*name && (!*part || *part == '/' || *part == ':');
}

static fdt_node absolute(const struct fdt *t, const char *path)
{
	fdt_node node = fdt_next(t, FDT_NONE), child;

	while (*path == '/' && path[1]) {
		path++;
		for (child = fdt_child(t, node, FDT_NONE); child != FDT_NONE; child = fdt_child(t, node, child))
			if (part_equal(path, fdt_name(t, child)))
				break;
		if (child == FDT_NONE)
			return FDT_NONE;
		node = child;
		while (*path && *path != '/' && *path != ':')
			path++;
	}
	return node;
}

/* The path that an alias stands for, up to a ':' behind it; NULL: there is none. */
static const char *alias_path(const struct fdt *t, const char *alias)
{
	char name[ALIAS];
	unsigned n = 0;

	/* cppcheck-suppress arrayIndexOutOfBoundsCond ; a text ends with its zero */
	for (; alias[n] && alias[n] != ':'; n++) {
		if (n == ALIAS - 1)
			return NULL;
		name[n] = alias[n];
	}
	name[n] = '\0';
	return fdt_string(t, absolute(t, "/aliases"), name);
}

fdt_node fdt_path(const struct fdt *t, const char *path)
{
	if (*path != '/')
		path = alias_path(t, path);
	return path && *path == '/' ? absolute(t, path) : FDT_NONE;
}
