/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the VT-d model: vtd.c has registers and commands, vtd_queue.c descriptors and invalidation, vtd_cache.c what
 * is remembered, vtd_walk.c translation and faults. Numbers are the specification's, written down a second time on
 * purpose: the driver's header could be wrong.
 */
#ifndef PLATFORM_SIM_VTD_MODEL_H
#define PLATFORM_SIM_VTD_MODEL_H

#include "sim_vtd.h"

enum { CONTEXTS = 64, INNERS = 256, LEAVES = 512, MEMOS = 1024, POSTED = 16, UNITS = 32, COVERED = 16 };

/* What a former kernel's tables and queue take at the start of low memory (sim_vtd_leave_on()). */
#define FORMER_BYTES ((uint64_t)8192)

enum fault_reason {
	NO_ROOT = 1,
	NO_CONTEXT = 2,
	BAD_CONTEXT = 3,
	BEYOND_WIDTH = 4,
	NO_WRITE = 5,
	NO_READ = 6,
	BAD_TABLE_ADDRESS = 7,
	BAD_ROOT_ADDRESS = 8,
	BAD_CONTEXT_ADDRESS = 9,
	RESERVED_ROOT = 10,
	RESERVED_CONTEXT = 11,
	RESERVED_ENTRY = 12,
	INTERRUPT_BLOCKED = 0x25,
};

struct context { /* a context entry, remembered */
	bool used, present;
	uint16_t source, id; /* id 0 where nothing is present */
	uint64_t low, high;
};

struct inner { /* a non-leaf entry: which table spans this range at `level` */
	bool used;
	uint16_t id;
	uint8_t level;	 /* of the table's entries: 0 for leaf tables */
	uint64_t prefix; /* daddr of the range */
	uint64_t table;
	bool read, write; /* of the entries above, ANDed */
};

struct leaf { /* a translation, or (caching mode) that there is none */
	bool used, present;
	uint16_t id;
	uint8_t shift; /* bytes spanned: 1 << shift */
	uint64_t daddr, paddr;
	bool read, write, snoop;
};

struct memo { /* a doubleword as the walker saw it before the write buffer was flushed */
	uint64_t paddr, value;
};

struct posted {
	uint64_t paddr;
	uint8_t bytes[64];
	size_t n;
};

struct sim_vtd {
	struct sim_vtd_config config;
	struct sim_vtd_seen seen;
	uint16_t segment;
	uint32_t covered[COVERED];
	unsigned ncovered;
	/* registers */
	uint32_t gsts, fsts, fectl, pmen;
	uint64_t rtaddr, root, iqa, iqh, iqt, irta, interrupt_table;
	uint64_t records[16][2];
	unsigned next_record;
	/* caches, replaced round robin */
	struct context contexts[CONTEXTS];
	struct inner inners[INNERS];
	struct leaf leaves[LEAVES];
	struct memo memos[MEMOS];
	unsigned ncontexts, ninners, nleaves, nmemos;
	struct posted posted[POSTED];
	unsigned nposted;
	/* the queue */
	unsigned executed; /* descriptors since the beginning */
	bool refused_once;
	void (*before)(void *ctx);
	void *before_ctx;
};

/* vtd.c */
void vtd_violation(struct sim_vtd *unit, const char *what, uint64_t value);
/* True if the adversary wants it; on a plain machine what it would be by itself. */
bool vtd_whim(bool otherwise);
struct sim_vtd *vtd_unit_of(uint32_t requester);

/* vtd_queue.c */
void vtd_work(struct sim_vtd *unit, bool all); /* executes descriptors: some, or all */

/* vtd_cache.c */
struct context *vtd_context_cached(struct sim_vtd *unit, uint16_t source);
struct leaf *vtd_leaf_cached(struct sim_vtd *unit, uint16_t id, uint64_t daddr);
struct inner *vtd_inner_cached(struct sim_vtd *unit, uint16_t id, uint64_t daddr, unsigned level, unsigned shift);
void vtd_context_remember(struct sim_vtd *unit, const struct context *entry);
void vtd_leaf_remember(struct sim_vtd *unit, const struct leaf *entry);
void vtd_inner_remember(struct sim_vtd *unit, const struct inner *entry);
void vtd_contexts_forget(struct sim_vtd *unit, unsigned granularity, uint16_t id, uint16_t source, unsigned mask);
void vtd_leaves_forget(struct sim_vtd *unit, unsigned granularity, uint16_t id, uint64_t daddr, unsigned order,
		       bool leaves_only);
void vtd_forget_all(struct sim_vtd *unit);
/* A doubleword of a table: past the caches, or old, if that is what the unit is like. False: no RAM. */
bool vtd_memory_read(struct sim_vtd *unit, uint64_t paddr, uint64_t *value);
void vtd_memory_flushed(struct sim_vtd *unit); /* the write buffer is empty */

/* vtd_walk.c */
int vtd_translate(struct sim_vtd *unit, uint16_t source, uint64_t daddr, bool write, bool zero, uint64_t *paddr);

#endif
