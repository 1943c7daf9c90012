/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Blocks of the driver's heap and of coherent memory. Freed ones are not given out again while there is room, so that a
 * use after free shows.
 */
#include "runtime.h"
#include <stdlib.h>

#define BLOCKS 16384u

static struct block {
	unsigned char *at;
	size_t nbytes, room;
	site_t made, freed;
	enum region_kind kind;
	bool live;
} blocks[BLOCKS];
static unsigned nblocks;
static size_t taken[REGIONS];

void *heap_take(enum region_kind kind, size_t nbytes, size_t align)
{
	size_t total, room;
	unsigned char *base = region_base(kind, &total);

	room = (nbytes + align - 1) & ~(align - 1);
	taken[kind] = (taken[kind] + align - 1) & ~(align - 1);
	if (!room || room > total - taken[kind] || nblocks == BLOCKS) {
		for (unsigned i = 0; i < nblocks && room; i++) /* then those that were freed, oldest first */
			if (!blocks[i].live && blocks[i].kind == kind && blocks[i].room >= room &&
			    ((uintptr_t)blocks[i].at & (align - 1)) == 0) {
				blocks[i].live = true;
				blocks[i].nbytes = nbytes;
				blocks[i].made = stack_here();
				return blocks[i].at;
			}
		return NULL;
	}
	blocks[nblocks++] = (struct block){base + taken[kind], nbytes, room, stack_here(), 0, kind, true};
	taken[kind] += room;
	return base + taken[kind] - room;
}

static struct block *block_of(const void *at)
{
	static unsigned last;

	if (last < nblocks && (uintptr_t)at - (uintptr_t)blocks[last].at < blocks[last].room)
		return &blocks[last];
	for (unsigned i = nblocks; i-- > 0;)
		if ((uintptr_t)at - (uintptr_t)blocks[i].at < blocks[i].room) {
			last = i;
			return &blocks[i];
		}
	return NULL;
}

const void *heap_block(const void *at, size_t *nbytes, bool *freed, site_t *where)
{
	const struct block *b = block_of(at);

	if (!b)
		return NULL;
	*nbytes = b->nbytes;
	*freed = !b->live;
	*where = b->live ? b->made : b->freed;
	return b->at;
}

size_t heap_size(const void *memory)
{
	const struct block *b = block_of(memory);

	return b && b->at == memory && b->live ? b->nbytes : 0;
}

bool heap_give(void *memory)
{
	struct block *b = block_of(memory);

	if (!b || b->at != memory || !b->live)
		return false;
	b->live = false;
	b->freed = stack_here();
	return true;
}
