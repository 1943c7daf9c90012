/* SPDX-License-Identifier: MPL-2.0 */
/*
 * ATS and PRI of the RISC-V IOMMU: page requests, their queue and responses, requests for translations ("PCIe ATS Page
 * Request handling", "Page-Request-Queue", "PCIe ATS translation request handling"); bad drivers of them.
 */
#include "riscv_bench.h"
#include "riscv_breaches.h"

enum { EN_ATS = 1 << 1, EN_PRI = 1 << 2, DTF = 1 << 4, PRPR = 1 << 6 };
enum { SUCCESS = 0, INVALID = 1, FAILURE = 15, NOBODY = 99 };
enum { PRGR = 4 | 1 << 7, MEMORY_FAULT = 1 << 8, PASID = 0xfedcb };

static const struct sim_riscv_request usual = {.daddr = 0x7654321000, .read = true, .last = true, .group = 0x155},
				      with_pasid = {.daddr = 0x5000,
						    .write = true,
						    .last = true,
						    .group = 7,
						    .has_pasid = true,
						    .privileged = true,
						    .execute = true,
						    .pasid = PASID};

/* The context has those bits of tc. */
static void control(uint64_t bits)
{
	context(0, 0);
	forget();
	context(0, 1 | bits);
}

static void pages(uint64_t ring, uint64_t bits)
{
	translate();
	page_queue(ring);
	control(bits);
}

/* What the unit itself says to the request: a code, or NOBODY. */
static unsigned answered(const struct sim_riscv_request *request, bool has_pasid)
{
	struct sim_riscv_response response;
	unsigned before = r32(PQT);

	sim_riscv_request(bench.device, request);
	SIM_CHECK(r32(PQT) == before);
	if (!sim_riscv_response(bench.device, &response))
		return NOBODY;
	SIM_CHECK(response.by_unit && response.group == request->group && response.has_pasid == has_pasid);
	SIM_CHECK(response.pasid == (has_pasid ? request->pasid : 0));
	return response.code;
}

/* The n-th fault, and the last, is of a message: a "Page Request". */
static bool message(unsigned n, unsigned cause, bool has_pasid)
{
	const uint64_t process = has_pasid ? (uint64_t)PASID << 12 | BIT(32) | BIT(33) : 0;

	return load(FAULT_RING, 4 * n) == (cause | process | (uint64_t)9 << 34 | (uint64_t)REQUESTER << 40) &&
	       load(FAULT_RING, 4 * n + 2) == 4 && r32(FQT) == n + 1;
}

static void store_requests(void)
{
	const struct sim_riscv_request stop = {.last = true, .has_pasid = true, .pasid = 3};

	sim_riscv_request(bench.device, &usual);
	sim_riscv_request(bench.device, &with_pasid);
	sim_riscv_request(bench.device, &stop);
	SIM_CHECK(r32(PQT) == 3 && r32(PQH) == 0 && r32(FQT) == 0);
	SIM_CHECK(load(PAGE_RING, 0) == (uint64_t)REQUESTER << 40);
	SIM_CHECK(load(PAGE_RING, 1) == (0x7654321000 | 0x155 << 3 | 5));
	SIM_CHECK(load(PAGE_RING, 2) ==
		  ((uint64_t)REQUESTER << 40 | BIT(34) | BIT(33) | BIT(32) | (uint64_t)PASID << 12));
	SIM_CHECK(load(PAGE_RING, 3) == (0x5000 | 7 << 3 | 6));
	SIM_CHECK(load(PAGE_RING, 4) == ((uint64_t)REQUESTER << 40 | BIT(32) | 3 << 12) && load(PAGE_RING, 5) == 4);
	w32(PQH, 3);
}

void riscv_requests_stored(const struct breach *breach)
{
	struct sim_riscv_response response;

	(void)breach;
	pages(bench.frame[PAGE_RING], EN_ATS | EN_PRI);
	store_requests();
	SIM_CHECK(!sim_riscv_response(bench.device, &response));
	submit(PRGR | (uint64_t)REQUESTER << 40, (uint64_t)0x155 << 32);
	submit(PRGR | PSCID(PASID) | (uint64_t)REQUESTER << 40, (uint64_t)15 << 44 | (uint64_t)7 << 32);
	submit(PRGR | (uint64_t)(REQUESTER + 1) << 40, 0); /* another device's */
	submit_fence();
	SIM_CHECK(sim_riscv_response(bench.device, &response) && response.group == 0x155 && response.code == SUCCESS);
	SIM_CHECK(!response.has_pasid && !response.by_unit);
	SIM_CHECK(sim_riscv_response(bench.device, &response) && response.group == 7 && response.code == FAILURE);
	SIM_CHECK(response.has_pasid && response.pasid == PASID && !sim_riscv_response(bench.device, &response));
}

