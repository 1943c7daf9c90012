/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the VT-d model: vtd.c is its place in the machine, vtd_registers.c the register file, vtd_by_register.c
 * invalidations by register, vtd_command.c global commands, vtd_queue.c the queue, vtd_descriptor.c what a descriptor
 * may say, vtd_cache.c what is remembered, vtd_walk.c translation, vtd_entry.c what an entry may say, vtd_interrupt.c
 * interrupt remapping, vtd_report.c faults and broken rules. Numbers are the specification's, written down a second
 * time on purpose: the driver's header could be wrong.
 */
#ifndef PLATFORM_SIM_VTD_MODEL_H
#define PLATFORM_SIM_VTD_MODEL_H

#include "sim_vtd.h"
#include "vtd_rules.h"

enum {
	CONTEXTS = 64,
	INNERS = 256,
	LEAVES = 512,
	MEMOS = 1024,
	POSTED = 16,
	UNITS = 128,
	COVERED = 128,
	PENDING = 16, /* invalidations that are taken from the queue and not completed */
	OPEN = 16     /* context-cache invalidations that no IOTLB invalidation has followed */
};

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
	INTERRUPT_RESERVED = 0x20,
	INTERRUPT_INDEX = 0x21,
	INTERRUPT_ABSENT = 0x22,
	INTERRUPT_FETCH = 0x23,
	INTERRUPT_ENTRY = 0x24,
	INTERRUPT_BLOCKED = 0x25,
	INTERRUPT_SOURCE = 0x26,
};

/* Bits of GCMD and GSTS (11.4.4). */
#define TE    ((uint32_t)1 << 31)
#define SRTP  ((uint32_t)1 << 30)
#define WBF   ((uint32_t)1 << 27)
#define QIE   ((uint32_t)1 << 26)
#define IRE   ((uint32_t)1 << 25)
#define SIRTP ((uint32_t)1 << 24)
#define CFI   ((uint32_t)1 << 23)

/* Bits of FSTS (11.4.7.1). */
enum { PFO = 1 << 0, PPF = 1 << 1, IQE = 1 << 4, ICE = 1 << 5, ITE = 1 << 6 };

/* Info that IQERCD gives of an IQE (11.4.9.9). */
enum { IQEI_TAIL = 1, IQEI_FETCH = 2, IQEI_TYPE = 3, IQEI_RESERVED = 4, IQEI_WIDTH = 5 };

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

struct memo { /* an entry as the walker saw it before the write buffer was flushed */
	uint64_t paddr, value[2];
};

struct posted {
	uint64_t paddr;
	uint8_t bytes[64];
	size_t n;
};

struct open_contexts { /* a context-cache invalidation (6.5.2.1) that wants one of the IOTLB after it */
	bool used, global;
	uint16_t id;
	unsigned waits; /* descriptors that completed since */
};

struct sim_vtd {
	struct sim_vtd_config config;
	struct sim_vtd_seen seen;
	unsigned broken[VTD_NRULES];
	uint16_t segment;
	uint32_t covered[COVERED];
	unsigned ncovered;
	/* registers, as software reads them */
	uint32_t version, gcmd, gsts, fsts, fectl, fedata, feaddr, feuaddr, pmen, plmbase, plmlimit, ics, iectl, iedata,
		ieaddr, ieuaddr;
	uint64_t cap, ecap, rtaddr, ccmd, phmbase, phmlimit, iqh, iqt, iqa, iqercd, irta, page_requests, iva, iotlb;
	uint64_t records[16][2];
	unsigned next_record;
	/* commands in progress */
	uint32_t command; /* the last one's value */
	bool commanded;	  /* it is not carried out yet */
	bool unconfirmed; /* software has not seen in GSTS that it is */
	bool ccmd_unconfirmed, iotlb_unconfirmed, pmen_unconfirmed;
	uint64_t root, interrupt_table;			    /* in use: RTADDR and IRTA as they were at SRTP and SIRTP */
	bool root_set, table_set;			    /* since translation, remapping was off */
	bool contexts_stale, iotlb_stale, interrupts_stale; /* not invalidated globally since SRTP, SIRTP */
	/* caches, replaced round robin */
	struct context contexts[CONTEXTS];
	struct inner inners[INNERS];
	struct leaf leaves[LEAVES];
	struct memo memos[MEMOS];
	struct context fetched[CONTEXTS]; /* present entries as they were read last, since the last invalidation */
	unsigned ncontexts, ninners, nleaves, nmemos, nfetched;
	struct posted posted[POSTED];
	unsigned nposted;
	/* the queue */
	unsigned executed; /* descriptors since the beginning */
	bool refused_once;
	uint64_t refused[2]; /* the invalid descriptor that IQE was set for */
	bool refused_rightly;
	uint64_t pending[PENDING][2];
	unsigned npending;
	struct open_contexts open[OPEN];
	bool last_was_wait, iotlb_seen; /* of the descriptors since the queue went on */
	void (*before)(void *ctx);
	void *before_ctx;
};

