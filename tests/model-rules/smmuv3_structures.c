/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of SMMUv3: stream tables (IHI 0070, 5.1, 5.2), context descriptors (5.4), translation tables (DDI 0487,
 * D8.3), the order of updates (3.21.3.1), and what caches may still hold (3.21.1).
 */
#include "smmuv3_bench.h"
#include "smmuv3_breaches.h"

/* Each bit of c, alone, in word b of the entry, of stage a. */
static void entry_bits(const struct breach *breach)
{
	unsigned index = 8 * STREAM + (unsigned)breach->b;
	uint64_t good;

	start((unsigned)breach->a);
	good = load(STREAMS, index);
	for (unsigned bit = 0; bit < 64; bit++)
		if (breach->c >> bit & 1) {
			change(STREAMS, index, good ^ BIT(bit));
			look(0);
		}
	breach_times((unsigned)__builtin_popcountll(breach->c));
}

/* Word b of the entry, of stage a, is c. */
static void entry_value(const struct breach *breach)
{
	start((unsigned)breach->a);
	change(STREAMS, 8 * STREAM + (unsigned)breach->b, breach->c);
	look(0);
}

/* The field of word b of the entry that c has ones in is a, of stage 2. */
static void field(unsigned word, uint64_t mask, uint64_t value)
{
	start(2);
	change(STREAMS, 8 * STREAM + word, (load(STREAMS, 8 * STREAM + word) & ~mask) | value);
	look(0);
}

static void entry_field(const struct breach *breach)
{
	field((unsigned)breach->b, breach->c, breach->a);
}

/* Each bit of c, alone, in word b of the context descriptor. */
static void context_bits(const struct breach *breach)
{
	uint64_t good;

	start(1);
	good = load(CONTEXT, (unsigned)breach->b);
	for (unsigned bit = 0; bit < 64; bit++)
		if (breach->c >> bit & 1) {
			change(CONTEXT, (unsigned)breach->b, good ^ BIT(bit));
			look(0);
		}
	breach_times((unsigned)__builtin_popcountll(breach->c));
}

/* The field of word b of the context descriptor that c has ones in is a. */
static void context_field(const struct breach *breach)
{
	start(1);
	change(CONTEXT, (unsigned)breach->b, (load(CONTEXT, (unsigned)breach->b) & ~breach->c) | breach->a);
	look(0);
}

static void context_sizes(const struct breach *breach)
{
	static const unsigned sizes[] = {0, 15, 40, 63};

	(void)breach;
	start(1);
	for (unsigned i = 0; i < 4; i++) {
		change(CONTEXT, 0, (CD0 & ~(uint64_t)63) | sizes[i]);
		look(0);
	}
	breach_times(4);
}

/* ---- The configuration's tables ---- */

/* Two levels: FIRSTS has descriptors of 256 streams each, STREAMS the entries of the first. */
static void two_levels(uint64_t first)
{
	store(FIRSTS, 0, first);
	w64(STRTAB_BASE, bench.frame[FIRSTS]);
	w32(STRTAB_CFG, 1 << 16 | 6 << 6 | 10);
	queues_on();
	invalidate();
	control(SMMUEN | CMDQEN | EVENTQEN);
	look(0);
}

static void first_bits(const struct breach *breach)
{
	store(FIRSTS, 0, 0);
	two_levels(0);
	for (unsigned bit = 0; bit < 64; bit++)
		if (breach->b >> bit & 1) {
			store(FIRSTS, 0, bench.frame[STREAMS] | 7 | BIT(bit));
			submit(CFGI_STE, 0);
			sync_commands();
			look(0);
		}
	breach_times((unsigned)__builtin_popcountll(breach->b));
	breach_also(SMMU_STREAMS_NOTHING); /* where the pointer leads */
}

static void spans(const struct breach *breach)
{
	(void)breach;
	two_levels(0);
	for (unsigned span = 8; span < 32; span++) {
		store(FIRSTS, 0, bench.frame[STREAMS] | span);
		submit(CFGI_STE, 0);
		sync_commands();
		look(0);
	}
	breach_times(24);
}

static void streams_nowhere(const struct breach *breach)
{
	(void)breach;
	w64(STRTAB_BASE, NOWHERE);
	w32(STRTAB_CFG, 6);
	queues_on();
	invalidate();
	control(SMMUEN | CMDQEN | EVENTQEN);
	look(0);
}

/* ---- Orders ---- */

static void valid_at_once(const struct breach *breach)
{
	(void)breach;
	enable();
	store(STREAMS, 8 * STREAM + 3, bench.frame[L1]);
	store(STREAMS, 8 * STREAM + 2, STE2);
	store(STREAMS, 8 * STREAM, STE0_STAGE_2); /* and nothing in between */
	submit(CFGI_STE, 1);
	sync_commands();
}

