/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The main job: disk 0 is copied to disk 1 through DMA streams.
 *
 *   copy.c      options, disks, the order of beginning and end
 *   pump.c      the ring of slots: read, hash, write, many at once, the same frames for both disks
 *   report.c    what the operator sees: progress, results, and one line for programs
 *   sha256.c
 *
 * Options (KEY=VALUE on the machine's command line): bytes (default: all of disk 0), slots (32), chunk (bytes a slot,
 * default as the disks allow, at most 512k), hash (on, off), dry (off; on: the source is read and nothing is written;
 * alone: the same, without a second disk), progress (bar, lines, off), timeout_ms (of a request, 10000).
 */
#ifndef COPY_COPY_H
#define COPY_COPY_H

#include <dmastream/dmastream.h>

#include "block.h"
#include "sha256.h"
#include "text.h"

enum { COPY_SLOTS = 63, COPY_PIECES = 16 };

/* Where the time goes, in ns. */
enum copy_time {
	COPY_HASHING,
	COPY_DMA,     /* map, sync, release */
	COPY_DISKS,   /* giving requests to the disks and taking them back */
	COPY_WAITING, /* nothing to do until a disk answers */
	COPY_TIMES,
};

struct copy_counts {
	uint64_t maps;
	uint64_t unmaps;
	uint64_t syncs_to_device; /* the one that each map to the device includes, and those of its own */
	uint64_t syncs_from_device;
	uint64_t times[COPY_TIMES];
};

enum slot_state {
	SLOT_FREE,
	SLOT_READING, /* the list is mapped for the source, which writes to it */
	SLOT_WRITING, /* it is mapped for the target, which reads from it */
	SLOT_WRITTEN, /* the target has it, and it is unmapped: set by whoever met the completion */
};

/* One part of the file on its way: its frames, and the list of them, mapped for one disk at a time. From the
 * submission of a write to SLOT_WRITTEN the slot belongs to finish_write(), which may be an interrupt handler on
 * another CPU. */
struct slot {
	enum slot_state state;
	unsigned npieces;
	struct dma_segment frames[COPY_PIECES]; /* the slot's, wherever they lie; the list borrows them */
	struct dma_piece pieces[COPY_PIECES];
	struct dma_list list;
	struct block_request request;
	uint64_t began; /* offset in the file */
	size_t nbytes;	/* of the file in it */
};

struct copy {
	struct block *source;
	struct block *target;
	uint64_t nbytes;
	size_t chunk; /* bytes, whole pages and blocks of both disks */
	bool hashing;
	bool dry; /* nothing is written */
	unsigned nslots;
	struct slot slots[COPY_SLOTS];
	uint64_t read_at;    /* next byte to be asked for */
	uint64_t hash_at;    /* next byte to be hashed: in order */
	uint64_t written;    /* bytes that the target has */
	unsigned events;     /* completions so far; counted by whoever met them */
	unsigned seen;	     /* of these, when the last turn began */
	uint64_t interrupts; /* requests that were finished in interrupt handlers */
	unsigned reading;    /* slots in that state */
	unsigned writing;
	struct sha256 sha256;
	struct copy_counts counts;
	uint64_t faults;
	uint64_t frames_leaked;
	uint64_t nanoseconds; /* the copy, from the first request to the flush */
	struct dma_stats stats;
	char digest[65]; /* "" before the end, or without hashing */
	char error[200]; /* "" or one line: what went wrong first */
};

/* Memory for the slots. Fewer than asked for will do, none is an error. */
DMA_MUST_CHECK int pump_open(struct copy *c, unsigned slots);
/* Copies everything and flushes. Errors are in c->error. */
DMA_MUST_CHECK int pump_run(struct copy *c);
/* Once the disks are stopped: releases what is mapped and gives the memory back. */
void pump_close(struct copy *c);

/* c->error = what, if it is the first error; returns error. */
int copy_fail(struct copy *c, int error, const char *what);

/* A look at the progress, now and then. */
void report_progress(const struct copy *c, bool last);
void report_result(const struct copy *c);

#endif
