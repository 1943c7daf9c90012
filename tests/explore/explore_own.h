/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the scheduler is made of: for explore.c, which runs contexts, explore_choose.c, which makes the choices of a
 * run, and explore_start.c, which keeps the memory that each run starts from.
 */
#ifndef TESTS_EXPLORE_OWN_H
#define TESTS_EXPLORE_OWN_H

#include "model.h"
#include <setjmp.h>
#include <ucontext.h>

#define INTERRUPT   EXPLORE_CPUS /* its context */
#define CONTEXTS    (EXPLORE_CPUS + 1)
#define HARDWARE    CONTEXTS /* that looks at words; it never runs */
#define STACK	    (128u << 10)
#define PATH	    (1u << 16)
#define USED	    (1u << 13) /* addresses, a power of two */
#define IGNORED	    32u
#define RETIRED	    64u
#define IDLE_ROUNDS 3000u
#define SPINS	    48u /* events at the same few addresses before they are taken for a loop that waits */
#define SPIN_WORDS  4u
#define LOOKS	    24u /* at the clock, in one go, before it is taken for a loop that waits */

enum state { ABSENT, READY, WAITING, BLOCKED, DONE };

struct context {
	ucontext_t place;
	void (*run)(void);
	enum state state;
	uintptr_t *wants; /* a lock */
	unsigned locks;	  /* held: interrupts are off */
};

struct used {
	uintptr_t address;
	unsigned by; /* a bit for each context */
};

/* Everything of the explorer's that changes lies here, outside the memory that a run starts from. */
struct explorer {
	struct context context[CONTEXTS];
	ucontext_t home;
	unsigned now; /* context */
	bool running, interrupted, alone;
	const struct explore_program *program;
	unsigned preemptions, old_reads;
	uint64_t drawn; /* the state of the random numbers; 0: paths are enumerated */
	unsigned rare;	/* one choice in so many is not the first one */
	unsigned idle, looks;
	uintptr_t spin_word[SPIN_WORDS];
	unsigned spins, spin_next;
	/* the path */
	unsigned char pick[PATH], width[PATH];
	size_t length, depth;
	/* what is known of addresses */
	struct used used[USED];
	bool learned;
	struct {
		uintptr_t start, end;
	} ignored[IGNORED];
	unsigned nignored;
	struct {
		uintptr_t start, end;
	} retired[RETIRED]; /* the first ones by start(), which all runs begin with */
	unsigned nretired, saved_retired;
	/* memory */
	size_t arena_used;
	char *pristine; /* the globals before any program */
	char *saved;	/* the globals, then the arena, when the program's start() is over */
	size_t globals_bytes, saved_arena;
	/* the outcome */
	bool failed;
	const char *why;
	sigjmp_buf crash;
	bool printing;
	char stack[CONTEXTS][STACK];
	char signal_stack[65536];
};

extern struct explorer *x;

/* ---- explore.c ---- */

void explore_alone(void (*run)(void)); /* without choices */

/* ---- explore_choose.c ---- */

bool next_path(void); /* false: that was the last */

/* ---- explore_start.c ---- */

void set_up(void);
bool start_once(const struct explore_program *p); /* runs start(), and keeps the memory that it leaves */
void start_again(void);				  /* with that memory */
bool has_gone(uintptr_t address);		  /* explore_retire() */

#endif
