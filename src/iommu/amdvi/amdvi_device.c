/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The device table (AMD IOMMU specification 48882, 2.2.2): which requester is translated by which domain. It is one
 * piece, every entry of it is valid from the start, and blocks: an entry that is not valid would let everything pass.
 *
 * What decides about an access are the entry's first two words, which change in one store of 16 bytes (2.2.2.2). Where
 * the CPU has none, the domain's id, in the second word, changes while the first blocks, and the unit is told before
 * the first opens again: the device is blocked in between.
 */
#include <dmastream/errors.h>

#include "amdvi_driver.h"

/* The first two words: the domain's id is the second's low 16 bits. domain NULL: everything passes. coherent: FC in the
 * leaves decides. */
static int describe(struct dma_unit *base, struct dma_unit_domain *domain, bool coherent, uint64_t *words)
{
	(void)base, (void)coherent;
	words[0] = AMDVI_ENTRY_BLOCKED | AMDVI_ENTRY_IR | AMDVI_ENTRY_IW;
	if (!domain)
		return 0;
	words[0] |= domain->space.table.root.raw | AMDVI_ENTRY_LEVELS(domain->space.table.format->levels);
	words[1] = domain->id;
	return 0;
}

/* 2.4.2: the unit forgets the entry, then the translations that were made by it. An id of 0: there is no domain. */
static int forget(struct dma_unit *base, uint32_t requester, uint64_t old, uint64_t new)
{
	struct dma_command commands[3] = {amdvi_command(AMDVI_INVALIDATE_ENTRY, (uint16_t)requester, 0)};
	uint16_t former = (uint16_t)old, now = (uint16_t) new;
	unsigned n = 1;

	if (former)
		commands[n++] = amdvi_invalidate_domain(former);
	if (now && now != former)
		commands[n++] = amdvi_invalidate_domain(now);
	return dma_amdvi_run(dma_amdvi_unit_of(base), commands, n);
}

const struct dma_unit_entry_ops dma_amdvi_entries = {.describe = describe, .forget = forget};

/* 5.2.2.3: what firmware says of a device beside its memory. */
static void put(struct amdvi_entry *entry, unsigned settings)
{
	const struct amdvi_entry blocked = {
		{AMDVI_ENTRY_BLOCKED, AMDVI_ENTRY_MANAGEMENT(settings >> 4 & 3),
		 AMDVI_ENTRY_IV | AMDVI_ENTRY_INTERRUPTS(settings & 7) | AMDVI_ENTRY_LINTS(settings >> 6)}};

	dma_arch_copy(entry, &blocked, sizeof(blocked));
}

/* Requesters up to the last that the unit is in front of, in whole pages of entries, whatever a page is here. */
static uint32_t entries_for(const struct dma_ivrs_unit *found)
{
	uint32_t last = found->id, each = DMA_PAGE_SIZE / sizeof(struct amdvi_entry);

	for (const struct dma_ivrs_devices *devices = found->devices; devices; devices = devices->next) {
		last = devices->last > last ? devices->last : last;
		last = devices->aliased && devices->alias > last ? devices->alias : last;
	}
	return (last / each + 1) * each;
}

/* The device table, every entry of which blocks, and the event log. */
int dma_amdvi_memory(struct dma_unit *base)
{
	const struct dma_ivrs_unit *found = base->found;
	struct amdvi_entry *table;
	int error;

	base->tables = (struct dma_unit_tables){
		.mask = 0xffff,
		.entry = sizeof(struct amdvi_entry),
		.used = AMDVI_ENTRY_V,
		.closed = AMDVI_ENTRY_BLOCKED,
		.filling = AMDVI_ENTRY_BLOCKED,
		.words = 2,
		.kept = ~(uint64_t)0xffff,
		.shift = 32,
	};
	error = dma_unit_tables_make(base, entries_for(found), DMA_PAGE_SIZE);
	if (error)
		return error;
	table = base->tables.first;
	for (uint32_t id = 0; id < base->tables.requesters; id++)
		put(&table[id], 0);
	for (const struct dma_ivrs_devices *devices = found->devices; devices; devices = devices->next) {
		for (uint32_t id = devices->first; devices->settings && id <= devices->last; id++)
			put(&table[id], devices->settings);
		if (devices->settings && devices->aliased) /* it is the alias that requests carry */
			put(&table[devices->alias], devices->settings);
	}
	return dma_unit_log_make(base, &base->log,
				 (struct dma_unit_log){
					 .count = AMDVI_EVENTS,
					 .words = AMDVI_EVENT_WORDS,
					 .span = AMDVI_EVENTS,
					 .tail_register = AMDVI_EVENT_TAIL,
					 .head_register = AMDVI_EVENT_HEAD,
					 .step = 16,
					 .cleared = true,
				 });
}

int dma_amdvi_interrupts_set(struct dma_iommu *iommu, uint32_t requester, uint64_t word)
{
	struct dma_unit *base = dma_iommu_unit_for(iommu, requester);
	struct amdvi_entry *entry = base ? dma_unit_entry(base, requester) : NULL;
	struct dma_command commands[] = {amdvi_command(AMDVI_INVALIDATE_ENTRY, (uint16_t)requester, 0),
					 amdvi_command(AMDVI_INVALIDATE_INTERRUPTS, (uint16_t)requester, 0)};

	if (!entry)
		return DMA_ENODEV;
	word = (word & ~AMDVI_ENTRY_PASSES) | (dma_arch_read_once(&entry->word[2], 8) & AMDVI_ENTRY_PASSES);
	dma_publish(); /* the host's table */
	dma_arch_write_once(&entry->word[2], word, 8);
	return dma_amdvi_run(dma_amdvi_unit_of(base), commands, 2);
}
