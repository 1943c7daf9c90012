/* SPDX-License-Identifier: MPL-2.0 */
/*
 * MSI page tables of the RISC-V IOMMU: what they lead to, and bad drivers of them ("Process to translate addresses of
 * MSIs").
 */
#include "riscv_bench.h"
#include "riscv_breaches.h"
#include <dmastream/platform.h>

/* The guest's interrupt files: four pages that differ in bits 12 and 14 of the address. */
#define FILES	    ((uint64_t)0x28000000)
#define FILE_MASK   ((uint64_t)5)
#define FILE_2	    (FILES + 0x4000) /* its number is 2 */
#define FLAT(frame) ((uint64_t)1 << 60 | (frame) >> 12)
#define BASIC(addr) (PPN(addr) | 7) /* V, M: basic translate mode */

enum { ENTRY_2 = 4, ARRIVES = 0x1234 };

/* As translate(); file 2 is the frame FILE. */
static void messages(void)
{
	translate();
	context(0, 0);
	context(4, FLAT(bench.frame[MESSAGES]));
	context(5, FILE_MASK);
	context(6, FILES >> 12);
	context(0, 1);
	store(MESSAGES, ENTRY_2, BASIC(bench.frame[FILE]));
	store(MESSAGES, ENTRY_2 + 1, ~(uint64_t)0); /* software's */
}

/* The device's message gets to the file, or to nothing. */
static bool sent(uint64_t daddr)
{
	const uint32_t number = ARRIVES;
	unsigned before = sim_riscv_seen(the_unit).messages;
	int error;

	store(FILE, 0, 0);
	error = sim_device_poke(bench.device, dma_daddr(daddr), &number, sizeof(number));
	SIM_CHECK((load(FILE, 0) == ARRIVES) == (error == 0));
	SIM_CHECK(sim_riscv_seen(the_unit).messages - before == (error == 0));
	return error == 0;
}

/* The n-th record is of that cause and kind of access; MSI causes name no guest's address. */
static void recorded(unsigned n, unsigned cause, bool write, uint64_t daddr)
{
	SIM_CHECK((load(FAULT_RING, 4 * n) & 0xfff) == cause);
	SIM_CHECK((load(FAULT_RING, 4 * n) >> 34 & 63) == (write ? 3 : 2));
	SIM_CHECK(load(FAULT_RING, 4 * n) >> 40 == REQUESTER);
	SIM_CHECK(load(FAULT_RING, 4 * n + 2) == daddr && load(FAULT_RING, 4 * n + 3) == 0);
}

void riscv_messages_arrive(const struct breach *breach)
{
	uint64_t paddr;

	(void)breach;
	messages();
	SIM_CHECK(sent(FILE_2) && reaches(FILE_2, false) && reaches(0, true));
	SIM_CHECK(sim_riscv_look(bench.device, FILE_2 + 0x7fc, true, &paddr) == 0);
	SIM_CHECK(paddr == bench.frame[FILE] + 0x7fc);
	context(0, 0); /* before the second stage, so that no width of Sv39x4 matters */
	forget();
	context(6, BIT(36));
	context(0, 1);
	SIM_CHECK(sent(BIT(48) + 0x4000) && !sent(FILE_2));
}

void riscv_messages_blocked(const struct breach *breach)
{
	(void)breach;
	messages();
	SIM_CHECK(!sent(FILES) && !reaches(FILES + 0x1000, false));
	recorded(0, 262, true, FILES);
	recorded(1, 262, false, FILES + 0x1000);
	SIM_CHECK(!sent(FILES + 0x2000) && (load(FAULT_RING, 8) & 0xfff) == 23); /* no file's page */
	SIM_CHECK(load(FAULT_RING, 11) == FILES + 0x2000);
	context(0, 1 | BIT(4)); /* DTF */
	forget();
	SIM_CHECK(!sent(FILES) && r32(FQT) == 3);
	context(0, 0); /* off: by the second stage alone */
	forget();
	context(4, 0);
	context(0, 1);
	SIM_CHECK(!sent(FILE_2));
	SIM_CHECK((load(FAULT_RING, 12) & 0xfff) == 23 && load(FAULT_RING, 15) == FILE_2);
}

void riscv_messages_posted(const struct breach *breach)
{
	const uint32_t number = ARRIVES;

	(void)breach;
	messages();
	SIM_CHECK(sim_riscv_post(bench.device, FILE_2, &number, sizeof(number)) == 0);
	store(MESSAGES, ENTRY_2, 0);
	submit(GVMA | GV | BIT(10) | (uint64_t)DOMAIN << 44, FILE_2 >> 2);
	submit(2, 0);
	SIM_CHECK(load(FILE, 0) == 0);
	submit_fence();
	SIM_CHECK(load(FILE, 0) == ARRIVES && !sent(FILE_2));
}

/* By GSCID and the guest's address; an entry that is not valid is not remembered. */
void riscv_messages_cached(const struct breach *breach)
{
	const uint64_t domain = (uint64_t)DOMAIN << 44, another = (uint64_t)(DOMAIN + 1) << 44;
	const uint64_t others[][2] = {{3, 0},
				      {3 | BIT(33) | (uint64_t)REQUESTER << 40, 0},
				      {1, 0},
				      {1 | GV | domain, 0},
				      {GVMA | GV | another, 0},
				      {GVMA | GV | BIT(10) | another, FILE_2 >> 2},
				      {GVMA | GV | BIT(10) | domain, FILES >> 2}};
	const uint64_t these[][2] = {{GVMA | GV | BIT(10) | domain, FILE_2 >> 2}, {GVMA | GV | domain, 0}, {GVMA, 0}};

	(void)breach;
	messages();
	for (unsigned i = 0; i < sizeof(these) / sizeof(these[0]); i++) {
		store(MESSAGES, ENTRY_2, BASIC(bench.frame[FILE]));
		SIM_CHECK(sent(FILE_2)); /* at once: that it was not valid was not remembered */
		store(MESSAGES, ENTRY_2, 0);
		for (unsigned k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
			submit(others[k][0], others[k][1]);
			submit_fence();
			SIM_CHECK(sent(FILE_2));
		}
		submit(these[i][0], these[i][1]);
		submit_fence();
		SIM_CHECK(!sent(FILE_2));
	}
}

