/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How the SMMUv3 model reads configuration (IHI 0070, 3.3, 3.21.3, 5.1): stream table of one or two levels, context
 * descriptors. A fetch may have begun earlier, and read the doublewords of an entry at different times.
 */
#include "smmuv3_model.h"
#include <string.h>

#define POINTER 0x00ffffffffffffc0ull

bool smmu_read_words(struct sim_smmu *unit, uint64_t paddr, void *to, size_t nbytes)
{
	if (paddr >= SIM_LOW_RAM + FORMER_BYTES && sim_is_free(paddr))
		smmu_violation(unit, SMMU_TABLE_FREED, paddr);
	return !sim_ram_read(paddr, to, nbytes, unit->config.snoops);
}

/* 5.1. False: it is as if its span were 0. */
static bool first_check(struct sim_smmu *unit, uint64_t first)
{
	unsigned span = first & 31, split = unit->strtab_cfg >> 6 & 31;

	if (span == 0)
		return false;
	if (first & 0xff00000000000020)
		smmu_violation(unit, SMMU_L1STD_RESERVED, first);
	if (span > 11 || span > split + 1) {
		smmu_violation(unit, SMMU_L1STD_SPAN, first);
		return false;
	}
	if ((first & POINTER) >> smmu_output_bits(unit))
		smmu_violation(unit, SMMU_L1STD_WIDTH, first);
	else if (first & POINTER & (((uint64_t)64 << (span - 1)) - 1))
		smmu_violation(unit, SMMU_L1STD_ALIGNED, first);
	return true;
}

/* The address of the stream's entry; 0: beyond the table. */
static uint64_t entry_address(struct sim_smmu *unit, uint32_t stream, bool *fetched)
{
	unsigned log2size = unit->strtab_cfg & 63, split = unit->strtab_cfg >> 6 & 31;
	uint64_t base = unit->strtab & POINTER, first;
	struct first *known;

	*fetched = true;
	if (log2size > unit->config.stream_bits)
		log2size = unit->config.stream_bits;
	if ((uint64_t)stream >> log2size)
		return 0;
	if (!(unit->strtab_cfg >> 16 & 3))
		return base + 64 * (uint64_t)stream;
	known = smmu_first_cached(unit, stream >> split);
	if (known) {
		first = known->entry;
	} else {
		*fetched = smmu_read_words(unit, base + 8 * (uint64_t)(stream >> split), &first, sizeof(first));
		if (*fetched)
			smmu_first_remember(unit, stream >> split, first);
	}
	if (!*fetched || !first_check(unit, first) || stream % (1u << split) >= 1u << ((first & 31) - 1))
		return 0;
	return (first & POINTER) + 64 * (uint64_t)(stream % (1u << split));
}

void sim_smmu_begin_fetch(struct sim_smmu *unit, uint32_t stream)
{
	bool fetched;
	uint64_t at;

	if (!(unit->cr0ack & SMMUEN))
		return;
	at = entry_address(unit, stream, &fetched);
	unit->early.used = at && !sim_ram_read(at, unit->early.ste, sizeof(unit->early.ste), unit->config.snoops);
	unit->early.stream = stream;
}

/* 5.2, CONT: the entries of the span are alike, each saying so. */
static void span_check(struct sim_smmu *unit, uint32_t stream, uint64_t at, const uint64_t ste[8])
{
	uint32_t span = 1u << smmu_bits(ste[1], 16, 13), first = stream & ~(span - 1);
	uint64_t each[8];

	for (uint32_t other = first; span > 1 && other < first + span; other++)
		if (sim_ram_read(at + 64 * (uint64_t)other - 64 * (uint64_t)stream, each, sizeof(each),
				 unit->config.snoops) ||
		    memcmp(each, ste, sizeof(each)) != 0) {
			smmu_violation(unit, SMMU_STE_SPAN, other);
			return;
		}
}

