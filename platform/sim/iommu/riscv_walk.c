/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How the RISC-V IOMMU model translates ("Process to translate an IOVA").
 */
#include "riscv_model.h"

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
	unsigned leaf_bits = riscv_leaf_bits(unit), nwords = riscv_context_words(unit);
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

static unsigned page_fault(const struct sim_riscv *unit, const struct access *access)
{
	if (unit->config.first)
		return access->write ? WRITE_PAGE : READ_PAGE;
	return access->write ? WRITE_GUEST_PAGE : READ_GUEST_PAGE;
}

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

/* 0, or a cause. */
static unsigned walk(struct sim_riscv *unit, const struct context *context, const struct access *access,
		     struct leaf *leaf)
{
	uint64_t daddr = access->daddr;
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
			return riscv_access_fault(access);
		}
		if (!(entry & 1) || !riscv_page_check(unit, level, entry, &is_leaf))
			return page_fault(unit, access);
		if (is_leaf) {
			*leaf = (struct leaf){.used = true,
					      .id = id,
					      .shift = shift,
					      .daddr = daddr >> shift << shift,
					      .paddr = PPN_OF(entry),
					      .write = (entry & 0x84) == 0x84,
					      .message = false};
			return (entry & 0x42) == 0x42 ? 0 : page_fault(unit, access); /* R, A */
		}
		table = PPN_OF(entry);
		riscv_inner_remember(unit, &(struct inner){true, id, level - 1, daddr >> shift << shift, table});
	}
}

unsigned riscv_look_up(struct sim_riscv *unit, const struct context *context, const struct access *access,
		       struct leaf *leaf)
{
	bool message = riscv_is_message(context, access->daddr);
	struct leaf *cached = riscv_leaf_cached(unit, riscv_id_of(unit, context), access->daddr, message);
	unsigned cause;

	if (!message && beyond_tables(unit, context, access->daddr))
		return page_fault(unit, access);
	if (cached) {
		*leaf = *cached;
		unit->seen.cached++;
	} else {
		unit->seen.walks++;
		cause = message ? riscv_message_walk(unit, context, access, leaf) : walk(unit, context, access, leaf);
		if (cause)
			return cause;
		riscv_leaf_remember(unit, leaf);
	}
	return access->write && !leaf->write ? page_fault(unit, access) : 0;
}

unsigned riscv_locate(struct sim_riscv *unit, struct access *access, struct context *context)
{
	unsigned cause;

	if (riscv_mode(unit) == 0)
		return DISALLOWED;
	if (riscv_mode(unit) == 1 || riscv_too_wide(unit, access->device))
		return TYPE_DISALLOWED;
	know(unit, access->device);
	cause = find_context(unit, access->device, context);
	if (!cause && !riscv_context_check(unit, context))
		cause = MISCONFIGURED;
	access->quiet = !cause && context->word[0] & BIT(4);
	return cause;
}

static int arrives(struct sim_riscv *unit, const struct leaf *leaf, uint64_t daddr, uint64_t *paddr)
{
	*paddr = leaf->paddr + (daddr & (BIT(leaf->shift) - 1));
	unit->seen.messages += leaf->message;
	unit->seen.freed += sim_is_free(*paddr);
	return 0;
}

int riscv_translate(struct sim_riscv *unit, uint32_t device, uint64_t daddr, bool write, uint64_t *paddr)
{
	struct access access = {
		.type = write ? UNTRANSLATED_WRITE : UNTRANSLATED_READ,
		.device = device,
		.daddr = daddr,
		.write = write,
	};
	const struct leaf *known = riscv_mode(unit) > 1 ? riscv_leaf_of_device(unit, device, daddr) : NULL;
	struct context context;
	struct leaf leaf;
	unsigned cause = 0;

	*paddr = daddr;
	if (known && (known->write || !write))
		return arrives(unit, known, daddr, paddr);
	if (riscv_mode(unit) != 1)
		cause = riscv_locate(unit, &access, &context);
	if (cause)
		return riscv_blocked(unit, &access, cause);
	if (riscv_mode(unit) == 1 || riscv_tables_of(unit, &context) >> 60 == 0) {
		unit->seen.passed++;
		return 0;
	}
	cause = riscv_look_up(unit, &context, &access, &leaf);
	if (cause)
		return riscv_blocked(unit, &access, cause);
	leaf.by_device = true;
	leaf.device = device;
	riscv_leaf_remember(unit, &leaf);
	return arrives(unit, &leaf, daddr, paddr);
}
