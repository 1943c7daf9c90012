/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the SMMUv3 model: smmuv3.c has the registers, smmuv3_queue.c commands and events, smmuv3_cache.c what is
 * remembered, smmuv3_walk.c translation. Numbers are the specification's, written down a second time on purpose: the
 * driver's header could be wrong.
 */
#ifndef PLATFORM_SIM_SMMUV3_MODEL_H
#define PLATFORM_SIM_SMMUV3_MODEL_H

#include "sim_smmuv3.h"

#define FORMER_BYTES ((uint64_t)12288) /* what a former kernel's tables lie in */

enum { CONFIGS = 64, FIRSTS = 16, INNERS = 256, LEAVES = 512, POSTED = 16 };

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

struct tag { /* whose translation it is */
	uint8_t stage;
	uint16_t id;
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

struct posted {
	uint64_t paddr;
	uint8_t bytes[64];
	size_t n;
};

struct sim_smmu {
	struct sim_smmu_config config;
	struct sim_smmu_seen seen;
	/* registers */
	uint32_t cr0, cr0ack, cr1, cr2, gbpa, gerror, gerrorn, strtab_cfg, cmdq_prod, cmdq_cons, eventq_prod,
		eventq_cons, irq_ctrl;
	uint64_t strtab, cmdq, eventq;
	bool protected; /* it has translated or aborted before */
	/* caches, replaced round robin */
	struct configuration configs[CONFIGS];
	struct first firsts[FIRSTS];
	struct inner inners[INNERS];
	struct leaf leaves[LEAVES];
	unsigned nconfigs, nfirsts, ninners, nleaves;
	struct posted posted[POSTED];
	unsigned nposted;
	unsigned executed; /* commands since the beginning */
	uint32_t pretended;
	bool refused_once;
};

/* smmuv3.c */
void smmu_violation(struct sim_smmu *unit, const char *what, uint64_t value);
bool smmu_whim(bool otherwise);

/* smmuv3_queue.c */
void smmu_work(struct sim_smmu *unit, bool all);
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
/* leaf: entries of the first level stay */
void smmu_configs_forget(struct sim_smmu *unit, bool all, uint32_t stream, bool leaf);
/* tag NULL: everything; first > last: all of the tag's */
void smmu_leaves_forget(struct sim_smmu *unit, const struct tag *tag, uint64_t first, uint64_t last, bool leaves_only);

/* smmuv3_walk.c */
int smmu_translate(struct sim_smmu *unit, uint32_t stream, uint64_t daddr, bool write, uint64_t *paddr);

#endif
