/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of VT-d: descriptors (specification, 6.5.2), entries of tables (9.1, 9.3, 9.8), and what caches may
 * still hold (6.5.3).
 */
#include "vtd_bench.h"
#include "vtd_breaches.h"

/* ---- Descriptors ---- */

/* The descriptor (a, b). */
static void descriptor(const struct breach *breach)
{
	queue_on();
	submit(breach->a, breach->b);
	mend();
	submit_wait();
}

static void types(const struct breach *breach)
{
	unsigned times = 0;

	(void)breach;
	queue_on();
	for (unsigned type = 0; type < 128; type++)
		if (type == 0 || type > 5) {
			submit((type & 15) | (uint64_t)(type >> 4) << 9, 0);
			mend();
			times++;
		}
	breach_times(times);
}

/* Each bit of the masks b (low half) and c (high half), alone, in the descriptor a. */
static void descriptor_bits(const struct breach *breach)
{
	uint64_t high = (breach->a & 15) == 5 ? bench.frame[STATUS] : 0;
	unsigned times = 0;

	queue_on();
	submit(PAGES_ALL, 0);
	for (unsigned bit = 0; bit < 128; bit++) {
		uint64_t low_bit = bit < 64 ? BIT(bit) & breach->b : 0,
			 high_bit = bit < 64 ? 0 : BIT(bit - 64) & breach->c;

		if (!(low_bit | high_bit))
			continue;
		submit(breach->a | low_bit, high | high_bit);
		mend();
		times++;
	}
	submit(PAGES_ALL, 0);
	submit_wait();
	breach_times(times);
}

static void queue_nowhere(const struct breach *breach)
{
	(void)breach;
	w64(IQA, NOWHERE);
	command(QIE, true);
	w64(IQT, 16);
}

static void unmended(const struct breach *breach)
{
	(void)breach;
	queue_on();
	submit(0, 0);
	w32(FSTS, 0x10);
	breach_also(VTD_QUEUE_TYPE);
}

static void never_followed(const struct breach *breach)
{
	queue_on();
	submit(breach->a, 0);
	if (breach->b)
		submit(breach->b, 0);
	for (unsigned i = 0; i < 8; i++)
		submit_wait();
}

static void status_nowhere(const struct breach *breach)
{
	queue_on();
	submit(WAIT_STATUS, breach->a);
	mend();
}

/* ---- Entries ---- */

/* Bits of the mask c, each alone, in the doubleword b of frame a, after which the device writes to address 0. */
static void entry_bits(const struct breach *breach)
{
	unsigned frame = (unsigned)breach->a;
	unsigned index = (unsigned)breach->b, times = 0;
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

/* The doubleword b of frame a is c. */
static void entry_value(const struct breach *breach)
{
	translate();
	store((unsigned)breach->a, (unsigned)breach->b, breach->c);
	invalidate();
	look(0);
}

/* An entry that maps a big page, with each bit of c. */
static void page_bits(const struct breach *breach)
{
	unsigned frame = (unsigned)breach->a;
	unsigned times = 0;

	translate();
	for (unsigned bit = 0; bit < 64; bit++)
		if (breach->c >> bit & 1) {
			store(frame, 0, 0x83 | BIT(bit));
			invalidate();
			look(0);
			times++;
		}
	breach_times(times);
}

/* Context: levels or type a, tables of five levels where asked. */
static void context_levels(const struct breach *breach)
{
	static const unsigned levels[] = {0, 4, 5, 6, 7};

	(void)breach;
	translate();
	for (unsigned i = 0; i < 5; i++) {
		store(CONTEXTS, 2 * REQUESTER + 1, DOMAIN << 8 | levels[i]);
		invalidate();
		look(0);
	}
	breach_times(5);
}

/* Tables of as many levels as c says (4, 5), and then as entry_bits() at the table a. */
static void high_table_bits(const struct breach *breach)
{
	struct breach bits = *breach;

	translate();
	store(CONTEXTS, 2 * REQUESTER + 1, DOMAIN << 8 | breach->b);
	store(CONTEXTS, 2 * REQUESTER, (breach->b == 3 ? bench.frame[PML5] : bench.frame[PML4]) | 1);
	invalidate();
	for (unsigned bit = 0; bit < 64; bit++)
		if (bits.c >> bit & 1) {
			uint64_t good = load((unsigned)breach->a, 0);

			store((unsigned)breach->a, 0, good ^ BIT(bit));
			invalidate();
			look(0);
			store((unsigned)breach->a, 0, good);
		}
	breach_times((unsigned)__builtin_popcountll(breach->c));
}

static void domain_shared(const struct breach *breach)
{
	struct sim_device_config other = *sim_device_config(bench.device);
	struct sim_device *second;
	uint64_t paddr;

	(void)breach;
	translate();
	look(0);
	other.requester = REQUESTER + 8;
	second = sim_device_new(&other);
	store(CONTEXTS, 2 * (REQUESTER + 8) + 1, DOMAIN << 8 | 1);
	store(CONTEXTS, 2 * (REQUESTER + 8), bench.frame[OTHER] | 1);
	(void)!sim_vtd_look(second, 0, true, &paddr);
}

static void domain_given_again(const struct breach *breach)
{
	struct sim_device_config other = *sim_device_config(bench.device);
	struct sim_device *second;
	uint64_t paddr;

	(void)breach;
	translate();
	look(0);
	store(CONTEXTS, 2 * REQUESTER, 0); /* gone, and not invalidated */
	other.requester = REQUESTER + 8;
	second = sim_device_new(&other);
	store(CONTEXTS, 2 * (REQUESTER + 8) + 1, DOMAIN << 8 | 1);
	store(CONTEXTS, 2 * (REQUESTER + 8), bench.frame[OTHER] | 1);
	(void)!sim_vtd_look(second, 0, true, &paddr);
}

/* Half a (0 low, 1 high) of the device's entry becomes b while it is present, and the other half is to follow. */
static void torn(const struct breach *breach)
{
	translate();
	look(0);
	store(CONTEXTS, 2 * REQUESTER + (unsigned)breach->a, breach->a ? breach->b : bench.frame[OTHER] | 1);
	sim_vtd_forget(the_unit);
	look(0);
}

/* ---- Caches ---- */

static void freed_table(const struct breach *breach)
{
	const uint64_t nothing = 0;
	dma_paddr_t frame;

	(void)breach;
	translate();
	if (!SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, 4096, &frame) == 0))
		return;
	SIM_CHECK(sim_ram_write(frame.raw, &nothing, sizeof(nothing), true) == 0);
	store(PD, 0, frame.raw | 3);
	dma_host_frames_free(frame, 1);
	look(0);
}

