/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host of explored programs: pages, frames, and who may have what.
 */
#ifndef TESTS_EXPLORE_WORLD_H
#define TESTS_EXPLORE_WORLD_H

#include "explore.h"
#include <dmastream/dmastream.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#define WORLD_FRAMES 28u /* from world_base on */
extern uint64_t world_base;
/* Starts the library with that many CPUs. Called by programs' start(). */
void world_start(unsigned cpus);

/* Frames [first, first + n) are used by somebody who counts on them / no longer. Freeing a used frame, or one that is
 * free, is an error. */
void world_use(unsigned first, unsigned n);
void world_unuse(unsigned first, unsigned n);

/* Called for each frame that goes back, before it does. */
void world_on_free(void (*called)(unsigned frame));

unsigned world_frame(dma_paddr_t paddr); /* its number */

/* Frames that nobody looks into, gives out or takes back: for segments that are borrowed. */
#define WORLD_FAR (UINT64_C(1) << 40)

/* How often the library has logged a line that has this in it. Counted from the first call on, for one text at a
 * time. */
unsigned world_logged(const char *text);

/* Registers whose accesses are these functions', by their offset. */
#define WORLD_REGISTERS 16384u
volatile char *world_registers(uint64_t (*read)(unsigned offset), void (*write)(unsigned offset, uint64_t value));

/* A register that changes. A load may be early: as early as the CPU's last acquiring load or fence allows. */
#define WORLD_REGISTER_VALUES 512u
struct world_register {
	uint64_t value[WORLD_REGISTER_VALUES], when[WORLD_REGISTER_VALUES];
	unsigned n;
};
void world_register_set(struct world_register *r, uint64_t value);
uint64_t world_register_newest(const struct world_register *r);
uint64_t world_register_read(const struct world_register *r);

/* No page for the library from now on / again. */
void world_refuse_pages(bool refuse);
void world_refuse_pages_on(unsigned cpu); /* for good */

/* How many frames the host has given out and not got back. */
unsigned world_frames_out(void);

#endif
