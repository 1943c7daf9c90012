/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What entries of the AMD-Vi model's tables may say (specification, 2.2.2.1, 2.2.3): device table, host page tables.
 */
#include "amdvi_model.h"

/* Reserved for good; and what belongs to page requests (52), guests (53 to 60, 80 to 95, 107 to 127), accessed and
 * dirty bits (8:7) and forwarded attributes (246 to 255), none of which this unit has. */
static const uint64_t reserved[4] = {0x800000000000007c, BIT(42), 0x08f0000000000000, 0x003fffffffffffff},
		      unsupported[4] = {0x1ff0000000000180, 0xfffff800ffff0000, 0, 0xffc0000000000000};

static bool any(const struct entry *entry, const uint64_t mask[4])
{
	return (entry->word[0] & mask[0]) | (entry->word[1] & mask[1]) | (entry->word[2] & mask[2]) |
	       (entry->word[3] & mask[3]);
}

/* The DomainID tags what is cached: entries that share one share the table. An entry that is remembered still, though
 * its id was given to another table, breaks that, too. */
static bool two_tables(const struct sim_amdvi *unit, const struct entry *entry)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		const struct entry *other = &unit->entries[i];

		if (other->used && (other->word[0] & 3) == 3 && amdvi_mode_of(other) &&
		    amdvi_domain_of(other) == amdvi_domain_of(entry) &&
		    (other->word[0] ^ entry->word[0]) & (ADDRESS | 0xe00))
			return true;
	}
	return false;
}

static enum amdvi_rule interrupts(const struct entry *entry)
{
	unsigned control = (unsigned)amdvi_bits(entry->word[2], 61, 60);
	uint64_t word;

	if (!(entry->word[2] & 1))
		return AMDVI_NRULES;
	if (amdvi_bits(entry->word[2], 4, 1) > 11)
		return AMDVI_DTE_INTERRUPT_LENGTH;
	if (control == 3)
		return AMDVI_DTE_INTERRUPT_CONTROL;
	return control == 2 && sim_ram_read(entry->word[2] & 0x000fffffffffffc0, &word, sizeof(word), true)
		       ? AMDVI_DTE_INTERRUPT_NOTHING
		       : AMDVI_NRULES;
}

/* HATS is 11b where there are seven: reserved, so that no mode with tables is to be relied on. */
static enum amdvi_rule translation(const struct sim_amdvi *unit, const struct entry *entry)
{
	unsigned mode = amdvi_mode_of(entry), most = unit->config.levels == 7 ? 0 : unit->config.levels;

	if (!(entry->word[0] & 2))
		return AMDVI_NRULES;
	if (mode == 7)
		return AMDVI_DTE_MODE_RESERVED;
	if (mode > (unit->config.no_features ? 4 : most))
		return AMDVI_DTE_MODE_UNSUPPORTED;
	if (mode && amdvi_beyond(unit, entry->word[0] & ADDRESS))
		return AMDVI_DTE_WIDTH;
	return AMDVI_NRULES;
}

bool amdvi_entry_check(struct sim_amdvi *unit, const struct entry *entry)
{
	enum amdvi_rule rule = AMDVI_NRULES;

	if (any(entry, reserved))
		rule = AMDVI_DTE_RESERVED;
	else if (any(entry, unsupported))
		rule = AMDVI_DTE_UNSUPPORTED;
	else if (entry->word[1] & BIT(32) && !unit->config.device_tlbs)
		rule = AMDVI_DTE_IOTLB;
	else if (amdvi_bits(entry->word[1], 36, 35) == 3)
		rule = AMDVI_DTE_PORT_IO;
	if (rule == AMDVI_NRULES)
		rule = interrupts(entry);
	if (rule == AMDVI_NRULES)
		rule = translation(unit, entry);
	if (rule != AMDVI_NRULES) {
		amdvi_violation(unit, rule, entry->source);
		return false;
	}
	if (entry->word[0] & 2 && amdvi_mode_of(entry) && two_tables(unit, entry))
		amdvi_violation(unit, AMDVI_DTE_TWO_TABLES, entry->source);
	return true;
}

/* ---- Host page tables ---- */

static unsigned default_shift(unsigned level)
{
	return 12 + 9 * (level - 1);
}

/* 2.2.3: next level 7. The lowest 0 of the address, from bit 12 up, tells the size, which lies between the default
 * sizes of this level and of the one below; each entry that the page spans says the same. */
static enum amdvi_rule sized_page(struct sim_amdvi *unit, unsigned level, uint64_t entry, uint64_t at, unsigned *shift)
{
	unsigned bit = 12;
	uint64_t others, nentries;

	while (bit < 52 && entry >> bit & 1)
		bit++;
	*shift = bit + 1;
	if (bit == 52 || *shift <= default_shift(level) || *shift >= default_shift(level) + 9)
		return AMDVI_PTE_SIZE;
	nentries = BIT(*shift - default_shift(level));
	for (uint64_t i = 0; i < nentries; i++) {
		if (!amdvi_memory_read(unit, (at & ~(8 * nentries - 1)) + 8 * i, &others, 1, true))
			return AMDVI_PTE_REPEATED;
		if ((others ^ entry) & ~(uint64_t)0x8000000000000060) /* accessed, dirty, ignored */
			return AMDVI_PTE_REPEATED;
	}
	return AMDVI_NRULES;
}

/* Only present entries are looked at. */
bool amdvi_page_check(struct sim_amdvi *unit, unsigned level, uint64_t entry, uint64_t at, unsigned *shift)
{
	unsigned next = (unsigned)amdvi_bits(entry, 11, 9);
	enum amdvi_rule rule = AMDVI_NRULES;
	uint64_t address = entry & ADDRESS;

	*shift = 0;
	if (next != 0 && next != 7) {
		if (entry & 0x1ff0000000000000)
			rule = AMDVI_PDE_RESERVED;
		else if (next >= level)
			rule = AMDVI_PDE_LEVEL;
	} else if (entry & 0x07f0000000000000) {
		rule = AMDVI_PTE_RESERVED;
	} else if (level == 6) {
		rule = AMDVI_PTE_LEVEL;
	} else if (next == 7) {
		rule = sized_page(unit, level, entry, at, shift);
		address &= ~(BIT(*shift) - 1);
	} else {
		*shift = default_shift(level);
		if (address & (BIT(*shift) - 1))
			rule = AMDVI_PTE_ALIGNED;
	}
	if (rule == AMDVI_NRULES && amdvi_beyond(unit, address))
		rule = AMDVI_TABLE_WIDTH;
	if (rule == AMDVI_NRULES)
		return true;
	amdvi_violation(unit, rule, entry);
	return false;
}
