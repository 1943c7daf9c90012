/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of the RISC-V IOMMU: directory, contexts, tables of either stage.
 */
#include "riscv_bench.h"
#include "riscv_breaches.h"
#include <dmastream/platform.h>

/* The word c of the frame a. */
static void word_is(const struct breach *breach, uint64_t value)
{
	store((unsigned)breach->a, (unsigned)breach->c, value);
	forget();
	look(0);
}

static void replaced(const struct breach *breach)
{
	translate();
	word_is(breach, breach->b);
}

static void bit_more(const struct breach *breach, uint64_t bit)
{
	uint64_t before = load((unsigned)breach->a, (unsigned)breach->c);

	word_is(breach, before | bit);
	store((unsigned)breach->a, (unsigned)breach->c, before);
}

static void bits(const struct breach *breach)
{
	translate();
	all_bits(breach, bit_more);
}

/* The four bits at 63:60 of the word c of the context have each value that the mask b names. */
static void modes(const struct breach *breach)
{
	unsigned times = 0;

	translate();
	for (uint64_t mode = 0; mode < 16; mode++)
		if (breach->b >> mode & 1) {
			word_is(breach, mode << 60 | (breach->c % 8 == 1 ? ROOT_OF & (BIT(60) - 1) : 0));
			times++;
		}
	breach_times(times);
}

static void two_tables(const struct breach *breach)
{
	struct sim_device_config second = *sim_device_config(bench.device);
	uint64_t paddr;

	(void)breach;
	translate();
	look(0);
	second.requester = REQUESTER + 1;
	if (first_stage) {
		store(CONTEXTS, 8 * (REQUESTER + 1) + 2, DOMAIN << 12);
		store(CONTEXTS, 8 * (REQUESTER + 1) + 3, FIRST_OF + 1);
	} else {
		store(CONTEXTS, 8 * (REQUESTER + 1) + 1, ROOT_OF + 4);
	}
	store(CONTEXTS, 8 * (REQUESTER + 1), 1);
	(void)!sim_riscv_look(sim_device_new(&second), 0, true, &paddr);
}

/* Written in one go: a read that began before may join the new tc with the old iohgatp. */
static void torn(const struct breach *breach)
{
	(void)breach;
	translate();
	context(0, 0);
	context(first_stage ? 3 : 1, 0);
	forget();
	look(0);
	context(first_stage ? 3 : 1, first_stage ? FIRST_OF : ROOT_OF);
	context(0, 1);
	look(0);
}

/* Another number and another table while the context is valid, word by word, and nothing forgotten in between. */
static void mixed(const struct breach *breach)
{
	(void)breach;
	translate();
	look(0);
	context(2, (DOMAIN + 1) << 12);
	context(3, (uint64_t)8 << 60 | bench.frame[OTHER] >> 12);
	w32(FQH, r32(FQT));
}

static void freed(const struct breach *breach)
{
	const uint64_t nothing = 0;
	dma_paddr_t frame;

	(void)breach;
	translate();
	if (!SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, 4096, &frame) == 0))
		return;
	SIM_CHECK(sim_ram_write(frame.raw, &nothing, sizeof(nothing), true) == 0);
	dma_host_frames_free(frame, 1);
	store(LEVEL1, 0, PPN(frame.raw) | 1);
	forget();
	look(0);
}

enum { TC = 8 * REQUESTER };
#define LEAF_TO(addr, flags) (PPN(addr) | (flags))

