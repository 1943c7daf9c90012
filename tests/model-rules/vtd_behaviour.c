/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the VT-d model does where software keeps to the rules, and what becomes of it where it does not: bits that read
 * back, that are read-only or cleared by ones, and caches that forget no sooner than they must (specification, 6, 11).
 */
#include "vtd_bench.h"
#include "vtd_breaches.h"

static bool reaches(uint64_t daddr)
{
	uint64_t paddr;

	return sim_vtd_look(bench.device, daddr, true, &paddr) == 0;
}

static void at_reset(const struct breach *breach)
{
	(void)breach;
	SIM_CHECK(r32(VER) == 0x10 && r32(GSTS) == 0 && r32(GCMD) == 0 && r32(FSTS) == 0);
	SIM_CHECK(r32(FECTL) == 0x80000000 && r32(IECTL) == 0x80000000);
	SIM_CHECK(r64(IQH) == 0 && r64(IQT) == 0 && r64(RTADDR) == 0 && r32(PMEN) == 0);
}

/* 11.4.2, 11.4.3: no remapping, no device TLBs without the queue. */
static void consistent(const struct breach *breach)
{
	(void)breach;
	SIM_CHECK((r64(ECAP) & 0x1e) == 0);
}

static void read_back(const struct breach *breach)
{
	static const struct {
		uint64_t offset, written, read;
	} narrow[] = {{FECTL, 0, 0},
		      {FEDATA, 0xffffffff, 0xffff},
		      {FEADDR, 0xffffffff, 0xfffffffc},
		      {IECTL, 0, 0},
		      {IEDATA, 0xffffffff, 0xffff},
		      {IEADDR, 0xffffffff, 0xfffffffc},
		      {PLMBASE, 0xffffffff, 0xfff00000},
		      {PLMLIMIT, 0xffffffff, 0xfff00000},
		      {GCMD, 0x00800000, 0}},
	  wide[] = {{RTADDR, 0x12345000, 0x12345000},
		    {IQA, 0x12345ff9, 0x12345801},
		    {IRTA, 0x12345007, 0x12345007},
		    {PHMBASE, 0xffffffffffffffff, 0xfffffffffff00000},
		    {PHMLIMIT, 0x7fffffffff, 0x7ffff00000}};

	(void)breach;
	for (unsigned i = 0; i < sizeof(narrow) / sizeof(*narrow); i++) {
		w32(narrow[i].offset, narrow[i].written);
		SIM_CHECK(r32(narrow[i].offset) == narrow[i].read);
	}
	for (unsigned i = 0; i < sizeof(wide) / sizeof(*wide); i++) {
		w64(wide[i].offset, wide[i].written);
		SIM_CHECK(r64(wide[i].offset) == wide[i].read);
	}
}

static void halves(const struct breach *breach)
{
	(void)breach;
	w32(RTADDR, 0x12345000);
	w32(RTADDR + 4, 0x12);
	SIM_CHECK(r64(RTADDR) == 0x1212345000 && r32(RTADDR + 4) == 0x12);
	w32(RTADDR + 4, 0);
	SIM_CHECK(r64(RTADDR) == 0x12345000);
}

static void read_only(const struct breach *breach)
{
	static const uint64_t wide[] = {CAP, ECAP, IQH, IQERCD};
	uint32_t status;

	(void)breach;
	translate();
	status = r32(GSTS);
	w32(GSTS, 0);
	SIM_CHECK(r32(GSTS) == status);
	for (unsigned i = 0; i < 4; i++) {
		uint64_t before = r64(wide[i]);

		w64(wide[i], ~before);
		SIM_CHECK(r64(wide[i]) == before);
	}
}

static void faults(const struct breach *breach)
{
	uint64_t high;

	(void)breach;
	translate();
	for (unsigned i = 0; i < 8; i++)
		look(0x100000 + (uint64_t)i * 4096);
	SIM_CHECK(r32(FSTS) == 2); /* eight records, from the first on; nothing lost */
	look(0x200000);
	SIM_CHECK((r32(FSTS) & 3) == 3);
	high = r64(FRCD + 8);
	SIM_CHECK(high >> 63 && (high & 0xffff) == REQUESTER && (high >> 32 & 0xff) == 5 && r64(FRCD) == 0x100000);
	w32(FRCD + 12, 0); /* zeros clear nothing */
	w32(FSTS, 0);
	SIM_CHECK(r64(FRCD + 8) >> 63 && (r32(FSTS) & 3) == 3);
	w32(FRCD + 12, 0x80000000);
	SIM_CHECK(!(r64(FRCD + 8) >> 63) && (r32(FSTS) >> 8 & 0xff) == 1);
	look(0x300000); /* overflow: nothing is recorded before that is cleared */
	SIM_CHECK(!(r64(FRCD + 8) >> 63));
	w32(FSTS, 1);
	look(0x300000);
	SIM_CHECK(r64(FRCD + 8) >> 63 && r64(FRCD) == 0x300000 && (r32(FSTS) & 1) == 0);
}

