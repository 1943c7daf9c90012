/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The memory that each run starts from: the library's globals as the program's start() left them, and an arena.
 */
#include "explore_own.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ARENA (1u << 20)

struct explorer *x;
static char *arena;

extern char __data_start[], _edata[], __bss_start[], _end[]; /* of the linker */

static char *globals(void)
{
	return __data_start;
}

static size_t globals_bytes(void)
{
	return (size_t)(_end - __data_start);
}

bool explore_is_program_memory(const void *address)
{
	const char *p = address;

	if (p >= arena && p < arena + ARENA)
		return true;
	if (p < __data_start || p >= _end)
		return false;
	for (unsigned i = 0; i < x->nignored; i++)
		if ((uintptr_t)p >= x->ignored[i].start && (uintptr_t)p < x->ignored[i].end)
			return false;
	return true;
}

void explore_ignore(const void *start, size_t nbytes)
{
	for (unsigned i = 0; i < x->nignored; i++)
		if (x->ignored[i].start == (uintptr_t)start)
			return;
	if (x->nignored == IGNORED) {
		fprintf(stderr, "explore: too many ranges to ignore\n");
		abort();
	}
	x->ignored[x->nignored].start = (uintptr_t)start;
	x->ignored[x->nignored++].end = (uintptr_t)start + nbytes;
}

void explore_retire(const void *start, size_t nbytes)
{
	if (x->nretired == RETIRED) {
		fprintf(stderr, "explore: too much goes\n");
		abort();
	}
	x->retired[x->nretired].start = (uintptr_t)start;
	x->retired[x->nretired++].end = (uintptr_t)start + nbytes;
}

bool has_gone(uintptr_t address)
{
	for (unsigned i = 0; i < x->nretired; i++)
		if (address - x->retired[i].start < x->retired[i].end - x->retired[i].start)
			return true;
	return false;
}

void *explore_memory(size_t nbytes, size_t align)
{
	size_t at = (x->arena_used + align - 1) & ~(align - 1);

	if (at + nbytes > ARENA) {
		fprintf(stderr, "explore: a program wants more memory than there is\n");
		abort();
	}
	x->arena_used = at + nbytes;
	return arena + at;
}

void set_up(void)
{
	if (x)
		return;
	x = mmap(NULL, sizeof(*x), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (x == MAP_FAILED || arena == MAP_FAILED)
		abort();
	memory_begin();
}

/* ---- Starts ---- */

/* Runs start() once, and keeps the memory that it leaves: each run begins there. */
bool start_once(const struct explore_program *p)
{
	if (!x->pristine) {
		x->globals_bytes = globals_bytes();
		x->pristine = malloc(x->globals_bytes);
		x->saved = malloc(x->globals_bytes + ARENA);
		memcpy(x->pristine, globals(), x->globals_bytes);
	}
	memcpy(globals(), x->pristine, x->globals_bytes);
	memset(arena, 0, ARENA);
	x->arena_used = 0;
	x->failed = false;
	x->nretired = 0;
	explore_alone(p->start);
	x->saved_retired = x->nretired;
	memcpy(x->saved, globals(), x->globals_bytes);
	x->saved_arena = x->arena_used;
	memcpy(x->saved + x->globals_bytes, arena, x->saved_arena);
	return !x->failed;
}

void start_again(void)
{
	memcpy(globals(), x->saved, x->globals_bytes);
	memcpy(arena, x->saved + x->globals_bytes, x->saved_arena);
	memset(arena + x->saved_arena, 0, x->arena_used > x->saved_arena ? x->arena_used - x->saved_arena : 0);
	x->arena_used = x->saved_arena;
	x->nretired = x->saved_retired;
}
