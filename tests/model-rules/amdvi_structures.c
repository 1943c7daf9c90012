/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of AMD-Vi: device table entries (specification, 2.2.2), entries of page tables (2.2.3), and what caches
 * may still hold (2.4).
 */
#include "amdvi_bench.h"
#include "amdvi_breaches.h"

/* Bits of the mask c, each alone, in the doubleword b of frame a, after which the device writes to address 0. */
static void entry_bits(const struct breach *breach)
{
	unsigned frame = (unsigned)breach->a, index = (unsigned)breach->b, times = 0;
	uint64_t good;

	translate();
	good = load(frame, index);
	for (unsigned bit = 0; bit < 64; bit++)
		if (breach->c >> bit & 1) {
			store(frame, index, good ^ BIT(bit));
			invalidate();
			look(0);
			times++;
		}
	breach_times(times);
}

/* The doubleword b of frame a is c, and DATA's address where c has none. */
static void entry_value(const struct breach *breach)
{
	translate();
	store((unsigned)breach->a, (unsigned)breach->b, breach->c);
	invalidate();
	look(0);
}

/* A whole device table entry's doubleword b, with the bits c beside what is there. */
static void device_value(const struct breach *breach)
{
	translate();
	entry((unsigned)breach->b, load(DEVICES, 4 * REQUESTER + (unsigned)breach->b) | breach->c);
	invalidate();
	look(0);
}

static void mode(const struct breach *breach)
{
	translate();
	entry(0, bench.frame[breach->b] | BOTH | breach->a << 9 | 3);
	invalidate();
	look(0);
}

static void root(const struct breach *breach)
{
	translate();
	entry(0, breach->a | BOTH | 3 << 9 | 3);
	invalidate();
	look(0);
}

static void interrupt_length(const struct breach *breach)
{
	(void)breach;
	translate();
	for (uint64_t length = 12; length < 16; length++) {
		entry(2, 1 | length << 1);
		invalidate();
		look(0);
	}
	breach_times(4);
}

static void two_tables(const struct breach *breach)
{
	struct sim_device_config other = {.requester = REQUESTER + 1, .coherent = true, .mask = UINT64_MAX};
	uint64_t paddr;

	(void)breach;
	translate();
	store(DEVICES, 4 * (REQUESTER + 1), DIR(OTHER, 3) | 2);
	store(DEVICES, 4 * (REQUESTER + 1) + 1, DOMAIN);
	look(0);
	(void)!sim_amdvi_look(sim_device_new(&other), 0, true, &paddr);
}

/* 2.2.2.1: a fetch between the two stores. */
static void torn(const struct breach *breach)
{
	translate();
	look(0);
	entry((unsigned)breach->a, breach->a ? DOMAIN + 1 : DIR(LEVEL2, 2) | 2);
	sim_amdvi_forget(the_unit);
	look(0);
}

static void levels(const struct breach *breach)
{
	(void)breach;
	translate();
	for (unsigned next = 2; next < 7; next++) {
		store(LEVEL2, 0, DIR(LEVEL1, next));
		invalidate();
		look(0);
	}
	breach_times(5);
}

/* The entry c in table a of level 1, 2, 3: bits of an address that the page size does not align. */
static void misaligned(const struct breach *breach)
{
	unsigned times = 0;

	translate();
	for (unsigned bit = 12; bit < 12 + breach->b; bit++) {
		store((unsigned)breach->a, 0, BOTH | 1 | BIT(bit));
		invalidate();
		look(0);
		times++;
	}
	breach_times(times);
}

/* Next level 7 in table a: sizes that are not between this level's and the one below. */
static void sizes(const struct breach *breach)
{
	unsigned times = 0;

	translate();
	for (unsigned ones = 0; ones < 40; ones++) { /* 8 KiB << ones */
		if (ones + 13 > breach->b && ones + 13 < breach->b + 9)
			continue;
		for (unsigned i = 0; i < 512; i++)
			store((unsigned)breach->a, i, BOTH | 7 << 9 | 1 | (BIT(ones) - 1) << 12);
		invalidate();
		look(0);
		times++;
	}
	breach_times(times);
}

static void not_repeated(const struct breach *breach)
{
	(void)breach;
	translate();
	store(LEVEL1, 0, BOTH | 7 << 9 | 1 | 1 << 12); /* 16 KiB: four entries */
	store(LEVEL1, 1, BOTH | 7 << 9 | 1 | 1 << 12);
	store(LEVEL1, 2, BOTH | 7 << 9 | 1 | 1 << 12);
	store(LEVEL1, 3, BOTH | 7 << 9 | 1);
	invalidate();
	look(0);
}

static void page_at_six(const struct breach *breach)
{
	(void)breach;
	translate();
	store(LEVEL6, 0, BOTH | 1);
	entry(0, DIR(LEVEL6, 6) | 2);
	invalidate();
	look(0);
}

static void freed_table(const struct breach *breach)
{
	const uint64_t nothing = 0;
	dma_paddr_t frame;

	(void)breach;
	translate();
	if (!SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, 4096, &frame) == 0))
		return;
	SIM_CHECK(sim_ram_write(frame.raw, &nothing, sizeof(nothing), true) == 0);
	store(LEVEL2, 0, frame.raw | BOTH | 1 << 9 | 1);
	dma_host_frames_free(frame, 1);
	invalidate();
	look(0);
}

static void two_translations(const struct breach *breach)
{
	(void)breach;
	translate();
	look(0);
	store(LEVEL2, 0, BOTH | 1); /* 2 MiB that lead elsewhere, and the pages were never taken away */
	submit(PAGES(DOMAIN), 0x5002);
	submit_wait();
	look(0x5000);
}