void riscv_requests_refused(const struct breach *breach)
{
	const struct sim_riscv_request stop = {.last = true, .has_pasid = true}, first = {.read = true};

	(void)breach;
	pages(bench.frame[PAGE_RING], EN_ATS);
	SIM_CHECK(answered(&usual, false) == INVALID && message(0, 260, false));
	SIM_CHECK(answered(&with_pasid, false) == INVALID && message(1, 260, true));
	SIM_CHECK(answered(&stop, false) == NOBODY && answered(&first, false) == NOBODY && r32(FQT) == 4);
	control(0);
	SIM_CHECK(answered(&usual, false) == INVALID && message(4, 260, false));
	control(DTF);
	SIM_CHECK(answered(&usual, false) == INVALID && r32(FQT) == 5);
	context(0, 0);
	forget();
	SIM_CHECK(answered(&with_pasid, true) == FAILURE && message(5, 258, true));
	w32(PQCSR, 0);
	control(EN_ATS | EN_PRI);
	SIM_CHECK(answered(&with_pasid, true) == FAILURE && answered(&first, false) == NOBODY);
	w64(DDTP, PPN(bench.frame[DIRECTORY]));
	SIM_CHECK(r32(FQT) == 6 && answered(&usual, false) == FAILURE && message(6, 256, false));
	w64(DDTP, 1);
	SIM_CHECK(answered(&usual, false) == INVALID && message(7, 260, false) && r32(PQT) == 0);
}

/* One less than its entries, then nothing until pqof is acknowledged; the device is told to ask again. */
void riscv_requests_overflow(const struct breach *breach)
{
	(void)breach;
	pages(bench.frame[PAGE_RING], EN_ATS | EN_PRI | PRPR);
	for (unsigned i = 0; i < 255; i++)
		sim_riscv_request(bench.device, &usual);
	SIM_CHECK(r32(PQT) == 255 && !(r32(PQCSR) & OVERFLOW));
	SIM_CHECK(answered(&usual, false) == SUCCESS && answered(&with_pasid, true) == SUCCESS);
	w32(PQH, 100);
	SIM_CHECK(r32(PQCSR) & OVERFLOW && answered(&usual, false) == SUCCESS);
	w32(PQCSR, 1 | OVERFLOW);
	SIM_CHECK(!(r32(PQCSR) & OVERFLOW));
	sim_riscv_request(bench.device, &usual);
	SIM_CHECK(r32(PQT) == 0 && r32(FQT) == 0);
	w32(PQCSR, 0);
	w32(PQH, 0);
	w32(PQCSR, 1);
	SIM_CHECK(r32(PQCSR) == (1 | ON) && r32(PQT) == 0);
}

/* The n-th fault, and the last: cause, type and address. */
static bool fault(unsigned n, unsigned cause, unsigned type, uint64_t daddr)
{
	return load(FAULT_RING, 4 * n) == (cause | (uint64_t)type << 34 | (uint64_t)REQUESTER << 40) &&
	       load(FAULT_RING, 4 * n + 2) == daddr && r32(FQT) == n + 1;
}

void riscv_translations_refused(const struct breach *breach)
{
	struct sim_riscv_translation answer;

	(void)breach;
	pages(bench.frame[PAGE_RING], 0);
	SIM_CHECK(sim_riscv_ask(bench.device, 0, &answer) == SIM_RISCV_UNSUPPORTED && fault(0, 260, 8, 0));
	SIM_CHECK(sim_riscv_translated(bench.device, 0x1000, false) && fault(1, 260, 6, 0x1000));
	SIM_CHECK(sim_riscv_translated(bench.device, 0x1000, true) && fault(2, 260, 7, 0x1000));
	context(0, 0);
	forget();
	SIM_CHECK(sim_riscv_ask(bench.device, 0, &answer) == SIM_RISCV_UNSUPPORTED && fault(3, 258, 8, 0));
	w64(DDTP, 0);
	SIM_CHECK(sim_riscv_ask(bench.device, 0, &answer) == SIM_RISCV_UNSUPPORTED && fault(4, 256, 8, 0));
	w64(DDTP, 1);
	SIM_CHECK(sim_riscv_ask(bench.device, 0, &answer) == SIM_RISCV_UNSUPPORTED && fault(5, 260, 8, 0));
}

