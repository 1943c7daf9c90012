/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How the AMD-Vi model translates (specification, 2.1, 2.2.2, 2.2.3): host tables, no guests.
 */
#include "amdvi_model.h"
#include <dmastream/errors.h>

static const struct entry nobody;

/* 0000h: bits 8:0 count 4 KiB of table, from one on. */
static bool in_table(const struct sim_amdvi *unit, uint16_t source)
{
	return 32 * (uint64_t)source < ((unit->devtab & 0x1ff) + 1) * 4096;
}

/* The device's entry, out of the cache or from memory. False: it cannot be had. */
static bool find_entry(struct sim_amdvi *unit, uint16_t source, struct entry *entry)
{
	struct entry *cached = amdvi_entry_cached(unit, source);

	*entry = (struct entry){.used = true, .source = source};
	if (cached) {
		*entry = *cached;
		unit->seen.cached++;
		return true;
	}
	if (!amdvi_memory_read(unit, (unit->devtab & ADDRESS) + 32 * (uint64_t)source, entry->word, 4,
			       unit->control & COHERENT)) {
		amdvi_violation(unit, AMDVI_DEVTAB_NOTHING, unit->devtab);
		return false;
	}
	amdvi_entry_fetched(unit, entry);
	if (entry->word[0] & 1 || unit->config.absent_cached)
		amdvi_entry_remember(unit, entry);
	return true;
}

struct walk {
	bool ok; /* the walk came to an end: a page, or nothing present */
	enum event_code code;
	unsigned flags;
};

static unsigned span_of(unsigned level) /* of one entry */
{
	return 12 + 9 * (level - 1);
}

/* Walks from the root down. `leaf` is what was found; not present: nothing is mapped. */
static struct walk walk(struct sim_amdvi *unit, const struct entry *entry, uint64_t daddr, struct leaf *leaf)
{
	unsigned level = amdvi_mode_of(entry), shift;
	uint64_t table = entry->word[0] & ADDRESS, at, word;
	bool read = entry->word[0] >> 61 & 1, write = entry->word[0] >> 62 & 1;
	bool snoop = unit->control & COHERENT && !(entry->word[1] >> 38 & 1); /* SD */

	for (unsigned lowest = 1; lowest < level; lowest++) { /* the lowest cached table may be where the walk starts */
		struct inner *inner = amdvi_inner_cached(unit, amdvi_domain_of(entry), daddr, lowest);

		if (inner) {
			level = lowest;
			table = inner->table;
			read = read && inner->read;
			write = write && inner->write;
			break;
		}
	}
	for (;;) {
		unsigned next;

		shift = span_of(level);
		*leaf = (struct leaf){.used = true,
				      .id = amdvi_domain_of(entry),
				      .shift = (uint8_t)shift,
				      .daddr = daddr >> shift << shift};
		at = table + 8 * (daddr >> shift & (level == 6 ? 127 : 511));
		if (!amdvi_memory_read(unit, at, &word, 1, snoop)) {
			amdvi_violation(unit, level == amdvi_mode_of(entry) ? AMDVI_DTE_NOTHING : AMDVI_TABLE_NOTHING,
					table);
			return (struct walk){false, TABLE_HARDWARE, 0};
		}
		if (!(word & 1))
			return (struct walk){.ok = true};
		if (!amdvi_page_check(unit, level, word, at, &shift))
			return (struct walk){false, PAGE_FAULT, FLAG_RESERVED | FLAG_PRESENT};
		read = read && word >> 61 & 1;
		write = write && word >> 62 & 1;
		if (shift) {
			leaf->present = true;
			leaf->shift = (uint8_t)shift;
			leaf->daddr = daddr >> shift << shift;
			leaf->paddr = (word & ADDRESS) >> shift << shift;
			leaf->read = read;
			leaf->write = write;
			leaf->coherent = word >> 60 & 1;
			return (struct walk){.ok = true};
		}
		next = (unsigned)amdvi_bits(word, 11, 9);
		/* Levels may be skipped; the address has zeros there, or nothing is mapped. */
		if (amdvi_bits(daddr, span_of(level) - 1, 0) >> span_of(next + 1))
			return (struct walk){.ok = true};
		table = word & ADDRESS;
		amdvi_inner_remember(unit, &(struct inner){.used = true,
							   .id = amdvi_domain_of(entry),
							   .level = (uint8_t)next,
							   .shift = (uint8_t)span_of(next + 1),
							   .prefix = daddr >> span_of(next + 1) << span_of(next + 1),
							   .table = table,
							   .read = read,
							   .write = write});
		level = next;
	}
}

/* A unit may look ahead: what is mapped behind a page that was used is remembered as if it had been used. What it meets
 * there that is not mapped, or is wrong, it says nothing of. */
