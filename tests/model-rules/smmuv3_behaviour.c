/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the SMMUv3 model does where software keeps to the rules, and what becomes of it where it does not: registers
 * that read back, that are guarded or acknowledged late, and caches that forget no sooner than they must (IHI 0070).
 */
#include "smmuv3_bench.h"
#include "smmuv3_breaches.h"

#define S2_IPA ((uint64_t)0x2a | (uint64_t)1 << 32)

static bool reaches(uint64_t daddr)
{
	char byte;

	return sim_device_probe(bench.device, dma_daddr(daddr), &byte, 1) == 0;
}

static void clear_pages(void)
{
	for (unsigned i = 0; i < 4; i++)
		store(L3, i, 0);
}

static void at_reset(const struct breach *breach)
{
	(void)breach;
	SIM_CHECK(r32(CR0) == 0 && r32(CR0ACK) == 0 && r32(GERROR) == 0 && r32(GERRORN) == 0);
	SIM_CHECK((r32(IDR0) & 3) == 3 && (r32(0x14) & 7) == 4 && r32(0x1c) == 2);
}

static void read_back(const struct breach *breach)
{
	static const struct {
		uint64_t offset, written, read;
	} narrow[] = {{CR1, 0xffffffff, 0xfff},
		      {CR2, 2, 2},
		      {STRTAB_CFG, 0xffffffff, 0x307ff},
		      {CMDQ_PROD, 0x1ff, 0x1ff},
		      {EVENTQ_CONS, 0x80000005, 0x80000005}},
	  wide[] = {{STRTAB_BASE, 0xffffffffffffffff, 0x40ffffffffffffc0},
		    {CMDQ_BASE, 0x12345008, 0x12345008},
		    {EVENTQ_BASE, 0x12345007, 0x12345007}};

	(void)breach;
	for (unsigned i = 0; i < sizeof(wide) / sizeof(*wide); i++) {
		w64(wide[i].offset, wide[i].written);
		SIM_CHECK(r64(wide[i].offset) == wide[i].read);
	}
	for (unsigned i = 0; i < sizeof(narrow) / sizeof(*narrow); i++) {
		w32(narrow[i].offset, narrow[i].written);
		SIM_CHECK(r32(narrow[i].offset) == narrow[i].read);
	}
	w32(STRTAB_BASE, 0x1000);
	w32(STRTAB_BASE + 4, 0x12);
	SIM_CHECK(r64(STRTAB_BASE) == 0x1200001000);
}

static void guarded(const struct breach *breach)
{
	static const uint64_t narrow[] = {CR1, CR2, STRTAB_CFG, CMDQ_CONS, EVENTQ_PROD},
			      wide[] = {STRTAB_BASE, CMDQ_BASE, EVENTQ_BASE};

	(void)breach;
	enable();
	for (unsigned i = 0; i < 5; i++) {
		uint32_t before = r32(narrow[i]);

		w32(narrow[i], before ^ 4);
		SIM_CHECK(r32(narrow[i]) == before);
	}
	for (unsigned i = 0; i < 3; i++) {
		uint64_t before = r64(wide[i]);

		w64(wide[i], before ^ 0x1000);
		SIM_CHECK(r64(wide[i]) == before);
	}
	w32(CR0ACK, 0);
	SIM_CHECK(r32(CR0ACK) == (SMMUEN | CMDQEN | EVENTQEN));
}

static void bypass(const struct breach *breach)
{
	(void)breach;
	w32(GBPA, 0x100000); /* without Update: ignored */
	SIM_CHECK(r32(GBPA) == 0 && reaches(bench.frame[DATA]));
	w32(GBPA, 0x80100000);
	for (unsigned i = 0; i < 10 && r32(GBPA) >> 31; i++)
		;
	SIM_CHECK(r32(GBPA) == 0x100000 && !reaches(bench.frame[DATA]));
}

static void command_errors(const struct breach *breach)
{
	(void)breach;
	queues_on();
	sync_commands();
	submit(0, 0);
	SIM_CHECK((r32(GERROR) ^ r32(GERRORN)) == 1 && r32(CMDQ_CONS) == (1 | 1 << 24));
	submit(SYNC, 0);
	SIM_CHECK((r32(CMDQ_CONS) & 0xfffff) == 1);
	mend();
	SIM_CHECK((r32(CMDQ_CONS) & 0xfffff) == 3 && r32(GERROR) == r32(GERRORN));
}

static void consumed_is_not_completed(const struct breach *breach)
{
	(void)breach;
	start(2);
	SIM_CHECK(reaches(0));
	store(L3, 0, 0);
	submit(S2_IPA, 0);
	SIM_CHECK(r32(CMDQ_CONS) == r32(CMDQ_PROD) && reaches(0));
	sync_commands();
	SIM_CHECK(!reaches(0));
}

