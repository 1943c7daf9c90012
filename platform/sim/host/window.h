/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Coherent memory under a plain pointer (window.c), as the rest of the host sees it. The machine is locked.
 */
#ifndef PLATFORM_SIM_WINDOW_H
#define PLATFORM_SIM_WINDOW_H

#include <stddef.h>
#include <stdint.h>

void window_end(uint64_t page); /* the page's memory is released */
/* A checked call has stored there: a plain load of this CPU sees it at once. */
void window_stored(uint64_t offset, const void *data, unsigned n);

/* access.c: a store of the calling CPU, within a line. */
void access_store(void *va, const uint8_t *data, const uint8_t *label, unsigned n);
void access_load(const void *va, uint8_t *data, uint8_t *label, unsigned n);

/* A detector that hears what the compiler announces, before the machine does, with the place in the code (dmacheck/);
 * NULL: none. */
struct sim_announcer {
	void (*load)(const void *at, size_t nbytes, const void *pc);
	void (*store)(void *at, size_t nbytes, const void *pc);
	void (*enter)(const void *caller);
	void (*leave)(void);
	void (*fence)(void);
};
extern const struct sim_announcer *sim_announcer;

/* A load, or a store, of plain code comes next: announced/announced.c. Anywhere; the machine is not locked. */
void sim_announce_load(const void *at, size_t nbytes);
void sim_announce_store(void *at, size_t nbytes);

#endif
