/* SPDX-License-Identifier: MPL-2.0 */
#include "virtio_bench.h"

enum { USED = 1024, TAIL_AT = 2048 };

struct sim_virtio *the_unit;
static uint16_t offered;

void w(uint64_t offset, uint64_t value, unsigned nbytes)
{
	sim_register_write((volatile char *)bench.regs + offset, value, nbytes);
}

uint64_t r(uint64_t offset, unsigned nbytes)
{
	return sim_register_read((volatile char *)bench.regs + offset, nbytes);
}

void put(uint64_t paddr, uint64_t value, unsigned nbytes)
{
	SIM_CHECK(sim_ram_write(paddr, &value, nbytes, true) == 0);
}

void add_status(unsigned bits)
{
	w(STATUS, r(STATUS, 1) | bits, 1);
}

void features(uint64_t accepted)
{
	w(STATUS, 0, 1);
	(void)r(STATUS, 1);
	add_status(1);
	add_status(2);
	for (unsigned half = 0; half < 2; half++) {
		w(0x08, half, 4);
		w(0x0c, accepted >> 32 * half & UINT32_MAX, 4);
	}
	add_status(8);
}

void queue(unsigned index, uint64_t paddr)
{
	w(SELECT, index, 2);
	w(QUEUE_SIZE, SIZE, 2);
	for (unsigned i = 0; i < 3; i++) {
		w(0x20 + 8 * i, (paddr + (i == 0 ? 0 : i == 1 ? AVAILABLE : USED)) & UINT32_MAX, 4);
		w(0x24 + 8 * i, paddr >> 32, 4);
	}
	w(ENABLE, 1, 2);
}

void on(uint64_t accepted)
{
	offered = 0;
	features(accepted);
	queue(0, bench.frame[RING]);
	queue(1, bench.frame[EVENTS]);
	add_status(4);
}

void describe(unsigned index, uint64_t paddr, uint32_t nbytes, unsigned flags, unsigned next)
{
	put(bench.frame[RING] + 16 * index, paddr, 8);
	put(bench.frame[RING] + 16 * index + 8, nbytes | (uint64_t)flags << 32 | (uint64_t)next << 48, 8);
}

void offer(unsigned head)
{
	put(bench.frame[RING] + AVAILABLE + 4 + 2 * (offered % SIZE), head, 2);
	put(bench.frame[RING] + AVAILABLE + 2, ++offered, 2);
	w(NOTIFY, 0, 2);
}

unsigned request(const uint32_t *word, unsigned n, uint32_t writable)
{
	uint64_t status = 0xff;

	for (unsigned i = 0; i < n; i++)
		put(bench.frame[REQUEST] + 4 * i, word[i], 4);
	put(bench.frame[REQUEST] + TAIL_AT + writable - 4, 0xff, 4);
	describe(0, bench.frame[REQUEST], 4 * n, 1, 1);
	describe(1, bench.frame[REQUEST] + TAIL_AT, writable, 2, 0);
	offer(0);
	SIM_CHECK(sim_ram_read(bench.frame[REQUEST] + TAIL_AT + writable - 4, &status, 1, true) == 0);
	return (unsigned)status & 0xff;
}

unsigned attach(uint32_t domain, uint32_t endpoint, uint32_t flags, uint32_t reserved)
{
	return request((uint32_t[]){1, domain, endpoint, flags, reserved}, 5, 4);
}

unsigned detach(uint32_t domain, uint32_t endpoint, uint32_t reserved)
{
	return request((uint32_t[]){2, domain, endpoint, reserved, 0}, 5, 4);
}

unsigned map(uint32_t domain, uint64_t first, uint64_t last, uint32_t flags)
{
	uint64_t paddr = bench.frame[DATA];

	return request((uint32_t[]){3, domain, (uint32_t)first, (uint32_t)(first >> 32), (uint32_t)last,
				    (uint32_t)(last >> 32), (uint32_t)paddr, (uint32_t)(paddr >> 32), flags},
		       9, 4);
}

unsigned unmap(uint32_t domain, uint64_t first, uint64_t last, uint32_t reserved)
{
	return request((uint32_t[]){4, domain, (uint32_t)first, (uint32_t)(first >> 32), (uint32_t)last,
				    (uint32_t)(last >> 32), reserved},
		       7, 4);
}

unsigned probe(uint32_t endpoint, uint32_t reserved, uint32_t properties)
{
	uint32_t word[18] = {5, endpoint, reserved};

	return request(word, 18, properties + 4);
}

void attached(void)
{
	on(ALL);
	SIM_CHECK(probe(ENDPOINT, 0, 256) == 0);
	SIM_CHECK(attach(DOMAIN, ENDPOINT, 0, 0) == 0);
}