static void changed_alive(const struct breach *breach)
{
	(void)breach;
	start(2);
	store(STREAMS, 8 * STREAM + 3, bench.frame[OTHER]);
	store(STREAMS, 8 * STREAM + 2, STE2 + 1);
	submit(CFGI_STE, 1);
	sync_commands();
}

/* A second stream of the same VMID (stage 2) or ASID (stage 1), whose tables are others. */
static void shared(const struct breach *breach)
{
	struct sim_device_config other = *sim_device_config(bench.device);
	char byte;

	start((unsigned)breach->a);
	look(0);
	for (unsigned i = 1; i < 8; i++)
		store(STREAMS, 8 * (STREAM + 1) + i, load(STREAMS, 8 * STREAM + i));
	if (breach->a == 2) {
		store(STREAMS, 8 * (STREAM + 1) + 3, bench.frame[OTHER]);
		store(STREAMS, 8 * (STREAM + 1), STE0_STAGE_2);
	} else {
		for (unsigned i = 0; i < 8; i++)
			store(OTHER, i, i == 1 ? bench.frame[L2] : load(CONTEXT, i));
		store(STREAMS, 8 * (STREAM + 1), bench.frame[OTHER] | 5 << 1 | 1);
	}
	other.requester = STREAM + 1;
	(void)!sim_device_probe(sim_device_new(&other), dma_daddr(0), &byte, 1);
}

/* CONT of two, and the neighbour is another. */
static void span(const struct breach *breach)
{
	(void)breach;
	start(2);
	change(STREAMS, 8 * STREAM + 1, BIT(13));
	look(0);
}

static void context_alive(const struct breach *breach)
{
	(void)breach;
	start(1);
	store(CONTEXT, 1, bench.frame[L2]);
	store(CONTEXT, 3, 0x44);
	submit(0x05 | (uint64_t)STREAM << 32, 1);
	sync_commands();
}

/* What hazard 71 leads to: a fetch that began earlier joins the old words and the new one. */
static void joined(const struct breach *breach)
{
	(void)breach;
	enable();
	sim_smmu_begin_fetch(the_unit, STREAM); /* words 1 to 7 are zeros */
	store(STREAMS, 8 * STREAM + 3, bench.frame[L1]);
	store(STREAMS, 8 * STREAM + 2, STE2);
	store(STREAMS, 8 * STREAM, STE0_STAGE_2);
	look(0);
	breach_also(SMMU_STE_FORMAT);
	breach_also(SMMU_STE_START);
	breach_also(SMMU_STE_UNRECORDED);
}

#define ALL		 ~(uint64_t)0
#define BEYOND		 (BIT(48) - BIT(44))
#define ONE		 (uint64_t)1
#define FIELD(high, low) (((ONE << ((high) - (low) + 1)) - 1) << (low))

