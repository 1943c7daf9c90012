/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Coherent memory under a plain pointer, and rings on it: what plain C stores is seen by the device as its barriers say
 * and no better, what the device writes is seen by plain C; a forgotten barrier shows, with and without the compiler's
 * announcements. (Positions, phases and limits of rings: rings.c.)
 */
#include "core.h"
#include "pointer_driver.h"
#include <stdio.h>

static struct core_device dev;

static dma_daddr_t plus(dma_daddr_t daddr, uint64_t off)
{
	return dma_daddr(daddr.raw + off);
}

/* ---- The pointer ---- */

static void see_each_other(const struct dma_coherent *c, unsigned seed)
{
	size_t size = dma_coherent_size(c);
	unsigned char *memory = dma_coherent_pointer(c), bytes[512], back[512];
	dma_daddr_t daddr = dma_coherent_daddr(c);

	if (!SIM_CHECK(memory != NULL && (uintptr_t)memory % DMA_PAGE_SIZE == 0))
		return;
	for (size_t off = 0; off < size; off += PAGE - 3) {
		size_t len = size - off < sizeof(bytes) ? size - off : sizeof(bytes);

		core_pattern(memory + off, seed, off, len); /* plain stores */
		dma_publish();
		SIM_CHECK(sim_device_read(dev.sim, plus(daddr, off), back, len) == 0);
		SIM_CHECK(core_is_pattern(back, seed, off, len));
		SIM_CHECK(dma_coherent_read_bytes(c, off, back, len) == 0 && core_is_pattern(back, seed, off, len));

		core_pattern(bytes, seed + 1, off, len);
		SIM_CHECK(sim_device_write(dev.sim, plus(daddr, off), bytes, len) == 0);
		dma_consume();
		SIM_CHECK(core_is_pattern(memory + off, seed + 1, off, len)); /* plain loads */

		core_pattern(bytes, seed + 2, off, len);
		SIM_CHECK(dma_coherent_write_bytes(c, off, bytes, len) == 0);
		SIM_CHECK(core_is_pattern(memory + off, seed + 2, off, len)); /* a CPU sees its own */
		SIM_CHECK(dma_coherent_fill(c, off, 9, 1) == 0 && memory[off] == 9);
	}
}

static void zeros_first(const struct dma_coherent *c)
{
	const unsigned char *memory = dma_coherent_pointer(c);

	for (size_t i = 0; i < dma_coherent_size(c); i++)
		if (memory[i] && !SIM_CHECK(memory[i] == 0))
			return;
}

static void life(void *arg)
{
	struct dma_coherent c = {0}, tail = {0};

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dma_coherent_pointer(&c) == NULL);
	if (SIM_CHECK(dma_coherent_alloc(&c, &dev.dma, 0, 3) == 0)) {
		zeros_first(&c);
		see_each_other(&c, 1);
		SIM_CHECK(dma_coherent_split(&c, PAGE, &tail) == 0);
		SIM_CHECK((unsigned char *)dma_coherent_pointer(&c) + PAGE == dma_coherent_pointer(&tail));
		dma_coherent_release(&c);
		see_each_other(&tail, 2);
		SIM_CHECK(dma_coherent_pointer(&c) == NULL);
	}
	dma_coherent_release(&tail);
	SIM_CHECK(core_pages() == 0);
	core_close(&dev);
}

static void both_sides_see_plain_accesses(void **state)
{
	(void)state;
	core_test_all(life);
}

/* ---- Rings: what drivers do ---- */

static bool announced;
static unsigned mistakes, wrong;