/* Two invalidations without a CMD_SYNC: none, either, or both may have taken effect. */
static void any_order(const struct breach *breach)
{
	unsigned first, second;

	(void)breach;
	start(2);
	SIM_CHECK(reaches(0) && reaches(0x1000));
	clear_pages();
	submit(S2_IPA, 0);
	submit(S2_IPA, 0x1000);
	(void)sim_explore(true);
	(void)r32(CR0);
	(void)r32(CR0);
	(void)sim_explore(false);
	first = !reaches(0);
	second = !reaches(0x1000);
	outcomes |= 1u << (first | second << 1);
}

static void looks_ahead(const struct breach *breach)
{
	start((unsigned)breach->a);
	SIM_CHECK(reaches(0));
	store(L3, 1, 0);
	store(L3, 2, 0);
	SIM_CHECK(reaches(0x1000) && !reaches(0x2000));
}

static void ranges(const struct breach *breach)
{
	(void)breach;
	start(2);
	for (unsigned i = 0; i < 4; i++)
		SIM_CHECK(reaches((uint64_t)i << 12));
	clear_pages();
	submit(S2_IPA | 1 << 12, 0x1000 | 1 << 10 | 3 << 8 | 1); /* two pages from the second on */
	sync_commands();
	SIM_CHECK(reaches(0) && !reaches(0x1000) && !reaches(0x2000) && reaches(0x3000));
	submit(S2_IPA | 1 << 20, 1 << 10 | 3 << 8 | 1); /* one, shifted by one: two */
	sync_commands();
	SIM_CHECK(!reaches(0) && reaches(0x3000));
}

static void levels(const struct breach *breach)
{
	(void)breach;
	start(2);
	SIM_CHECK(reaches(0));
	clear_pages();
	submit(S2_IPA | 1 << 12, 1 << 10 | 2 << 8); /* blocks of level 2: no page is one */
	sync_commands();
	SIM_CHECK(reaches(0));
	submit(S2_IPA | 1 << 12, 1 << 10 | 3 << 8);
	sync_commands();
	SIM_CHECK(!reaches(0));
}

static void leaves(const struct breach *breach)
{
	(void)breach;
	start(2);
	SIM_CHECK(reaches(0));
	store(L2, 0, 0);
	submit(S2_IPA, 1); /* leaves alone: tables on the way stay */
	sync_commands();
	SIM_CHECK(reaches(0));
	submit(S2_IPA, 0);
	sync_commands();
	SIM_CHECK(!reaches(0));
}

static void asids(const struct breach *breach)
{
	(void)breach;
	start(1);
	store(L3, 1, load(L3, 1) & ~(uint64_t)0x800); /* global */
	SIM_CHECK(reaches(0) && reaches(0x1000));
	clear_pages();
	submit(0x11 | (uint64_t)2 << 48, 0); /* another ASID */
	sync_commands();
	SIM_CHECK(reaches(0) && reaches(0x1000));
	submit(0x11 | (uint64_t)1 << 48 | (uint64_t)1 << 32, 0); /* another VMID */
	sync_commands();
	SIM_CHECK(reaches(0));
	submit(0x11 | (uint64_t)1 << 48, 0); /* not the global one */
	sync_commands();
	SIM_CHECK(!reaches(0) && reaches(0x1000));
	submit(0x12 | (uint64_t)7 << 48, 0x1000); /* by address, whatever ASID */
	sync_commands();
	SIM_CHECK(!reaches(0x1000));
}

static void stages(const struct breach *breach)
{
	(void)breach;
	start(2);
	SIM_CHECK(reaches(0));
	clear_pages();
	submit(0x28 | (uint64_t)2 << 32, 0); /* another VMID */
	sync_commands();
	SIM_CHECK(reaches(0));
	submit(0x10 | (uint64_t)1 << 32, 0); /* stage 1 of it */
	sync_commands();
	SIM_CHECK(reaches(0));
	submit(0x28 | (uint64_t)1 << 32, 0);
	sync_commands();
	SIM_CHECK(!reaches(0));
}

static void configuration(const struct breach *breach)
{
	(void)breach;
	start(2);
	SIM_CHECK(reaches(0));
	store(STREAMS, 8 * STREAM, 0);
	SIM_CHECK(reaches(0));
	submit(0x03 | (uint64_t)(STREAM + 1) << 32, 1);
	sync_commands();
	SIM_CHECK(reaches(0));
	submit(0x04 | (uint64_t)STREAM << 32, 0); /* streams 4 and 5 */
	sync_commands();
	SIM_CHECK(!reaches(0));
	store(STREAMS, 8 * STREAM, STE0_STAGE_2);
	SIM_CHECK(!reaches(0)); /* invalid, and remembered so */
	submit(CFGI_STE, 1);
	sync_commands();
	SIM_CHECK(reaches(0));
}

