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

#include "../../base/state.h"
#include "amdvi_driver.h"

/* 2.4.2: the entry, then the translations that were made by it. Ids of 0 stand for none. */
static int forget(struct amdvi_unit *unit, uint32_t requester, unsigned former, unsigned domain)
{
	struct dma_command commands[3] = {amdvi_command(AMDVI_INVALIDATE_ENTRY, (uint16_t)requester, 0)};
	unsigned n = 1;

	if (former)
		commands[n++] = amdvi_invalidate_domain(former);
	if (domain && domain != former)
		commands[n++] = amdvi_invalidate_domain(domain);
	return dma_amdvi_run(unit, commands, n);
}

static struct amdvi_entry *entry_of(const struct amdvi_unit *unit, uint32_t requester)
{
	return (uint16_t)requester < unit->entries ? &unit->table[(uint16_t)requester] : NULL;
}

/* True if the first two words are what is wanted; *former: the id that was there. */
static bool replace(struct amdvi_unit *unit, struct amdvi_entry *entry, uint64_t word, unsigned id, unsigned *former)
{
	uintptr_t state = dma_host_lock(&unit->base.lock);
	uint64_t second = dma_arch_read_once(&entry->word[1], 8);
	bool replaced;

	*former = (uint16_t)second;
	dma_publish(); /* the domain's tables */
	replaced = dma_arch_write_pair(&entry->word[0], word, (second & ~(uint64_t)0xffff) | id);
	dma_host_unlock(&unit->base.lock, state);
	return replaced;
}

/* The same in steps, for an entry that blocks and of which the unit knows nothing. */
static int fill(struct amdvi_unit *unit, uint32_t requester, struct amdvi_entry *entry, uint64_t word, unsigned id)
{
	uint64_t second = dma_arch_read_once(&entry->word[1], 8) & ~(uint64_t)0xffff;
	int error;

	dma_arch_write_once(&entry->word[1], second | id, 8);
	error = forget(unit, requester, 0, 0);
	if (!error)
		dma_arch_write_once(&entry->word[0], word, 8);
	return error;
}

int dma_amdvi_entry_set(struct dma_unit *base, uint32_t requester, struct dma_unit_domain *former,
			struct dma_unit_domain *domain, bool coherent)
{
	struct amdvi_unit *unit = dma_amdvi_unit_of(base);
	struct amdvi_entry *entry = entry_of(unit, requester);
	uint64_t word = AMDVI_ENTRY_BLOCKED | AMDVI_ENTRY_IR | AMDVI_ENTRY_IW;
	unsigned id = domain ? domain->id : 0, old;
	int error = 0;

	(void)former;
	(void)coherent; /* FC in the leaves decides */
	if (!entry)
		return DMA_ENOTSUP;
	if (domain)
		word |= domain->space.table.root.raw | AMDVI_ENTRY_LEVELS(domain->space.table.format->levels);
	if (!replace(unit, entry, word, id, &old)) {
		error = dma_amdvi_entry_clear(base, requester);
		if (!error)
			error = fill(unit, requester, entry, word, id);
	}
	if (!error)
		error = forget(unit, requester, old, id);
	if (error)
		(void)dma_amdvi_entry_clear(base, requester);
	return error;
}

/* The domain's id stays: who clears the entry again while this is under way must wait for the same invalidation. */
int dma_amdvi_entry_clear(struct dma_unit *base, uint32_t requester)
{
	struct amdvi_unit *unit = dma_amdvi_unit_of(base);
	struct amdvi_entry *entry = entry_of(unit, requester);
	uintptr_t state;
	unsigned old;

	if (!entry)
		return 0;
	state = dma_host_lock(&base->lock);
	dma_arch_write_once(&entry->word[0], AMDVI_ENTRY_BLOCKED, 8);
	old = (uint16_t)dma_arch_read_once(&entry->word[1], 8);
	dma_host_unlock(&base->lock, state);
	return forget(unit, requester, old, 0);
}

/* There is nothing to give back. */
void dma_amdvi_entry_trim(struct dma_unit *base, uint32_t requester)
{
	(void)base, (void)requester;
}

/* 5.2.2.3: what firmware says of a device beside its memory. */
static void put(struct amdvi_entry *entry, unsigned settings)
{
	const struct amdvi_entry blocked = {
		{AMDVI_ENTRY_BLOCKED, AMDVI_ENTRY_MANAGEMENT(settings >> 4 & 3),
		 AMDVI_ENTRY_IV | AMDVI_ENTRY_INTERRUPTS(settings & 7) | AMDVI_ENTRY_LINTS(settings >> 6)}};

	dma_arch_copy(entry, &blocked, sizeof(blocked));
}

void dma_amdvi_entries_block(struct amdvi_unit *unit)
{
	for (uint32_t id = 0; id < unit->entries; id++)
		put(&unit->table[id], 0);
	for (const struct dma_ivrs_devices *devices = unit->found->devices; devices; devices = devices->next)
		for (uint32_t id = devices->first; devices->settings && id <= devices->last; id++)
			put(&unit->table[id], devices->settings);
}

int dma_amdvi_interrupts_set(struct dma_iommu *iommu, uint32_t requester, uint64_t word)
{
	struct dma_unit *base = iommu->ops->unit_for(iommu, requester);
	struct amdvi_unit *unit = dma_amdvi_unit_of(base);
	struct amdvi_entry *entry = base ? entry_of(unit, requester) : NULL;
	struct dma_command commands[] = {amdvi_command(AMDVI_INVALIDATE_ENTRY, (uint16_t)requester, 0),
					 amdvi_command(AMDVI_INVALIDATE_INTERRUPTS, (uint16_t)requester, 0)};

	if (!entry)
		return DMA_ENODEV;
	dma_publish(); /* the host's table */
	dma_arch_write_once(&entry->word[2], word, 8);
	return dma_amdvi_run(unit, commands, 2);
}
