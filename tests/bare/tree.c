/* SPDX-License-Identifier: MPL-2.0 */
/* Devicetree Specification v0.4, chapter 5, from the writer's side. */
#include "tree.h"

#include <string.h>

static void be32(uint8_t *to, uint32_t word)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (uint8_t)(word >> (24 - 8 * i));
}

void tree_word(struct tree *t, uint32_t word)
{
	be32(t->structure + t->nstructure, word);
	t->nstructure += 4;
}

static void add(struct tree *t, const void *value, size_t nbytes)
{
	if (nbytes)
		memcpy(t->structure + t->nstructure, value, nbytes);
	t->nstructure = (t->nstructure + nbytes + 3) & ~(size_t)3;
}

void tree_begin(struct tree *t, const char *name)
{
	tree_word(t, 1);
	add(t, name, strlen(name) + 1);
}

void tree_end(struct tree *t)
{
	tree_word(t, 2);
}

void tree_bytes(struct tree *t, const char *name, const void *value, size_t nbytes)
{
	tree_word(t, 3);
	tree_word(t, (uint32_t)nbytes);
	tree_word(t, (uint32_t)t->nstrings);
	memcpy(t->strings + t->nstrings, name, strlen(name) + 1);
	t->nstrings += strlen(name) + 1;
	add(t, value, nbytes);
}

void tree_text(struct tree *t, const char *name, const char *value)
{
	tree_bytes(t, name, value, strlen(value) + 1);
}

void tree_cells(struct tree *t, const char *name, size_t n, const uint32_t *cells)
{
	uint8_t value[1024];

	for (size_t i = 0; i < n; i++)
		be32(value + 4 * i, cells[i]);
	tree_bytes(t, name, value, 4 * n);
}

void tree_reserve(struct tree *t, uint64_t base, uint64_t nbytes)
{
	be32(t->reservations + t->nreservations, (uint32_t)(base >> 32));
	be32(t->reservations + t->nreservations + 4, (uint32_t)base);
	be32(t->reservations + t->nreservations + 8, (uint32_t)(nbytes >> 32));
	be32(t->reservations + t->nreservations + 12, (uint32_t)nbytes);
	t->nreservations += 16;
}

void tree_finish(struct tree *t)
{
	size_t reservations = 40, structure, strings;

	tree_word(t, 9);
	structure = reservations + t->nreservations + 16;
	strings = structure + t->nstructure;
	t->nblob = strings + t->nstrings;
	memset(t->blob, 0, sizeof(t->blob));
	memcpy(t->blob + reservations, t->reservations, t->nreservations);
	memcpy(t->blob + structure, t->structure, t->nstructure);
	memcpy(t->blob + strings, t->strings, t->nstrings);
	tree_patch(t, 0, 0xd00dfeed);
	tree_patch(t, 4, (uint32_t)t->nblob);
	tree_patch(t, 8, (uint32_t)structure);
	tree_patch(t, 12, (uint32_t)strings);
	tree_patch(t, 16, (uint32_t)reservations);
	tree_patch(t, 20, 17);
	tree_patch(t, 24, 16);
	tree_patch(t, 32, (uint32_t)t->nstrings);
	tree_patch(t, 36, (uint32_t)t->nstructure);
}

void tree_patch(struct tree *t, size_t at, uint32_t word)
{
	be32(t->blob + at, word);
}
