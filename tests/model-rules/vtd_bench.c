/* SPDX-License-Identifier: MPL-2.0 */
#include "vtd_bench.h"

struct bench bench;
unsigned outcomes;

uint32_t r32(uint64_t offset)
{
	return dma_host_mmio_read32((volatile char *)bench.regs + offset);
}

uint64_t r64(uint64_t offset)
{
	return dma_host_mmio_read64((volatile char *)bench.regs + offset);
}

void w32(uint64_t offset, uint64_t value)
{
	dma_host_mmio_write32((volatile char *)bench.regs + offset, (uint32_t)value);
}

void w64(uint64_t offset, uint64_t value)
{
	dma_host_mmio_write64((volatile char *)bench.regs + offset, value);
}

uint64_t load(enum frame frame, unsigned index)
{
	uint64_t value = 0;

	SIM_CHECK(sim_ram_read(bench.frame[frame] + 8 * (uint64_t)index, &value, sizeof(value), true) == 0);
	return value;
}

void store(enum frame frame, unsigned index, uint64_t value)
{
	SIM_CHECK(sim_ram_write(bench.frame[frame] + 8 * (uint64_t)index, &value, sizeof(value), true) == 0);
}

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
	bench.tail = 0;
	command(QIE, true);
}

void submit(uint64_t low, uint64_t high)
{
	store(QUEUE, (unsigned)(bench.tail / 8), low);
	store(QUEUE, (unsigned)(bench.tail / 8) + 1, high);
	bench.tail = (bench.tail + 16) % 4096;
	w64(IQT, bench.tail);
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
