/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How the RISC-V IOMMU model translates ("Process to translate an IOVA"), and the fault queue.
 */
#include "riscv_model.h"
#include <dmastream/errors.h>

/* "Fault/Event-Queue": after an overflow, or a record that could not be stored, nothing is recorded until that is
 * acknowledged. */
static int blocked(struct sim_riscv *unit, uint32_t device, uint64_t daddr, bool write, unsigned cause)
{
	uint64_t record[4] = {cause | (uint64_t)(write ? 3 : 2) << 34 | (uint64_t)device << 40, 0, daddr,
			      cause == READ_GUEST_PAGE || cause == WRITE_GUEST_PAGE ? daddr & ~(uint64_t)3 : 0};
	uint64_t next = (unit->fqt + 1) & (riscv_entries(unit->fqb) - 1), *csr = &unit->csr[FAULT_CSR];

	unit->seen.faults++;
	if (!(*csr & ON) || *csr & (OVERFLOW | MEMORY_FAULT))
		return DMA_EFAULT;
	if (next == unit->fqh) {
		*csr |= OVERFLOW;
	} else if (sim_ram_write(PPN_OF(unit->fqb) + 32 * unit->fqt, record, sizeof(record), true)) {
		riscv_violation(unit, RISCV_FQ_NOTHING, unit->fqb);
		*csr |= MEMORY_FAULT;
	} else {
		unit->fqt = next;
	}
	return DMA_EFAULT;
}

/* ---- The device's context ---- */

bool riscv_too_wide(const struct sim_riscv *unit, uint32_t device)
{
	static const unsigned above[] = {0, 9, 18};
	unsigned levels = riscv_mode(unit) >= 2 ? riscv_mode(unit) - 1 : 3;
	unsigned bits = riscv_leaf_bits(unit) + above[levels - 1];

	return device >> (bits < 24 ? bits : 24);
}

/* 0, or a cause. */
static unsigned find_context(struct sim_riscv *unit, uint32_t device, struct context *context)
{
	struct context *cached = riscv_context_cached(unit, device);
	unsigned leaf_bits = riscv_leaf_bits(unit), nwords = unit->config.base_format ? 4 : 8;
	uint64_t table = PPN_OF(unit->ddtp), word;

	if (cached) {
		*context = *cached;
		unit->seen.cached++;
		return 0;
	}
	for (unsigned level = riscv_mode(unit) - 2; level >= 1; level--) {
		uint32_t index = device >> (leaf_bits + 9 * (level - 1));
		struct directory *above = riscv_directory_cached(unit, index, level);

		if (above) {
			table = above->table;
			continue;
		}
		if (!riscv_memory_read(unit, table + 8 * (index & 511), &word, 1)) {
			riscv_violation(unit, RISCV_DIRECTORY_NOTHING, table);
			return DIRECTORY_ACCESS;
		}
		if (!(word & 1))
			return NO_CONTEXT;
		if (word & 0xffc00000000003fe) {
			riscv_violation(unit, RISCV_DIRECTORY_RESERVED, word);
			return MISCONFIGURED;
		}
		table = PPN_OF(word);
		if (riscv_beyond(unit, table)) {
			riscv_violation(unit, RISCV_DIRECTORY_WIDTH, word);
			return DIRECTORY_ACCESS;
		}
		riscv_directory_remember(unit, &(struct directory){true, level, index, table});
	}
	table += 8 * (uint64_t)nwords * (device & ((1u << leaf_bits) - 1));
	*context = (struct context){.used = true, .device = device, .paddr = table};
	if (!riscv_memory_read(unit, table, context->word, nwords)) {
		riscv_violation(unit, RISCV_DIRECTORY_NOTHING, table);
		return DIRECTORY_ACCESS;
	}
	riscv_context_fetched(unit, context);
	return context->word[0] & 1 ? 0 : NO_CONTEXT;
}

static void know(struct sim_riscv *unit, uint32_t device)
{
	unsigned i = 0;

	while (i < unit->nknown && unit->known[i] != device)
		i++;
	if (i == unit->nknown && i < sizeof(unit->known) / sizeof(unit->known[0]))
		unit->known[unit->nknown++] = device;
}

void riscv_look_ahead(struct sim_riscv *unit)
{
	struct context context;

	riscv_contexts_watch(unit);
	for (unsigned i = 0; i < unit->nknown && riscv_mode(unit) >= 2; i++)
		if (riscv_whim(true) && !riscv_too_wide(unit, unit->known[i]))
			(void)find_context(unit, unit->known[i], &context);
}

/* ---- Tables ---- */

