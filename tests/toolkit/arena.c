/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Arenas: slices side by side, the fallback when they are full, and the end of all slices with the reset.
 */
#include "slices.h"

static void side_by_side(void *unused)
{
	static const size_t sizes[] = {1, 64, 100, 1000, 33};
	struct dma_slice slice[5], none = {.nbytes = 7};
	struct dma_arena arena = {0};
	struct core_device dev;
	size_t line;

	(void)unused;
	core_open(&dev);
	SIM_CHECK(dma_arena_alloc(&arena, 64, 1, &none) == DMA_EINVAL && dma_arena_used(&arena) == 0);
	dma_arena_reset(&arena);
	SIM_CHECK(dma_arena_destroy(&arena) == 0);
	SIM_CHECK(dma_arena_create(&arena, &dev.dma, 0, 1) == DMA_EINVAL);
	SIM_CHECK(dma_arena_create(&arena, &dev.dma, DMA_TO_DEVICE, 0) == DMA_EINVAL && !arena.dev);
	if (!SIM_CHECK(dma_arena_create(&arena, &dev.dma, DMA_BIDIRECTIONAL, 2) == 0))
		return;
	SIM_CHECK(dma_arena_create(&arena, &dev.dma, DMA_BIDIRECTIONAL, 2) == DMA_EINVAL);
	line = dma_slice_align(&dev.dma);
	SIM_CHECK(dma_arena_alloc(&arena, 0, 1, &none) == DMA_EINVAL);
	SIM_CHECK(dma_arena_alloc(&arena, 8, 0, &none) == DMA_EINVAL);
	SIM_CHECK(dma_arena_alloc(&arena, 8, 3, &none) == DMA_EINVAL);
	SIM_CHECK(dma_arena_alloc(&arena, 8, 2 * PAGE, &none) == DMA_EINVAL);
	SIM_CHECK(dma_arena_alloc(&arena, SIZE_MAX, 1, &none) == DMA_EINVAL && none.nbytes == 7);
	for (unsigned i = 0; i < 5; i++) {
		size_t align = (size_t)1 << (2 * i);

		if (!SIM_CHECK(dma_arena_alloc(&arena, sizes[i], align, &slice[i]) == 0))
			return;
		SIM_CHECK(dma_slice_daddr(&slice[i]).raw % align == 0 && dma_slice_daddr(&slice[i]).raw % line == 0);
		SIM_CHECK(dma_slice_size(&slice[i]) >= sizes[i] && dma_slice_size(&slice[i]) < sizes[i] + line);
		for (unsigned j = 0; j < i; j++)
			SIM_CHECK(dma_slice_daddr(&slice[j]).raw + dma_slice_size(&slice[j]) <=
				  dma_slice_daddr(&slice[i]).raw);
	}
	for (unsigned i = 0; i < 5; i++)
		slice_exchange(&dev, &slice[i], i);
	SIM_CHECK(dma_arena_fallbacks(&arena) == 0 && dma_arena_used(&arena) >= 1198);
	SIM_CHECK(dma_arena_destroy(&arena) == 0 && !dma_slice_lives(&slice[0]) && !arena.dev);
	core_close(&dev);
}

static void slices_lie_side_by_side(void **state)
{
	(void)state;
	core_test_all(side_by_side);
}

static void full(void *unused)
{
	struct dma_slice slice[12], none = {.nbytes = 7};
	struct dma_arena arena = {0};
	struct core_device dev;

	(void)unused;
	core_open(&dev);
	if (!SIM_CHECK(dma_arena_create(&arena, &dev.dma, DMA_TO_DEVICE, 1) == 0))
		return;
	log_keep();
	for (unsigned round = 0; round < 3; round++) {
		log_keep();
		SIM_CHECK(dma_arena_alloc(&arena, PAGE, PAGE, &slice[0]) == 0);
		sim_interrupts(false);
		SIM_CHECK(dma_arena_alloc(&arena, 1, 1, &none) == DMA_EBUSY && none.nbytes == 7);
		sim_interrupts(true);
		for (unsigned i = 1; i < 11; i++)
			SIM_CHECK(dma_arena_alloc(&arena, PAGE, 64, &slice[i]) == 0);
		SIM_CHECK(dma_arena_alloc(&arena, 6 * PAGE, 64, &slice[11]) == 0);
		SIM_CHECK(dma_arena_fallbacks(&arena) >= 3 * (round + 1) && dma_arena_used(&arena) == 17 * PAGE);
		for (unsigned i = 0; i < 12; i++)
			slice_exchange(&dev, &slice[i], i);
		if (round == 1)
			sim_interrupts(false);
		dma_arena_reset(&arena);
		sim_interrupts(true);
		SIM_CHECK(dma_arena_used(&arena) == 0 && log_misuses() == 0);
		for (unsigned i = 0; i < 12; i++)
			SIM_CHECK(!dma_slice_lives(&slice[i]) &&
				  dma_slice_sync_to_device(&slice[i], 0, 1) == DMA_EINVAL);
		SIM_CHECK(log_misuses() == 12);
	}
	log_end();
	SIM_CHECK(dma_arena_alloc(&arena, 2 * PAGE, 64, &slice[0]) == 0);
	sim_interrupts(false);
	SIM_CHECK(dma_arena_destroy(&arena) == DMA_EBUSY && dma_slice_lives(&slice[0]));
	sim_interrupts(true);
	SIM_CHECK(dma_arena_destroy(&arena) == 0);
	(void)dma_reclaim();
	core_close(&dev);
}

