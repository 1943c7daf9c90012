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
	const struct dma_smmuv3_config *config = base->iommu->config;
	struct smmu_unit *unit = dma_smmu_unit_of(base);
	unsigned bits = dma_unit_requester_bits(base, config->last_stream, USUAL_BITS);
	unsigned most = smmu_idr1_stream_bits(unit->idr1), split;
	bool two_level;
	int error;

	bits = bits < most ? bits : most;
	split = bits > SHORT_BITS ? SMMU_SPLIT_WIDE : SMMU_SPLIT;
	two_level = smmu_idr0_two_level(unit->idr0) && bits > split && !config->linear_table;
	if (bits > 32 || (!two_level && bits > LINEAR_BITS))
		return DMA_ENOTSUP;
	unit->stream_bits = (uint8_t)bits;
	base->last = bits < 32 ? (1u << bits) - 1 : UINT32_MAX;
	base->tables = (struct dma_unit_tables){
		.mask = UINT32_MAX,
		.entry = SMMU_STE_BYTES,
		.used = ~(uint64_t)0,
		.filling = SMMU_STE_FILLING,
		.words = SMMU_STE_WORDS,
		.shift = two_level ? split : 32,
		.stride = sizeof(uint64_t),
		.address = SMMU_BASE_ADDRESS & ~(uint64_t)63,
		.valid = SMMU_L1_SPAN(split),
	};
	error = dma_unit_tables_make(base, (uint64_t)1 << bits, 0); /* 6.3.23: aligned to its size */
	if (error)
		return error;
	return dma_unit_log_make(base, &base->log,
				 (struct dma_unit_log){.count = 1u << SMMU_EVENT_BITS,
						       .words = SMMU_EVENT_WORDS,
						       .span = 2u << SMMU_EVENT_BITS,
						       .tail_register = unit->event_page + SMMU_EVENTQ_PROD,
						       .head_register = unit->event_page + SMMU_EVENTQ_CONS,
						       .step = 1,
						       .toggles = SMMU_EVENTQ_OVERFLOW});
}

/* What no entry of the table uses stays 0: words 4 to 7. */
static int describe(struct dma_unit *base, struct dma_unit_domain *domain, bool coherent, uint64_t *words)
{
	const struct smmu_unit *unit = dma_smmu_unit_of(base);
	const struct dma_table *table;
	unsigned bits;

	words[0] = SMMU_STE_V | SMMU_STE_BYPASS;
	words[1] = SMMU_STE_SH_INCOMING;
	if (!domain)
		return 0;
	table = &domain->space.table;
	words[1] |= SMMU_STE_UNPRIVILEGED_DATA | (coherent ? 0 : SMMU_STE_NORMAL_NC);
	if (unit->stage == 1) {
		if (!domain->devices)
			dma_smmu_context_write(dma_smmu_domain_of(domain), coherent);
		words[0] = SMMU_STE_V | SMMU_STE_STAGE_1 | dma_smmu_domain_of(domain)->context.raw;
		words[1] |= base->reach.snoops ? SMMU_STE_S1_CACHED : SMMU_STE_S1_UNCACHED;
		if (smmu_idr0_stall(unit->idr0) == SMMU_STALL_AND_TERMINATE)
			words[1] |= SMMU_STE_S1STALLD;
		return 0;
	}
	bits = dma_format_width(table->format);
	bits = bits < unit->output_bits ? bits : unit->output_bits;
	words[0] = SMMU_STE_V | SMMU_STE_STAGE_2;
	/* S2SL0 counts from the leaf's side: 3 levels 1, 4 levels 2. */
	words[2] = smmu_ste_s2(domain->id, 64 - bits, table->format->levels - 2u, unit->output_code) |
		   (base->reach.snoops ? SMMU_STE_S2_CACHED : SMMU_STE_S2_UNCACHED);
	words[3] = table->root.raw;
	return 0;
}

/* Not the entry alone: that of the first level on the way to it, too. */
static int forget(struct dma_unit *base, uint32_t stream, uint64_t former, uint64_t now)
{
	struct dma_command entry = smmu_cfgi_ste(stream);

	(void)former, (void)now;
	return dma_smmu_run(base, &entry, 1);
}

/* True if a valid entry can become the new one word by word (3.21.3.1), each step a stream that reaches what both
 * domains map. Of stage 1 the context's address decides. Of stage 2 there is a step between: the number of the driver's
 * domain with the home's table. What the unit remembers from it is wrong for that domain, which therefore has no other
 * stream yet, or no more; and where blocks may not be other sizes at once (BBML), both must make the same. */
static bool word_by_word(const struct smmu_unit *unit, uint32_t stream, const uint64_t *old, const uint64_t *new,
			 struct dma_unit_domain *former, struct dma_unit_domain *domain)
{
	if (!(old[0] & SMMU_STE_V))
		return false;
	if (unit->stage == 1 || !former || !domain)
		return true;
	return !((old[2] ^ new[2]) & ~SMMU_STE_VMID) && (former->home || dma_unit_alone(former, stream)) &&
	       (domain->home || dma_unit_alone(domain, stream)) &&
	       (dma_smmu_splits_in_place(unit) || former->space.table.big_levels == domain->space.table.big_levels);
}

/* A word that the new entry does not use stays. On the way home the table comes before the number, on the way out
 * after it; Config comes when what it wants is there. */
static int change(struct dma_unit *base, uint32_t stream, struct dma_unit_domain *former,
		  struct dma_unit_domain *domain, const uint64_t *new)
{
	static const uint8_t orders[2][4] = {{2, 3, 0, 1}, {3, 2, 1, 0}};
	unsigned words = (new[0] & SMMU_STE_CONFIG) == SMMU_STE_STAGE_2 ? 4 : 2;
	const struct smmu_unit *unit = dma_smmu_unit_of(base);
	bool home = domain && domain->home;
	const struct dma_unit_domain *driver = home ? former : domain;
	uint64_t old[SMMU_STE_WORDS];
	int error = 0;

	dma_unit_entry_read(base, stream, old, SMMU_STE_WORDS);
	if (!word_by_word(unit, stream, old, new, former, domain))
		return 1;
	for (unsigned i = 0; i < 4 && !error; i++) {
		unsigned word = orders[home][i];

		if (word < words && old[word] != new[word])
			error = dma_unit_entry_update(base, stream, new, 1u << word, 0, 0);
	}
	if (!error && unit->stage == 2 && driver) {
		struct dma_command all = smmu_tlbi_domain(true, driver->id);

		error = dma_smmu_run(base, &all, 1);
	}
	return error;
}

static const char *refuses(struct dma_unit *base, struct dma_unit_domain *domain, const struct dma_device *dev)
{
	if (dma_smmu_unit_of(base)->stage == 1 && domain->devices &&
	    dma_smmu_domain_of(domain)->coherent != dev->coherent)
		return "devices that snoop and others cannot share a domain";
	return NULL;
}

const struct dma_unit_entry_ops dma_smmu_entries = {
	.refuses = refuses, .describe = describe, .forget = forget, .change = change};
