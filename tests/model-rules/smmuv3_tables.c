/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of SMMUv3: translation tables (DDI 0487, D8.3), and what caches may still hold (IHI 0070, 3.21.1).
 */
#include "smmuv3_bench.h"
#include "smmuv3_breaches.h"

/* ---- Translation tables ---- */

/* Each bit of c, alone, in the first descriptor of frame b, of stage a. */
static void descriptor_bits(const struct breach *breach)
{
	unsigned frame = (unsigned)breach->b;
	uint64_t good;

	start((unsigned)breach->a);
	good = load(frame, 0);
	for (unsigned bit = 0; bit < 64; bit++)
		if (breach->c >> bit & 1) {
			change(frame, 0, good ^ BIT(bit));
			look(0);
		}
	breach_times((unsigned)__builtin_popcountll(breach->c));
}

/* The same in a block there. */
static void block_bits(const struct breach *breach)
{
	unsigned frame = (unsigned)breach->b;
	uint64_t page = (breach->a == 1 ? PAGE_1 : PAGE_2) & ~(uint64_t)2;

	start((unsigned)breach->a);
	for (unsigned bit = 0; bit < 64; bit++)
		if (breach->c >> bit & 1) {
			change(frame, 0, page | BIT(bit));
			look(0);
		}
	breach_times((unsigned)__builtin_popcountll(breach->c));
}

/* The first descriptor of frame b, of stage a, is c. */
static void descriptor_value(const struct breach *breach)
{
	start((unsigned)breach->a);
	change((unsigned)breach->b, 0, breach->c);
	look(0);
}

static void block_at_level_0(const struct breach *breach)
{
	(void)breach;
	start(2);
	store(L0, 0, PAGE_2 & ~(uint64_t)2);
	change(STREAMS, 8 * STREAM + 3, bench.frame[L0]);
	change(STREAMS, 8 * STREAM + 2, (STE2 & ~((uint64_t)0xff << 32)) | (uint64_t)(20 | 2 << 6) << 32);
	look(0);
}

static void memory_types(const struct breach *breach)
{
	(void)breach;
	start(2);
	for (uint64_t type = 4; type <= 12; type += 4) {
		change(L3, 0, (load(L3, 0) & ~(uint64_t)0x3c) | type << 2);
		look(0);
	}
	breach_times(3);
}

static void attributes(const struct breach *breach)
{
	static const unsigned wrong[] = {0x01, 0x02, 0x07, 0x10, 0x40, 0xf0};

	(void)breach;
	start(1);
	for (unsigned i = 0; i < 6; i++) {
		change(CONTEXT, 3, wrong[i]);
		look(0);
	}
	breach_times(6);
}

/* ---- Caches ---- */

static void freed_table(const struct breach *breach)
{
	const uint64_t nothing = 0;
	dma_paddr_t frame;

	(void)breach;
	start(2);
	if (!SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, 4096, &frame) == 0))
		return;
	SIM_CHECK(sim_ram_write(frame.raw, &nothing, sizeof(nothing), true) == 0);
	store(L2, 0, frame.raw | 3);
	dma_host_frames_free(frame, 1);
	look(0);
}

/* Pages become a block without a break (a: elsewhere). */
static void remade(const struct breach *breach)
{
	start(2);
	for (unsigned i = 0; i < 512; i++)
		store(L3, i, (uint64_t)i << 12 | PAGE_2);
	look(0);
	store(L2, 0, (breach->a ? 0x200000 : 0) | (PAGE_2 & ~(uint64_t)2));
	submit(0x2a | (uint64_t)1 << 32, 0x5000); /* only there, tables and all */
	sync_commands();
	look(0x5000);
}

static void posted_nowhere(const struct breach *breach)
{
	char byte = 1;

	(void)breach;
	start(2);
	store(L3, 1, NOWHERE | PAGE_2);
	SIM_CHECK(sim_smmu_post(bench.device, 0x1000, &byte, 1) == 0);
	sync_commands();
}

