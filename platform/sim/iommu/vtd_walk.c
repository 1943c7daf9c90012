/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How the VT-d model translates (specification, 3.4 to 3.7, 9.1, 9.3, 9.8), and what it records when it does not
 * (7.1, 7.2).
 */
#include "vtd_model.h"
#include <dmastream/errors.h>

#define ADDRESS 0x000ffffffffff000ull

static uint64_t bits(uint64_t value, unsigned high, unsigned low)
{
	return value >> low & (((uint64_t)2 << (high - low)) - 1);
}

/* 7.2.1: the next record, if it is free; else overflow, and nothing more is recorded until that is cleared. */
static int blocked(struct sim_vtd *unit, uint16_t source, uint64_t daddr, bool write, enum fault_reason reason)
{
	uint64_t *record = unit->records[unit->next_record];

	unit->seen.faults++;
	if (unit->fsts & 1)
		return DMA_EFAULT;
	if (record[1] >> 63) {
		unit->fsts |= 1;
		return DMA_EFAULT;
	}
	record[0] = daddr & ~(uint64_t)0xfff;
	record[1] = (uint64_t)1 << 63 | (uint64_t)!write << 62 | (uint64_t)reason << 32 | source;
	unit->next_record = (unit->next_record + 1) % unit->config.fault_records;
	return DMA_EFAULT;
}

/* The device's context entry, out of the cache or from memory. 0 or a fault reason. */
static int find_context(struct sim_vtd *unit, uint16_t source, struct context *context)
{
	struct context *cached = vtd_context_cached(unit, source);
	uint64_t root[2], table;

	if (cached) {
		*context = *cached;
		unit->seen.cached++;
		return context->present ? 0 : NO_CONTEXT;
	}
	*context = (struct context){.used = true, .source = source};
	table = (unit->root & ~(uint64_t)0xfff) + 16 * (uint64_t)(source >> 8);
	if (!vtd_memory_read(unit, table, &root[0]) || !vtd_memory_read(unit, table + 8, &root[1]))
		return BAD_ROOT_ADDRESS;
	if (root[0] & 1 && (root[0] & 0xffe || root[1]))
		return RESERVED_ROOT;
	if (root[0] & 1) {
		table = (root[0] & ADDRESS) + 16 * (uint64_t)(source & 0xff);
		if (!vtd_memory_read(unit, table, &context->low) || !vtd_memory_read(unit, table + 8, &context->high))
			return BAD_CONTEXT_ADDRESS;
		context->present = context->low & 1;
	}
	context->id = context->present ? (uint16_t)bits(context->high, 23, 8) : 0;
	if (context->present || unit->config.caching_mode)
		vtd_context_remember(unit, context);
	return !(root[0] & 1) ? NO_ROOT : context->present ? 0 : NO_CONTEXT;
}

static int check_context(struct sim_vtd *unit, const struct context *context)
{
	unsigned aw = (unsigned)bits(context->high, 2, 0);

	if (context->low & 0xff0 || context->high & ~(uint64_t)0xffff7f)
		return RESERVED_CONTEXT;
	if (bits(context->low, 3, 2) != 0 || aw < 1 || aw > 3 || !(unit->config.sagaw >> aw & 1))
		return BAD_CONTEXT;
	if (context->id >> unit->config.domain_bits != 0)
		return BAD_CONTEXT;
	if (unit->config.caching_mode && context->id == 0)
		vtd_violation(unit, "domain 0 in caching mode", context->source); /* 3.? and 6.1: reserved for it */
	return 0;
}

/* 9.8: bits that must be 0 in this entry. */
static uint64_t reserved_bits(const struct sim_vtd *unit, unsigned level, bool leaf)
{
	uint64_t wrong = (uint64_t)1 << 2; /* execute: not in legacy mode */

	if (!leaf && level > 0)
		return wrong;
	if (!unit->config.snoop_control)
		wrong |= (uint64_t)1 << 11;
	if (level > 0)
		wrong |= (((uint64_t)1 << (12 + 9 * level)) - 1) & ADDRESS;
	return wrong;
}

