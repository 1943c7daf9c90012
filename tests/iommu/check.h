/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An IOMMU for tests: a domain of its own, a translation cache and a cache of leaf tables that keep stale entries
 * until they are invalidated, and devices that use them whenever they can.
 */
#ifndef TESTS_IOMMU_CORE_UNIT_H
#define TESTS_IOMMU_CORE_UNIT_H

#include "../../src/iommu/space/space.h"
#include "../../src/iommu/space/space_batch.h"
#include <pthread.h>

#define UNIT_ENTRIES 4096u
#define UNIT_TABLES  256u

struct unit_entry {
	uint64_t page, paddr; /* 0: none */
	bool read, write;
};

struct unit {
	struct dma_space space; /* first */
	pthread_mutex_t mutex;
	struct unit_entry entry[UNIT_ENTRIES];
	struct { /* VT-d, 4 levels, only */
		uint64_t block, table;
	} table[UNIT_TABLES];
	bool blocked;
	unsigned attached;
	unsigned ranges, wholes, told; /* calls of invalidate, invalidate_all, mapped */
	unsigned times_out_at;	       /* the n-th waiting call from now on, and all later ones */
	bool forget_to_invalidate;     /* a mistake put in: what the scenarios must notice */
	void (*before)(void);	       /* before an invalidation: what another CPU may do meanwhile */
	uint64_t reused;	       /* frames or table pages freed while they could be reached */
};

/* As config, with ops, mapper and a VT-d table of 4 levels where it has none. Interrupts on. */
int unit_start(struct unit *unit, const struct dma_space_config *config, bool tells);

enum unit_access { UNIT_READ, UNIT_WRITE };
/* What a device of the domain gets: the frame's address in *paddr, or false for a fault. */
bool unit_access(struct unit *unit, uint64_t daddr, enum unit_access access, uint64_t *paddr);

/* Watches frees for the one unit of the test; NULL: nobody. */
void unit_watch(struct unit *unit);

#endif