static void two_sizes(const struct breach *breach)
{
	(void)breach;
	translate();
	look(0);
	store(PD, 0, 0x83); /* 2 MiB that lead elsewhere, and the pages were never taken away */
	submit(PAGES_SOME, 0x5000);
	submit_wait();
	look(0x5000);
}

static void posted_nowhere(const struct breach *breach)
{
	char byte = 1;

	(void)breach;
	translate();
	store(PT, 1, NOWHERE | 3);
	invalidate();
	SIM_CHECK(sim_vtd_post(bench.device, 0x1000, &byte, 1) == 0);
	submit(PAGES_ALL, 0);
	submit_wait();
}

#define ALL	     ~(uint64_t)0
#define BEYOND	     (BIT(52) - BIT(39))
#define CONTEXT_LOW  (2 * REQUESTER)
#define CONTEXT_HIGH (2 * REQUESTER + 1)
#define IEC_SOME     (uint64_t)0x14
#define DEVICE_TLB   ((uint64_t)3 | (uint64_t)REQUESTER << 32)

const struct breach vtd_structure_breaches[] = {
	{VTD_QUEUE_FETCH, "a queue where no memory is", queue_nowhere, 0, 0, 0, USUAL},
	{VTD_QUEUE_TYPE, "every type but 1 to 5", types, 0, 0, 0, USUAL},
	{VTD_QUEUE_UNMENDED, "IQE cleared, nothing mended", unmended, 0, 0, 0, USUAL},
	{VTD_CONTEXTS_RESERVED, "each reserved bit", descriptor_bits, CC_GLOBAL, 0xfffc00000000f1c0, ALL, USUAL},
	{VTD_CONTEXTS_GRANULARITY, "granularity 00b", descriptor, 1, 0, 0, USUAL},
	{VTD_CONTEXTS_DOMAIN, "domain 256 of 256", never_followed, 0x21 | 256 << 16, PAGES_ALL, 0, FEW_DOMAINS},
	{VTD_CONTEXTS_UNFOLLOWED, "contexts alone", never_followed, CC_GLOBAL, 0, 0, USUAL},
	{VTD_CONTEXTS_UNFOLLOWED, "all contexts, then one domain", never_followed, CC_GLOBAL, PAGES_DOM, 0, USUAL},
	{VTD_CONTEXTS_UNFOLLOWED, "one domain, then another", never_followed, CC_DOMAIN, 0xe2 | 2 << 16, 0, USUAL},
	{VTD_CONTEXTS_UNFOLLOWED, "one domain, then pages", never_followed, CC_DOMAIN, PAGES_SOME, 0, USUAL},
	{VTD_PAGES_RESERVED, "each reserved bit", descriptor_bits, PAGES_ALL, 0xffffffff0000f100, 0xf80, USUAL},
	{VTD_PAGES_GRANULARITY, "granularity 00b", descriptor, 2, 0, 0, USUAL},
	{VTD_PAGES_UNSUPPORTED, "pages", descriptor, PAGES_SOME, 0, 0, NO_PAGES},
	{VTD_PAGES_MASK, "a mask of 19 of 18", descriptor, PAGES_SOME, 19, 0, USUAL},
	{VTD_PAGES_ALIGNED, "two pages from an odd one", descriptor, PAGES_SOME, 0x1001, 0, USUAL},
	{VTD_PAGES_DOMAIN, "domain 256 of 256", descriptor, 0xe2 | 256 << 16, 0, 0, FEW_DOMAINS},
	{VTD_PAGES_WIDTH, "an address of 49 bits", descriptor, PAGES_SOME, BIT(48), 0, USUAL},
	{VTD_DEVICE_TLB_UNSUPPORTED, "device TLB", descriptor, DEVICE_TLB, 0, 0, USUAL},
	{VTD_DEVICE_TLB_RESERVED, "each reserved bit", descriptor_bits, DEVICE_TLB, 0x000f0000ffe001f0, 0xffe,
	 DEVICE_TLBS},
	{VTD_DEVICE_TLB_FUNCTION, "each bit of it", descriptor_bits, DEVICE_TLB, 0xfff000000000f000, 0, DEVICE_TLBS},
	{VTD_DEVICE_TLB_ORDER, "the device's first", descriptor, DEVICE_TLB, 0, 0, DEVICE_TLBS},
	{VTD_INTERRUPTS_UNSUPPORTED, "interrupt entries", descriptor, IEC_GLOBAL, 0, 0, USUAL},
	{VTD_INTERRUPTS_RESERVED, "each reserved bit", descriptor_bits, IEC_GLOBAL, 0xffff000007fff1e0, ALL, REMAPS},
	{VTD_INTERRUPTS_MASK, "a mask of 9 of 8", descriptor, IEC_SOME | (uint64_t)9 << 27, 0, 0, REMAPS},
	{VTD_WAIT_RESERVED, "each reserved bit", descriptor_bits, WAIT_STATUS, 0xfffff100, 3, USUAL},
	{VTD_WAIT_DRAIN, "page requests", descriptor_bits, WAIT_STATUS, 0x80, 0, USUAL},
	{VTD_WAIT_ADDRESS, "a status where no memory is", status_nowhere, NOWHERE, 0, 0, USUAL},
	{VTD_WAIT_ADDRESS, "a status in the interrupt window", status_nowhere, 0xfee00000, 0, 0, USUAL},
	{VTD_WAIT_WIDTH, "a status of 40 bits", status_nowhere, BIT(39), 0, 0, USUAL},
	{VTD_ROOT_RESERVED, "each reserved bit of the low half", entry_bits, ROOT, 0, 0xffe, USUAL},
	{VTD_ROOT_RESERVED, "each bit of the high half", entry_bits, ROOT, 1, ALL, USUAL},
	{VTD_ROOT_WIDTH, "each bit from 39 on", entry_bits, ROOT, 0, ~(BIT(39) - 1), USUAL},
	{VTD_ROOT_NOTHING, "no memory", entry_value, ROOT, 0, NOWHERE | 1, USUAL},
	{VTD_CONTEXT_RESERVED, "each reserved bit of the low half", entry_bits, CONTEXTS, CONTEXT_LOW, 0xff0, USUAL},
	{VTD_CONTEXT_RESERVED, "each of the high half", entry_bits, CONTEXTS, CONTEXT_HIGH, 0xffffffffff000080, USUAL},
	{VTD_CONTEXT_WIDTH, "each bit from 39 on", entry_bits, CONTEXTS, CONTEXT_LOW, ~(BIT(39) - 1), USUAL},
	{VTD_CONTEXT_TYPE, "type 11b", entry_value, CONTEXTS, CONTEXT_LOW, 0xd, USUAL},
	{VTD_CONTEXT_DEVICE_TLB, "type 01b", entry_value, CONTEXTS, CONTEXT_LOW, 5, USUAL},
	{VTD_CONTEXT_PASS_THROUGH, "type 10b", entry_value, CONTEXTS, CONTEXT_LOW, 9, USUAL},
	{VTD_CONTEXT_LEVELS, "0, 4, 5, 6, 7", context_levels, 0, 0, 0, USUAL},
	{VTD_CONTEXT_UNSUPPORTED, "57 bits", entry_value, CONTEXTS, CONTEXT_HIGH, DOMAIN << 8 | 3, USUAL},
	{VTD_CONTEXT_LARGEST, "39 of 48 bits", entry_value, CONTEXTS, CONTEXT_LOW, 9, PASSES},
	{VTD_CONTEXT_DOMAIN, "each bit from 8 on", entry_bits, CONTEXTS, CONTEXT_HIGH, 0xff0000, FEW_DOMAINS},
	{VTD_CONTEXT_DOMAIN_0, "domain 0", entry_value, CONTEXTS, CONTEXT_HIGH, 1, CACHES_ABSENT},
	{VTD_CONTEXT_TWO_TABLES, "two devices, one id", domain_shared, 0, 0, 0, USUAL},
	{VTD_CONTEXT_TWO_TABLES, "an id given again, not invalidated", domain_given_again, 0, 0, 0, USUAL},
	{VTD_CONTEXT_TORN, "another id, the same table", torn, 1, (DOMAIN + 1) << 8 | 1, 0, USUAL},
	{VTD_CONTEXT_TORN, "another table, the same id", torn, 0, 0, 0, USUAL},
	{VTD_PML5E_RESERVED, "each reserved bit", high_table_bits, PML5, 3, BIT(62) | BIT(11) | BIT(7), FIVE_LEVELS},
	{VTD_PML4E_RESERVED, "each reserved bit", high_table_bits, PML4, 2, BIT(62) | BIT(11) | BIT(7), USUAL},
	{VTD_PDPE_1G_RESERVED, "each reserved bit", page_bits, PDPT, 0, BIT(62) | 0x3ffff000, USUAL},
	{VTD_PDPE_1G_UNSUPPORTED, "1 GiB", entry_value, PDPT, 0, 0x83, SMALL_PAGES},
	{VTD_PDPE_RESERVED, "each reserved bit", entry_bits, PDPT, 0, BIT(62) | BIT(11), USUAL},
	{VTD_PDE_2M_RESERVED, "each reserved bit", page_bits, PD, 0, BIT(62) | 0x1ff000, USUAL},
	{VTD_PDE_2M_UNSUPPORTED, "2 MiB", entry_value, PD, 0, 0x83, SMALL_PAGES},
	{VTD_PDE_RESERVED, "each reserved bit", entry_bits, PD, 0, BIT(62) | BIT(11), USUAL},
	{VTD_PTE_RESERVED, "bit 62", entry_bits, PT, 0, BIT(62), USUAL},
	{VTD_ENTRY_SNOOP, "a page", entry_bits, PT, 0, BIT(11), NO_SNOOP},
	{VTD_ENTRY_SNOOP, "2 MiB", page_bits, PD, 0, BIT(11), NO_SNOOP},
	{VTD_ENTRY_EXECUTE, "a page", entry_bits, PT, 0, BIT(2), USUAL},
	{VTD_ENTRY_EXECUTE, "a table", entry_bits, PD, 0, BIT(2), USUAL},
	{VTD_ENTRY_WIDTH, "a page: each bit from 39 on", entry_bits, PT, 0, BEYOND, USUAL},
	{VTD_ENTRY_WIDTH, "2 MiB: each bit from 39 on", page_bits, PD, 0, BEYOND, USUAL},
	{VTD_ENTRY_WIDTH, "1 GiB: each bit from 39 on", page_bits, PDPT, 0, BEYOND, USUAL},
	{VTD_ENTRY_WIDTH, "a table: each bit from 39 on", entry_bits, PDPT, 0, BEYOND, USUAL},
	{VTD_ENTRY_NOTHING, "no memory", entry_value, PD, 0, NOWHERE | 3, USUAL},
	{VTD_TABLE_FREED, "a table that was freed", freed_table, 0, 0, 0, USUAL},
	{VTD_TWO_TRANSLATIONS, "4 KiB become 2 MiB elsewhere", two_sizes, 0, 0, 0, USUAL},
	{VTD_POSTED_NOTHING, "a posted write to no memory", posted_nowhere, 0, 0, 0, USUAL},
};
const size_t vtd_nstructure_breaches = sizeof(vtd_structure_breaches) / sizeof(*vtd_structure_breaches);
