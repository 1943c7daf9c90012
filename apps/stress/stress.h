/* SPDX-License-Identifier: MPL-2.0 */
/*
 * All CPUs and their interrupt handlers map, sync, split and release for as long as they are told, while disks and edu
 * devices move bytes through what they made, and every byte is looked at.
 *
 *   stress.c   devices, CPUs, the end and the verdict
 *   worker.c   what one CPU does in a row
 *   churn.c    streams that no device uses, made and released on different CPUs, in handlers and outside
 *
 * Options: seconds (10); mistake (byte, leak, fault): the program makes that mistake on purpose, so that a test can see
 * it reported. On a machine with one CPU, that CPU does everything.
 */
#ifndef STRESS_STRESS_H
#define STRESS_STRESS_H

#include <dmastream/dmastream.h>
#include <dmastream/platform.h>

#include "block.h"
#include "bus.h"
#include "edu.h"

enum {
	STRESS_CPUS = 16,
	STRESS_DISKS = 2,
	STRESS_EDUS = 2,
	STRESS_SLOTS = 6,  /* transfers that a CPU has under way */
	STRESS_PAGES = 16, /* of a transfer, at most */
};

enum slot_state {
	SLOT_IDLE,
	SLOT_WRITING, /* the disk reads the memory; belongs to the completion */
	SLOT_WRITTEN,
	SLOT_READING, /* the disk writes it; belongs to the completion */
	SLOT_READ,
};

/* Memory whose bytes go to a place of its own on a disk, and come back. */
struct slot {
	enum slot_state state;
	struct dma_segment memory; /* STRESS_PAGES of them */
	struct block *disk;
	uint64_t first_byte; /* on the disk */
	uint32_t seed;	     /* of the bytes */
	size_t npages;
	bool own;		      /* the read goes to a stream that the library allocated, not to `memory` */
	struct dma_stream head, tail; /* of one mapping, cut in two or not */
	struct block_request request;
	int error; /* of a sync in the completion */
};

struct counts {
	uint64_t transfers, bytes; /* that were checked */
	uint64_t churned, handled, coherent, edu;
	uint64_t dry; /* handlers that found the library's reserve empty */
};

struct worker {
	unsigned cpu;
	uint32_t random;
	uint64_t end; /* ns */
	struct slot slots[STRESS_SLOTS];
	struct dma_segment spare; /* two pages that handlers map */
	struct counts counts;
	/* an edu transfer: store to a stream, or fetch from it and store to it again */
	unsigned edu_phase;
	struct dma_stream edu_out, edu_in;
	uint32_t edu_seed;
} __attribute__((aligned(256)));

struct stress {
	struct block *disks[STRESS_DISKS];
	unsigned ndisks;
	struct edu edus[STRESS_EDUS];
	unsigned nedus;
	unsigned edu_owner[STRESS_EDUS]; /* CPU + 1; 0: nobody */
	struct worker workers[STRESS_CPUS];
	uint64_t frames_leaked; /* or too few in use at the end */
	const char *mistake;	/* "" */
	bool mistaken;		/* it was made */
	const char *failed;	/* what went wrong first; NULL: nothing */
	int error;
	unsigned failed_cpu;
};

extern struct stress stress;

/* Says what went wrong, if it is the first; everybody stops soon. */
void stress_fail(const char *what, int error);
/* The direction of a stream that may be split, also where the IOMMU unmaps no part of a mapping. */
static inline unsigned stress_cut(const struct dma_device *dev, unsigned direction)
{
	return direction | (dev->domain->features & DMA_DOMAIN_SPLITS ? 0 : DMA_SPLITTABLE);
}

static inline bool stress_failed(void)
{
	return __atomic_load_n(&stress.failed, __ATOMIC_RELAXED) != NULL;
}

/* True once, if this mistake is asked for. */
bool stress_mistake(const char *name);

uint32_t stress_random(struct worker *w, uint32_t below);
/* The bytes of a transfer, a multiple of 8, from its seed on; and whether they are these. Both move *state on. */
void stress_fill(unsigned char *bytes, size_t nbytes, uint64_t *state);
bool stress_same(const unsigned char *bytes, size_t nbytes, uint64_t *state);

/* worker.c: until w->end, and until what it began has ended. */
int worker_open(struct worker *w, unsigned cpu);
void worker_run(void *worker);
void worker_close(struct worker *w);

/* churn.c: one round for a random device. */
void churn(struct worker *w);

#endif
