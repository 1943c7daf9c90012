/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the AMD-Vi model does where software keeps to the rules, and what becomes of it where it does not: bits that
 * read back, that are read-only or cleared by ones, events, and caches that forget no sooner than they must.
 */
#include "amdvi_bench.h"
#include "amdvi_breaches.h"

static void at_reset(const struct breach *breach)
{
	(void)breach;
	SIM_CHECK(r64(CONTROL) == 0 && r64(STATUS_REG) == 0 && r64(DEVTAB) == 0);
	SIM_CHECK(r64(COMBASE) == (uint64_t)8 << 56 && r64(EVENTBASE) == (uint64_t)8 << 56);
	SIM_CHECK(r64(FEATURES) == (BIT(6) | 2 << 10));
	SIM_CHECK(r64(COMHEAD) == 0 && r64(COMTAIL) == 0 && r64(EVENTHEAD) == 0 && r64(EVENTTAIL) == 0);
}

/* 3.2: what PCI configuration space says of it. */
static void capability(const struct breach *breach)
{
	uint32_t header = sim_amdvi_capability(the_unit, 0);

	(void)breach;
	SIM_CHECK((header & 0xff) == 0xf && (header >> 16 & 7) == 3 && header >> 27 & 1);
	SIM_CHECK(header >> 26 & 1); /* NpCache */
	SIM_CHECK(sim_amdvi_capability(the_unit, 4) == 0xfeb80001);
}

static void read_back(const struct breach *breach)
{
	static const struct {
		uint64_t offset, written, read;
	} all[] = {{DEVTAB, 0x123451ff, 0x123451ff},
		   {COMBASE, 0x0f00000012345000, 0x0f00000012345000},
		   {EXCLLIMIT, 0x12345000, 0x12345000},
		   {EXCLBASE, 0x12345000, 0x12345000},
		   {COMTAIL, 0xff0, 0xff0},
		   {CONTROL, 0x800, 0x800}};

	(void)breach;
	for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++) {
		w64(all[i].offset, all[i].written);
		SIM_CHECK(r64(all[i].offset) == all[i].read);
	}
	w32(DEVTAB + 4, 0x12);
	SIM_CHECK(r64(DEVTAB) == 0x12123451ff && r32(DEVTAB + 4) == 0x12);
	w64(FEATURES, 0);
	SIM_CHECK(r64(FEATURES) != 0);
}

/* 0018h: without IommuEn no command is read and no event logged; everything passes. */
static void off(const struct breach *breach)
{
	(void)breach;
	rings();
	w64(CONTROL, EVENTS | COMMANDS | SNOOPED);
	SIM_CHECK(!(r64(STATUS_REG) & (EVENT_RUN | COMMAND_RUN)));
	store(DONE, 0, 0);
	submit(OP(1) | bench.frame[DONE] | 1, 1);
	SIM_CHECK(load(DONE, 0) == 0 && r64(COMHEAD) == 0 && reaches(0x5000));
	w64(CONTROL, EVENTS | COMMANDS | SNOOPED | ENABLE);
	(void)r64(STATUS_REG);
	SIM_CHECK(load(DONE, 0) == 1 && r64(COMHEAD) == 16);
}

/* 2.2.2.1: an entry that is not valid lets everything pass; TV without V, mode 0 by IR and IW. */
static void entries(const struct breach *breach)
{
	(void)breach;
	enable();
	SIM_CHECK(reaches(0x5000) && sim_amdvi_seen(the_unit).passed == 1);
	entry(0, 1);
	invalidate();
	SIM_CHECK(!reaches(0x5000));
	entry(0, 3);
	invalidate();
	SIM_CHECK(!reaches(0x5000));
	entry(0, 3 | WRITES);
	invalidate();
	SIM_CHECK(reaches(0x5000));
	entry(0, 3 | READS);
	invalidate();
	SIM_CHECK(!reaches(0x5000) && events() == 3);
}

