/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Rings in coherent memory: positions, phases and limits, what makes no sense is refused, and every hook failing.
 */
#include "core.h"

struct work {
	uint64_t address;
	uint8_t rest[120];
	uint32_t valid, pad;
};

DMA_RING(work_ring, volatile struct work);
DMA_RING(byte_ring, uint8_t);

static const char *const machines[] = {"low=1,high=1", "low=1,high=1,noncoherent", "low=1,high=1,cvm"};

static struct core_device dev;

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

/* ---- Without memory ---- */

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
		cmocka_unit_test(rings_keep_their_limits),
		cmocka_unit_test(every_hook_fails_at_every_call),
	};

	return cmocka_run_group_tests_name("rings", tests, NULL, NULL);
}