unsigned smmu_fetch(struct sim_smmu *unit, uint32_t stream, struct configuration *config)
{
	uint64_t at;
	bool fetched;

	*config = (struct configuration){.used = true, .stream = stream};
	at = entry_address(unit, stream, &fetched);
	if (!at && fetched)
		return BAD_STREAM;
	if (!at || !smmu_read_words(unit, at, config->ste, sizeof(config->ste))) {
		smmu_violation(unit, SMMU_STREAMS_NOTHING, stream);
		return STE_FETCH;
	}
	if (unit->early.used && unit->early.stream == stream) { /* the fetch that began then ends now */
		memcpy(&config->ste[1], &unit->early.ste[1], sizeof(config->ste) - sizeof(config->ste[0]));
		unit->early.used = false;
	}
	if (!(config->ste[0] & 1))
		return 0; /* invalid, and remembered so */
	span_check(unit, stream, at, config->ste);
	if (unit->config.stage_1 && smmu_bits(config->ste[0], 3, 1) == 5 &&
	    !((config->ste[0] & POINTER) >> smmu_output_bits(unit))) {
		if (!smmu_read_words(unit, config->ste[0] & POINTER, config->cd, sizeof(config->cd))) {
			smmu_violation(unit, SMMU_CD_NOTHING, config->ste[0]);
			return CD_FETCH;
		}
		config->has_cd = true;
	}
	return 0;
}

/* ---- The order of 3.21.3.1 ---- */

/* An entry may be fetched at any moment, its words in any order. What a fetch that began right after the last
 * invalidation would have seen of words 1 to 7 must go with a word 0 that is valid now. */
static unsigned words_changed(const uint64_t old[8], const uint64_t now[8])
{
	unsigned changed = 0;

	for (unsigned i = 0; i < 8; i++)
		changed += old[i] != now[i];
	return changed;
}

static void compare(struct sim_smmu *unit, const struct snapshot *old, const struct snapshot *fresh)
{
	const uint64_t *now = fresh->ste;
	unsigned changed = words_changed(old->ste, now);

	if (!(now[0] & 1))
		return;
	if (old->ste[0] == now[0] && old->cd[0] >> 31 & 1 && fresh->cd[0] >> 31 & 1 &&
	    words_changed(old->cd, fresh->cd) > 1)
		smmu_violation(unit, SMMU_CD_LIVE, old->stream);
	if (!(old->ste[0] & 1) && changed && memcmp(&old->ste[1], &now[1], 7 * sizeof(now[1])) != 0)
		smmu_violation(unit, SMMU_STE_ORDER, old->stream);
	if (old->ste[0] & 1 && changed > 1)
		smmu_violation(unit, SMMU_STE_LIVE, old->stream);
}

static void take(struct sim_smmu *unit, uint32_t stream, struct snapshot *at)
{
	struct snapshot now = {.stream = stream};
	bool fetched;
	uint64_t address = entry_address(unit, stream, &fetched);

	now.used = address && !sim_ram_read(address, now.ste, sizeof(now.ste), unit->config.snoops);
	if (now.used && now.ste[0] & 1 && smmu_bits(now.ste[0], 3, 1) == 5)
		(void)!sim_ram_read(now.ste[0] & POINTER, now.cd, sizeof(now.cd), unit->config.snoops);
	if (at->used && now.used)
		compare(unit, at, &now);
	*at = now;
}

void smmu_snapshots_take(struct sim_smmu *unit, uint32_t first, uint32_t last)
{
	bool known = false;

	if (!(unit->cr0ack & SMMUEN)) /* nothing is reachable */
		return;
	for (unsigned i = 0; i < SNAPSHOTS; i++)
		if (unit->snapshots[i].used && unit->snapshots[i].stream >= first &&
		    unit->snapshots[i].stream <= last) {
			known = known || unit->snapshots[i].stream == first;
			take(unit, unit->snapshots[i].stream, &unit->snapshots[i]);
		}
	if (first == last && !known) {
		struct snapshot *at = &unit->snapshots[unit->nsnapshots++ % SNAPSHOTS];

		at->used = false;
		take(unit, first, at);
	}
}

/* A small linear table is reachable at once, whole. */
void smmu_snapshots_start(struct sim_smmu *unit)
{
	unsigned log2size = unit->strtab_cfg & 63;

	memset(unit->snapshots, 0, sizeof(unit->snapshots));
	for (uint32_t stream = 0; !(unit->strtab_cfg >> 16 & 3) && log2size < 7 && stream < 1u << log2size; stream++)
		take(unit, stream, &unit->snapshots[unit->nsnapshots++ % SNAPSHOTS]);
}
