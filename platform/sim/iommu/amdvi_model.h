/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the AMD-Vi model: amdvi.c is its place in the machine, amdvi_registers.c the register file, amdvi_queue.c the
 * command buffer, amdvi_command.c what a command may say, amdvi_cache.c what is remembered, amdvi_walk.c translation,
 * amdvi_entry.c what an entry may say, amdvi_log.c the event log, amdvi_report.c broken rules. Numbers are the
 * specification's, written down a second time on purpose: the driver's header could be wrong.
 */
#ifndef PLATFORM_SIM_AMDVI_MODEL_H
#define PLATFORM_SIM_AMDVI_MODEL_H

#include "amdvi_rules.h"
#include "sim_amdvi.h"

enum {
	ENTRIES = 64,
	INNERS = 256,
	LEAVES = 512,
	POSTED = 16,
	UNITS = 128,
	COVERED = 128,
	PENDING = 16,  /* invalidations that are taken from the buffer and not completed */
	LATE = 8,      /* records that the tail pointer tells of and memory has not */
	LATE_TICKS = 8 /* register reads, or turns of a wait, until it has */
};

/* What a former kernel's tables and rings take at the start of low memory (sim_amdvi_leave_on()). */
#define FORMER_BYTES ((uint64_t)16384)

#define BIT(n)	((uint64_t)1 << (n))
#define ADDRESS 0x000ffffffffff000ull /* bits 51:12 */

/* Bits of the control register (0018h) and the status register (2020h). */
#define IOMMU_EN	BIT(0)
#define EVENT_LOG_EN	BIT(2)
#define COMMAND_WAIT_EN BIT(4)
#define COHERENT	BIT(10)
#define COMMAND_EN	BIT(12)
enum { EVENT_OVERFLOW = 1 << 0, EVENT_INT = 1 << 1, WAIT_INT = 1 << 2, EVENT_RUN = 1 << 3, COMMAND_RUN = 1 << 4 };
/* Logs that this unit has not, but a former kernel may have left on: of page requests, and of guests' interrupts. */
enum { FORMER_LOGS_EN = 1 << 13 | 1 << 28, FORMER_LOGS_RUN = 1 << 7 | 1 << 8, FORMER_LOGS_TICKS = 20 };

/* Event codes (2.5), and the flags of a record's bits 59:48. */
enum event_code {
	ILLEGAL_ENTRY = 1,
	PAGE_FAULT = 2,
	ENTRY_HARDWARE = 3,
	TABLE_HARDWARE = 4,
	ILLEGAL_COMMAND = 5,
	COMMAND_HARDWARE = 6,
	INVALID_REQUEST = 8,
};
enum {
	FLAG_INTERRUPT = 1 << 3,
	FLAG_PRESENT = 1 << 4,
	FLAG_WRITE = 1 << 5,
	FLAG_PERMISSION = 1 << 6,
	FLAG_RESERVED = 1 << 7
};

struct entry { /* a device table entry, remembered */
	bool used;
	uint16_t source;
	uint64_t word[4];
};

struct inner { /* a page directory entry: which table of `level` spans this range */
	bool used;
	uint16_t id;
	uint8_t level;	 /* of the table's entries: 1 for 4 KiB pages */
	uint8_t shift;	 /* bytes spanned: 1 << shift */
	uint64_t prefix; /* daddr of the range */
	uint64_t table;
	bool read, write; /* of the entries above, ANDed */
};

struct leaf { /* a translation, or (NpCache) that there is none */
	bool used, present;
	uint16_t id;
	uint8_t shift;
	uint64_t daddr, paddr;
	bool read, write, coherent;
};

struct posted {
	uint64_t paddr;
	uint8_t bytes[64];
	size_t n;
};

struct record {
	uint64_t paddr, word[2];
};

struct sim_amdvi {
	struct sim_amdvi_config config;
	struct sim_amdvi_seen seen;
	unsigned broken[AMDVI_NRULES];
	uint16_t segment;
	uint32_t covered[COVERED];
	unsigned ncovered;
	/* registers, as software reads them */
	uint64_t devtab, combase, eventbase, control, exclbase, excllimit, features, comhead, comtail, eventhead,
		eventtail, status;
	bool devtab_set, combase_set, eventbase_set;
	/* caches, replaced round robin */
	struct entry entries[ENTRIES];
	struct inner inners[INNERS];
	struct leaf leaves[LEAVES];
	struct entry fetched[ENTRIES]; /* valid entries as they were read last, since the last invalidation */
	unsigned nentries, ninners, nleaves, nfetched;
	struct posted posted[POSTED];
	unsigned nposted;
	struct record late[LATE];
	unsigned nlate, late_ticks, pretended, former_logs_left;
	/* the command buffer */
	unsigned executed; /* commands since the beginning */
	bool refused_once, refused_rightly;
	uint64_t refused[2]; /* the illegal command that the buffer stopped at */
	uint64_t pending[PENDING][2];
	unsigned npending;
	bool pages_seen; /* a page invalidation since the unit was enabled */
	void (*before)(void *ctx);
	void *before_ctx;
};