static void look_ahead(struct sim_amdvi *unit, const struct entry *entry, const struct leaf *used)
{
	uint64_t next = used->daddr + BIT(used->shift);
	unsigned width = span_of(amdvi_mode_of(entry) + 1);
	struct leaf leaf;

	if (!amdvi_whim(true) || !next || (width < 64 && next >> width) ||
	    amdvi_leaf_cached(unit, amdvi_domain_of(entry), next))
		return;
	if (walk(unit, entry, next, &leaf).ok && leaf.present)
		amdvi_leaf_remember(unit, &leaf);
}

static struct walk find_leaf(struct sim_amdvi *unit, const struct entry *entry, uint64_t daddr, struct leaf *leaf)
{
	struct leaf *cached = amdvi_leaf_cached(unit, amdvi_domain_of(entry), daddr);
	struct walk result;

	if (cached) {
		*leaf = *cached;
		unit->seen.cached++;
		return (struct walk){.ok = true};
	}
	unit->seen.walks++;
	result = walk(unit, entry, daddr, leaf);
	if (!result.ok)
		return result;
	if (leaf->present || unit->config.absent_cached)
		amdvi_leaf_remember(unit, leaf);
	if (leaf->present)
		look_ahead(unit, entry, leaf);
	return result;
}

/* 2.2.5: a message. With IV and IntCtl 01b, or without IV, it passes as it is; remapping is not modelled beyond
 * that: 00b and 10b block it. */
static int interrupt(struct sim_amdvi *unit, const struct entry *entry, uint64_t daddr)
{
	if (entry->word[0] & 1 && entry->word[2] & 1 && amdvi_bits(entry->word[2], 61, 60) != 1)
		return amdvi_blocked(unit, entry, daddr, true, PAGE_FAULT, FLAG_INTERRUPT);
	unit->seen.interrupts++;
	return 0;
}

/* 3.4, 0020h: the exclusion range is neither translated nor protected, for all devices (Allow) or those with EX. */
static bool excluded(const struct sim_amdvi *unit, const struct entry *entry, uint64_t daddr)
{
	if (!(unit->exclbase & 1) || !(unit->exclbase & 2 || entry->word[1] >> 39 & 1))
		return false;
	return daddr >= (unit->exclbase & ADDRESS) && daddr <= ((unit->excllimit & ADDRESS) | 0xfff);
}

/* 2.2.2.1, table of V, TV and mode, for an entry that is valid. */
static int translate(struct sim_amdvi *unit, const struct entry *entry, uint64_t daddr, bool write, uint64_t *paddr)
{
	unsigned mode = amdvi_mode_of(entry), width = span_of(mode + 1);
	struct leaf leaf;
	struct walk found;

	if (!amdvi_entry_check(unit, entry))
		return amdvi_blocked(unit, entry, daddr, write, ILLEGAL_ENTRY, FLAG_RESERVED);
	if (write && daddr >> 20 == 0xfee)
		return interrupt(unit, entry, daddr);
	if (excluded(unit, entry, daddr))
		return 0;
	if (!(entry->word[0] & 2))
		return amdvi_blocked(unit, entry, daddr, write, PAGE_FAULT, 0);
	if (mode == 0)
		return entry->word[0] >> (write ? 62 : 61) & 1
			       ? 0
			       : amdvi_blocked(unit, entry, daddr, write, PAGE_FAULT, FLAG_PRESENT | FLAG_PERMISSION);
	if (width < 64 && daddr >> width)
		return amdvi_blocked(unit, entry, daddr, write, PAGE_FAULT, 0);
	found = find_leaf(unit, entry, daddr, &leaf);
	if (!found.ok)
		return amdvi_blocked(unit, entry, daddr, write, found.code, found.flags);
	if (!leaf.present)
		return amdvi_blocked(unit, entry, daddr, write, PAGE_FAULT, 0);
	if (!(write ? leaf.write : leaf.read))
		return amdvi_blocked(unit, entry, daddr, write, PAGE_FAULT, FLAG_PRESENT | FLAG_PERMISSION);
	if (!leaf.coherent)
		unit->seen.unsnooped++;
	*paddr = leaf.paddr + (daddr & (BIT(leaf.shift) - 1));
	unit->seen.freed += sim_is_free(*paddr);
	return 0;
}

int amdvi_translate(struct sim_amdvi *unit, uint16_t source, uint64_t daddr, bool write, uint64_t *paddr)
{
	struct entry entry = nobody;

	*paddr = daddr;
	if (!(unit->control & IOMMU_EN)) /* off: nothing is translated, nothing contained */
		return 0;
	entry.source = source;
	if (!in_table(unit, source))
		return amdvi_blocked(unit, &entry, daddr, write, ILLEGAL_ENTRY, 0);
	if (!find_entry(unit, source, &entry))
		return amdvi_blocked(unit, &entry, daddr, write, ENTRY_HARDWARE, 0);
	if (!(entry.word[0] & 1)) { /* V is 0: everything passes */
		unit->seen.passed++;
		return 0;
	}
	return translate(unit, &entry, daddr, write, paddr);
}
