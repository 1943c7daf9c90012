/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the RISC-V IOMMU model: riscv.c is its place in the machine, riscv_registers.c the register file,
 * riscv_queue.c the command queue, riscv_command.c what a command may say, riscv_cache.c what is remembered,
 * riscv_walk.c translation, riscv_message.c that of messages, riscv_ats.c ATS and PRI, riscv_fault.c the fault queue,
 * riscv_entry.c what a context and an entry may say, riscv_report.c broken rules. Numbers are the specification's,
 * written down a second time on purpose: the driver's header could be wrong.
 */
#ifndef PLATFORM_SIM_RISCV_MODEL_H
#define PLATFORM_SIM_RISCV_MODEL_H

#include "riscv_rules.h"
#include "sim_riscv.h"

enum {
	CONTEXTS = 64,
	DIRECTORIES = 64,
	INNERS = 256,
	LEAVES = 512,
	POSTED = 16,
	PENDING = 40,
	BUSY_TICKS = 80,
	ANSWERS = 32
};

#define BIT(n)	      ((uint64_t)1 << (n))
#define PPN_OF(entry) (((entry) >> 10 & (BIT(44) - 1)) << 12) /* the address in bits 53:10 */

enum csr { COMMAND_CSR, FAULT_CSR, PAGE_CSR, CSRS };
enum {
	ENABLE = 1 << 0,
	MEMORY_FAULT = 1 << 8,
	TIMEOUT = 1 << 9,
	OVERFLOW = 1 << 9,
	ILLEGAL = 1 << 10,
	ON = 1 << 16,
	BUSY = 1 << 17
};

enum cause {
	READ_ACCESS = 5,
	WRITE_ACCESS = 7,
	READ_PAGE = 13,
	WRITE_PAGE = 15,
	READ_GUEST_PAGE = 21,
	WRITE_GUEST_PAGE = 23,
	DISALLOWED = 256,
	DIRECTORY_ACCESS = 257,
	NO_CONTEXT = 258,
	MISCONFIGURED = 259,
	TYPE_DISALLOWED = 260,
	MESSAGE_ACCESS = 261,
	MESSAGE_ABSENT = 262,
	MESSAGE_MISCONFIGURED = 263,
};

enum type { /* TTYP */
	    UNTRANSLATED_READ = 2,
	    UNTRANSLATED_WRITE = 3,
	    TRANSLATED_READ = 6,
	    TRANSLATED_WRITE = 7,
	    TRANSLATION_REQUEST = 8,
	    MESSAGE_REQUEST = 9,
};

struct access { /* of a device */
	enum type type;
	uint32_t device;
	uint64_t daddr; /* or what a record says of it: the code of a message */
	bool write;
	uint64_t process; /* PID, PV and PRIV, where a record has them */
	bool quiet;	  /* tc.DTF of its context: faults of translation are not recorded */
};

struct context { /* the words: tc, iohgatp, ta, fsc, msiptp, mask, pattern, 0 */
	bool used;
	uint32_t device;
	uint64_t paddr; /* where it was read */
	uint64_t word[8];
};

struct directory { /* an entry of the directory above the contexts */
	bool used;
	unsigned level; /* of the table that it is in, from 1 on */
	uint32_t index; /* of the device, without the bits below */
	uint64_t table;
};

struct inner { /* an entry of a page table that points to another */
	bool used;
	uint32_t id;
	unsigned level; /* of the table that it points to */
	uint64_t prefix;
	uint64_t table;
};

struct leaf {
	bool used;
	uint32_t id;
	unsigned shift; /* bytes spanned: 1 << shift */
	uint64_t daddr, paddr;
	bool write;
	bool message; /* an entry of an MSI page table */
	/* By device: it is used without a look at the device's context. Else by id. */
	bool by_device;
	uint32_t device;
};

struct posted {
	uint64_t paddr;
	uint8_t bytes[64];
	size_t n;
};

struct sim_riscv {
	struct sim_riscv_config config;
	struct sim_riscv_seen seen;
	const struct sim_device *covered; /* that it is in front of */
	unsigned broken[RISCV_NRULES];
	/* registers, as software reads them */
	uint64_t capabilities, fctl, ddtp, csr[CSRS];
	struct queue {
		uint64_t base, head, tail;
		bool set; /* the base was written */
	} queue[CSRS];
	unsigned ddtp_busy, csr_busy[CSRS]; /* register reads until it is done */
	/* caches, replaced round robin */
	struct context contexts[CONTEXTS], fetched[CONTEXTS];
	struct directory directories[DIRECTORIES];
	struct inner inners[INNERS];
	struct leaf leaves[LEAVES];
	unsigned ncontexts, nfetched, ndirectories, ninners, nleaves;
	struct posted posted[POSTED];
	unsigned nposted;
	struct answer { /* to a page request, on its way to the device */
		uint32_t device;
		struct sim_riscv_response response;
	} answers[ANSWERS];
	unsigned nanswers, nrequests; /* requests: that were to be stored */
	/* the command queue */
	unsigned executed; /* commands since the beginning */
	bool refused_once, refused_rightly, aborted_once, timed_out;
	uint64_t refused[2];
	uint64_t pending[PENDING][2];
	unsigned npending;
	uint32_t known[8]; /* devices that have been seen, and whose contexts it may fetch at any moment */
	unsigned nknown;
	void (*before)(void *ctx);
	void *before_ctx;
};

