/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the scheduler (explore.c), the memory (memory.c) and the compiler's callbacks (callbacks.c) know of each other.
 */
#ifndef TESTS_EXPLORE_MODEL_H
#define TESTS_EXPLORE_MODEL_H

#include "explore.h"

/* ---- explore.c ---- */

/* One of n possibilities, 0 first; each further one is run, too, as long as `budget` lasts: all but 0 take one from
 * it. */
unsigned explore_choose(unsigned n, unsigned *budget);

/* An event is about to happen. If other contexts use the address, too, as far as is known: they may go first, and it is
 * one for memory.c. False: the address is private, and the access is done as it stands. */
bool explore_event(const void *address, const char *what);

/* The address is used by this CPU; true if others use it as well. */
bool explore_shared(const void *address);

/* Hardware looks at the word, too. False: that is news, and this run knows nothing of its stores. */
bool explore_watched(const void *address);

bool explore_running(void); /* a program runs, and its events count */
unsigned *explore_old_reads(void);
void explore_note(const char *what, const void *address, uint64_t value);

/* Memory that the program uses: globals of the library, and explore_memory(). Everything else (stacks, the harness) is
 * private. */
bool explore_is_program_memory(const void *address);

/* ---- memory.c ---- */

enum memory_order { ORDER_PLAIN, ORDER_ACQUIRE = 1, ORDER_RELEASE = 2, ORDER_SEQ_CST = 4 }; /* flags */

void memory_begin(void);
/* The newest value is put back where a plain load was shown another one; stores that were announced are read off.
 * Before anything else happens. */
void memory_settle(void);

/* Plain accesses: announced, then done by the code itself. nbytes up to 8, within one aligned 8 bytes. */
void memory_read(const void *address, size_t nbytes);
void memory_write(void *address, size_t nbytes);
/* memset, memcpy, of any length: before it is done, so that what was there is known; and when it is done. */
void memory_will_write_range(const void *address, size_t nbytes);
void memory_write_range(void *address, size_t nbytes);

/* A store to a page that another CPU has filled comes after the fill, which overwrites it else. Of all stores, also
 * those at private addresses. */
void memory_stores(const void *address);

/* Atomic ones: done here. */
uint64_t memory_load(const void *address, size_t nbytes, unsigned order);
void memory_store(void *address, size_t nbytes, uint64_t value, unsigned order);
/* Reads the newest value, stores what `change` makes of it. */
uint64_t memory_update(void *address, size_t nbytes, uint64_t (*change)(uint64_t old, uint64_t operand),
		       uint64_t operand, unsigned order);
bool memory_swap_if(void *address, size_t nbytes, uint64_t *expected, uint64_t desired, unsigned order,
		    unsigned failure, bool weak);

#endif