static void beyond_table(const struct breach *breach)
{
	struct sim_device_config other = {.requester = 0x80, .coherent = true, .mask = UINT64_MAX};
	uint64_t paddr;

	(void)breach;
	translate(); /* 4 KiB: 128 entries */
	SIM_CHECK(sim_amdvi_look(sim_device_new(&other), 0, true, &paddr) != 0);
	SIM_CHECK(events() == 1 && load(EVENT_RING, 0) >> 60 == 1 && (load(EVENT_RING, 0) & 0xffff) == 0x80);
}

/* 2.2.3: what is mapped by big pages, by sizes in between, and past skipped levels. */
static void pages(const struct breach *breach)
{
	uint64_t paddr;

	(void)breach;
	translate();
	store(LEVEL2, 1, BOTH | 1 | 0x400000);
	SIM_CHECK(sim_amdvi_look(bench.device, 0x212345, true, &paddr) == 0 && paddr == 0x412345);
	store(LEVEL3, 1, BOTH | 1 | 0x80000000);
	SIM_CHECK(sim_amdvi_look(bench.device, 0x41234567, true, &paddr) == 0 && paddr == 0x81234567);
	for (unsigned i = 8; i < 16; i++) /* 32 KiB */
		store(LEVEL1, i, BOTH | 7 << 9 | 1 | 0x103000);
	SIM_CHECK(sim_amdvi_look(bench.device, 0xd123, true, &paddr) == 0 && paddr == 0x105123);
	store(LEVEL3, 2, DIR(LEVEL1, 1)); /* level 2 is skipped */
	SIM_CHECK(reaches(0x80001000) && !reaches(0x80201000));
}

static void permissions(const struct breach *breach)
{
	uint64_t paddr;

	(void)breach;
	translate();
	store(LEVEL2, 0, bench.frame[LEVEL1] | WRITES | 1 << 9 | 1); /* above the leaf */
	SIM_CHECK(reaches(0) && sim_amdvi_look(bench.device, 0, false, &paddr) != 0);
	SIM_CHECK(load(EVENT_RING, 0) >> 48 == (0x2000 | 1 << 4 | 1 << 6)); /* page fault: PR, PE, a read */
}

static void records(const struct breach *breach)
{
	(void)breach;
	translate();
	look(0x123000);
	SIM_CHECK(load(EVENT_RING, 0) >> 60 == 2 && (load(EVENT_RING, 0) & 0xffff) == REQUESTER);
	SIM_CHECK((load(EVENT_RING, 0) >> 32 & 0xffff) == DOMAIN && load(EVENT_RING, 0) >> 53 & 1);
	SIM_CHECK(load(EVENT_RING, 1) == 0x123000 && r64(STATUS_REG) & EVENT_INT);
	for (unsigned i = 0; i < 254; i++)
		look(0x123000);
	SIM_CHECK(events() == 255 && !(r64(STATUS_REG) & OVERFLOW));
	look(0x123000); /* the log would look empty */
	SIM_CHECK((r64(STATUS_REG) & (OVERFLOW | EVENT_RUN)) == OVERFLOW);
	w64(EVENTHEAD, r64(EVENTTAIL));
	look(0x123000);
	SIM_CHECK(events() == 0); /* nothing is recorded while EventOverflow is set */
	w64(STATUS_REG, OVERFLOW);
	look(0x123000);
	SIM_CHECK(events() == 0); /* nor before EventLogEn is set once more */
	w64(CONTROL, r64(CONTROL));
	look(0x123000);
	SIM_CHECK(events() == 1);
}

static void suppressed(const struct breach *breach)
{
	(void)breach;
	translate();
	entry(1, DOMAIN | BIT(34)); /* SA */
	invalidate();
	SIM_CHECK(!reaches(0x123000) && events() == 0);
}

static void late(const struct breach *breach)
{
	(void)breach;
	translate();
	look(0x123000);
	SIM_CHECK(r64(EVENTTAIL) == 16 && load(EVENT_RING, 0) == 0);
	for (unsigned i = 0; i < 8; i++)
		(void)r64(STATUS_REG);
	SIM_CHECK(load(EVENT_RING, 0) != 0);
}