static void fetched_earlier(const struct breach *breach)
{
	(void)breach;
	start(2);
	detach();
	sim_smmu_begin_fetch(the_unit, STREAM);
	attach(2); /* its invalidation ends the fetch */
	SIM_CHECK(reaches(0));
}

static void events(const struct breach *breach)
{
	(void)breach;
	enable();
	look(0);
	SIM_CHECK(r32(EVENTQ_PROD) == 1 && load(EVENTS, 0) == (4 | (uint64_t)STREAM << 32));
	for (unsigned i = 0; i < 128; i++)
		look(0);
	SIM_CHECK(r32(EVENTQ_PROD) == (0x80000000 | 128)); /* wrapped, full, and one lost */
	look(0);
	SIM_CHECK(r32(EVENTQ_PROD) == (0x80000000 | 128)); /* told once */
	w32(EVENTQ_CONS, 0x80000000 | 128);
	look(0);
	SIM_CHECK(r32(EVENTQ_PROD) == (0x80000000 | 129));
}

/* 40 bits of output: level 0 is not allowed, two tables of level 1 lie beside one another (D8.2). */
static void concatenated(const struct breach *breach)
{
	dma_paddr_t two;
	uint64_t entry;

	(void)breach;
	enable();
	if (!SIM_CHECK(dma_host_frames_alloc(2, UINT64_MAX, 8192, &two) == 0))
		return;
	for (unsigned i = 0; i < 1024; i++) {
		entry = i == 512 ? bench.frame[L2] | 3 : 0;
		SIM_CHECK(sim_ram_write(two.raw + 8 * (uint64_t)i, &entry, sizeof(entry), true) == 0);
	}
	store(L2, 0, bench.frame[L3] | 3);
	store(L3, 0, bench.frame[DATA] | PAGE_2);
	store(STREAMS, 8 * STREAM + 2,
	      (STE2 & ~((uint64_t)63 << 32) & ~((uint64_t)7 << 48)) | (uint64_t)24 << 32 | (uint64_t)2 << 48);
	store(STREAMS, 8 * STREAM + 3, two.raw);
	submit(CFGI_STE, 1);
	sync_commands();
	store(STREAMS, 8 * STREAM, STE0_STAGE_2);
	submit(CFGI_STE, 1);
	sync_commands();
	SIM_CHECK(reaches(BIT(39)) && !reaches(0) && sim_smmu_seen(the_unit).violations == 0);
	dma_host_frames_free(two, 2);
}

const struct breach smmu_behaviours[] = {
	{0, "registers at reset (6.3)", at_reset, 0, 0, 0, USUAL},
	{0, "what reads back, also by halves (6.2, 6.3)", read_back, 0, 0, 0, USUAL},
	{0, "guarded registers stay (6.3)", guarded, 0, 0, 0, USUAL},
	{0, "GBPA by its update procedure (6.3.14.1)", bypass, 0, 0, 0, USUAL},
	{0, "the same, acknowledged late", bypass, 0, 0, 0, LATE},
	{0, "command errors: code, index, going on (7.1)", command_errors, 0, 0, 0, USUAL},
	{0, "consumed is not completed (4.3.8)", consumed_is_not_completed, 0, 0, 0, USUAL},
	{0, "without a CMD_SYNC in any order (4.3.8)", any_order, 15, 0, 0, SHUFFLED},
	{0, "translations may be remembered ahead, stage 1 (3.21.1)", looks_ahead, 1, 0, 0, USUAL},
	{0, "the same, stage 2", looks_ahead, 2, 0, 0, USUAL},
	{0, "a range takes just its pages (4.4.1.1)", ranges, 0, 0, 0, USUAL},
	{0, "a level hint takes just its level (4.4.1.1)", levels, 0, 0, 0, USUAL},
	{0, "Leaf spares tables (4.4.3.1)", leaves, 0, 0, 0, USUAL},
	{0, "ASIDs and global entries (4.4.2)", asids, 0, 0, 0, USUAL},
	{0, "VMIDs and stages (4.4.2, 4.4.3)", stages, 0, 0, 0, USUAL},
	{0, "entries are remembered, invalid ones, too (3.21.3)", configuration, 0, 0, 0, USUAL},
	{0, "an invalidation ends a fetch (3.21.3.1)", fetched_earlier, 0, 0, 0, USUAL},
	{0, "events, overflow, acknowledgment (3.5.3, 7.2)", events, 0, 0, 0, USUAL},
	{0, "tables beside one another (D8.2)", concatenated, 0, 0, 0, FORTY_BITS},
};
const size_t smmu_nbehaviours = sizeof(smmu_behaviours) / sizeof(*smmu_behaviours);
