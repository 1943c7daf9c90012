/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Call chains. The compiler announces entries and exits of the driver's functions; chains are hashed as they grow and
 * numbered, so that each byte can remember who wrote it in four bytes.
 */
#include "runtime.h"
#include <stdlib.h>

#define DEEP  256
#define SITES 65536u

/* The driver's code: dmacheck cc renames its sections. */
extern const char __start_dmacheck_text[] __attribute__((weak)), __stop_dmacheck_text[] __attribute__((weak));

static uintptr_t callers[DEEP];
static uint64_t hashes[DEEP + 1];
static unsigned depth;

static struct stack stacks[SITES];
static uint32_t nsites;
static uint32_t index_of[2 * SITES];

static uint64_t mix(uint64_t a, uint64_t b)
{
	a = (a ^ b) * 0x9e3779b97f4a7c15;
	return a ^ a >> 29;
}

void stack_enter(const void *caller)
{
	if (depth < DEEP) {
		callers[depth] = (uintptr_t)caller;
		hashes[depth + 1] = mix(hashes[depth], (uintptr_t)caller);
	}
	depth++;
}

void stack_leave(void)
{
	if (depth)
		depth--;
}

unsigned stack_depth(void)
{
	return depth;
}

bool stack_in_driver(uintptr_t pc)
{
	return __start_dmacheck_text &&
	       pc - (uintptr_t)__start_dmacheck_text < (uintptr_t)(__stop_dmacheck_text - __start_dmacheck_text);
}

site_t stack_at(const void *pc)
{
	unsigned deep = depth < DEEP ? depth : DEEP;
	uint64_t key = mix(hashes[deep], (uintptr_t)pc) | 1;
	uint32_t at = (uint32_t)(key % (2 * SITES));
	struct stack *s;

	for (; index_of[at]; at = (at + 1) % (2 * SITES))
		if (stacks[index_of[at]].key == key)
			return index_of[at];
	if (nsites + 1 >= SITES)
		return 0;
	s = &stacks[++nsites];
	s->key = key;
	s->pc = (uintptr_t)pc;
	for (unsigned i = 0; i < FRAMES && i < deep; i++)
		s->caller[s->depth++] = callers[deep - 1 - i];
	index_of[at] = nsites;
	return nsites;
}

/* All that is linked keeps its frame pointers: from here outwards to the first place in the driver. */
site_t stack_here(void)
{
	const uintptr_t *frame = __builtin_frame_address(0);

	if (access_pc)
		return stack_at(access_pc);
	for (unsigned i = 0; i < 64 && frame; i++) {
		const uintptr_t *next = (const uintptr_t *)frame[0];

		if (stack_in_driver(frame[1]))
			return stack_at((const void *)frame[1]);
		if (next <= frame || (uintptr_t)next - (uintptr_t)frame > 1u << 20)
			break;
		frame = next;
	}
	return depth ? stack_at((const void *)callers[(depth < DEEP ? depth : DEEP) - 1]) : 0;
}

const struct stack *stack_of(site_t site)
{
	static const struct stack unknown;

	return site ? &stacks[site] : &unknown;
}