const struct breach riscv_structure_breaches[] = {
	{RISCV_DIRECTORY_RESERVED, "each reserved bit", bits, DIRECTORY, 0xffc00000000003fe, 0, USUAL},
	{RISCV_DIRECTORY_WIDTH, "bit 46", replaced, DIRECTORY, BIT(44) | 1, 0, USUAL},
	{RISCV_DIRECTORY_NOTHING, "no memory", replaced, DIRECTORY, PPN(NOWHERE) | 1, 0, USUAL},
	{RISCV_DC_RESERVED, "tc", bits, CONTEXTS, 0xffffffff00fff000, TC, USUAL},
	{RISCV_DC_RESERVED, "ta", bits, CONTEXTS, 0xffffffff00000fff, TC + 2, USUAL},
	{RISCV_DC_RESERVED, "fsc", bits, CONTEXTS, 0x0ffff00000000000, TC + 3, USUAL},
	{RISCV_DC_RESERVED, "msiptp", bits, CONTEXTS, 0x0ffff00000000000, TC + 4, USUAL},
	{RISCV_DC_RESERVED, "msi_addr_mask, 50-bit guest addresses", bits, CONTEXTS, UINT64_MAX << 38, TC + 5, USUAL},
	{RISCV_DC_RESERVED, "msi_addr_pattern, 50-bit guest addresses", bits, CONTEXTS, UINT64_MAX << 38, TC + 6,
	 USUAL},
	{RISCV_DC_RESERVED, "msi_addr_mask, no second stage", bits, CONTEXTS, UINT64_MAX << 34, TC + 5, FIRST_STAGE},
	{RISCV_DC_RESERVED, "the last word", bits, CONTEXTS, ~(uint64_t)0, TC + 7, USUAL},
	{RISCV_DC_UNSUPPORTED, "each feature", bits, CONTEXTS, 0xfee, TC, USUAL},
	{RISCV_DC_FIRST_STAGE, "1 to 15", modes, CONTEXTS, 0xfffe, TC + 3, USUAL},
	{RISCV_DC_MODE, "1 to 7, 10 to 15", modes, CONTEXTS, 0xfcfe, TC + 1, USUAL},
	{RISCV_DC_ALIGNED, "4 and 8 KiB", bits, CONTEXTS, 3, TC + 1, USUAL},
	{RISCV_DC_MSI_MODE, "2 to 15", modes, CONTEXTS, 0xfffc, TC + 4, USUAL},
	{RISCV_DC_TWO_TABLES, "of two devices", two_tables, 0, 0, 0, USUAL},
	{RISCV_DC_TORN, "made valid in one go", torn, 0, 0, 0, USUAL},
	{RISCV_DC_FIRST_STAGE, "1 to 7, 10 to 15, of a unit with a first stage", modes, CONTEXTS, 0xfcfe, TC + 3,
	 FIRST_STAGE},
	{RISCV_DC_MODE, "a second stage that is not there", modes, CONTEXTS, 0x0300, TC + 1, FIRST_STAGE},
	{RISCV_DC_TWO_FIRST, "of two devices", two_tables, 0, 0, 0, FIRST_STAGE},
	{RISCV_DC_TORN, "made valid in one go, first stage", torn, 0, 0, 0, FIRST_STAGE},
	{RISCV_DC_MIXED, "word by word", mixed, 0, 0, 0, FIRST_STAGE},
	{RISCV_PTE_RESERVED, "each reserved bit", bits, LEVEL0, 0xffc0000000000000, 0, USUAL},
	{RISCV_PTE_WRITE_ONLY, "W alone", replaced, LEVEL0, 0xd5, 0, USUAL},
	{RISCV_PTE_POINTER, "A, D, U", bits, LEVEL1, 0xd0, 0, USUAL},
	{RISCV_PTE_DEPTH, "a table below the last", replaced, LEVEL0, 1, 0, USUAL},
	{RISCV_PTE_ALIGNED, "2 MiB at 4 KiB", replaced, LEVEL1, LEAF_TO(0x80001000, 0xd7), 0, USUAL},
	{RISCV_PTE_ALIGNED, "1 GiB at 2 MiB", replaced, ROOT, LEAF_TO(0x80200000, 0xd7), 0, USUAL},
	{RISCV_PTE_USER, "without U", replaced, LEVEL0, 0xc7, 0, USUAL},
	{RISCV_PTE_USER, "without U, first stage", replaced, LEVEL0, 0xc7, 0, FIRST_STAGE},
	{RISCV_PTE_GLOBAL, "G", replaced, LEVEL0, 0xf7, 0, USUAL},
	{RISCV_PTE_GLOBAL, "G, first stage", replaced, LEVEL0, 0xf7, 0, FIRST_STAGE},
	{RISCV_TABLE_WIDTH, "bit 46", replaced, LEVEL0, BIT(44) | 0xd7, 0, USUAL},
	{RISCV_TABLE_NOTHING, "no memory", replaced, LEVEL1, LEAF_TO(NOWHERE, 1), 0, USUAL},
	{RISCV_TABLE_FREED, "a frame that was given back", freed, 0, 0, 0, USUAL},
};
const size_t riscv_nstructure_breaches = sizeof(riscv_structure_breaches) / sizeof(*riscv_structure_breaches);