enum walked { MAPPED, NOTHING, BROKEN };

static unsigned levels_of(const struct sim_riscv *unit, const struct context *context)
{
	return (unsigned)(riscv_tables_of(unit, context) >> 60) - 5;
}

/* Addresses of the first stage are sign-extended, those of the second zero-extended. */
static bool beyond_tables(const struct sim_riscv *unit, const struct context *context, uint64_t daddr)
{
	unsigned width = 12 + 9 * levels_of(unit, context);
	uint64_t upper = daddr >> (width - 1);

	return unit->config.first ? upper && upper != UINT64_MAX >> (width - 1) : daddr >> (width + 2);
}

static enum walked walk(struct sim_riscv *unit, const struct context *context, uint64_t daddr, struct leaf *leaf)
{
	unsigned levels = levels_of(unit, context), level = levels - 1;
	uint64_t table = (riscv_tables_of(unit, context) & (BIT(44) - 1)) << 12, entry;
	uint32_t id = riscv_id_of(unit, context);
	bool is_leaf;

	for (unsigned lowest = 0; lowest < level; lowest++) { /* the lowest cached table may be where the walk starts */
		struct inner *inner = riscv_inner_cached(unit, id, daddr, lowest);

		if (inner) {
			level = lowest;
			table = inner->table;
			break;
		}
	}
	for (;; level--) {
		unsigned shift = 12 + 9 * level;
		uint64_t mask = level == levels - 1 && !unit->config.first ? 2047 : 511;

		if (!riscv_memory_read(unit, table + 8 * (daddr >> shift & mask), &entry, 1)) {
			riscv_violation(unit, RISCV_TABLE_NOTHING, table);
			return BROKEN;
		}
		if (!(entry & 1))
			return NOTHING;
		if (!riscv_page_check(unit, level, entry, &is_leaf))
			return NOTHING; /* a page fault, as if nothing was mapped */
		if (is_leaf) {
			*leaf = (struct leaf){.used = true,
					      .id = id,
					      .shift = shift,
					      .daddr = daddr >> shift << shift,
					      .paddr = PPN_OF(entry),
					      .write = (entry & 0x84) == 0x84};
			return (entry & 0x42) == 0x42 ? MAPPED : NOTHING; /* R, A */
		}
		table = PPN_OF(entry);
		riscv_inner_remember(unit, &(struct inner){true, id, level - 1, daddr >> shift << shift, table});
	}
}

static int by_tables(struct sim_riscv *unit, const struct context *context, uint64_t daddr, bool write, uint64_t *paddr)
{
	struct leaf *cached = riscv_leaf_cached(unit, riscv_id_of(unit, context), daddr), leaf;
	unsigned page =
		unit->config.first ? (write ? WRITE_PAGE : READ_PAGE) : (write ? WRITE_GUEST_PAGE : READ_GUEST_PAGE);
	enum walked found = MAPPED;

	if (beyond_tables(unit, context, daddr))
		return blocked(unit, context->device, daddr, write, page);
	if (cached) {
		leaf = *cached;
		unit->seen.cached++;
	} else {
		unit->seen.walks++;
		found = walk(unit, context, daddr, &leaf);
		if (found == MAPPED)
			riscv_leaf_remember(unit, &leaf);
	}
	if (found == BROKEN)
		return blocked(unit, context->device, daddr, write, write ? WRITE_ACCESS : READ_ACCESS);
	if (found == NOTHING || (write && !leaf.write))
		return blocked(unit, context->device, daddr, write, page);
	*paddr = leaf.paddr + (daddr & (BIT(leaf.shift) - 1));
	unit->seen.freed += sim_is_free(*paddr);
	return 0;
}

int riscv_translate(struct sim_riscv *unit, uint32_t device, uint64_t daddr, bool write, uint64_t *paddr)
{
	struct context context;
	unsigned cause;

	*paddr = daddr;
	if (riscv_mode(unit) == 0)
		return blocked(unit, device, daddr, write, DISALLOWED);
	if (riscv_mode(unit) == 1) {
		unit->seen.passed++;
		return 0;
	}
	if (riscv_too_wide(unit, device))
		return blocked(unit, device, daddr, write, TYPE_DISALLOWED);
	know(unit, device);
	cause = find_context(unit, device, &context);
	if (!cause && !riscv_context_check(unit, &context))
		cause = MISCONFIGURED;
	if (cause)
		return blocked(unit, device, daddr, write, cause);
	if (riscv_tables_of(unit, &context) >> 60 == 0) {
		unit->seen.passed++;
		return 0;
	}
	return by_tables(unit, &context, daddr, write, paddr);
}
