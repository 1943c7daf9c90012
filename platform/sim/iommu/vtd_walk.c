/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How the VT-d model translates (specification, 3.4 to 3.7, 9.1, 9.3, 9.8).
 */
#include "vtd_model.h"
#include <dmastream/errors.h>

#define ADDRESS 0x000ffffffffff000ull

/* The device's context entry, out of the cache or from memory. 0 or a fault reason. */
static int find_context(struct sim_vtd *unit, uint16_t source, struct context *context)
{
	struct context *cached = vtd_context_cached(unit, source);
	uint64_t root[2], words[2], table;

	if (cached) {
		*context = *cached;
		unit->seen.cached++;
		return context->present ? 0 : NO_CONTEXT;
	}
	*context = (struct context){.used = true, .source = source};
	table = (unit->root & ~(uint64_t)0xfff) + 16 * (uint64_t)(source >> 8);
	if (!vtd_memory_read(unit, table, root, 2))
		return BAD_ROOT_ADDRESS;
	if (root[0] & 1) {
		int reason = vtd_root_check(unit, root, source);

		if (reason)
			return reason;
		table = (root[0] & ADDRESS) + 16 * (uint64_t)(source & 0xff);
		if (!vtd_memory_read(unit, table, words, 2)) {
			vtd_violation(unit, VTD_ROOT_NOTHING, root[0]);
			return BAD_CONTEXT_ADDRESS;
		}
		context->low = words[0];
		context->high = words[1];
		context->present = context->low & 1;
	}
	context->id = context->present ? (uint16_t)vtd_bits(context->high, 23, 8) : 0;
	vtd_context_fetched(unit, context);
	if (context->present || unit->config.caching_mode)
		vtd_context_remember(unit, context);
	return !(root[0] & 1) ? NO_ROOT : context->present ? 0 : NO_CONTEXT;
}

/* Walks from the context's table down. Gives a reason, or 0 and the leaf. */
static int walk(struct sim_vtd *unit, const struct context *context, uint64_t daddr, struct leaf *leaf)
{
	unsigned level = (unsigned)vtd_bits(context->high, 2, 0) + 1;
	uint64_t table = context->low & ADDRESS;
	bool read = true, write = true;

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

		if (!vtd_memory_read(unit, table + 8 * (daddr >> shift & 511), &entry, 1)) {
			vtd_violation(unit, VTD_ENTRY_NOTHING, table);
			return BAD_TABLE_ADDRESS;
		}
		read = read && entry & 1;
		write = write && entry & 2;
		is_leaf = level == 0 || (level < 3 && entry & 1 << 7);
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
		if (vtd_entry_check(unit, level, entry))
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

/* A unit may look ahead: what is mapped behind a page that was used is remembered as if it had been used (6.2.4).
 * What it meets there that is not mapped, or is wrong, it says nothing of. */
static void look_ahead(struct sim_vtd *unit, const struct context *context, const struct leaf *used)
{
	uint64_t next = used->daddr + ((uint64_t)1 << used->shift);
	unsigned width = 30 + 9 * (unsigned)vtd_bits(context->high, 2, 0);
	struct leaf leaf;

	if (!vtd_whim(true) || next >> (width < unit->config.width ? width : unit->config.width) ||
	    vtd_leaf_cached(unit, context->id, next))
		return;
	if (!walk(unit, context, next, &leaf) && leaf.present)
		vtd_leaf_remember(unit, &leaf);
}

/* The translation of an address below the table's width, out of the cache or from memory. 0 or a fault reason. */
static int find_leaf(struct sim_vtd *unit, const struct context *context, uint64_t daddr, struct leaf *leaf)
{
	struct leaf *cached = vtd_leaf_cached(unit, context->id, daddr);
	int reason;

	if (cached) {
		*leaf = *cached;
		unit->seen.cached++;
		return 0;
	}
	unit->seen.walks++;
	reason = walk(unit, context, daddr, leaf);
	if (reason)
		return reason;
	if (leaf->present || unit->config.caching_mode)
		vtd_leaf_remember(unit, leaf);
	if (leaf->present)
		look_ahead(unit, context, leaf);
	return 0;
}

int vtd_translate(struct sim_vtd *unit, uint16_t source, uint64_t daddr, bool write, bool zero, uint64_t *paddr)
{
	struct context context;
	struct leaf leaf;
	unsigned width;
	bool allowed;
	int reason;

	if (write && daddr >> 20 == 0xfee)
		return vtd_interrupt(unit, source, daddr);
	*paddr = daddr;
	if (!(unit->gsts & TE)) /* off: nothing is translated, nothing contained */
		return 0;
	reason = find_context(unit, source, &context);
	if (!reason)
		reason = vtd_context_check(unit, &context);
	if (reason && context.low & 2) { /* FPD: counted, not recorded */
		unit->seen.faults++;
		return DMA_EFAULT;
	}
	if (reason)
		return vtd_blocked(unit, source, daddr, write, (enum fault_reason)reason);
	width = 30 + 9 * (unsigned)vtd_bits(context.high, 2, 0);
	width = width < unit->config.width ? width : unit->config.width;
	if (daddr >> width)
		return vtd_blocked(unit, source, daddr, write, BEYOND_WIDTH);
	if (vtd_bits(context.low, 3, 2) == 2)
		return 0;
	reason = find_leaf(unit, &context, daddr, &leaf);
	if (reason)
		return vtd_blocked(unit, source, daddr, write, (enum fault_reason)reason);
	allowed = write ? leaf.write : leaf.read || (zero && unit->config.zero_length_reads && leaf.write);
	if (!leaf.present || !allowed)
		return vtd_blocked(unit, source, daddr, write, write ? NO_WRITE : NO_READ);
	if (!leaf.snoop)
		unit->seen.unsnooped++;
	*paddr = leaf.paddr + (daddr & (((uint64_t)1 << leaf.shift) - 1));
	unit->seen.freed += sim_is_free(*paddr);
	return 0;
}