/* vtd.c */
struct sim_vtd *vtd_unit_of(uint32_t requester);

/* vtd_report.c */
void vtd_violation(struct sim_vtd *unit, enum vtd_rule rule, uint64_t value);
/* True if the adversary wants it; on a plain machine what it would be by itself. */
bool vtd_whim(bool otherwise);
/* Records the fault, gives DMA_EFAULT. */
int vtd_blocked(struct sim_vtd *unit, uint16_t source, uint64_t daddr, bool write, enum fault_reason reason);
uint32_t vtd_fault_status(const struct sim_vtd *unit);

/* vtd_registers.c */
void vtd_registers_reset(struct sim_vtd *unit);
uint64_t vtd_register_read(struct sim_vtd *unit, uint64_t offset, unsigned nbytes);
void vtd_register_write(struct sim_vtd *unit, uint64_t offset, uint64_t value, unsigned nbytes);

/* vtd_by_register.c: CCMD, IOTLB was written */
void vtd_contexts_by_register(struct sim_vtd *unit);
void vtd_pages_by_register(struct sim_vtd *unit);

/* vtd_command.c */
void vtd_command_taken(struct sim_vtd *unit, uint32_t value);
void vtd_carry_out(struct sim_vtd *unit); /* the command that is in progress, if any */

/* vtd_queue.c */
void vtd_work(struct sim_vtd *unit, bool all); /* executes descriptors: some, or all */
void vtd_tail_written(struct sim_vtd *unit, uint64_t old);
void vtd_queue_error_cleared(struct sim_vtd *unit);
void vtd_queue_starts(struct sim_vtd *unit);
void vtd_queue_stops(struct sim_vtd *unit);
void vtd_land(struct sim_vtd *unit); /* posted writes */
/* A context-cache, IOTLB or interrupt-entry invalidation takes effect, wherever it came from. */
void vtd_contexts_invalidate(struct sim_vtd *unit, unsigned granularity, uint16_t id, uint16_t source, unsigned mask);
void vtd_pages_invalidate(struct sim_vtd *unit, unsigned granularity, uint16_t id, uint64_t address, bool drain);

/* vtd_descriptor.c: which rule the descriptor breaks; VTD_NRULES: none. *fatal: the unit takes it as invalid */
enum vtd_rule vtd_descriptor_check(const struct sim_vtd *unit, const uint64_t descriptor[2], bool *fatal);

/* vtd_cache.c */
struct context *vtd_context_cached(struct sim_vtd *unit, uint16_t source);
struct leaf *vtd_leaf_cached(struct sim_vtd *unit, uint16_t id, uint64_t daddr);
struct inner *vtd_inner_cached(struct sim_vtd *unit, uint16_t id, uint64_t daddr, unsigned level, unsigned shift);
void vtd_context_remember(struct sim_vtd *unit, const struct context *entry);
void vtd_leaf_remember(struct sim_vtd *unit, const struct leaf *entry);
void vtd_inner_remember(struct sim_vtd *unit, const struct inner *entry);
void vtd_context_fetched(struct sim_vtd *unit, const struct context *entry); /* out of memory */
void vtd_contexts_forget(struct sim_vtd *unit, unsigned granularity, uint16_t id, uint16_t source, unsigned mask);
void vtd_leaves_forget(struct sim_vtd *unit, unsigned granularity, uint16_t id, uint64_t daddr, unsigned order,
		       bool leaves_only);
void vtd_forget_all(struct sim_vtd *unit);
/* An entry of nwords doublewords (64 bits), read at once: past the caches, or old, if that is what the unit is like.
 * False: no RAM. */
bool vtd_memory_read(struct sim_vtd *unit, uint64_t paddr, uint64_t *value, unsigned nwords);
void vtd_memory_flushed(struct sim_vtd *unit); /* the write buffer is empty */

/* vtd_entry.c: 0, or the reason of the fault; the broken rule is reported */
int vtd_root_check(struct sim_vtd *unit, const uint64_t root[2], uint16_t source);
int vtd_context_check(struct sim_vtd *unit, const struct context *context);
int vtd_entry_check(struct sim_vtd *unit, unsigned level, uint64_t entry);

/* vtd_interrupt.c: a write to the interrupt window */
int vtd_interrupt(struct sim_vtd *unit, uint16_t source, uint64_t daddr);

/* vtd_walk.c */
int vtd_translate(struct sim_vtd *unit, uint16_t source, uint64_t daddr, bool write, bool zero, uint64_t *paddr);

static inline uint64_t vtd_bits(uint64_t value, unsigned high, unsigned low)
{
	return value >> low & (((uint64_t)2 << (high - low)) - 1);
}

#endif
