/* SPDX-License-Identifier: MPL-2.0 */
#include "vtd_bench.h"

struct sim_vtd *the_unit;

static uint64_t tail; /* of the queue */

void command(unsigned bit, bool on)
{
	uint32_t keep = r32(GSTS) & 0x96ffffff & ~(uint32_t)BIT(bit), wanted = on ? (uint32_t)BIT(bit) : 0;

	w32(GCMD, keep | wanted);
	for (unsigned i = 0; i < 100 && (r32(GSTS) & BIT(bit)) != (bit == WBF ? 0 : wanted); i++)
		;
}

void set_root(uint64_t rtaddr)
{
	w64(RTADDR, rtaddr);
	command(SRTP, true);
}

void queue_on(void)
{
	w64(IQT, 0);
	w64(IQA, bench.frame[QUEUE]);
	tail = 0;
	command(QIE, true);
}

void submit(uint64_t low, uint64_t high)
{
	store(QUEUE, (unsigned)(tail / 8), low);
	store(QUEUE, (unsigned)(tail / 8) + 1, high);
	tail = (tail + 16) % 4096;
	w64(IQT, tail);
}

void submit_wait(void)
{
	store(STATUS, 0, 0);
	submit(WAIT_STATUS, bench.frame[STATUS]);
	SIM_CHECK(load(STATUS, 0) == 1);
}

void invalidate(void)
{
	submit(CC_GLOBAL, 0);
	submit(PAGES_ALL, 0);
	submit_wait();
}

void mend(void)
{
	unsigned head = (unsigned)(r64(IQH) / 8);

	if (!(r32(FSTS) & 0x10))
		return;
	store(QUEUE, head, WAIT_STATUS);
	store(QUEUE, head + 1, bench.frame[STATUS]);
	w32(FSTS, 0x10);
}

void translate(void)
{
	store(ROOT, 0, bench.frame[CONTEXTS] | 1);
	store(CONTEXTS, 2 * REQUESTER + 1, DOMAIN << 8 | 1);
	store(CONTEXTS, 2 * REQUESTER, bench.frame[PDPT] | 1);
	store(PML5, 0, bench.frame[PML4] | 3);
	store(PML4, 0, bench.frame[PDPT] | 3);
	store(PDPT, 0, bench.frame[PD] | 3);
	store(PD, 0, bench.frame[PT] | 3);
	for (unsigned i = 0; i < 4; i++)
		store(PT, i, bench.frame[DATA] | 3);
	set_root(bench.frame[ROOT]);
	queue_on();
	invalidate();
	command(TE, true);
}

void look(uint64_t daddr)
{
	uint64_t paddr;

	(void)!sim_vtd_look(bench.device, daddr, true, &paddr);
}

void interrupt(unsigned index)
{
	look(0xfee00010 | (uint64_t)(index & 0x7fff) << 5 | (uint64_t)(index >> 15) << 2);
}