/* Walks from the context's table down. Gives a reason, or 0 and the leaf. */
static int walk(struct sim_vtd *unit, const struct context *context, uint64_t daddr, struct leaf *leaf)
{
	unsigned level = (unsigned)bits(context->high, 2, 0) + 1;
	uint64_t table = context->low & ADDRESS;
	bool read = true, write = true;

	unit->seen.walks++;
	/* The lowest cached table may be where the walk starts. */
	for (unsigned at = 0; at < level; at++) {
		struct inner *inner = vtd_inner_cached(unit, context->id, daddr, at, 12 + 9 * (at + 1));

		if (inner) {
			level = at;
			table = inner->table;
			read = inner->read;
			write = inner->write;
			break;
		}
	}
	for (;; level--) {
		unsigned shift = 12 + 9 * level;
		uint64_t entry;
		bool is_leaf;

		if (!vtd_memory_read(unit, table + 8 * (daddr >> shift & 511), &entry))
			return BAD_TABLE_ADDRESS;
		read = read && entry & 1;
		write = write && entry & 2;
		is_leaf = level == 0 || entry & 1 << 7;
		*leaf = (struct leaf){.used = true,
				      .present = (entry & 3) != 0,
				      .id = context->id,
				      .shift = (uint8_t)shift,
				      .daddr = daddr >> shift << shift,
				      .paddr = entry & ADDRESS,
				      .read = read,
				      .write = write,
				      .snoop = entry >> 11 & 1};
		if (!leaf->present)
			return 0;
		if (is_leaf && level > 0 && (level > 2 || !(unit->config.big_pages >> (level - 1) & 1)))
			return RESERVED_ENTRY;
		if (entry & reserved_bits(unit, level, is_leaf))
			return RESERVED_ENTRY;
		if (is_leaf)
			return 0;
		table = entry & ADDRESS;
		vtd_inner_remember(unit, &(struct inner){.used = true,
							 .id = context->id,
							 .level = (uint8_t)(level - 1),
							 .prefix = leaf->daddr,
							 .table = table,
							 .read = read,
							 .write = write});
	}
}

static bool is_interrupt(uint64_t daddr)
{
	return daddr >> 20 == 0xfee;
}

int vtd_translate(struct sim_vtd *unit, uint16_t source, uint64_t daddr, bool write, bool zero, uint64_t *paddr)
{
	struct context context;
	struct leaf leaf, *cached;
	unsigned width;
	bool allowed;
	int reason;

	if (write && is_interrupt(daddr)) { /* 3.14, chapter 5 */
		if (unit->gsts >> 25 & 1)
			return blocked(unit, source, daddr, write, INTERRUPT_BLOCKED);
		unit->seen.interrupts++;
		return DMA_EFAULT; /* no memory is there */
	}
	if (!(unit->gsts >> 31)) { /* off: nothing is translated, nothing contained */
		*paddr = daddr;
		return 0;
	}
	reason = find_context(unit, source, &context);
	if (!reason)
		reason = check_context(unit, &context);
	if (reason)
		return blocked(unit, source, daddr, write, (enum fault_reason)reason);
	width = 30 + 9 * (unsigned)bits(context.high, 2, 0);
	width = width < unit->config.width ? width : unit->config.width;
	if (daddr >> width)
		return blocked(unit, source, daddr, write, BEYOND_WIDTH);

	cached = vtd_leaf_cached(unit, context.id, daddr);
	if (cached) {
		leaf = *cached;
		unit->seen.cached++;
	} else {
		reason = walk(unit, &context, daddr, &leaf);
		if (reason)
			return blocked(unit, source, daddr, write, (enum fault_reason)reason);
		if (leaf.present || unit->config.caching_mode)
			vtd_leaf_remember(unit, &leaf);
	}
	allowed = write ? leaf.write : leaf.read || (zero && unit->config.zero_length_reads && leaf.write);
	if (!leaf.present || !allowed)
		return blocked(unit, source, daddr, write, write ? NO_WRITE : NO_READ);
	if (!leaf.snoop)
		unit->seen.unsnooped++;
	*paddr = leaf.paddr + (daddr & (((uint64_t)1 << leaf.shift) - 1));
	unit->seen.freed += sim_is_free(*paddr);
	return 0;
}
