/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The jobs of ends.c: reads of a disk (ends_reads.c), frames of a network card (ends_frames.c).
 */
#ifndef BENCH_ENDS_H
#define BENCH_ENDS_H

#include <dmastream/dmastream.h>

#include "block.h"
#include "net.h"
#include "text.h"

struct job {
	const char *name;
	bool disk, random, send;
	bool kept; /* its buffers stay mapped, and are armed again for each read */
	unsigned bytes, depth;
};

/* Notes what failed, for the line that ends.c prints; gives the error back. */
int ends_fail(int error, const char *what);
/* Waits until it is so, or for a while. What functions whose names begin with wait_ take is the host's time, and not
 * counted. */
void wait_for(bool (*ready)(void));
/* In bursts (ends.c): the time in which the host answers all that it was asked. Else nothing. */
void wait_answers(void);
extern bool ends_bursts;

extern struct block *ends_disk;

int ends_prepare_reads(const struct job *job);
int ends_run_reads(const struct job *job, uint64_t ops);
void ends_drop_reads(const struct job *job);

int ends_open_net(struct text *why);
int ends_run_frames(const struct job *job, uint64_t ops);

#endif