/* amdvi.c */
struct sim_amdvi *amdvi_unit_of(uint32_t requester);

/* amdvi_report.c */
void amdvi_violation(struct sim_amdvi *unit, enum amdvi_rule rule, uint64_t value);
/* True if the adversary wants it; on a plain machine what it would be by itself. */
bool amdvi_whim(bool otherwise);

/* amdvi_log.c */
void amdvi_log(struct sim_amdvi *unit, enum event_code code, uint64_t low, uint64_t high);
void amdvi_log_late(struct sim_amdvi *unit); /* what the tail pointer has told of reaches memory, at last */
uint64_t amdvi_log_tail(const struct sim_amdvi *unit);
/* A request is blocked: records it unless the entry suppresses that, gives DMA_EFAULT. */
int amdvi_blocked(struct sim_amdvi *unit, const struct entry *entry, uint64_t daddr, bool write, enum event_code code,
		  unsigned flags);

/* amdvi_registers.c */
void amdvi_registers_reset(struct sim_amdvi *unit);
uint64_t amdvi_register_read(struct sim_amdvi *unit, uint64_t offset, unsigned nbytes);
void amdvi_register_write(struct sim_amdvi *unit, uint64_t offset, uint64_t value, unsigned nbytes);
uint64_t amdvi_ring_bytes(uint64_t base); /* of the ring that this base register describes */

/* amdvi_queue.c */
void amdvi_work(struct sim_amdvi *unit, bool all); /* executes commands: some, or all */
void amdvi_tail_written(struct sim_amdvi *unit, uint64_t old);
void amdvi_queue_starts(struct sim_amdvi *unit);
void amdvi_queue_stops(struct sim_amdvi *unit);
void amdvi_land(struct sim_amdvi *unit); /* posted writes */

/* amdvi_command.c: which rule the command breaks; AMDVI_NRULES: none. *illegal: the unit takes it for illegal */
enum amdvi_rule amdvi_command_check(const struct sim_amdvi *unit, const uint64_t command[2], bool *illegal);
/* The range [*first, *last] of device addresses that an invalidation of pages names (2.4.3). */
void amdvi_pages_range(uint64_t operand, uint64_t *first, uint64_t *last);

/* amdvi_cache.c */
struct entry *amdvi_entry_cached(struct sim_amdvi *unit, uint16_t source);
struct leaf *amdvi_leaf_cached(struct sim_amdvi *unit, uint16_t id, uint64_t daddr);
struct inner *amdvi_inner_cached(struct sim_amdvi *unit, uint16_t id, uint64_t daddr, unsigned level);
void amdvi_entry_remember(struct sim_amdvi *unit, const struct entry *entry);
void amdvi_leaf_remember(struct sim_amdvi *unit, const struct leaf *entry);
void amdvi_inner_remember(struct sim_amdvi *unit, const struct inner *entry);
void amdvi_entry_fetched(struct sim_amdvi *unit, const struct entry *entry); /* out of memory */
void amdvi_entries_forget(struct sim_amdvi *unit, uint16_t source);
void amdvi_pages_forget(struct sim_amdvi *unit, uint16_t id, uint64_t first, uint64_t last, bool directories);
void amdvi_forget_all(struct sim_amdvi *unit);
/* Words of an entry, read at once. False: no RAM. */
bool amdvi_memory_read(struct sim_amdvi *unit, uint64_t paddr, uint64_t *value, unsigned nwords, bool snoop);

/* amdvi_entry.c: false if the entry is refused; the broken rule is reported */
bool amdvi_entry_check(struct sim_amdvi *unit, const struct entry *entry);
/* A present entry of a table of this level. `shift`: of the page that it maps, if it maps one; else 0. */
bool amdvi_page_check(struct sim_amdvi *unit, unsigned level, uint64_t entry, uint64_t at, unsigned *shift);

/* amdvi_walk.c */
int amdvi_translate(struct sim_amdvi *unit, uint16_t source, uint64_t daddr, bool write, uint64_t *paddr);

static inline uint64_t amdvi_bits(uint64_t value, unsigned high, unsigned low)
{
	return value >> low & (((uint64_t)2 << (high - low)) - 1);
}
static inline bool amdvi_beyond(const struct sim_amdvi *unit, uint64_t paddr)
{
	return paddr >> unit->config.width != 0;
}
/* The device table entry's fields. */
static inline uint16_t amdvi_domain_of(const struct entry *entry)
{
	return (uint16_t)entry->word[1];
}
static inline unsigned amdvi_mode_of(const struct entry *entry)
{
	return (unsigned)amdvi_bits(entry->word[0], 11, 9);
}

#endif
