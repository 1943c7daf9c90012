/* SPDX-License-Identifier: MPL-2.0 */
#include "amdvi_bench.h"

struct sim_amdvi *the_unit;

static uint64_t tail; /* of the command buffer */

void entry(unsigned word, uint64_t value)
{
	store(DEVICES, 4 * REQUESTER + word, value);
}

void rings(void)
{
	w64(DEVTAB, bench.frame[DEVICES]);
	w64(COMBASE, bench.frame[COMMAND_RING] | (uint64_t)8 << 56);
	w64(EVENTBASE, bench.frame[EVENT_RING] | (uint64_t)8 << 56);
	w64(COMHEAD, 0);
	w64(COMTAIL, 0);
	w64(EVENTHEAD, 0);
	w64(EVENTTAIL, 0);
	tail = 0;
}

void enable(void)
{
	rings();
	w64(CONTROL, ENABLE | EVENTS | SNOOPED | COMMANDS);
	SIM_CHECK((r64(STATUS_REG) & (EVENT_RUN | COMMAND_RUN)) == (EVENT_RUN | COMMAND_RUN));
}

void submit(uint64_t low, uint64_t high)
{
	store(COMMAND_RING, (unsigned)(tail / 8), low);
	store(COMMAND_RING, (unsigned)(tail / 8) + 1, high);
	tail = (tail + 16) % 4096;
	w64(COMTAIL, tail);
}

void submit_wait(void)
{
	store(DONE, 0, 0);
	submit(OP(1) | bench.frame[DONE] | 1, 1);
	SIM_CHECK(load(DONE, 0) == 1);
}

void invalidate(void)
{
	submit(OP(2) | REQUESTER, 0);
	submit(PAGES(DOMAIN), ALL_OF_IT);
	submit_wait();
}

void mend(void)
{
	unsigned head = (unsigned)(r64(COMHEAD) / 8);

	if (r64(STATUS_REG) & COMMAND_RUN)
		return;
	store(COMMAND_RING, head, OP(1) | bench.frame[DONE] | 1);
	store(COMMAND_RING, head + 1, 1);
	w64(CONTROL, r64(CONTROL) & ~COMMANDS);
	w64(CONTROL, r64(CONTROL) | COMMANDS);
	w64(COMTAIL, tail);
}

void translate(void)
{
	entry(0, DIR(LEVEL3, 3) | 2);
	entry(1, DOMAIN);
	store(LEVEL6, 0, DIR(LEVEL5, 5));
	store(LEVEL5, 0, DIR(LEVEL4, 4));
	store(LEVEL4, 0, DIR(LEVEL3, 3));
	store(LEVEL3, 0, DIR(LEVEL2, 2));
	store(LEVEL2, 0, DIR(LEVEL1, 1));
	for (unsigned i = 0; i < 4; i++)
		store(LEVEL1, i, PAGE(DATA));
	enable();
	invalidate();
}

bool reaches(uint64_t daddr)
{
	uint64_t paddr;

	return sim_amdvi_look(bench.device, daddr, true, &paddr) == 0;
}

void look(uint64_t daddr)
{
	(void)reaches(daddr);
}

unsigned events(void)
{
	return (unsigned)((r64(EVENTTAIL) - r64(EVENTHEAD)) / 16 % 256);
}