static void rings(void *arg)
{
	struct work_ring work = {0};
	struct done_ring done = {0};
	uint64_t result;

	(void)arg;
	core_open(&dev);
	if (!SIM_CHECK(dma_ring_alloc(&work, &dev.dma, 5) == 0) || !SIM_CHECK(dma_ring_alloc(&done, &dev.dma, 5) == 0))
		return;
	for (uint32_t i = 0; i < 23; i++) {
		struct work w = {0};
		struct done d = {.result = 1000 + i, .phase = i / 5 % 2 ? 0 : 1};
		dma_daddr_t at = dma_ring_entry_daddr(&done, i % 5);
		bool taken;

		SIM_CHECK(dma_ring_tail(&work) == i % 5 && dma_ring_head(&done) == i % 5);
		SIM_CHECK(dma_ring_head_phase(&done) == d.phase && dma_ring_tail_phase(&work) == d.phase);
		(announced ? announced_post : driver_post)(&work, 500 + i, mistakes);
		/* The device polls: it looks at valid first, with no doorbell. */
		SIM_CHECK(sim_device_probe(dev.sim,
					   plus(dma_ring_entry_daddr(&work, i % 5), offsetof(struct work, valid)),
					   &w.valid, 4) == 0);
		SIM_CHECK(sim_device_probe(dev.sim, dma_ring_entry_daddr(&work, i % 5), &w.address, 8) == 0);
		wrong += w.valid && w.address != 500 + i;
		/* And at the latest when its doorbell rings it has all. */
		SIM_CHECK(sim_device_read(dev.sim, dma_ring_entry_daddr(&work, i % 5), &w, sizeof(w)) == 0);
		wrong += w.address != 500 + i || !w.valid;
		w.valid = 0;
		SIM_CHECK(sim_device_write(dev.sim,
					   plus(dma_ring_entry_daddr(&work, i % 5), offsetof(struct work, valid)),
					   &w.valid, 4) == 0);
		SIM_CHECK(dma_ring_used(&work) == 1 && dma_ring_consume(&work) == 0);

		result = 1;
		SIM_CHECK(!(announced ? announced_take : driver_take)(&done, &result, mistakes));
		SIM_CHECK(sim_device_write(dev.sim, at, &d.result, 8) == 0);
		SIM_CHECK(sim_device_write(dev.sim, plus(at, offsetof(struct done, phase)), &d.phase, 4) == 0);
		do
			sim_relax();
		while (!(taken = (announced ? announced_take : driver_take)(&done, &result, mistakes)));
		wrong += result != 1000 + i;
	}
	dma_ring_release(&work);
	dma_ring_release(&done);
	core_close(&dev);
}

static const char *const machines[] = {
	"low=1,high=1",	    "low=1,high=1,line=32",	    "low=1,high=1,noncoherent,line=128",
	"low=1,high=1,cvm", "low=1,high=1,cvm,noncoherent", "low=1,high=1,noncoherent,nosync"};

static void a_driver_with_its_barriers_is_right(void **state)
{
	(void)state;
	mistakes = wrong = 0;
	for (unsigned i = 0; i < 2; i++) {
		announced = i;
		for (size_t m = 0; m < sizeof(machines) / sizeof(*machines); m++)
			core_test(machines[m], rings);
	}
	assert_int_equal(wrong, 0);
}

/* In how many of the seeds a mistake shows. */
static unsigned shows(unsigned mistake, const char *words)
{
	unsigned n = 0;

	mistakes = mistake;
	for (unsigned seed = 1; seed <= 20; seed++) {
		struct sim_config machine = sim_config_frames(sim_config_hostile(words));

		machine.seed = seed;
		machine.quiet = true;
		wrong = 0;
		n += sim_run(&machine, rings, NULL) || wrong;
	}
	return n;
}

static void a_forgotten_barrier_shows(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		announced = i;
		for (size_t m = 0; m < sizeof(machines) / sizeof(*machines); m++) {
			for (unsigned mistake = 1; mistake <= 4; mistake <<= 1) {
				unsigned n = shows(mistake, machines[m]);

				if (n < 5)
					printf("# mistake %u, %s, SIM=%s: %u of 20\n", mistake,
					       announced ? "announced" : "plain", machines[m], n);
				assert_true(n >= 5);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_see_plain_accesses),
		cmocka_unit_test(a_driver_with_its_barriers_is_right),
		cmocka_unit_test(a_forgotten_barrier_shows),
	};

	return cmocka_run_group_tests_name("pointer", tests, NULL, NULL);
}
