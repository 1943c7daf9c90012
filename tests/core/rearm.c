/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A receive stream that goes round without being released: on every machine the right bytes come, with packets that
 * grow shorter, with an owner who writes into the buffer between two transfers where that is allowed, and with
 * interrupts off; refused where it has no sense; a missing step is reported.
 */
#include "core.h"
#include <stdio.h>

static struct core_device dev;
static struct dma_stream s;
static unsigned char bytes[2 * 65536], back[2 * 65536];

static void packet(unsigned seed, size_t off, size_t len)
{
	core_pattern(bytes, seed, off, len);
	SIM_CHECK(sim_device_write(dev.sim, dma_daddr(dma_stream_daddr(&s).raw + off), bytes, len) == 0);
}

static void take(unsigned seed, size_t off, size_t len)
{
	SIM_CHECK(dma_stream_sync_from_device(&s, off, len) == 0);
	memset(back, 0, len);
	SIM_CHECK(dma_stream_read_bytes(&s, off, back, len) == 0);
	SIM_CHECK(core_is_pattern(back, seed, off, len));
}

static void around(void *arg)
{
	unsigned dir = *(unsigned *)arg & DMA_BIDIRECTIONAL;
	bool mapped = *(unsigned *)arg & 8;

	core_open(&dev);
	if (core_stream(&s, &dev, dir, 2, mapped, 1)) {
		uint64_t daddr = dma_stream_daddr(&s).raw;

		for (unsigned i = 0; i < 6; i++) {
			size_t off = i % 2 ? PAGE - 100 : 0, len = 700 - 100 * i;
			bool before = sim_interrupts(i % 3 != 0);

			packet(i, off, len);
			take(i, off, len);
			SIM_CHECK(dma_stream_rearm(&s, 0, 2 * PAGE) == 0);
			SIM_CHECK(dma_stream_daddr(&s).raw == daddr);
			sim_interrupts(before);
		}
		/* One that is not looked at is given up. */
		packet(40, 64, 200);
		SIM_CHECK(dma_stream_rearm(&s, 64, 200) == 0);
		packet(41, 64, 200);
		take(41, 64, 200);
		dma_stream_release(&s);
	}
	SIM_CHECK(core_pages() == 0);
	core_close(&dev);
}

static void receives_round_and_round(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 4; how++) {
		unsigned arg = (how & 1 ? DMA_BIDIRECTIONAL : DMA_FROM_DEVICE) | (how & 2 ? 8 : 0);

		assert_int_equal(core_run_all(around, &arg), 0);
	}
}

/* The owner clears the buffer before it is armed: where the device sees the owner's frames, no dirty line of that falls
 * on what the device writes. */
static void cleared(void *arg)
{
	struct dma_segment seg = {0}, kept = {0};
	unsigned char *own;

	(void)arg;
	core_open(&dev);
	s = (struct dma_stream){0};
	if (!core_segment(&seg, 1, 1) || !SIM_CHECK(dma_segment_clone(&seg, &kept) == 0))
		return;
	own = dma_host_linear(kept.paddr, PAGE);
	if (SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_FROM_DEVICE, &seg) == 0) && own && !dma_stream_bounces(&s)) {
		for (unsigned i = 0; i < 8; i++) {
			packet(i, 0, 300);
			take(i, 0, 300);
			dma_arch_fill(own, 0, PAGE);
			SIM_CHECK(dma_stream_rearm(&s, 0, PAGE) == 0);
			packet(i + 50, 100, 20);
			SIM_CHECK(dma_stream_sync_from_device(&s, 0, PAGE) == 0);
			SIM_CHECK(dma_stream_read_bytes(&s, 0, back, PAGE) == 0);
			SIM_CHECK(core_is_pattern(back + 100, i + 50, 100, 20));
			SIM_CHECK(back[0] == 0 && back[99] == 0 && back[120] == 0 && back[PAGE - 1] == 0);
			SIM_CHECK(dma_stream_rearm(&s, 0, PAGE) == 0);
		}
	}
	dma_stream_release(&s);
	dma_segment_drop(&kept);
	core_close(&dev);
}

static void an_owner_may_clear_it_before(void **state)
{
	(void)state;
	core_test_all(cleared);
}

/* What the CPU wrote itself is given away, too: the device may read it, and write over it, and nothing is reported. */
static void written(void *arg)
{
	(void)arg;
	core_open(&dev);
	if (core_stream(&s, &dev, DMA_BIDIRECTIONAL, 1, true, 1) && !dma_stream_bounces(&s)) {
		core_pattern(bytes, 9, 0, 300);
		SIM_CHECK(dma_stream_write_bytes(&s, 0, bytes, 300) == 0);
		SIM_CHECK(dma_stream_rearm(&s, 0, PAGE) == 0);
		SIM_CHECK(sim_device_read(dev.sim, dma_stream_daddr(&s), back, 300) == 0);
		SIM_CHECK(core_is_pattern(back, 9, 0, 300));
		packet(1, 0, 300);
		take(1, 0, 300);
	}
	dma_stream_release(&s);
	core_close(&dev);
}

static void the_cpu_may_write_before(void **state)
{
	(void)state;
	core_test_all(written);
}

static void refused(void *arg)
{
	struct dma_stream empty = {0};

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dma_stream_rearm(&empty, 0, 0) == DMA_EINVAL);
	if (core_stream(&s, &dev, DMA_TO_DEVICE, 1, true, 1))
		SIM_CHECK(dma_stream_rearm(&s, 0, 1) == DMA_EACCES);
	dma_stream_release(&s);
	if (core_stream(&s, &dev, DMA_FROM_DEVICE, 1, true, 1)) {
		SIM_CHECK(dma_stream_rearm(&s, 0, PAGE + 1) == DMA_EINVAL);
		SIM_CHECK(dma_stream_rearm(&s, 1, PAGE) == DMA_EINVAL);
		SIM_CHECK(dma_stream_rearm(&s, SIZE_MAX, 2) == DMA_EINVAL);
		SIM_CHECK(dma_stream_rearm(&s, PAGE, 0) == 0);
	}
	dma_stream_release(&s);
	core_close(&dev);
}

static void only_what_the_device_may_write(void **state)
{
	(void)state;
	core_test_all(refused);
}

/* Without the second step the CPU reads the packet before. */
static void no_sync(void *arg)
{
	(void)arg;
	core_open(&dev);
	if (core_stream(&s, &dev, DMA_FROM_DEVICE, 1, true, 1)) {
		packet(1, 0, 64);
		take(1, 0, 64);
		SIM_CHECK(dma_stream_rearm(&s, 0, PAGE) == 0);
		packet(2, 0, 64);
		dma_consume();
		SIM_CHECK(dma_stream_read_bytes(&s, 0, back, 64) == 0);
	}
	dma_stream_release(&s);
	core_close(&dev);
}

static void a_missing_sync_is_reported(void **state)
{
	static const char *const machines[] = {"low=1,high=1", "low=1,high=1,noncoherent", "low=1,high=1,cvm"};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		struct sim_config machine = sim_config_frames(sim_config_plain(machines[i]));

		machine.quiet = true;
		(void)sim_run(&machine, no_sync, NULL);
		assert_true(sim_failures_of(SIM_STALE_CPU) > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(receives_round_and_round),   cmocka_unit_test(an_owner_may_clear_it_before),
		cmocka_unit_test(the_cpu_may_write_before),   cmocka_unit_test(only_what_the_device_may_write),
		cmocka_unit_test(a_missing_sync_is_reported),
	};

	return cmocka_run_group_tests_name("rearm", tests, NULL, NULL);
}
