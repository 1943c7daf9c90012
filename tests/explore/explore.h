/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Explores every interleaving of a few CPUs on the library's lock-free code, up to a bound.
 *
 * The code under test is the code that ships, compiled with the compiler's thread-sanitizer instrumentation and linked
 * with the callbacks of callbacks.c in place of the sanitizer's runtime: each of its loads, stores and atomic
 * operations is an event here, with its memory order. An event is a place where another CPU may go on, where an
 * interrupt may come, and where a load may return an older value than the newest: memory.c says which ones the orders
 * in the code leave possible.
 *
 * Every run of a program follows one path of such choices; the paths are enumerated depth first. Bounds: how often a
 * CPU that could go on is stopped (preemptions), and how many loads return an old value.
 */
#ifndef TESTS_EXPLORE_H
#define TESTS_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPLORE_CPUS 3u

/* What runs. Functions may be NULL. `start` and `finish` run alone, without choices; the others are explored. */
struct explore_program {
	const char *name;
	void (*start)(void);
	void (*cpu[EXPLORE_CPUS])(void); /* the first ones, without a gap */
	void (*interrupt)(void); /* comes once, on CPU 0, at any event at which its interrupts are on, or never */
	void (*finish)(void);
	unsigned preemptions; /* that `make check` explores; 0: 2 */
	unsigned old_reads;   /* in one run, with old reads; 0: 1 */
};

struct explore_bounds {
	unsigned preemptions; /* an interrupt counts as one */
	/* 0: memory is sequentially consistent. A weak compare and swap that fails for no reason is one. */
	unsigned old_reads;
	uint64_t runs; /* stop after so many; 0: no limit */
	uint64_t seed; /* not 0: paths are drawn by it, `runs` of them, instead of one after the other */
};

struct explore_result {
	uint64_t runs;
	bool complete; /* all paths within the bounds were run */
	bool failed;
	const char *why; /* of the failure */
	unsigned long long path_length;
};

/* Runs the program on all paths within the bounds, up to the first one that fails. */
struct explore_result explore(const struct explore_program *program, const struct explore_bounds *bounds);

/* Prints the events of the path that failed last: CPU, operation, address, value. */
void explore_print_path(const struct explore_program *program, const struct explore_bounds *bounds);

/* ---- For programs and hooks, while a program runs ---- */

/* A claim. The first one that is false ends the run and the exploration. */
void explore_check(bool claim, const char *what);

/* Ends the run as a false claim does, if the program runs: tools/orders puts a call into a function to find the
 * programs that come there. */
void explore_reached(void);

/* The CPU that runs, and whether it may be interrupted. */
unsigned explore_cpu(void);
bool explore_in_interrupt(void);
bool explore_interrupts_on(void);

/* The CPU waits for something that another one does (or hardware): the others go on first. */
void explore_wait(void);

/* The CPU looks at a clock, as loops that wait do: after some looks the others go on first. */
void explore_look(void);

/* A lock: waits until it is free, then holds it with the CPU's interrupts off. Acquire and release. */
void explore_lock(uintptr_t *word);
void explore_unlock(uintptr_t *word);

/* Memory of the program, zeroed; gone when the run ends. Hooks hand it out. */
void *explore_memory(size_t nbytes, size_t align);

/* Counters that no decision is made on: their accesses are no events. */
void explore_ignore(const void *start, size_t nbytes);

/* The range was handed to somebody who knows nothing of what was written there before (a fresh page): until the new
 * owner's stores are ordered, others may see `garbage`. */
void explore_fresh(void *start, size_t nbytes);

/* What barriers do. */
void explore_fence_release(void);
void explore_fence_acquire(void);
void explore_fence_full(void);

/* A time that moves on at each call and each acquire; and that of the CPU's last acquiring load, update or fence,
 * before which no load behind it can be done. */
uint64_t explore_now(void);
uint64_t explore_loads_ordered(void);

/* One store of 16 bytes, relaxed. */
void explore_store_pair(uint64_t *at, uint64_t low, uint64_t high);

/* What hardware finds in a word that it was told of. */
uint64_t explore_newest(const uint64_t *word);

/* Whether the CPU's last release fence covers the newest store to a word: then hardware that is told now finds it. */
bool explore_published(const uint64_t *word);

/* Whether every store to the range has been seen by this CPU: then no late one falls into what its next owner does. */
bool explore_arrived(const void *start, size_t nbytes);

/* Whether every load of the range, by any CPU, comes before what this CPU does next: by a release of the one that has
 * loaded, and an acquire of this one. Loads return at once here, so one that is late, and finds what the next owner
 * has written, is found so. */
bool explore_left(const void *start, size_t nbytes);

/* Whether the CPU's loads of the range are over. Loads return at once here, so a device that overwrites what a CPU has
 * yet to read is found so: a load is over when a fence that orders loads before stores comes behind it. */
bool explore_reads_are_over(unsigned cpu, const void *start, size_t nbytes);

/* Each word of the range has one owner at a time: a store by one who may not have seen the last owner's is an error,
 * since that one might arrive after it. */
void explore_owned(const void *start, size_t nbytes);

/* Nobody may touch the range any more in this run. */
void explore_retire(const void *start, size_t nbytes);

/* The oldest value of a word that the CPU's view allows: what hardware may find there when the CPU tells it to look. */
uint64_t explore_oldest(const uint64_t *word);

#endif
