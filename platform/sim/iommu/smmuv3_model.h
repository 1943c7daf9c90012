/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the SMMUv3 model: smmuv3.c is its place in the machine, smmuv3_registers.c the register file,
 * smmuv3_written.c what writes do, smmuv3_queue.c the command queue, smmuv3_command.c what a command may say,
 * smmuv3_event.c events, smmuv3_cache.c what is remembered, smmuv3_fetch.c configuration in memory, smmuv3_entry.c
 * what it may say, smmuv3_walk.c translation, smmuv3_report.c broken rules. Numbers are the specification's, written
 * down a second time on purpose: the driver's header could be wrong.
 */
#ifndef PLATFORM_SIM_SMMUV3_MODEL_H
#define PLATFORM_SIM_SMMUV3_MODEL_H

#include "sim_smmuv3.h"
#include "smmuv3_rules.h"

#define FORMER_BYTES ((uint64_t)12288) /* what a former kernel's tables lie in */

enum {
	CONFIGS = 64,
	FIRSTS = 16,
	INNERS = 256,
	LEAVES = 512,
	POSTED = 16,
	PENDING = 16, /* invalidations that are consumed and not completed */
	SNAPSHOTS = 64
};

enum { EVENTQ_PROD = 0x100a8, EVENTQ_CONS = 0x100ac }; /* offsets, in the second page */

/* Bits of CR0. */
enum { SMMUEN = 1 << 0, EVENTQEN = 1 << 2, CMDQEN = 1 << 3 };

#define GBPA_UPDATE ((uint32_t)1 << 31)
#define GBPA_ABORT  ((uint32_t)1 << 20)

enum event_type {
	BAD_STREAM = 0x02,
	STE_FETCH = 0x03,
	BAD_STE = 0x04,
	CD_FETCH = 0x09,
	BAD_CD = 0x0a,
	WALK_ABORT = 0x0b,
	TRANSLATION = 0x10,
	ADDRESS_SIZE = 0x11,
	ACCESS_FLAG = 0x12,
	PERMISSION = 0x13,
	SILENT = 0xff, /* aborted without a record */
};

struct configuration { /* of a stream: entry and context descriptor together, remembered */
	bool used;
	uint32_t stream;
	uint64_t ste[8], cd[8];
	bool has_cd;
};

struct first { /* an entry of the first level, remembered */
	bool used;
	uint32_t index;
	uint64_t entry;
};

struct tag { /* whose translation it is: stage 2 by VMID, stage 1 by VMID and ASID */
	uint8_t stage;
	uint16_t vmid, asid;
};

struct inner { /* which table spans this range */
	bool used;
	struct tag tag;
	uint8_t level; /* of the table's entries: 0 for leaf tables */
	uint64_t prefix, table;
};

struct leaf {
	bool used;
	struct tag tag;
	bool global; /* stage 1 without nG: for every ASID */
	uint8_t shift;
	uint64_t daddr, paddr;
	bool read, write;
	bool cacheable;
};

struct scope {	       /* what an invalidation takes */
	uint8_t stage; /* 0: both */
	bool any_vmid, any_asid, no_globals;
	uint16_t vmid, asid;
	bool whole;	      /* every address */
	uint64_t first, last; /* else these */
	bool leaves_only;
	uint8_t level; /* 1 to 3: leaves of that level alone (TTL), and tables above it; 0: all */
};

struct posted {
	uint64_t paddr;
	uint8_t bytes[64];
	size_t n;
};

struct snapshot { /* a stream's entry, and its CD, as they were when the configuration was last invalidated */
	bool used;
	uint32_t stream;
	uint64_t ste[8], cd[8];
};

struct sim_smmu {
	struct sim_smmu_config config;
	struct sim_smmu_seen seen;
	const struct sim_device *covered; /* that it is in front of */
	unsigned broken[SMMU_NRULES];
	/* registers */
	uint32_t idr[6], iidr, aidr;
	uint32_t cr0, cr0ack, cr1, cr2, gbpa, gerror, gerrorn, strtab_cfg, cmdq_prod, cmdq_cons, eventq_prod,
		eventq_cons, irq_ctrl, irq_ctrlack, pri[2];
	uint64_t strtab, cmdq, eventq, priq;
	uint64_t gerror_msi, eventq_msi; /* IRQ_CFG0 */
	uint32_t gerror_msi_cfg[2], eventq_msi_cfg[2];
	bool protected; /* it has translated or aborted before */
	/* order of initialization: written since the queue's base */
	bool cmdq_prod_set, cmdq_cons_set, eventq_prod_set, eventq_cons_set;
	bool configs_invalid, tlb_invalid, el2_invalid; /* all of them, since translation was off */
	/* caches, replaced round robin */
	struct configuration configs[CONFIGS];
	struct first firsts[FIRSTS];
	struct inner inners[INNERS];
	struct leaf leaves[LEAVES];
	unsigned nconfigs, nfirsts, ninners, nleaves;
	struct snapshot snapshots[SNAPSHOTS], early;
	unsigned nsnapshots;
	uint32_t last_stream; /* that a command or a transaction named */
	struct posted posted[POSTED];
	unsigned nposted;
	/* the command queue */
	unsigned executed; /* commands since the beginning */
	uint64_t pending[PENDING][2];
	unsigned npending;
	uint32_t pretended;
	bool refused_once;
};

