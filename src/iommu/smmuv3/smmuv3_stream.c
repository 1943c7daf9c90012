/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The stream table (IHI 0070, 3.3.1 and 5.2), linear or of two levels: which stream is translated by which domain.
 * What has no valid entry is aborted and recorded.
 */
#include <dmastream/errors.h>

#include "smmuv3_driver.h"

enum {
	USUAL_BITS = 16,
	SHORT_BITS = 25,  /* with the usual split, a first level of 1 MiB */
	LINEAR_BITS = 20, /* 64 MiB */
};

int dma_smmu_memory(struct dma_unit *base)
{
	struct smmu_unit *unit = dma_smmu_unit_of(base);
	unsigned bits = dma_unit_requester_bits(base, unit->last_stream, USUAL_BITS);
	unsigned most = smmu_idr1_stream_bits(unit->idr1), split;
	bool two_level;
	int error;

	bits = bits < most ? bits : most;
	split = bits > SHORT_BITS ? SMMU_SPLIT_WIDE : SMMU_SPLIT;
	two_level = smmu_idr0_two_level(unit->idr0) && bits > split && !unit->linear_table;
	if (bits > 32 || (!two_level && bits > LINEAR_BITS))
		return DMA_ENOTSUP;
	unit->stream_bits = (uint8_t)bits;
	base->last = bits < 32 ? (1u << bits) - 1 : UINT32_MAX;
	base->tables = (struct dma_unit_tables){
		.mask = UINT32_MAX,
		.entry = sizeof(struct smmu_ste),
		.used = ~(uint64_t)0,
		.shift = two_level ? split : 32,
		.stride = sizeof(uint64_t),
		.address = SMMU_BASE_ADDRESS & ~(uint64_t)63,
		.valid = SMMU_L1_SPAN(split),
	};
	error = dma_unit_tables_make(base, (uint64_t)1 << bits, 0); /* 6.3.23: aligned to its size */
	return error ? error : dma_unit_log_make(base, 1u << SMMU_EVENT_BITS, SMMU_EVENT_WORDS, 2u << SMMU_EVENT_BITS);
}

/* What the entry of a stream holds; domain NULL: it bypasses the unit, as it is. */
static void describe(const struct smmu_unit *unit, struct dma_unit_domain *base, bool coherent, struct smmu_ste *ste)
{
	const struct dma_table *table = base ? &base->space.table : NULL;
	struct smmu_domain *domain = dma_smmu_domain_of(base);
	unsigned bits;

	*ste = (struct smmu_ste){0};
	if (!base) {
		ste->word[0] = SMMU_STE_V | SMMU_STE_BYPASS;
		ste->word[1] = SMMU_STE_SH_INCOMING;
		return;
	}
	ste->word[0] = SMMU_STE_V;
	ste->word[1] = SMMU_STE_SH_INCOMING | SMMU_STE_UNPRIVILEGED_DATA | (coherent ? 0 : SMMU_STE_NORMAL_NC);
	if (unit->stage == 1) {
		if (!base->devices)
			dma_smmu_context_write(domain, coherent);
		ste->word[0] |= SMMU_STE_STAGE_1 | domain->context.raw;
		ste->word[1] |= unit->base.reach.snoops ? SMMU_STE_S1_CACHED : SMMU_STE_S1_UNCACHED;
		if (smmu_idr0_stall(unit->idr0) == SMMU_STALL_AND_TERMINATE)
			ste->word[1] |= SMMU_STE_S1STALLD;
		return;
	}
	bits = dma_format_width(table->format);
	bits = bits < unit->output_bits ? bits : unit->output_bits;
	ste->word[0] |= SMMU_STE_STAGE_2;
	/* S2SL0 counts from the leaf's side: 3 levels 1, 4 levels 2. */
	ste->word[2] = smmu_ste_s2(base->id, 64 - bits, table->format->levels - 2u, unit->output_code) |
		       (unit->base.reach.snoops ? SMMU_STE_S2_CACHED : SMMU_STE_S2_UNCACHED);
	ste->word[3] = table->root.raw;
}

/* Not the entry alone: that of the first level on the way to it, too. */
static int forget(struct dma_unit *base, uint32_t stream)
{
	struct dma_command entry = smmu_cfgi_ste(stream);

	return dma_smmu_run(dma_smmu_unit_of(base), &entry, 1);
}