static void illegal(const struct breach *breach)
{
	(void)breach;
	enable();
	submit(OP(9), 0);
	SIM_CHECK(!(r64(STATUS_REG) & COMMAND_RUN) && r64(COMHEAD) == 0);
	SIM_CHECK(load(EVENT_RING, 0) == OP(5) && load(EVENT_RING, 1) == bench.frame[COMMAND_RING]);
	submit(OP(8), 0); /* a tail fetches nothing now */
	SIM_CHECK(r64(COMHEAD) == 0);
	mend();
	SIM_CHECK(r64(COMHEAD) == 32 && r64(STATUS_REG) & COMMAND_RUN);
}

static void wait_interrupt(const struct breach *breach)
{
	(void)breach;
	enable();
	submit(OP(1) | 2, 0);
	SIM_CHECK(r64(STATUS_REG) & WAIT_INT);
	w64(STATUS_REG, WAIT_INT);
	SIM_CHECK(!(r64(STATUS_REG) & WAIT_INT));
}

static void taken_is_not_completed(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0));
	store(LEVEL1, 0, 0);
	submit(PAGES(DOMAIN), 0);
	SIM_CHECK(r64(COMHEAD) == r64(COMTAIL) && reaches(0)); /* taken; no wait behind it */
	submit_wait();
	SIM_CHECK(!reaches(0));
}

/* Two invalidations without a wait: none, either, or both may have taken effect. */
static void any_order(const struct breach *breach)
{
	unsigned first, second;

	(void)breach;
	translate();
	SIM_CHECK(reaches(0) && reaches(0x1000));
	store(LEVEL1, 0, 0);
	store(LEVEL1, 1, 0);
	submit(PAGES(DOMAIN), 0);
	submit(PAGES(DOMAIN), 0x1000);
	(void)sim_explore(true);
	(void)r64(STATUS_REG);
	(void)r64(STATUS_REG);
	(void)sim_explore(false);
	first = !reaches(0);
	second = !reaches(0x1000);
	outcomes |= 1u << (first | second << 1);
}

static void looks_ahead(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0));
	store(LEVEL1, 1, 0);
	store(LEVEL1, 2, 0);
	SIM_CHECK(reaches(0x1000) && !reaches(0x2000));
}

static void exact(const struct breach *breach)
{
	(void)breach;
	translate();
	for (unsigned i = 0; i < 4; i++)
		SIM_CHECK(reaches((uint64_t)i << 12));
	for (unsigned i = 0; i < 4; i++)
		store(LEVEL1, i, 0);
	submit(PAGES(DOMAIN + 1), ALL_OF_IT); /* another domain's */
	submit(PAGES(DOMAIN), 0x1000);
	submit_wait();
	SIM_CHECK(reaches(0) && !reaches(0x1000) && reaches(0x2000) && reaches(0x3000));
	submit(PAGES(DOMAIN), 0x2001); /* two pages */
	submit_wait();
	SIM_CHECK(reaches(0) && !reaches(0x2000) && !reaches(0x3000));
}

static void directories(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0));
	store(LEVEL2, 0, 0);
	submit(PAGES(DOMAIN), 0); /* no PDE: directories on the way stay */
	submit_wait();
	SIM_CHECK(reaches(0));
	submit(PAGES(DOMAIN), 2);
	submit_wait();
	SIM_CHECK(!reaches(0));
}

static void absent_is_cached(const struct breach *breach)
{
	(void)breach;
	translate();
	store(LEVEL1, 3, 0);
	SIM_CHECK(!reaches(0x3000));
	store(LEVEL1, 3, PAGE(DATA));
	SIM_CHECK(breach->kind != CACHES_ABSENT || !reaches(0x3000));
	submit(PAGES(DOMAIN), 0x3000);
	submit_wait();
	SIM_CHECK(reaches(0x3000));
}

static void entries_are_cached(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0));
	entry(0, 3);
	SIM_CHECK(reaches(0));
	submit(OP(2) | (REQUESTER + 1), 0);
	submit_wait();
	SIM_CHECK(reaches(0));
	submit(OP(2) | REQUESTER, 0);
	submit_wait();
	SIM_CHECK(!reaches(0));
}