const struct breach smmu_structure_breaches[] = {
	{SMMU_L1STD_RESERVED, "each reserved bit", first_bits, 0, 0xff00000000000020, 0, USUAL},
	{SMMU_L1STD_SPAN, "each span above the split, and above 11", spans, 0, 0, 0, USUAL},
	{SMMU_L1STD_WIDTH, "each bit from 44 on", first_bits, 0, BIT(56) - BIT(44), 0, USUAL},
	{SMMU_L1STD_ALIGNED, "each bit below 4 KiB, 64 entries", first_bits, 0, 0xfc0, 0, USUAL},
	{SMMU_STREAMS_NOTHING, "a table where no memory is", streams_nowhere, 0, 0, 0, USUAL},
	{SMMU_STE_RESERVED, "each reserved bit of word 0", entry_bits, 2, 0, 0x0700000000000000, USUAL},
	{SMMU_STE_RESERVED, "each reserved bit of word 1", entry_bits, 2, 1, 0x00000e0000000000, USUAL},
	{SMMU_STE_RESERVED, "each reserved bit of word 3", entry_bits, 2, 3, 0x9f00000000000000, USUAL},
	{SMMU_STE_FEATURE, "each absent feature of word 1", entry_bits, 2, 1, 0x37040f00, USUAL},
	{SMMU_STE_FEATURE, "each absent feature of word 2", entry_bits, 2, 2, 0xf800000000000000, USUAL},
	{SMMU_STE_FEATURE, "each absent feature of word 3", entry_bits, 2, 3, 0x600000000000000c, USUAL},
	{SMMU_STE_FEATURE, "each bit of word 4", entry_bits, 2, 4, 0xffffffffffff0000, USUAL},
	{SMMU_STE_FEATURE, "each bit of word 5", entry_bits, 2, 5, ALL, USUAL},
	{SMMU_STE_FEATURE, "each bit of word 6", entry_bits, 2, 6, ALL, USUAL},
	{SMMU_STE_FEATURE, "each bit of word 7", entry_bits, 2, 7, ALL, USUAL},
	{SMMU_STE_FEATURE, "stage 2 in word 2 of stage 1 alone", entry_bits, 1, 2, 0xf8ffffff0000ffff, STAGE_1_ALONE},
	{SMMU_STE_CONFIG, "1", entry_value, 2, 0, 1 | 1 << 1, USUAL},
	{SMMU_STE_CONFIG, "2", entry_value, 2, 0, 1 | 2 << 1, USUAL},
	{SMMU_STE_CONFIG, "3", entry_value, 2, 0, 1 | 3 << 1, USUAL},
	{SMMU_STE_STAGE_1, "5", entry_value, 2, 0, 1 | 5 << 1, STAGE_2_ALONE},
	{SMMU_STE_STAGE_2, "6", entry_value, 1, 0, 1 | 6 << 1, STAGE_1_ALONE},
	{SMMU_STE_SUBSTREAMS, "each bit of S1CDMax", entry_bits, 1, 0, FIELD(63, 59), USUAL},
	{SMMU_STE_CONTEXT_WIDTH, "each bit from 44 on", entry_bits, 1, 0, BIT(56) - BIT(44), USUAL},
	{SMMU_STE_CONTEXT_SHARE, "0b01", entry_value, 1, 1, 0x54, USUAL},
	{SMMU_STE_CONTEXT_STALL, "S1STALLD", entry_bits, 1, 1, BIT(27), USUAL},
	{SMMU_STE_WORLD, "STRW 1, 2", entry_bits, 1, 1, FIELD(31, 30), USUAL},
	{SMMU_STE_ATTRIBUTES, "MTCFG, each bit of ALLOCCFG, SHCFG", entry_bits, 2, 1, 0x000031f000000000, NO_OVERRIDES},
	{SMMU_STE_MEMORY, "MemAttr without MTCFG", entry_bits, 2, 1, FIELD(35, 32), USUAL},
	{SMMU_STE_MEMORY, "0b0100", entry_value, 2, 1, BIT(36) | (uint64_t)4 << 32, USUAL},
	{SMMU_STE_MEMORY, "0b1000", entry_value, 2, 1, BIT(36) | (uint64_t)8 << 32, USUAL},
	{SMMU_STE_MEMORY, "0b1100", entry_value, 2, 1, BIT(36) | (uint64_t)12 << 32, USUAL},
	{SMMU_STE_PERMISSIONS, "0b01 of both", entry_bits, 2, 1, BIT(48) | BIT(50), USUAL},
	{SMMU_STE_PERMISSIONS, "each bit", entry_bits, 2, 1, FIELD(51, 48), NO_OVERRIDES},
	{SMMU_STE_VMID, "each bit from 8 on", entry_bits, 2, 2, 0xff00, NARROW_IDS},
	{SMMU_STE_SIZE, "24 bits", entry_field, (uint64_t)40 << 32, 2, FIELD(37, 32), USUAL},
	{SMMU_STE_SIZE, "48 of 44 bits", entry_field, (uint64_t)16 << 32 | BIT(39), 2, FIELD(39, 32), USUAL},
	{SMMU_STE_START, "start 0b11", entry_field, (uint64_t)3 << 38, 2, FIELD(39, 38), USUAL},
	{SMMU_STE_START, "39 bits from level 2", entry_field, 0, 2, FIELD(39, 38), USUAL},
	{SMMU_STE_START, "30 bits from level 1", entry_field, (uint64_t)34 << 32 | BIT(38), 2, FIELD(39, 32), USUAL},
	{SMMU_STE_START, "44 bits from level 1: 32 tables", entry_field, (uint64_t)20 << 32 | BIT(38), 2, FIELD(39, 32),
	 USUAL},
	{SMMU_STE_START, "level 0 of 40 bits", entry_field, (uint64_t)24 << 32 | BIT(39) | (uint64_t)2 << 48, 2,
	 FIELD(39, 32) | FIELD(50, 48), FORTY_BITS},
	{SMMU_STE_SHARE, "0b01", entry_field, (uint64_t)1 << 44, 2, FIELD(45, 44), USUAL},
	{SMMU_STE_GRANULE, "each bit of S2TG", entry_bits, 2, 2, FIELD(47, 46), USUAL},
	{SMMU_STE_OUTPUT, "48 of 44 bits", entry_field, (uint64_t)5 << 48, 2, FIELD(50, 48), USUAL},
	{SMMU_STE_OUTPUT, "0b111", entry_field, (uint64_t)7 << 48, 2, FIELD(50, 48), USUAL},
	{SMMU_STE_FORMAT, "AArch32", entry_bits, 2, 2, BIT(51), USUAL},
	{SMMU_STE_ENDIAN, "big", entry_bits, 2, 2, BIT(52), USUAL},
	{SMMU_STE_FLAGS, "S2HD, S2HA", entry_bits, 2, 2, BIT(55) | BIT(56), USUAL},
	{SMMU_STE_STALL, "S2S", entry_bits, 2, 2, BIT(57), USUAL},
	{SMMU_STE_STALL, "no S2S where all stall", entry_value, 2, 2, STE2, ALWAYS_STALL},
	{SMMU_STE_UNRECORDED, "no S2R", entry_bits, 2, 2, BIT(58), USUAL},
	{SMMU_STE_TABLE_WIDTH, "each bit from 44 on", entry_bits, 2, 3, BIT(52) - BIT(44), USUAL},
	{SMMU_STE_TABLE_ALIGNED, "each bit below 4 KiB", entry_bits, 2, 3, 0xff0, USUAL},
	{SMMU_STE_ORDER, "filled and valid at once", valid_at_once, 0, 0, 0, USUAL},
	{SMMU_STE_SIZE, "the same, met by a fetch that began before", joined, 0, 0, 0, USUAL},
	{SMMU_STE_SHARED_VMID, "two streams, one VMID", shared, 2, 0, 0, USUAL},
	{SMMU_STE_SPAN, "a span of two", span, 0, 0, 0, USUAL},
	{SMMU_STE_LIVE, "two words of a valid entry", changed_alive, 0, 0, 0, USUAL},
	{SMMU_CD_NOTHING, "no memory", entry_value, 1, 0, NOWHERE | 5 << 1 | 1, USUAL},
	{SMMU_CD_INVALID, "V 0", context_bits, 0, 0, BIT(31), USUAL},
	{SMMU_CD_RESERVED, "each bit of word 1", context_bits, 0, 1, 0xff0000000000000e, USUAL},
	{SMMU_CD_RESERVED, "each bit of word 2", context_bits, 0, 2, 0xff0000000000000e, USUAL},
	{SMMU_CD_RESERVED, "each bit of word 5", context_bits, 0, 5, 0xffffffff00000000, USUAL},
	{SMMU_CD_RESERVED, "each bit of word 6", context_bits, 0, 6, ALL, USUAL},
	{SMMU_CD_RESERVED, "each bit of word 7", context_bits, 0, 7, ALL, USUAL},
	{SMMU_CD_SHARED_TABLE, "two streams, one ASID", shared, 1, 0, 0, USUAL},
	{SMMU_CD_LIVE, "two words of a valid descriptor", context_alive, 0, 0, 0, USUAL},
	{SMMU_CD_SIZE, "0, 15, 40, 63", context_sizes, 0, 0, 0, USUAL},
	{SMMU_CD_GRANULE, "each bit of TG0", context_bits, 0, 0, FIELD(7, 6), USUAL},
	{SMMU_CD_SHARE, "0b01", context_field, ONE << 12, 0, FIELD(13, 12), USUAL},
	{SMMU_CD_ENDIAN, "big", context_bits, 0, 0, BIT(15), USUAL},
	{SMMU_CD_UPPER, "EPD1 0", context_bits, 0, 0, BIT(30), USUAL},
	{SMMU_CD_OUTPUT, "48 of 44 bits", context_field, (uint64_t)5 << 32, 0, FIELD(34, 32), USUAL},
	{SMMU_CD_FORMAT, "AArch32", context_bits, 0, 0, BIT(41), USUAL},
	{SMMU_CD_FLAGS, "HD, HA", context_bits, 0, 0, BIT(42) | BIT(43), USUAL},
	{SMMU_CD_STALL, "S", context_bits, 0, 0, BIT(44), USUAL},
	{SMMU_CD_ABORT, "A 0", context_bits, 0, 0, BIT(46), USUAL},
	{SMMU_CD_SHARED_ASID, "ASET 0", context_bits, 0, 0, BIT(47), USUAL},
	{SMMU_CD_ASID, "each bit from 8 on", context_bits, 0, 0, FIELD(63, 56), NARROW_IDS},
	{SMMU_CD_TABLE_WIDTH, "each bit from 44 on", context_bits, 0, 1, BIT(56) - BIT(44), USUAL},
	{SMMU_CD_TABLE_ALIGNED, "each bit below 4 KiB", context_bits, 0, 1, 0xff0, USUAL},
};
const size_t smmu_nstructure_breaches = sizeof(smmu_structure_breaches) / sizeof(*smmu_structure_breaches);
