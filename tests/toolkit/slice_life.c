/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The end of a slice with its stream, twins, slices made with interrupts off, and every hook failing.
 */
#include "slices.h"

/* ---- The end ---- */

static void ends(void *unused)
{
	struct dma_slice slice, inner, tail_slice;
	struct dma_stream s, other, tail = {0}, moved;
	struct core_device dev;

	(void)unused;
	core_open(&dev);
	log_keep();
	for (unsigned mapped = 0; mapped < 2; mapped++) {
		if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 2, mapped, 1) ||
		    !core_stream(&other, &dev, DMA_BIDIRECTIONAL, 1, mapped, 2))
			break;
		log_keep();
		SIM_CHECK(dma_stream_slice(&s, 128, PAGE, &slice) == 0 && dma_slice_slice(&slice, 0, 128, &inner) == 0);
		moved = s; /* streams may be moved */
		memset(&s, 0xa5, sizeof(s));
		slice_exchange(&dev, &slice, 1);
		SIM_CHECK(dma_slice_lives(&slice) && log_misuses() == 0);
		dma_stream_release(&moved);
		SIM_CHECK(!dma_slice_lives(&slice) && !dma_slice_lives(&inner) && log_misuses() == 0);
		slice_refuses(&slice, 0, 8, DMA_EINVAL);
		SIM_CHECK(log_misuses() == 8);
		SIM_CHECK(dma_slice_sync_to_device(&inner, 0, 128) == DMA_EINVAL && log_misuses() == 9);
		SIM_CHECK(dma_slice_paddr(&inner).raw == DMA_ADDRESS_NONE);

		/* The next stream of the same memory is another one, and so is what the note of the slices becomes. */
		if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 2, mapped, 1))
			break;
		SIM_CHECK(!dma_slice_lives(&slice));
		SIM_CHECK(dma_stream_slice(&s, PAGE, PAGE, &tail_slice) == 0 && !dma_slice_lives(&slice));
		/* Cut in two: both parts are made anew, and the slices, too. */
		SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0);
		SIM_CHECK(!dma_slice_lives(&tail_slice));
		SIM_CHECK(dma_stream_slice(&tail, 0, PAGE, &tail_slice) == 0 && dma_slice_lives(&tail_slice));
		SIM_CHECK(dma_stream_slice(&s, 0, PAGE, &slice) == 0);
		dma_stream_release(&s);
		SIM_CHECK(!dma_slice_lives(&slice) && dma_slice_lives(&tail_slice));
		slice_exchange(&dev, &tail_slice, 4);
		dma_stream_release(&tail);
		SIM_CHECK(!dma_slice_lives(&tail_slice));
		dma_stream_release(&other);
	}
	log_end();
	core_close(&dev);
}

static void a_slice_ends_with_its_stream(void **state)
{
	(void)state;
	core_test_all(ends);
}

/* The same memory mapped twice for one device: streams that nobody can tell apart. */
static void twins(void *unused)
{
	struct dma_segment seg = {0}, same = {0};
	struct dma_stream a = {0}, b = {0};
	struct dma_slice of_a, of_b;
	struct core_device dev;

	(void)unused;
	core_open(&dev);
	if (!core_segment(&seg, 2, 3) || !SIM_CHECK(dma_segment_clone(&seg, &same) == 0))
		return;
	SIM_CHECK(dma_stream_map(&a, &dev.dma, DMA_TO_DEVICE, &seg) == 0);
	SIM_CHECK(dma_stream_map(&b, &dev.dma, DMA_TO_DEVICE, &same) == 0);
	SIM_CHECK(dma_stream_slice(&a, 0, PAGE, &of_a) == 0 && dma_stream_slice(&b, 0, PAGE, &of_b) == 0);
	dma_stream_release(&a);
	SIM_CHECK(dma_slice_lives(&of_b));
	slice_exchange(&dev, &of_b, 3);
	dma_stream_release(&b);
	SIM_CHECK(!dma_slice_lives(&of_b) && !dma_slice_lives(&of_a));
	core_close(&dev);
}

static void twins_do_not_end_each_other(void **state)
{
	(void)state;
	core_test_all(twins);
}

static void outlive(void *unused)
{
	struct core_device dev;
	struct dma_slice slice;
	struct dma_stream s;

	(void)unused;
	core_open(&dev);
	if (!core_stream(&s, &dev, DMA_TO_DEVICE, 1, false, 1))
		return;
	SIM_CHECK(dma_stream_slice(&s, 0, 128, &slice) == 0);
	dma_stream_release(&s);
	if (dma_slice_sync_to_device(&slice, 0, 128) == 0)
		SIM_CHECK(false);
	core_close(&dev);
}

static void the_simulated_machine_reports_it(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	machine.quiet = true;
	assert_int_equal(sim_run(&machine, outlive, NULL), 1);
	assert_int_equal(sim_failures_of(SIM_MISUSE), 1);
	assert_non_null(strstr(sim_report(), "a slice of 128 bytes at 0x"));
}

/* ---- Without memory, and with interrupts off ---- */

static void off(void *unused)
{
	struct dma_stream s[3];
	struct core_device dev;
	struct dma_slice slice = {0};

	(void)unused;
	core_open(&dev);
	for (unsigned i = 0; i < 3; i++) {
		if (!core_stream(&s[i], &dev, DMA_BIDIRECTIONAL, 1, false, 1))
			return;
	}
	core_drain(1);
	sim_interrupts(false);
	SIM_CHECK(dma_stream_slice(&s[0], 0, 128, &slice) == 0);
	SIM_CHECK(dma_stream_slice(&s[0], 128, 128, &slice) == 0); /* the second one needs nothing */
	slice_exchange(&dev, &slice, 1);
	SIM_CHECK(dma_stream_slice(&s[1], 0, 256, &slice) == DMA_ENOMEM && dma_slice_size(&slice) == 128);
	dma_stream_release(&s[0]);
	SIM_CHECK(dma_stream_slice(&s[1], 0, 256, &slice) == 0);
	dma_stream_release(&s[1]);
	sim_interrupts(true);
	SIM_CHECK(dma_stream_slice(&s[2], 0, 256, &slice) == 0);
	dma_stream_release(&s[2]);
	core_refill();
	core_close(&dev);
}

static void the_first_slice_takes_one_of_the_reserve(void **state)
{
	(void)state;
	core_test_all(off);
}

static int attempt(void *unused)
{
	struct dma_device_config config;
	struct dma_slice slice = {0};
	struct dma_stream s = {0};
	struct core_device dev;
	int error;

	(void)unused;
	dev.sim = sim_device_new(NULL);
	config = sim_device_dma(dev.sim);
	SIM_CHECK(dma_device_init(&dev.dma, &config) == 0);
	error = dma_stream_alloc(&s, &dev.dma, DMA_BIDIRECTIONAL, 2);
	if (!error)
		error = dma_stream_slice(&s, PAGE, 256, &slice);
	SIM_CHECK(!error == dma_slice_lives(&slice));
	if (!error)
		slice_exchange(&dev, &slice, 1);
	dma_stream_release(&s);
	SIM_CHECK(!dma_slice_lives(&slice));
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
		cmocka_unit_test(a_slice_ends_with_its_stream),
		cmocka_unit_test(twins_do_not_end_each_other),
		cmocka_unit_test(the_simulated_machine_reports_it),
		cmocka_unit_test(the_first_slice_takes_one_of_the_reserve),
		cmocka_unit_test(every_hook_fails_at_every_call),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