/* What tables refuse is granted as nothing, and no fault; what is wrong with them aborts. */
void riscv_translations_granted(const struct breach *breach)
{
	struct sim_riscv_translation answer;

	(void)breach;
	pages(bench.frame[PAGE_RING], EN_ATS);
	SIM_CHECK(sim_riscv_ask(bench.device, 0x123, &answer) == SIM_RISCV_SUCCESS);
	SIM_CHECK(answer.read && answer.write && answer.paddr == bench.frame[DATA] + 0x123);
	store(LEVEL0, 0, PAGE(DATA) & ~(uint64_t)0x80);
	forget();
	SIM_CHECK(sim_riscv_ask(bench.device, 0, &answer) == SIM_RISCV_SUCCESS && answer.read && !answer.write);
	SIM_CHECK(sim_riscv_ask(bench.device, 0x5000, &answer) == SIM_RISCV_SUCCESS && !answer.read && !answer.write);
	SIM_CHECK(sim_riscv_translated(bench.device, 0x1000, true) == 0 && r32(FQT) == 0);
	context(0, 0);
	forget();
	context(4, BIT(60) | bench.frame[MESSAGES] >> 12);
	context(0, 1 | EN_ATS);
	SIM_CHECK(sim_riscv_ask(bench.device, 0, &answer) == SIM_RISCV_SUCCESS && !answer.read && r32(FQT) == 0);
	submit(4, 0x7000 | 1 << 11);
	submit_fence();
	SIM_CHECK(sim_riscv_seen(the_unit).invalidated == 1);
}

/* ---- Bad drivers ---- */

static void ring_nowhere(const struct breach *breach)
{
	(void)breach;
	pages(NOWHERE, EN_ATS | EN_PRI);
	SIM_CHECK(answered(&usual, false) == FAILURE && r32(PQCSR) & MEMORY_FAULT && r32(FQT) == 0);
	SIM_CHECK(answered(&with_pasid, true) == FAILURE); /* nothing more is tried until pqmf is acknowledged */
	SIM_CHECK(sim_riscv_broken(the_unit, RISCV_PQ_NOTHING) == 1);
	w32(PQCSR, 1 | MEMORY_FAULT);
	SIM_CHECK(answered(&usual, false) == FAILURE && sim_riscv_broken(the_unit, RISCV_PQ_NOTHING) == 2);
}

static void controls(const struct breach *breach)
{
	pages(bench.frame[PAGE_RING], breach->a);
	SIM_CHECK(answered(&with_pasid, true) == FAILURE && message(0, 259, true));
}

/* A request for a translation meets an MSI page table that is nowhere. */
static void aborted(const struct breach *breach)
{
	struct sim_riscv_translation answer;

	(void)breach;
	pages(bench.frame[PAGE_RING], 0);
	context(0, 0);
	context(4, BIT(60) | NOWHERE >> 12);
	context(0, 1 | EN_ATS);
	SIM_CHECK(sim_riscv_ask(bench.device, 0, &answer) == SIM_RISCV_ABORT && fault(0, 261, 8, 0));
}

const struct breach riscv_request_breaches[] = {
	{RISCV_PQ_NOTHING, "no memory", ring_nowhere, 0, 0, 0, WITH_ATS},
	{RISCV_DC_PRI, "EN_PRI alone", controls, EN_PRI, 0, 0, WITH_ATS},
	{RISCV_DC_PRPR, "PRPR with EN_ATS", controls, EN_ATS | PRPR, 0, 0, WITH_ATS},
	{RISCV_DC_UNSUPPORTED, "T2GPA of a unit with ATS", controls, EN_ATS | 1 << 3, 0, 0, WITH_ATS},
	{RISCV_MSI_NOTHING, "no memory, for a translation that was asked for", aborted, 0, 0, 0, WITH_ATS},
};
const size_t riscv_nrequest_breaches = sizeof(riscv_request_breaches) / sizeof(*riscv_request_breaches);