static inline unsigned riscv_mode(const struct sim_riscv *unit)
{
	return (unsigned)(unit->ddtp & 15);
}
static inline unsigned riscv_leaf_bits(const struct sim_riscv *unit)
{
	return unit->config.base_format ? 7 : 6;
}
static inline uint64_t riscv_entries(uint64_t base) /* of the queue that this base register describes */
{
	return (uint64_t)2 << (base & 31);
}
static inline bool riscv_beyond(const struct sim_riscv *unit, uint64_t paddr)
{
	return paddr >> unit->config.width != 0;
}
static inline unsigned riscv_context_words(const struct sim_riscv *unit)
{
	return unit->config.base_format ? 4 : 8;
}
static inline unsigned riscv_access_fault(const struct access *access)
{
	return access->write ? WRITE_ACCESS : READ_ACCESS;
}
/* The tables by which a unit of either stage translates: iohgatp, or fsc. */
static inline uint64_t riscv_tables_of(const struct sim_riscv *unit, const struct context *context)
{
	return context->word[unit->config.first ? 3 : 1];
}
/* What its translations are known by: GSCID, or PSCID. */
static inline uint32_t riscv_id_of(const struct sim_riscv *unit, const struct context *context)
{
	return unit->config.first ? (uint32_t)(context->word[2] >> 12 & 0xfffff)
				  : (uint32_t)(context->word[1] >> 44 & 0xffff);
}
/* True if the device id has bits that the directory's levels do not look at. */
bool riscv_too_wide(const struct sim_riscv *unit, uint32_t device);

/* riscv_report.c */
void riscv_violation(struct sim_riscv *unit, enum riscv_rule rule, uint64_t value);
bool riscv_whim(bool otherwise); /* true if the adversary wants it; on a plain machine what it would be by itself */

/* riscv_registers.c */
void riscv_registers_reset(struct sim_riscv *unit);
uint64_t riscv_register_read(struct sim_riscv *unit, uint64_t offset, unsigned nbytes);
void riscv_register_write(struct sim_riscv *unit, uint64_t offset, uint64_t value, unsigned nbytes);

/* riscv_queue.c */
void riscv_work(struct sim_riscv *unit, bool all);
void riscv_queue_mended(struct sim_riscv *unit); /* the errors at its head were cleared */
void riscv_complete_all(struct sim_riscv *unit);

/* riscv_command.c: which rule the command breaks; RISCV_NRULES: none */
enum riscv_rule riscv_command_check(const struct sim_riscv *unit, const uint64_t command[2]);

/* riscv_cache.c */
struct context *riscv_context_cached(struct sim_riscv *unit, uint32_t device);
struct directory *riscv_directory_cached(struct sim_riscv *unit, uint32_t index, unsigned level);
struct leaf *riscv_leaf_cached(struct sim_riscv *unit, uint32_t id, uint64_t daddr, bool message);
struct leaf *riscv_leaf_of_device(struct sim_riscv *unit, uint32_t device, uint64_t daddr);
struct inner *riscv_inner_cached(struct sim_riscv *unit, uint32_t id, uint64_t daddr, unsigned level);
void riscv_context_fetched(struct sim_riscv *unit, const struct context *context);
/* Looks whether contexts that it may be reading have become a mixture. */
void riscv_contexts_watch(struct sim_riscv *unit);
void riscv_directory_remember(struct sim_riscv *unit, const struct directory *directory);
void riscv_inner_remember(struct sim_riscv *unit, const struct inner *inner);
void riscv_leaf_remember(struct sim_riscv *unit, const struct leaf *leaf);
void riscv_forget_devices(struct sim_riscv *unit, bool all, uint32_t device);
void riscv_forget_pages(struct sim_riscv *unit, bool all_ids, uint32_t id, bool all, uint64_t daddr);
bool riscv_memory_read(struct sim_riscv *unit, uint64_t paddr, uint64_t *value, unsigned nwords);

/* riscv_entry.c: false if it is refused; the broken rule is reported */
bool riscv_context_check(struct sim_riscv *unit, const struct context *context);
/* A valid entry of a table of this level. *leaf: it maps a page. */
bool riscv_page_check(struct sim_riscv *unit, unsigned level, uint64_t entry, bool *leaf);

/* riscv_message.c */
bool riscv_is_message(const struct context *context, uint64_t daddr);
/* The MSI page table's entry for that address: 0, or a cause. */
unsigned riscv_message_walk(struct sim_riscv *unit, const struct context *context, const struct access *access,
			    struct leaf *leaf);

/* riscv_fault.c */
int riscv_blocked(struct sim_riscv *unit, const struct access *access, unsigned cause); /* gives DMA_EFAULT */

/* riscv_ats.c */
enum sim_riscv_completion riscv_ask(struct sim_riscv *unit, struct access *access,
				    struct sim_riscv_translation *answer);
int riscv_translated(struct sim_riscv *unit, struct access *access);
void riscv_page_request(struct sim_riscv *unit, uint32_t device, const struct sim_riscv_request *request);
void riscv_ats_command(struct sim_riscv *unit, const uint64_t command[2]);

/* riscv_walk.c */
/* The device's context: 0, or a cause; Bare has none. */
unsigned riscv_locate(struct sim_riscv *unit, struct access *access, struct context *context);
/* Fetches contexts that it may need. */
void riscv_look_ahead(struct sim_riscv *unit);
int riscv_translate(struct sim_riscv *unit, uint32_t device, uint64_t daddr, bool write, uint64_t *paddr);
/* What the tables of the context say of the address: 0, or a cause. */
unsigned riscv_look_up(struct sim_riscv *unit, const struct context *context, const struct access *access,
		       struct leaf *leaf);

#endif