static void protection(const struct breach *breach)
{
	(void)breach;
	w32(PLMBASE, 0x100000);
	w32(PMEN, 0x80000000);
	SIM_CHECK(r32(PMEN) == 0x80000001);
	w32(PLMBASE, 0x200000);
	w64(PHMLIMIT, 0x200000);
	SIM_CHECK(r32(PLMBASE) == 0x100000 && r64(PHMLIMIT) == 0);
	w32(PMEN, 0);
	SIM_CHECK(r32(PMEN) == 0);
}

static void queue_off(const struct breach *breach)
{
	(void)breach;
	queue_on();
	submit(PAGES_ALL, 0);
	submit_wait();
	SIM_CHECK(r64(IQH) == 32 && r32(GSTS) >> QIE & 1);
	command(QIE, false);
	SIM_CHECK(r64(IQH) == 0 && !(r32(GSTS) >> QIE & 1));
}

static void completion_interrupt(const struct breach *breach)
{
	(void)breach;
	queue_on();
	submit(0x15, 0); /* a wait with IF */
	SIM_CHECK(r32(ICS) == 1 && r32(IECTL) == 0xc0000000);
	w32(ICS, 0);
	SIM_CHECK(r32(ICS) == 1);
	w32(ICS, 1);
	SIM_CHECK(r32(ICS) == 0);
}

static void queue_errors(const struct breach *breach)
{
	(void)breach;
	queue_on();
	submit(0, 0);
	SIM_CHECK(r32(FSTS) & 0x10 && (r64(IQERCD) & 15) == 3 && r64(IQH) == 0);
	mend();
	SIM_CHECK(!(r32(FSTS) & 0x10) && r64(IQH) == 16);
	submit(WAIT_STATUS | 0x1000, bench.frame[STATUS]);
	SIM_CHECK(r32(FSTS) & 0x10 && (r64(IQERCD) & 15) == 4 && r64(IQH) == 16);
	submit(PAGES_ALL, 0); /* a tail while IQE is set fetches nothing */
	SIM_CHECK(r64(IQH) == 16);
	mend();
	SIM_CHECK(r64(IQH) == 48);
	w64(IQT, 4096);
	SIM_CHECK(r32(FSTS) & 0x10 && (r64(IQERCD) & 15) == 1);
}

static void by_register(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0));
	store(PT, 0, 0);
	SIM_CHECK(reaches(0)); /* remembered */
	w64(IVA, 0);
	w64(IOTLB, BIT(63) | (uint64_t)3 << 60 | (uint64_t)DOMAIN << 32);
	SIM_CHECK(!(r64(IOTLB) >> 63) && (r64(IOTLB) >> 57 & 3) == 3);
	SIM_CHECK(!reaches(0));
	w64(CCMD, BIT(63) | BIT(61));
	SIM_CHECK(!(r64(CCMD) >> 63) && (r64(CCMD) >> 59 & 3) == 1);
	w64(CCMD, BIT(63)); /* no granularity: an error */
	SIM_CHECK(!(r64(CCMD) >> 63) && (r64(CCMD) >> 59 & 3) == 0);
}

static void taken_is_not_completed(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0));
	store(PT, 0, 0);
	submit(PAGES_SOME, 0);
	SIM_CHECK(r64(IQH) == r64(IQT) && reaches(0)); /* taken; no wait behind it */
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
	store(PT, 0, 0);
	store(PT, 1, 0);
	submit(PAGES_SOME, 0);
	submit(PAGES_SOME, 0x1000);
	(void)sim_explore(true);
	(void)r32(GSTS);
	(void)r32(GSTS);
	(void)sim_explore(false);
	first = !reaches(0);
	second = !reaches(0x1000);
	outcomes |= 1u << (first | second << 1);
}

/* Contexts and then translations: the second never before the first. Bit 0: neither, 1: contexts, 2: translations. */
static void contexts_first(const struct breach *breach)
{
	uint64_t reason = 0;

	(void)breach;
	translate();
	SIM_CHECK(reaches(0));
	store(CONTEXTS, 2 * REQUESTER, 0);
	store(PT, 0, 0);
	submit(CC_GLOBAL, 0);
	submit(PAGES_ALL, 0);
	(void)sim_explore(true);
	(void)r32(GSTS);
	(void)r32(GSTS);
	(void)sim_explore(false);
	if (!reaches(0))
		reason = r64(FRCD + 8) >> 32 & 0xff;
	outcomes |= reason == 0 ? 1 : reason == 2 ? 2 : 4;
}

static void looks_ahead(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0));
	store(PT, 1, 0);
	store(PT, 2, 0);
	SIM_CHECK(reaches(0x1000) && !reaches(0x2000));
}

static void exact(const struct breach *breach)
{
	(void)breach;
	translate();
	for (unsigned i = 0; i < 4; i++)
		SIM_CHECK(reaches((uint64_t)i << 12));
	for (unsigned i = 0; i < 4; i++)
		store(PT, i, 0);
	submit(PAGES_SOME, 0x1000);
	submit_wait();
	SIM_CHECK(reaches(0) && !reaches(0x1000) && reaches(0x2000) && reaches(0x3000));
	submit(PAGES_SOME, 0x2001); /* two pages */
	submit_wait();
	SIM_CHECK(reaches(0) && !reaches(0x2000) && !reaches(0x3000));
}

