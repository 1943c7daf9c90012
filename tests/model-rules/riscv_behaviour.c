/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the RISC-V IOMMU model does where nothing is broken, or in answer to it.
 */
#include "riscv_bench.h"
#include "riscv_breaches.h"

/* Off: nothing passes, and it is recorded; Bare: everything; what has no context is blocked; then by the tables. */
static void passes(const struct breach *breach)
{
	(void)breach;
	queues();
	SIM_CHECK(!reaches(0x5000, true) && (load(FAULT_RING, 0) & 0xfff) == 256);
	w64(DDTP, 1);
	SIM_CHECK(reaches(0x5000, true));
	w64(DDTP, PPN(bench.frame[DIRECTORY]) | 3);
	SIM_CHECK(!reaches(0x5000, true) && (load(FAULT_RING, 4) & 0xfff) == 258);
	SIM_CHECK(load(FAULT_RING, 4) >> 40 == REQUESTER && load(FAULT_RING, 6) == 0x5000);
}

/* A read-only page, one without A, and what is not mapped: guest page faults, read or write. */
static void permissions(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0, false) && reaches(0, true));
	store(LEVEL0, 0, PAGE(DATA) & ~(uint64_t)4);
	forget();
	SIM_CHECK(reaches(0, false) && !reaches(0, true) && (load(FAULT_RING, 0) & 0xfff) == 23);
	store(LEVEL0, 0, PAGE(DATA) & ~(uint64_t)0x40);
	forget();
	SIM_CHECK(!reaches(0, false) && (load(FAULT_RING, 4) & 0xfff) == 21);
	SIM_CHECK(!reaches(0x5000, false) && !reaches((uint64_t)1 << 41, false));
}

/* What was cached stays until it is named: by address leaves alone, by device the context alone; what was translated
 * for the device by that context goes by its domain ("Changing device directory table entry"). */
static void caches(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0, true));
	store(LEVEL0, 0, 0);
	SIM_CHECK(reaches(0, true));
	submit(3, 0);
	submit_fence();
	SIM_CHECK(reaches(0, true));
	submit(GVMA | GV | BIT(10) | (uint64_t)(DOMAIN + 1) << 44, 0);
	submit_fence();
	SIM_CHECK(reaches(0, true));
	submit(GVMA | GV | BIT(10) | (uint64_t)DOMAIN << 44, 0);
	submit_fence();
	SIM_CHECK(!reaches(0, true));
	store(LEVEL1, 0, 0); /* the table above is remembered still */
	store(LEVEL0, 0, PAGE(DATA));
	SIM_CHECK(reaches(0, true));
	submit(GVMA | GV | (uint64_t)DOMAIN << 44, 0);
	submit_fence();
	SIM_CHECK(!reaches(0, true));
	context(0, 0);
	store(LEVEL1, 0, TABLE(LEVEL0));
	SIM_CHECK(reaches(0, true));
	submit(3 | BIT(33) | (uint64_t)REQUESTER << 40, 0);
	submit_fence();
	SIM_CHECK(reaches(0, true) && !reaches(0x5000, true));
	submit(GVMA | GV | (uint64_t)DOMAIN << 44, 0);
	submit_fence();
	SIM_CHECK(!reaches(0, true));
}

/* First-stage page faults, which name no guest's address; and addresses that are not sign-extended. */
static void first_permissions(const struct breach *breach)
{
	(void)breach;
	translate();
	SIM_CHECK(reaches(0, false) && reaches(0, true));
	store(LEVEL0, 0, PAGE(DATA) & ~(uint64_t)4);
	forget();
	SIM_CHECK(reaches(0, false) && !reaches(0, true) && (load(FAULT_RING, 0) & 0xfff) == 15);
	SIM_CHECK(!reaches(0x5000, false) && (load(FAULT_RING, 4) & 0xfff) == 13 && load(FAULT_RING, 7) == 0);
	store(ROOT, 256, TABLE(LEVEL1));
	forget();
	SIM_CHECK(!reaches(BIT(38), false) && reaches(~(uint64_t)0 << 38, false) && !reaches(BIT(39), false));
}

