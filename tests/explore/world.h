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

#define WORLD_FRAMES 64u		 /* from WORLD_BASE on */
#define WORLD_BASE   ((uint64_t)1 << 32) /* no memory lies there: nobody looks into a frame */

/* Starts the library with that many CPUs. Called by programs' start(). */
void world_start(unsigned cpus);

/* Frames [first, first + n) are used by somebody who counts on them / no longer. Freeing a used frame, or one that is free, is an error. */
void world_use(unsigned first, unsigned n);
void world_unuse(unsigned first, unsigned n);

/* How many frames the host has given out and not got back. */
unsigned world_frames_out(void);

#endif
