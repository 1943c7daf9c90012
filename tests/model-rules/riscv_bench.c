/* SPDX-License-Identifier: MPL-2.0 */
#include "riscv_bench.h"

struct sim_riscv *the_unit;
bool first_stage;

static unsigned tail; /* of the command queue */

/* Some frame of the bench is aligned to 16 KiB: they lie side by side. */
static void align_root(void)
{
	for (unsigned i = 0; i < BENCH_FRAMES; i++)
		if (!(bench.frame[i] & 0x3fff)) {
			uint64_t other = bench.frame[ROOT];

			bench.frame[ROOT] = bench.frame[i];
			bench.frame[i] = other;
			return;
		}
	SIM_CHECK(false);
}

void context(unsigned word, uint64_t value)
{
	store(CONTEXTS, 8 * REQUESTER + word, value);
}

void queues(void)
{
	align_root();
	w64(CQB, PPN(bench.frame[COMMAND_RING]) | 7);
	w64(FQB, PPN(bench.frame[FAULT_RING]) | 6);
	w32(CQT, 0);
	w32(FQH, 0);
	w32(CQCSR, 1);
	w32(FQCSR, 1);
	while (!(r32(CQCSR) & r32(FQCSR) & ON))
		;
	tail = 0;
}

void enable(void)
{
	queues();
	w64(DDTP, PPN(bench.frame[DIRECTORY]) | 3);
	while (r64(DDTP) & 16)
		;
}

void page_queue(uint64_t ring)
{
	w64(PQB, PPN(ring) | 7);
	w32(PQH, 0);
	w32(PQCSR, 1);
	while (!(r32(PQCSR) & ON))
		;
}

void submit(uint64_t low, uint64_t high)
{
	store(COMMAND_RING, 2 * tail, low);
	store(COMMAND_RING, 2 * tail + 1, high);
	tail = (tail + 1) % 256;
	w32(CQT, tail);
}

void submit_fence(void)
{
	store(DONE, 0, 0);
	submit(FENCE | BIT(10) | (uint64_t)1 << 32, bench.frame[DONE] >> 2);
	SIM_CHECK(load(DONE, 0) == 1);
}

void forget(void)
{
	submit(3, 0);
	submit(first_stage ? 1 : GVMA, 0);
	submit(FENCE, 0);
	SIM_CHECK(r32(CQH) == tail);
}

void mend(void)
{
	unsigned head = r32(CQH);

	if (!(r32(CQCSR) & ILLEGAL))
		return;
	store(COMMAND_RING, 2 * head, FENCE);
	store(COMMAND_RING, 2 * head + 1, 0);
	w32(CQCSR, 1 | ILLEGAL);
	w32(CQT, tail);
}

void translate(void)
{
	enable();
	if (first_stage) {
		context(2, DOMAIN << 12);
		context(3, FIRST_OF);
	} else {
		context(1, ROOT_OF);
	}
	context(0, 1);
	store(DIRECTORY, 0, TABLE(CONTEXTS));
	store(ROOT, 0, TABLE(LEVEL1));
	store(LEVEL1, 0, TABLE(LEVEL0));
	store(LEVEL0, 0, PAGE(DATA));
	forget();
}

bool reaches(uint64_t daddr, bool write)
{
	uint64_t paddr;

	return sim_riscv_look(bench.device, daddr, write, &paddr) == 0;
}

void look(uint64_t daddr)
{
	(void)reaches(daddr, true);
}

void all_bits(const struct breach *breach, void (*step)(const struct breach *breach, uint64_t bit))
{
	unsigned times = 0;

	for (unsigned bit = 0; bit < 64; bit++)
		if (breach->b >> bit & 1) {
			step(breach, BIT(bit));
			times++;
		}
	breach_times(times);
}
