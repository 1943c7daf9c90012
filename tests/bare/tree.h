/* SPDX-License-Identifier: MPL-2.0 */
/* Writes flattened device trees, good ones and others. */
#ifndef TESTS_ARM64_TREE_H
#define TESTS_ARM64_TREE_H

#include <stddef.h>
#include <stdint.h>

struct tree {
	uint8_t structure[262144], strings[65536], reservations[1024];
	size_t nstructure, nstrings, nreservations;
	uint8_t blob[400000];
	size_t nblob;
};

void tree_word(struct tree *t, uint32_t word);
void tree_begin(struct tree *t, const char *name);
void tree_end(struct tree *t);
void tree_bytes(struct tree *t, const char *name, const void *value, size_t nbytes);
void tree_text(struct tree *t, const char *name, const char *value);
/* n words */
void tree_cells(struct tree *t, const char *name, size_t n, const uint32_t *cells);
#define TREE_CELLS(t, name, ...)                                                                                       \
	tree_cells((t), (name), sizeof((uint32_t[]){__VA_ARGS__}) / 4, (const uint32_t[]){__VA_ARGS__})
void tree_reserve(struct tree *t, uint64_t base, uint64_t nbytes);
/* Puts blob together. */
void tree_finish(struct tree *t);
void tree_patch(struct tree *t, size_t at, uint32_t word); /* of the blob */

#endif