static void a_full_arena_takes_another_stream(void **state)
{
	(void)state;
	core_test_all(full);
}

static void adopt(void *unused)
{
	struct dma_arena arena = {0}, other = {0};
	struct dma_stream s, empty = {0};
	struct core_device dev;
	struct dma_slice slice;

	(void)unused;
	core_open(&dev);
	if (!core_stream(&s, &dev, DMA_TO_DEVICE, 1, true, 1))
		return;
	SIM_CHECK(dma_arena_adopt(&arena, &empty) == DMA_EINVAL && !arena.dev);
	SIM_CHECK(dma_stream_slice(&s, 0, 128, &slice) == 0);
	SIM_CHECK(dma_arena_adopt(&arena, &s) == 0 && !s.dev && !dma_slice_lives(&slice));
	SIM_CHECK(dma_arena_alloc(&arena, 512, 512, &slice) == 0);
	slice_exchange(&dev, &slice, 3);
	if (core_stream(&s, &dev, DMA_TO_DEVICE, 1, false, 1)) {
		SIM_CHECK(dma_arena_adopt(&arena, &s) == DMA_EINVAL && s.dev);
		core_drain(0);
		sim_interrupts(false);
		SIM_CHECK(dma_arena_adopt(&other, &s) == DMA_ENOMEM && s.dev && !other.dev);
		sim_interrupts(true);
		core_refill();
		dma_stream_release(&s);
	}
	sim_interrupts(false);
	SIM_CHECK(dma_arena_destroy(&arena) == 0); /* it was never full */
	sim_interrupts(true);
	(void)dma_reclaim();
	core_close(&dev);
}

static void an_arena_of_an_existing_stream(void **state)
{
	(void)state;
	core_test_all(adopt);
}

static int attempt(void *unused)
{
	struct core_device dev = {.sim = sim_device_new(NULL)};
	struct dma_device_config device = sim_device_dma(dev.sim);
	struct dma_slice slice = {0}, more = {0};
	struct dma_arena arena = {0};
	int error;

	(void)unused;
	SIM_CHECK(dma_device_init(&dev.dma, &device) == 0);
	error = dma_arena_create(&arena, &dev.dma, DMA_TO_DEVICE, 1);
	SIM_CHECK(!error == !!arena.dev);
	if (!error)
		error = dma_arena_alloc(&arena, 3000, 8, &slice);
	if (!error) {
		error = dma_arena_alloc(&arena, 3000, 8, &more);
		SIM_CHECK(!error == dma_slice_lives(&more));
		SIM_CHECK(dma_slice_lives(&slice));
		slice_exchange(&dev, error ? &slice : &more, 1);
		dma_arena_reset(&arena);
		SIM_CHECK(dma_arena_alloc(&arena, PAGE, 8, &slice) == 0);
	}
	SIM_CHECK(dma_arena_destroy(&arena) == 0);
	core_close(&dev);
	return error;
}

static void every_hook_fails_at_every_call(void **state)
{
	static const char *const machines[] = {"low=1,high=1", "low=1,high=1,noncoherent", "low=1,high=1,cvm"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sim_config machine = sim_config_plain(machines[i]);

		assert_int_equal(sim_for_each_failure(&machine, attempt, NULL, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_lie_side_by_side),
		cmocka_unit_test(a_full_arena_takes_another_stream),
		cmocka_unit_test(an_arena_of_an_existing_stream),
		cmocka_unit_test(every_hook_fails_at_every_call),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