#define ALL		 ~(uint64_t)0
#define BEYOND		 (BIT(48) - BIT(44))
#define ONE		 (uint64_t)1
#define FIELD(high, low) (((ONE << ((high) - (low) + 1)) - 1) << (low))

const struct breach smmu_table_breaches[] = {
	{SMMU_CD_ATTRIBUTES, "six of MAIR", attributes, 0, 0, 0, USUAL},
	{SMMU_TABLE_NOTHING, "no memory", descriptor_value, 2, L2, NOWHERE | 3, USUAL},
	{SMMU_TABLE_FREED, "a table that was freed", freed_table, 0, 0, 0, USUAL},
	{SMMU_TABLE_RESERVED, "each RES0 bit, stage 1", descriptor_bits, 1, L2, FIELD(50, 48), USUAL},
	{SMMU_TABLE_RESERVED, "each RES0 bit, stage 2", descriptor_bits, 2, L1, FIELD(50, 48) | FIELD(63, 59), USUAL},
	{SMMU_TABLE_WIDTH, "each bit from 44 on, stage 1", descriptor_bits, 1, L1, BEYOND, USUAL},
	{SMMU_TABLE_WIDTH, "each bit from 44 on, stage 2", descriptor_bits, 2, L2, BEYOND, USUAL},
	{SMMU_LEAF_RESERVED, "each RES0 bit, stage 1", descriptor_bits, 1, L3, FIELD(50, 48), USUAL},
	{SMMU_LEAF_RESERVED, "each RES0 bit, stage 2", descriptor_bits, 2, L3, FIELD(50, 48) | BIT(11), USUAL},
	{SMMU_LEAF_LOW, "2 MiB: each bit below", block_bits, 2, L2, 0x1ff000 - BIT(16), USUAL},
	{SMMU_LEAF_LOW, "1 GiB: each bit below", block_bits, 1, L1, 0x3ffff000 - BIT(16), USUAL},
	{SMMU_LEAF_LOW, "nT without BBML", block_bits, 2, L2, BIT(16), OLD_BLOCKS},
	{SMMU_LEAF_WIDTH, "a page: each bit from 44 on", descriptor_bits, 2, L3, BEYOND, USUAL},
	{SMMU_LEAF_WIDTH, "2 MiB: each bit from 44 on", block_bits, 1, L2, BEYOND, USUAL},
	{SMMU_LEAF_LEVEL, "a block at level 0", block_at_level_0, 0, 0, 0, USUAL},
	{SMMU_LEAF_LEVEL, "0b01 at level 3", descriptor_bits, 2, L3, BIT(1), USUAL},
	{SMMU_LEAF_CONTIGUOUS, "alone, stage 1", descriptor_bits, 1, L3, BIT(52), USUAL},
	{SMMU_LEAF_CONTIGUOUS, "alone, stage 2", descriptor_bits, 2, L3, BIT(52), USUAL},
	{SMMU_LEAF_SHARE, "0b01, stage 1", descriptor_bits, 1, L3, BIT(9), USUAL},
	{SMMU_LEAF_SHARE, "0b01, stage 2", descriptor_bits, 2, L3, BIT(9), USUAL},
	{SMMU_LEAF_MEMORY, "4, 8, 12", memory_types, 0, 0, 0, USUAL},
	{SMMU_TWO_SIZES, "pages become a block", remade, 0, 0, 0, OLD_BLOCKS},
	{SMMU_TWO_OUTPUTS, "pages become a block elsewhere", remade, 1, 0, 0, USUAL},
	{SMMU_POSTED_NOTHING, "a posted write to no memory", posted_nowhere, 0, 0, 0, USUAL},
};
const size_t smmu_ntable_breaches = sizeof(smmu_table_breaches) / sizeof(*smmu_table_breaches);