/* As `caches`, by PSCID: what names a guest, or the second stage, is not told to a first stage without one. */
static void first_caches(const struct breach *breach)
{
	const uint64_t others[] = {3, GVMA, 1 | GV, 1 | PSCID(DOMAIN + 1), 1 | BIT(10) | PSCID(DOMAIN + 1)};

	(void)breach;
	translate();
	SIM_CHECK(reaches(0, true));
	store(LEVEL0, 0, 0);
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		submit(others[i], 0);
		submit_fence();
		SIM_CHECK(reaches(0, true));
	}
	submit(1 | BIT(10) | PSCID(DOMAIN), 0);
	submit_fence();
	SIM_CHECK(!reaches(0, true));
	store(LEVEL1, 0, 0); /* the table above is remembered still */
	store(LEVEL0, 0, PAGE(DATA));
	SIM_CHECK(reaches(0, true));
	submit(1 | PSCID(DOMAIN), 0);
	submit_fence();
	SIM_CHECK(!reaches(0, true));
	store(LEVEL1, 0, TABLE(LEVEL0));
	SIM_CHECK(reaches(0, true));
	store(LEVEL0, 0, 0);
	submit(1 | BIT(10), 0);
	submit_fence();
	SIM_CHECK(!reaches(0, true));
	store(LEVEL0, 0, PAGE(DATA));
	SIM_CHECK(reaches(0, true));
	context(0, 0);
	submit(3, 0);
	submit_fence();
	SIM_CHECK(reaches(0, true));
	submit(1 | PSCID(DOMAIN), 0);
	submit_fence();
	SIM_CHECK(!reaches(0, true));
}

/* "fqcsr": full, overflow, and nothing more until that is acknowledged. */
static void overflow(const struct breach *breach)
{
	(void)breach;
	enable();
	for (unsigned i = 0; i < 200; i++)
		look(0x5000);
	SIM_CHECK(r32(FQT) == 127 && r32(FQCSR) & OVERFLOW);
	w32(FQH, 127);
	look(0x5000);
	SIM_CHECK(r32(FQT) == 127);
	w32(FQCSR, 1 | OVERFLOW);
	look(0x5000);
	SIM_CHECK(r32(FQT) == 0 && !(r32(FQCSR) & OVERFLOW));
}

/* "cqcsr", "ddtp": they take their time; a queue that goes off and on has the unit's index at 0, and software's as it
 * was. */
static void slow(const struct breach *breach)
{
	(void)breach;
	enable();
	submit(FENCE, 0);
	SIM_CHECK(r32(CQH) == 1);
	w32(CQCSR, 0);
	SIM_CHECK(r32(CQCSR) & (ON | 1 << 17));
	while (r32(CQCSR) & (ON | 1 << 17))
		;
	w32(CQCSR, 1);
	while (!(r32(CQCSR) & ON))
		;
	SIM_CHECK(r32(CQT) == 1);
	submit_fence(); /* it went through the first once more */
	SIM_CHECK(r32(CQH) == 2);
}

/* "Reset value", "cqb": the indices that are software's are anything when the unit is new, and behind a new base. */
static void new_indices(const struct breach *breach)
{
	const unsigned bases[] = {CQB, FQB, PQB}, indices[] = {CQT, FQH, PQH};

	(void)breach;
	for (unsigned i = 0; i < 3; i++) {
		SIM_CHECK(r32(indices[i]));
		w64(bases[i], PPN(bench.frame[OTHER]) | 3);
		w32(indices[i], 0);
		SIM_CHECK(r32(indices[i]) == 0);
		w64(bases[i], PPN(bench.frame[OTHER]) | 3);
		SIM_CHECK(r32(indices[i]) && r32(indices[i]) < 16);
	}
}

const struct breach riscv_behaviours[] = {
	{0, "what passes while it is Off, Bare, and by a directory", passes, 0, 0, 0, USUAL},
	{0, "permissions", permissions, 0, 0, 0, USUAL},
	{0, "caches forget what they are told to", caches, 0, 0, 0, USUAL},
	{0, "permissions of the first stage", first_permissions, 0, 0, 0, FIRST_STAGE},
	{0, "caches of the first stage", first_caches, 0, 0, 0, FIRST_STAGE},
	{0, "messages arrive by the MSI page table", riscv_messages_arrive, 0, 0, 0, USUAL},
	{0, "messages that do not arrive", riscv_messages_blocked, 0, 0, 0, USUAL},
	{0, "messages that an IOFENCE.C with PW completes", riscv_messages_posted, 0, 0, 0, USUAL},
	{0, "MSI page tables are cached", riscv_messages_cached, 0, 0, 0, USUAL},
	{0, "the fault queue overflows", overflow, 0, 0, 0, USUAL},
	{0, "control registers are busy", slow, 0, 0, 0, SLOW},
	{0, "a new unit's indices, and a new base's", new_indices, 0, 0, 0, WITH_ATS},
	{0, "page requests are stored, and answered", riscv_requests_stored, 0, 0, 0, WITH_ATS},
	{0, "page requests that the unit answers itself", riscv_requests_refused, 0, 0, 0, WITH_ATS},
	{0, "the page-request queue overflows", riscv_requests_overflow, 0, 0, 0, WITH_ATS},
	{0, "translations that are refused", riscv_translations_refused, 0, 0, 0, WITH_ATS},
	{0, "translations that are granted, and what is not", riscv_translations_granted, 0, 0, 0, WITH_ATS},
};
const size_t riscv_nbehaviours = sizeof(riscv_behaviours) / sizeof(*riscv_behaviours);