static void posted(const struct breach *breach)
{
	static const uint8_t byte;

	(void)breach;
	translate();
	store(LEVEL1, 0, NOWHERE | BOTH | 1);
	invalidate();
	SIM_CHECK(sim_amdvi_post(bench.device, 0, &byte, 1) == 0);
	submit(PAGES(DOMAIN), 0);
	submit_wait();
}

#define DTE(w)	    (4 * REQUESTER + (w))
#define WIDE	    BIT(45)
#define INTERRUPTS2 (1 | (uint64_t)2 << 60)

const struct breach amdvi_structure_breaches[] = {
	{AMDVI_DTE_RESERVED, "each bit of 63:0", entry_bits, DEVICES, DTE(0), 0x800000000000007c, USUAL},
	{AMDVI_DTE_RESERVED, "bit 106", entry_bits, DEVICES, DTE(1), BIT(42), USUAL},
	{AMDVI_DTE_RESERVED, "each bit of 191:128", entry_bits, DEVICES, DTE(2), 0x08f0000000000000, USUAL},
	{AMDVI_DTE_RESERVED, "each bit of 255:192", entry_bits, DEVICES, DTE(3), BIT(54) - 1, USUAL},
	{AMDVI_DTE_UNSUPPORTED, "HAD, PPR, guests", entry_bits, DEVICES, DTE(0), 0x1ff0000000000180, USUAL},
	{AMDVI_DTE_UNSUPPORTED, "a guest's table", entry_bits, DEVICES, DTE(1), 0xfffff800ffff0000, USUAL},
	{AMDVI_DTE_UNSUPPORTED, "attributes", entry_bits, DEVICES, DTE(3), 0xffc0000000000000, USUAL},
	{AMDVI_DTE_IOTLB, "I", entry_bits, DEVICES, DTE(1), BIT(32), USUAL},
	{AMDVI_DTE_PORT_IO, "11b", device_value, 0, 1, (uint64_t)3 << 35, USUAL},
	{AMDVI_DTE_INTERRUPT_LENGTH, "12 to 15", interrupt_length, 0, 0, 0, USUAL},
	{AMDVI_DTE_INTERRUPT_CONTROL, "11b", device_value, 0, 2, 1 | (uint64_t)3 << 60, USUAL},
	{AMDVI_DTE_INTERRUPT_NOTHING, "no memory", device_value, 0, 2, NOWHERE | INTERRUPTS2, USUAL},
	{AMDVI_DTE_MODE_RESERVED, "111b", mode, 7, LEVEL3, 0, USUAL},
	{AMDVI_DTE_MODE_UNSUPPORTED, "five levels where HATS is 0", mode, 5, LEVEL5, 0, FOUR_LEVELS},
	{AMDVI_DTE_MODE_UNSUPPORTED, "six levels on an old unit", mode, 6, LEVEL6, 0, OLD},
	{AMDVI_DTE_MODE_UNSUPPORTED, "one level where HATS is 11b", mode, 1, LEVEL1, 0, NO_LEVELS},
	{AMDVI_DTE_WIDTH, "bit 45", root, WIDE, 0, 0, USUAL},
	{AMDVI_DTE_NOTHING, "no memory", root, NOWHERE, 0, 0, USUAL},
	{AMDVI_DTE_TWO_TABLES, "two devices", two_tables, 0, 0, 0, USUAL},
	{AMDVI_DTE_TORN, "the root before the domain", torn, 0, 0, 0, USUAL},
	{AMDVI_DTE_TORN, "the domain before the root", torn, 1, 0, 0, USUAL},
	{AMDVI_PDE_RESERVED, "each bit at level 2", entry_bits, LEVEL2, 0, 0x1ff0000000000000, USUAL},
	{AMDVI_PDE_RESERVED, "each bit at level 3", entry_bits, LEVEL3, 0, 0x1ff0000000000000, USUAL},
	{AMDVI_PDE_LEVEL, "2 to 6 at level 2", levels, 0, 0, 0, USUAL},
	{AMDVI_PTE_RESERVED, "each bit", entry_bits, LEVEL1, 0, 0x07f0000000000000, USUAL},
	{AMDVI_PTE_ALIGNED, "2 MiB", misaligned, LEVEL2, 9, 0, USUAL},
	{AMDVI_PTE_ALIGNED, "1 GiB", misaligned, LEVEL3, 18, 0, USUAL},
	{AMDVI_PTE_SIZE, "at level 1", sizes, LEVEL1, 12, 0, USUAL},
	{AMDVI_PTE_SIZE, "at level 2", sizes, LEVEL2, 21, 0, USUAL},
	{AMDVI_PTE_REPEATED, "three of four", not_repeated, 0, 0, 0, USUAL},
	{AMDVI_PTE_LEVEL, "level 6", page_at_six, 0, 0, 0, USUAL},
	{AMDVI_TABLE_WIDTH, "a page", entry_value, LEVEL1, 0, BOTH | 1 | WIDE, USUAL},
	{AMDVI_TABLE_WIDTH, "a table", entry_value, LEVEL2, 0, BOTH | 1 | WIDE | 1 << 9, USUAL},
	{AMDVI_TABLE_NOTHING, "no memory", entry_value, LEVEL2, 0, BOTH | 1 | NOWHERE | 1 << 9, USUAL},
	{AMDVI_TABLE_FREED, "a leaf table", freed_table, 0, 0, 0, USUAL},
	{AMDVI_TWO_TRANSLATIONS, "pages that become a big one", two_translations, 0, 0, 0, USUAL},
	{AMDVI_POSTED_NOTHING, "no memory", posted, 0, 0, 0, USUAL},
};
const size_t amdvi_nstructure_breaches = sizeof(amdvi_structure_breaches) / sizeof(*amdvi_structure_breaches);
