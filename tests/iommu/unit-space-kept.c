/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A large range that its CPU keeps after a strict release: no device reaches it, the next request of its size gets it,
 * and the constraints of devices hold for it, too.
 */
#include "choose.h"
#include "scene.h"
#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIZE 192u /* pages */

/* One CPU, and two; each once with stores past the caches and once with lines that are cleaned: host_start() takes
 * turns. */
#define TURNS 4u

static void start(const struct dma_space_config *config, unsigned turn)
{
	host.cpus = 1 + turn / 2;
	begin(config, false, true);
}

static void stop(void)
{
	end();
	host.cpus = 2;
}

static void used(struct dma_stream *s, unsigned dir)
{
	uint64_t daddr = dma_stream_daddr(s).raw, paddr = 0;

	for (unsigned i = 0; i < SIZE; i++) {
		assert_true(
			unit_access(&unit, daddr + i * PAGE, dir == DMA_TO_DEVICE ? UNIT_READ : UNIT_WRITE, &paddr));
		assert_int_equal(paddr, dma_stream_paddr(s).raw + i * PAGE);
		assert_int_equal(reaches(daddr + i * PAGE, UNIT_READ), (dir & DMA_TO_DEVICE) != 0);
	}
	assert_false(reaches(daddr + SIZE * PAGE, UNIT_READ));
}

static void again_and_again(void **state)
{
	(void)state;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		uint64_t first = 0;

		start(&strict_config, turn);
		for (unsigned n = 0; n < 20; n++) {
			unsigned dir = 1 + n % 3;
			struct dma_stream s, other;
			uint64_t daddr;

			alloc(&s, dir, SIZE);
			daddr = dma_stream_daddr(&s).raw;
			used(&s, dir);
			dma_stream_release(&s);
			for (unsigned i = 0; i < SIZE; i++)
				assert_false(reaches(daddr + i * PAGE, UNIT_READ) ||
					     reaches(daddr + i * PAGE, UNIT_WRITE));
			if (n > 0)
				assert_int_equal(daddr, first);
			first = daddr;
			alloc(&other, DMA_BIDIRECTIONAL, SIZE / 3); /* of another size, somewhere else */
			assert_true(dma_stream_daddr(&other).raw + SIZE / 3 * PAGE <= first ||
				    dma_stream_daddr(&other).raw >= first + SIZE * PAGE);
			if (n % 2)
				dma_stream_release(&other);
			alloc(&s, DMA_BIDIRECTIONAL, SIZE);
			assert_int_equal(dma_stream_daddr(&s).raw, first);
			if (!(n % 2))
				dma_stream_release(&other);
			dma_stream_release(&s);
		}
		stop();
	}
}

static void constraints(void **state)
{
	struct dma_device_config near = {.name = "near", .mask = 256 * PAGE - 1, .coherent = true, .trusted = true};
	struct dma_device_config zero = {
		.name = "zero", .mask = UINT64_MAX, .coherent = true, .trusted = true, .zero_length_reads = true};

	(void)state;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		struct dma_device d[2];
		struct dma_stream low, s, t;

		start(&strict_config, turn);
		near.domain = zero.domain = &unit.space.domain;
		assert_int_equal(dma_device_init(&d[0], &near), 0);
		assert_int_equal(dma_device_init(&d[1], &zero), 0);
		alloc(&low, DMA_BIDIRECTIONAL, 300);
		alloc(&s, DMA_BIDIRECTIONAL, 300); /* what comes next is beyond the mask */
		for (unsigned n = 0; n < 2; n++) {
			alloc(&t, DMA_BIDIRECTIONAL, SIZE);
			assert_true(dma_stream_daddr(&t).raw + SIZE * PAGE - 1 > near.mask);
			dma_stream_release(&t);
		}
		if (dma_stream_alloc_uninit(&t, &d[0], DMA_BIDIRECTIONAL, SIZE) == 0)
			assert_true(dma_stream_daddr(&t).raw + SIZE * PAGE - 1 <= near.mask);
		dma_stream_release(&t);
		alloc(&t, DMA_BIDIRECTIONAL, SIZE);
		dma_stream_release(&t);
		assert_int_equal(dma_stream_alloc_uninit(&t, &d[1], DMA_FROM_DEVICE, SIZE), 0);
		assert_true(reaches(dma_stream_daddr(&t).raw + (SIZE - 1) * PAGE, UNIT_READ));
		dma_stream_release(&t);
		dma_stream_release(&low);
		dma_stream_release(&s);
		assert_int_equal(dma_device_fini(&d[0]), 0);
		assert_int_equal(dma_device_fini(&d[1]), 0);
		stop();
	}
}

static void short_of_addresses(void **state)
{
	static struct dma_stream s[512];

	(void)state;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		struct dma_space_config config = strict_config;
		unsigned n;

		config.last = 512 * PAGE - 1;
		start(&config, turn);
		for (unsigned i = 0; i < 2; i++) {
			alloc(&s[0], DMA_BIDIRECTIONAL, SIZE);
			dma_stream_release(&s[0]);
		}
		for (n = 0; n < 512 && dma_stream_alloc_uninit(&s[n], &dev, DMA_BIDIRECTIONAL, 1) == 0; n++)
			;
		assert_int_equal(n, 511);
		while (n > 0)
			dma_stream_release(&s[--n]);
		stop();
	}
}

/* The CPU has found other tables since: the kept range's is looked for. */
static void table_forgotten(void **state)
{
	(void)state;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		struct dma_stream s;

		start(&strict_config, turn);
		for (unsigned n = 0; n < 4; n++) {
			alloc(&s, DMA_BIDIRECTIONAL, SIZE);
			used(&s, DMA_BIDIRECTIONAL);
			dma_stream_release(&s);
			for (uint32_t cpu = 0; cpu < unit.space.table.cpus; cpu++)
				memset(&unit.space.table.cache[cpu], 0xff, sizeof(struct dma_table_cache));
		}
		stop();
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(again_and_again),
		cmocka_unit_test(constraints),
		cmocka_unit_test(short_of_addresses),
		cmocka_unit_test(table_forgotten),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