/* Writes those words of the stream's entry that `words` names (bit n: word n), and the unit forgets it. 0, or an
 * error. */
static int write_entry(struct dma_unit *base, uint32_t stream, const struct smmu_ste *new, unsigned words)
{
	int error = dma_unit_entry_write(base, stream, new->word, words);

	return error || !base->running ? error : forget(base, stream);
}

/* 3.21.3.1, for an entry that is invalid and known as such: it is filled without V, forgotten, made valid, forgotten.
 * The unit may read an entry at any time and in any order: a fetch that began before the second step has ended with it,
 * so that none joins words of two domains (hazard 71). The filled entry keeps its table from being trimmed. */
static int set(struct dma_unit *base, uint32_t stream, struct dma_unit_domain *domain, bool coherent)
{
	struct smmu_ste new, invalid;
	int error;

	describe(dma_smmu_unit_of(base), domain, coherent, &new);
	invalid = new;
	invalid.word[0] &= ~SMMU_STE_V;
	error = write_entry(base, stream, &invalid, 0xff);
	return error ? error : write_entry(base, stream, &new, 1);
}

/* True if a valid entry can become the new one word by word (3.21.3.1), each step a stream that reaches what both
 * domains map. Of stage 1 the context's address decides. Of stage 2 there is a step between: the number of the driver's
 * domain with the home's table. What the unit remembers from it is wrong for that domain, which therefore has no other
 * stream yet, or no more; and where blocks may not be other sizes at once (BBML), both must make the same. */
static bool word_by_word(struct smmu_unit *unit, uint32_t stream, const struct smmu_ste *old,
			 const struct smmu_ste *new, struct dma_unit_domain *former, struct dma_unit_domain *domain)
{
	if (!(old->word[0] & SMMU_STE_V))
		return false;
	if (unit->stage == 1 || !former || !domain)
		return true;
	return !((old->word[2] ^ new->word[2]) & ~SMMU_STE_VMID) && (former->home || dma_unit_alone(former, stream)) &&
	       (domain->home || dma_unit_alone(domain, stream)) &&
	       (dma_smmu_splits_in_place(unit) || former->space.table.big_levels == domain->space.table.big_levels);
}

/* A word that the new entry does not use stays. On the way home the table comes before the number, on the way out
 * after it; Config comes when what it wants is there. */
static int change_entry(struct smmu_unit *unit, uint32_t stream, const struct smmu_ste *old, const struct smmu_ste *new,
			const struct dma_unit_domain *driver, bool home)
{
	static const uint8_t orders[2][4] = {{2, 3, 0, 1}, {3, 2, 1, 0}};
	unsigned words = (new->word[0] & SMMU_STE_CONFIG) == SMMU_STE_STAGE_2 ? 4 : 2;
	int error = 0;

	for (unsigned i = 0; i < 4 && !error; i++) {
		unsigned word = orders[home][i];

		if (word < words && old->word[word] != new->word[word])
			error = write_entry(&unit->base, stream, new, 1u << word);
	}
	if (!error && unit->stage == 2 && driver) {
		struct dma_command all = smmu_tlbi_domain(true, driver->id);

		error = dma_smmu_run(unit, &all, 1);
	}
	return error;
}

static int change(struct dma_unit *base, uint32_t stream, struct dma_unit_domain *former,
		  struct dma_unit_domain *domain, bool coherent)
{
	struct smmu_unit *unit = dma_smmu_unit_of(base);
	bool home = domain && domain->home;
	struct smmu_ste new, old;

	describe(unit, domain, coherent, &new);
	dma_unit_entry_read(base, stream, old.word, 4);
	if (!word_by_word(unit, stream, &old, &new, former, domain))
		return 1;
	return change_entry(unit, stream, &old, &new, home ? former : domain, home);
}

static int clear(struct dma_unit *base, uint32_t stream)
{
	uint64_t rest;

	return dma_unit_entry_close(base, stream, &rest) && base->running ? forget(base, stream) : 0;
}

static const char *refuses(struct dma_unit *base, struct dma_unit_domain *domain, const struct dma_device *dev)
{
	if (dma_smmu_unit_of(base)->stage == 1 && domain->devices &&
	    dma_smmu_domain_of(domain)->coherent != dev->coherent)
		return "devices that snoop and others cannot share a domain";
	return NULL;
}

const struct dma_unit_entry_ops dma_smmu_entries = {refuses, change, set, clear, forget};