static inline uint64_t smmu_bits(uint64_t value, unsigned high, unsigned low)
{
	return value >> low & (((uint64_t)2 << (high - low)) - 1);
}

/* smmuv3_report.c */
void smmu_violation(struct sim_smmu *unit, enum smmu_rule rule, uint64_t value);
bool smmu_whim(bool otherwise);
unsigned smmu_output_bits(const struct sim_smmu *unit); /* IDR5.OAS in bits */

/* smmuv3_registers.c */
void smmu_registers_reset(struct sim_smmu *unit);
uint64_t smmu_register_read(struct sim_smmu *unit, uint64_t offset, unsigned nbytes);
void smmu_register_write(struct sim_smmu *unit, uint64_t offset, uint64_t value, unsigned nbytes);

/* smmuv3_written.c: the register at that offset had the value `old` */
void smmu_register_written(struct sim_smmu *unit, uint32_t offset, uint64_t old);

/* smmuv3.c: what it was told takes effect now; before that, reads show the old state */
void smmu_settle(struct sim_smmu *unit);

/* smmuv3_queue.c */
void smmu_work(struct sim_smmu *unit, bool all);

/* smmuv3_command.c: which rule the command breaks; SMMU_NRULES: none. *fatal: the unit takes it as illegal */
enum smmu_rule smmu_command_check(const struct sim_smmu *unit, const uint64_t command[2], bool *fatal);

/* smmuv3_event.c */
void smmu_record(struct sim_smmu *unit, uint32_t stream, enum event_type type, uint64_t daddr, bool write);

/* smmuv3_cache.c */
struct configuration *smmu_config_cached(struct sim_smmu *unit, uint32_t stream);
struct leaf *smmu_leaf_cached(struct sim_smmu *unit, struct tag tag, uint64_t daddr);
struct inner *smmu_inner_cached(struct sim_smmu *unit, struct tag tag, uint64_t daddr, unsigned level);
void smmu_config_remember(struct sim_smmu *unit, const struct configuration *entry);
void smmu_leaf_remember(struct sim_smmu *unit, const struct leaf *entry);
void smmu_inner_remember(struct sim_smmu *unit, const struct inner *entry);
struct first *smmu_first_cached(struct sim_smmu *unit, uint32_t index);
void smmu_first_remember(struct sim_smmu *unit, uint32_t index, uint64_t entry);
void smmu_config_compare(struct sim_smmu *unit, const struct configuration *entry); /* with the others remembered */
/* Streams first to last; leaf: entries of the first level stay */
void smmu_configs_forget(struct sim_smmu *unit, uint32_t first, uint32_t last, bool leaf);
void smmu_contexts_forget(struct sim_smmu *unit, uint32_t stream); /* context descriptors alone */
void smmu_leaves_forget(struct sim_smmu *unit, const struct scope *scope);

/* smmuv3_fetch.c */
bool smmu_read_words(struct sim_smmu *unit, uint64_t paddr, void *to, size_t nbytes);
unsigned smmu_fetch(struct sim_smmu *unit, uint32_t stream, struct configuration *config); /* an event type, or 0 */
/* The configuration of these streams was invalidated: what a fetch that begins now would see. */
void smmu_snapshots_take(struct sim_smmu *unit, uint32_t first, uint32_t last);
void smmu_snapshots_start(struct sim_smmu *unit); /* SMMUEN was set */

/* smmuv3_entry.c: what the walk needs to know, or an event type; the broken rule is reported */
struct walk {
	struct tag tag;
	uint64_t root;
	unsigned levels;
	unsigned width;	 /* bits of input addresses */
	unsigned output; /* and of output addresses */
	uint64_t mair;
	bool cacheable; /* as far as the stream table entry decides */
};
unsigned smmu_stage_1(struct sim_smmu *unit, const struct configuration *config, struct walk *walk);
unsigned smmu_stage_2(struct sim_smmu *unit, const struct configuration *config, struct walk *walk);
bool smmu_entry_check(struct sim_smmu *unit, const struct configuration *config); /* what holds for all valid entries */
bool smmu_descriptor_check(struct sim_smmu *unit, const struct walk *walk, unsigned level, uint64_t entry);
/* The entries beside one that says it is one of several alike: `at` is where it lies. */
void smmu_contiguous_check(struct sim_smmu *unit, unsigned level, uint64_t at, uint64_t entry);

/* smmuv3_walk.c */
int smmu_translate(struct sim_smmu *unit, uint32_t stream, uint64_t daddr, bool write, uint64_t *paddr);

#endif
