/* SPDX-License-Identifier: MPL-2.0 */
#include "smmuv3_bench.h"

struct sim_smmu *the_unit;

static uint32_t prod; /* of the command queue */

void control(uint32_t cr0)
{
	w32(CR0, cr0);
	for (unsigned i = 0; i < 100 && r32(CR0ACK) != cr0; i++)
		;
}

/* 256 commands and 128 events, a frame each. */
void queues_on(void)
{
	w64(CMDQ_BASE, bench.frame[COMMANDS] | 8);
	w32(CMDQ_CONS, 0);
	w32(CMDQ_PROD, 0);
	w64(EVENTQ_BASE, bench.frame[EVENTS] | 7);
	w32(EVENTQ_CONS, 0);
	w32(EVENTQ_PROD, 0);
	prod = 0;
	control(CMDQEN | EVENTQEN);
}

void submit(uint64_t low, uint64_t high)
{
	unsigned at = prod % 256;

	store(COMMANDS, 2 * at, low);
	store(COMMANDS, 2 * at + 1, high);
	prod = (prod + 1) % 512;
	w32(CMDQ_PROD, prod);
}

void sync_commands(void)
{
	submit(SYNC, 0);
	SIM_CHECK((r32(CMDQ_CONS) & 0xfffff) == prod);
}

void mend(void)
{
	uint32_t errors = r32(GERROR), at = r32(CMDQ_CONS) & 255;

	if (!((errors ^ r32(GERRORN)) & 1))
		return;
	store(COMMANDS, 2 * at, SYNC);
	store(COMMANDS, 2 * at + 1, 0);
	w32(GERRORN, r32(GERRORN) ^ 1);
}

void invalidate(void)
{
	submit(CFGI_ALL, 31);
	sync_commands();
	if (r32(IDR0) >> 9 & 1)
		submit(EL2_ALL, 0);
	submit(NSNH_ALL, 0);
	sync_commands();
}

void enable(void)
{
	w32(CR1, 0xd75); /* write-back, inner shareable, tables and queues */
	w32(CR2, 2);
	w64(STRTAB_BASE, bench.frame[STREAMS]);
	w32(STRTAB_CFG, 6);
	queues_on();
	invalidate();
	control(SMMUEN | CMDQEN | EVENTQEN);
}

void attach(unsigned stage)
{
	uint64_t page = stage == 1 ? PAGE_1 : PAGE_2;

	store(L0, 0, bench.frame[L1] | 3);
	store(L1, 0, bench.frame[L2] | 3);
	store(L2, 0, bench.frame[L3] | 3);
	for (unsigned i = 0; i < 4; i++)
		store(L3, i, bench.frame[DATA] | page);
	if (stage == 1) {
		store(CONTEXT, 0, CD0);
		store(CONTEXT, 1, bench.frame[L1]);
		store(CONTEXT, 3, 0xff);
		store(STREAMS, 8 * STREAM + 1, 0xd4); /* of the context: write-back, inner shareable */
	} else {
		store(STREAMS, 8 * STREAM + 2, STE2);
		store(STREAMS, 8 * STREAM + 3, bench.frame[L1]);
	}
	submit(CFGI_STE, 1);
	sync_commands();
	store(STREAMS, 8 * STREAM, stage == 1 ? STE0_STAGE_1 : STE0_STAGE_2);
	submit(CFGI_STE, 1);
	sync_commands();
}

void detach(void)
{
	store(STREAMS, 8 * STREAM, 0);
	submit(CFGI_STE, 1);
	sync_commands();
	submit(NSNH_ALL, 0);
	sync_commands();
	for (unsigned i = 1; i < 8; i++)
		store(STREAMS, 8 * STREAM + i, 0);
	submit(CFGI_STE, 1);
	sync_commands();
}

void look(uint64_t daddr)
{
	char byte;

	(void)!sim_device_probe(bench.device, dma_daddr(daddr), &byte, 1);
}

void change(unsigned frame, unsigned index, uint64_t value)
{
	uint64_t valid = load(STREAMS, 8 * STREAM);
	bool word_0 = frame == STREAMS && index == 8 * STREAM;

	store(STREAMS, 8 * STREAM, 0);
	submit(CFGI_STE, 1);
	submit(NSNH_ALL, 0);
	sync_commands();
	if (!word_0)
		store(frame, index, value);
	submit(CFGI_STE, 1);
	sync_commands();
	store(STREAMS, 8 * STREAM, word_0 ? value : valid);
	submit(CFGI_STE, 1);
	sync_commands();
}

void start(unsigned stage)
{
	enable();
	attach(stage);
}