static void exclusion(const struct breach *breach)
{
	(void)breach;
	translate();
	w64(EXCLLIMIT, 0x101000);
	w64(EXCLBASE, 0x100001);
	SIM_CHECK(!reaches(0x100000)); /* EX is 0, and Allow */
	entry(1, DOMAIN | BIT(39));
	invalidate();
	SIM_CHECK(reaches(0x100000) && reaches(0x101fff) && !reaches(0x102000));
	entry(1, DOMAIN);
	invalidate();
	w64(EXCLBASE, 0x100003);
	SIM_CHECK(reaches(0x100000));
}

static void interrupts(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0xfee00000) && sim_amdvi_seen(the_unit).interrupts == 1);
	entry(2, 1); /* IV, IntCtl 00b */
	invalidate();
	SIM_CHECK(!reaches(0xfee00000) && load(EVENT_RING, 0) >> 51 & 1);
	entry(2, 1 | BIT(60));
	invalidate();
	SIM_CHECK(reaches(0xfee00000) && sim_amdvi_seen(the_unit).interrupts == 2);
}

static void unsnooped(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0) && sim_amdvi_seen(the_unit).unsnooped == 1);
	store(LEVEL1, 0, PAGE(DATA) | BIT(60));
	invalidate();
	SIM_CHECK(reaches(0) && sim_amdvi_seen(the_unit).unsnooped == 1);
}

const struct breach amdvi_behaviours[] = {
	{0, "registers at reset (3.4)", at_reset, 0, 0, 0, USUAL},
	{0, "the capability block (3.2)", capability, 0, 0, 0, CACHES_ABSENT},
	{0, "what reads back, by halves, too (3.4)", read_back, 0, 0, 0, USUAL},
	{0, "without IommuEn nothing is executed, translated or contained (3.4, 0018h)", off, 0, 0, 0, USUAL},
	{0, "V, TV and mode 0 of a device table entry (2.2.2.1)", entries, 0, 0, 0, USUAL},
	{0, "a device beyond the table is blocked (2.5.2)", beyond_table, 0, 0, 0, USUAL},
	{0, "big pages, sizes in between, skipped levels (2.2.3)", pages, 0, 0, 0, USUAL},
	{0, "permissions of all levels count (2.2.3)", permissions, 0, 0, 0, USUAL},
	{0, "event records, overflow, going on (2.5)", records, 0, 0, 0, USUAL},
	{0, "SA suppresses page faults (2.2.2.1)", suppressed, 0, 0, 0, USUAL},
	{0, "a record may come after its tail pointer", late, 0, 0, 0, LATE_RECORDS},
	{0, "an illegal command stops the buffer (2.5.6)", illegal, 0, 0, 0, USUAL},
	{0, "COMPLETION_WAIT with I (2.4.1)", wait_interrupt, 0, 0, 0, USUAL},
	{0, "taken is not completed (2.4.9)", taken_is_not_completed, 0, 0, 0, USUAL},
	{0, "without a wait in any order (2.4.9)", any_order, 15, 0, 0, SHUFFLED},
	{0, "translations may be remembered ahead", looks_ahead, 0, 0, 0, USUAL},
	{0, "an invalidation takes just its pages and its domain (2.4.3)", exact, 0, 0, 0, USUAL},
	{0, "without PDE directories stay (2.4.3)", directories, 0, 0, 0, USUAL},
	{0, "NpCache remembers what is not there (3.2)", absent_is_cached, 0, 0, 0, CACHES_ABSENT},
	{0, "without NpCache what is not there is not remembered (3.2)", absent_is_cached, 0, 0, 0, USUAL},
	{0, "device table entries are remembered (2.4.2)", entries_are_cached, 0, 0, 0, USUAL},
	{0, "the exclusion range: EX, Allow, the limit's page (3.4, 0020h)", exclusion, 0, 0, 0, USUAL},
	{0, "interrupts: IV, IntCtl (2.2.2.1)", interrupts, 0, 0, 0, USUAL},
	{0, "FC forces coherence (2.2.3)", unsnooped, 0, 0, 0, USUAL},
};
const size_t amdvi_nbehaviours = sizeof(amdvi_behaviours) / sizeof(*amdvi_behaviours);