/* ---- Bad drivers ---- */

/* The entry is `a`, or has one bit more of the mask b. */
static void entry_is(const struct breach *breach, uint64_t bit)
{
	store(MESSAGES, ENTRY_2, breach->a | bit);
	forget();
	SIM_CHECK(!reaches(FILE_2, true));
}

static void entry(const struct breach *breach)
{
	messages();
	entry_is(breach, 0);
}

static void entry_bits(const struct breach *breach)
{
	messages();
	all_bits(breach, entry_is);
	SIM_CHECK((load(FAULT_RING, 0) & 0xfff) == 263);
}

static void entry_modes(const struct breach *breach)
{
	messages();
	for (uint64_t mode = 0; mode < 3; mode++)
		entry_is(&(const struct breach){.a = 1 | mode << 1}, 0);
	recorded(2, 263, true, FILE_2);
	breach_times(3);
	(void)breach;
}

/* The word c of the context is b. */
static void context_is(const struct breach *breach)
{
	messages();
	context(0, 0);
	context((unsigned)breach->c, breach->b);
	context(0, 1);
	look(FILE_2);
}

static void nowhere(const struct breach *breach)
{
	context_is(breach);
	recorded(0, 261, true, FILE_2);
}

static void bare(const struct breach *breach)
{
	context_is(breach);
	recorded(0, 259, true, FILE_2);
}

/* Of two pages, in the second page of such a pair. */
static void unaligned(const struct breach *breach)
{
	(void)breach;
	messages();
	context(0, 0);
	context(4, FLAT(bench.frame[ROOT] + 4096));
	context(5, 0x1ff);
	context(0, 1);
	look(FILES + 0xff000);
}

/* Another device's context is the same but for the word c. */
static void two_tables(const struct breach *breach)
{
	struct sim_device_config second = *sim_device_config(bench.device);
	unsigned here = 8 * REQUESTER, there = here + 8;
	uint64_t paddr;

	messages();
	look(FILE_2);
	for (unsigned i = 0; i < 8; i++)
		store(CONTEXTS, there + i, i == breach->c ? breach->b : load(CONTEXTS, here + i));
	second.requester = REQUESTER + 1;
	(void)!sim_riscv_look(sim_device_new(&second), FILE_2, true, &paddr);
}

/* Mask and pattern change, and the context is valid all the time. */
static void mixed(const struct breach *breach)
{
	(void)breach;
	messages();
	look(FILE_2);
	context(5, 1);
	context(6, BIT(20));
	w32(FQH, r32(FQT));
}

static void torn(const struct breach *breach)
{
	(void)breach;
	messages();
	context(0, 0);
	look(FILE_2);
	context(6, BIT(20));
	context(0, 1);
	look(FILE_2);
}

static void freed(const struct breach *breach)
{
	const uint64_t nothing[2] = {0, 0};
	dma_paddr_t frame;

	(void)breach;
	messages();
	if (!SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, 4096, &frame) == 0))
		return;
	SIM_CHECK(sim_ram_write(frame.raw + 8 * ENTRY_2, nothing, sizeof(nothing), true) == 0);
	dma_host_frames_free(frame, 1);
	context(4, FLAT(frame.raw));
	look(FILE_2);
}

const struct breach riscv_message_breaches[] = {
	{RISCV_DC_MSI_BARE, "no second stage", bare, 0, 0, 1, USUAL},
	{RISCV_DC_MSI_ALIGNED, "two pages, from an odd one on", unaligned, 0, 0, 0, USUAL},
	{RISCV_DC_TWO_MSI, "another table", two_tables, 0, FLAT(NOWHERE), 4, USUAL},
	{RISCV_DC_TWO_MSI, "another mask", two_tables, 0, 1, 5, USUAL},
	{RISCV_DC_TWO_MSI, "another pattern", two_tables, 0, BIT(20), 6, USUAL},
	{RISCV_DC_TORN, "msi_addr_pattern", torn, 0, 0, 0, USUAL},
	{RISCV_DC_MIXED, "mask and pattern", mixed, 0, 0, 0, USUAL},
	{RISCV_MSI_RESERVED, "each reserved bit", entry_bits, 7, 0x7fc00000000003f8, 0, USUAL},
	{RISCV_MSI_CUSTOM, "C", entry_bits, 7, BIT(63), 0, USUAL},
	{RISCV_MSI_MODE, "0, 1 and 2", entry_modes, 0, 0, 0, USUAL},
	{RISCV_MSI_WIDTH, "bit 46", entry, BIT(44) | 7, 0, 0, USUAL},
	{RISCV_MSI_NOTHING, "no memory", nowhere, 0, FLAT(NOWHERE), 4, USUAL},
	{RISCV_TABLE_FREED, "an MSI page table that was given back", freed, 0, 0, 0, USUAL},
};
const size_t riscv_nmessage_breaches = sizeof(riscv_message_breaches) / sizeof(*riscv_message_breaches);
