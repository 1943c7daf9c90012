/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Coherent memory under a plain pointer, and rings on it: what plain C stores is seen by the device as its barriers say
 * and no better, what the device writes is seen by plain C; a forgotten barrier shows, with and without the compiler's
 * announcements; positions, phases and limits of rings.
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

/* ---- Rings: limits ---- */

DMA_RING(byte_ring, uint8_t);

static void limits(void *arg)
{
	struct byte_ring ring = {0}, zero = {0};
	struct work_ring work = {0};

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dma_ring_alloc(&ring, &dev.dma, 0) == DMA_EINVAL);
	SIM_CHECK(dma_ring_alloc(&ring, &dev.dma, DMA_RING_MOST + 1) == DMA_EINVAL);
	SIM_CHECK(dma_ring_alloc(&ring, NULL, 1) == DMA_EINVAL);
	SIM_CHECK(dma_typed_ring_make(&ring.ring, &dev.dma, 0, 1) == DMA_EINVAL);
	SIM_CHECK(dma_typed_ring_make(&ring.ring, &dev.dma, SIZE_MAX, 1) == DMA_EINVAL);
	SIM_CHECK(dma_typed_ring_make(&ring.ring, &dev.dma, UINT32_MAX, DMA_RING_MOST) == DMA_ENOMEM);
	SIM_CHECK(dma_ring_room(&ring) == 0 && dma_ring_used(&ring) == 0 && dma_ring_count(&ring) == 0);
	SIM_CHECK(dma_ring_produce(&ring) == DMA_ENOSPC && dma_ring_consume(&ring) == DMA_EINVAL);
	SIM_CHECK(!dma_ring_tail_entry(&ring) && dma_ring_daddr(&ring).raw == DMA_ADDRESS_NONE);
	dma_ring_follow(&ring);
	SIM_CHECK(memcmp(&ring, &zero, sizeof(ring)) == 0);

	if (SIM_CHECK(dma_ring_alloc(&ring, &dev.dma, 3) == 0)) {
		SIM_CHECK(dma_ring_alloc(&ring, &dev.dma, 3) == DMA_EINVAL);
		SIM_CHECK(dma_coherent_size(&ring.ring.memory) == PAGE && dma_ring_count(&ring) == 3);
		SIM_CHECK(dma_ring_entry(&ring, 2) == dma_ring_entry(&ring, 0) + 2 && !dma_ring_entry(&ring, 3));
		SIM_CHECK(dma_ring_entry_daddr(&ring, 2).raw == dma_ring_daddr(&ring).raw + 2);
		SIM_CHECK(dma_ring_entry_daddr(&ring, 3).raw == DMA_ADDRESS_NONE);
		for (unsigned round = 0; round < 7; round++) {
			for (unsigned i = 0; i < 3; i++) {
				SIM_CHECK(dma_ring_used(&ring) == i && dma_ring_room(&ring) == 3 - i);
				SIM_CHECK(dma_ring_tail(&ring) == i && dma_ring_tail_phase(&ring) == (round + 1) % 2);
				SIM_CHECK(dma_ring_produce(&ring) == 0);
			}
			SIM_CHECK(dma_ring_produce(&ring) == DMA_ENOSPC && dma_ring_room(&ring) == 0);
			for (unsigned i = 0; i < 3; i++) {
				SIM_CHECK(dma_ring_head(&ring) == i && dma_ring_head_phase(&ring) == (round + 1) % 2);
				SIM_CHECK(dma_ring_consume(&ring) == 0);
			}
			SIM_CHECK(dma_ring_consume(&ring) == DMA_EINVAL);
		}
		dma_ring_release(&ring);
		SIM_CHECK(memcmp(&ring, &zero, sizeof(ring)) == 0);
	}
	if (SIM_CHECK(dma_ring_alloc(&work, &dev.dma, 2 * PAGE / sizeof(struct work) + 1) == 0)) /* a page more */
		SIM_CHECK(dma_coherent_size(&work.ring.memory) ==
			  (2 * PAGE / sizeof(struct work) + 1) * sizeof(struct work) / PAGE * PAGE + PAGE);
	dma_ring_release(&work);
	core_close(&dev);
}

static void rings_keep_their_limits(void **state)
{
	(void)state;
	core_test("low=1,high=1", limits);
	core_test("low=1,high=1,noncoherent", limits);
}

static int make_and_release(void *arg)
{
	struct work_ring work = {0};
	int error;

	(void)arg;
	core_open(&dev);
	if (!dev.dma.domain)
		return 0;
	error = dma_ring_alloc(&work, &dev.dma, 64);
	if (!error)
		dma_ring_entry(&work, 63)->valid = 1;
	dma_ring_release(&work);
	core_close(&dev);
	return error;
}

static void every_hook_fails_at_every_call(void **state)
{
	(void)state;
	for (size_t m = 0; m < sizeof(machines) / sizeof(*machines); m++) {
		struct sim_config machine = sim_config_frames(sim_config_plain(machines[m]));

		assert_int_equal(sim_for_each_failure(&machine, make_and_release, NULL, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_see_plain_accesses),  cmocka_unit_test(a_driver_with_its_barriers_is_right),
		cmocka_unit_test(a_forgotten_barrier_shows),	  cmocka_unit_test(rings_keep_their_limits),
		cmocka_unit_test(every_hook_fails_at_every_call),
	};

	return cmocka_run_group_tests_name("pointer", tests, NULL, NULL);
}