static void hint(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0));
	store(PD, 0, 0);
	submit(PAGES_SOME, 0x40); /* IH: tables on the way stay */
	submit_wait();
	SIM_CHECK(reaches(0));
	submit(PAGES_SOME, 0);
	submit_wait();
	SIM_CHECK(!reaches(0));
}

static void absent_is_cached(const struct breach *breach)
{
	(void)breach;
	translate();
	store(PT, 3, 0);
	SIM_CHECK(!reaches(0x3000));
	store(PT, 3, bench.frame[DATA] | 3);
	SIM_CHECK(!reaches(0x3000)); /* caching mode */
	submit(PAGES_SOME, 0x3000);
	submit_wait();
	SIM_CHECK(reaches(0x3000));
}

static void contexts_are_cached(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0));
	store(CONTEXTS, 2 * REQUESTER, 0);
	SIM_CHECK(reaches(0));
	submit(0x31 | (uint64_t)DOMAIN << 16 | (uint64_t)REQUESTER << 32, 0);
	submit(PAGES_DOM, 0);
	submit_wait();
	SIM_CHECK(!reaches(0));
}

static void interrupts(const struct breach *breach)
{
	(void)breach;
	interrupt(0);
	SIM_CHECK(sim_vtd_seen(the_unit).interrupts == 1); /* off: it goes through */
	queue_on();
	w64(IRTA, bench.frame[INTERRUPTS] | 7);
	command(SIRTP, true);
	submit(IEC_GLOBAL, 0);
	submit_wait();
	command(IRE, true);
	interrupt(0); /* not present */
	look(0xfee00000);
	SIM_CHECK(sim_vtd_seen(the_unit).interrupts == 1);
	SIM_CHECK((r64(FRCD + 8) >> 32 & 0xff) == 0x22 && (r64(FRCD + 24) >> 32 & 0xff) == 0x25);
	store(INTERRUPTS, 2, 1);
	store(INTERRUPTS, 3, REQUESTER | BIT(18));
	interrupt(1);
	SIM_CHECK(sim_vtd_seen(the_unit).interrupts == 2);
	store(INTERRUPTS, 3, (REQUESTER + 8) | BIT(18)); /* another's */
	interrupt(1);
	interrupt(256);
	SIM_CHECK(sim_vtd_seen(the_unit).interrupts == 2);
	SIM_CHECK((r64(FRCD + 40) >> 32 & 0xff) == 0x26 && (r64(FRCD + 56) >> 32 & 0xff) == 0x21);
}

const struct breach vtd_behaviours[] = {
	{0, "registers at reset (11.4)", at_reset, 0, 0, 0, USUAL},
	{0, "capabilities go with one another (11.4.3)", consistent, 0, 0, 0, NO_QUEUE},
	{0, "what reads back (11.4)", read_back, 0, 0, 0, WIDE_INTERRUPTS},
	{0, "64-bit registers by halves (11.2)", halves, 0, 0, 0, USUAL},
	{0, "read-only registers stay (11.3)", read_only, 0, 0, 0, USUAL},
	{0, "fault records, overflow, cleared by ones (7.2.1, 11.4.7)", faults, 0, 0, 0, USUAL},
	{0, "protected memory: PRS follows, the windows stay (11.4.8)", protection, 0, 0, 0, PROTECTED},
	{0, "the head is 0 when the queue is off (11.4.9.1)", queue_off, 0, 0, 0, USUAL},
	{0, "completion interrupts (6.5.2.10)", completion_interrupt, 0, 0, 0, USUAL},
	{0, "queue errors: info, head, going on (6.5.2.11, 11.4.9.9)", queue_errors, 0, 0, 0, USUAL},
	{0, "invalidation by register (11.4.6)", by_register, 0, 0, 0, USUAL},
	{0, "taken is not completed (6.5.2.12)", taken_is_not_completed, 0, 0, 0, USUAL},
	{0, "without a wait in any order (6.5.2.12)", any_order, 15, 0, 0, SHUFFLED},
	{0, "contexts before translations (6.5.2.12)", contexts_first, 3, 0, 0, SHUFFLED},
	{0, "translations may be remembered ahead (6.2.4)", looks_ahead, 0, 0, 0, USUAL},
	{0, "an invalidation takes just its pages (6.5.2.3)", exact, 0, 0, 0, USUAL},
	{0, "the invalidation hint spares tables (6.5.2.3)", hint, 0, 0, 0, USUAL},
	{0, "caching mode remembers what is not there (6.1)", absent_is_cached, 0, 0, 0, CACHES_ABSENT},
	{0, "contexts are remembered (6.2.2)", contexts_are_cached, 0, 0, 0, USUAL},
	{0, "remapped interrupts (5.1, 9.9)", interrupts, 0, 0, 0, REMAPS},
};
const size_t vtd_nbehaviours = sizeof(vtd_behaviours) / sizeof(*vtd_behaviours);
