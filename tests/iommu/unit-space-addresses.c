/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Spaces: which addresses a device gets, and which nobody gets.
 */
#include "choose.h"
#include "hardware.h"
#include "scene.h"
#include <dmastream/errors.h>
#include <dmastream/iommu.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void h17_reserved_regions(void **state)
{
	const struct dma_reserved holes[] = {{0xfee00000, 0x100000}, {3 * PAGE, 16 * PAGE}, {0x200000, 1}};
	struct dma_space_config config = {.last = 0xffffffff, .reserved = holes, .nreserved = 3};
	static struct dma_stream s[2000];
	uint64_t paddr;
	unsigned n = 0;

	(void)state;
	begin(&config, false, true);
	assert_int_equal(dma_space_identity(&unit.space, 4 * PAGE, 3 * PAGE, DMA_BIDIRECTIONAL), 0);
	assert_int_equal(dma_space_identity(&unit.space, (uint64_t)1 << 48, PAGE, DMA_BIDIRECTIONAL), DMA_EINVAL);
	assert_int_equal(dma_space_identity(&unit.space, 4 * PAGE + 1, PAGE, DMA_BIDIRECTIONAL), DMA_EINVAL);
	assert_true(unit_access(&unit, 6 * PAGE + 0x123, UNIT_WRITE, &paddr));
	assert_int_equal(paddr, 6 * PAGE + 0x123);
	if (PAGE > 0x1000) { /* hazard 86: a region of 8 KiB within a page */
		assert_int_equal(dma_space_identity(&unit.space, 9 * PAGE + 0x1000, 0x2000, DMA_BIDIRECTIONAL), 0);
		for (uint64_t at = 8 * PAGE; at < 10 * PAGE; at += 0x1000)
			assert_int_equal(hardware_walk(unit.space.table.format->name, unit.space.table.root.raw, at,
						       unit.space.table.snoops)
						 .mapped,
					 at == 9 * PAGE + 0x1000 || at == 9 * PAGE + 0x2000);
	}
	for (; n < 2000; n++) {
		uint64_t first, last;

		alloc(&s[n], DMA_BIDIRECTIONAL, 1 + n % 9);
		first = dma_stream_daddr(&s[n]).raw;
		last = first + dma_stream_size(&s[n]) - 1;
		for (unsigned h = 0; h < 3; h++)
			assert_true(last < (holes[h].daddr & ~(PAGE - 1)) ||
				    first > ((holes[h].daddr + holes[h].nbytes - 1) | (PAGE - 1)));
	}
	while (n > 0)
		dma_stream_release(&s[--n]);
	end();
}

/* Devices of one domain, each with constraints of its own, on every path by which mappings are made. */
static void masks_and_boundaries(void **state)
{
	const struct dma_device_config constraints[] = {
		{.name = "free", .mask = UINT64_MAX},
		{.name = "mask", .mask = 512 * PAGE - 1},
		{.name = "boundary", .mask = UINT64_MAX, .boundary = 8 * PAGE},
		{.name = "align", .mask = UINT64_MAX, .min_align = 16 * PAGE},
		{.name = "far", .mask = UINT64_MAX, .boundary = 256 * PAGE},
	};
	static struct dma_stream live[5][60];
	struct dma_device d[5];

	(void)state;
	begin(&strict_config, false, true);
	for (unsigned k = 0; k < 5; k++) {
		struct dma_device_config config = constraints[k];

		config.domain = &unit.space.domain;
		config.coherent = true;
		assert_int_equal(dma_device_init(&d[k], &config), 0);
	}
	for (unsigned n = 0; n < 1500; n++) {
		unsigned k = n % 5, slot = n / 5 % 60;
		struct dma_stream *s = &live[k][slot];
		uint64_t first, last;
		int error;

		dma_stream_release(s);
		error = dma_stream_alloc_uninit(s, &d[k], DMA_BIDIRECTIONAL, k == 4 ? 192 : 1 + n / 7 % 8);
		assert_true(error == 0 || (k == 1 && error == DMA_ENOSPC));
		if (error)
			continue;
		first = dma_stream_daddr(s).raw;
		last = first + dma_stream_size(s) - 1;
		assert_true(last <= constraints[k].mask);
		assert_true(!constraints[k].boundary ||
			    first / constraints[k].boundary == last / constraints[k].boundary);
		assert_true(k != 3 || first % (16 * PAGE) == 0);
	}
	for (unsigned k = 0; k < 5; k++) {
		for (unsigned slot = 0; slot < 60; slot++)
			dma_stream_release(&live[k][slot]);
		assert_int_equal(dma_device_fini(&d[k]), 0);
	}
	end();
}

/* All that is left lies over a boundary: no room for a device that must not cross it, room for another. */
static void only_over_a_boundary(void **state)
{
	const struct dma_device_config near = {.name = "boundary",
					       .domain = &unit.space.domain,
					       .mask = UINT64_MAX,
					       .boundary = 8 * PAGE,
					       .coherent = true};
	struct dma_space_config config = strict_config;
	static struct dma_stream live[512];
	struct dma_stream s = {0};
	struct dma_device d;
	unsigned n = 0;

	(void)state;
	config.last = 512 * PAGE - 1;
	begin(&config, false, true);
	assert_int_equal(dma_device_init(&d, &near), 0);
	while (n < 512 && dma_stream_alloc_uninit(&live[n], &dev, DMA_BIDIRECTIONAL, 1) == 0)
		n++;
	assert_int_equal(n, 511);
	for (unsigned i = 0; i < n; i++)
		if (dma_stream_daddr(&live[i]).raw / PAGE - 5 < 6) /* pages 5 to 10 */
			dma_stream_release(&live[i]);
	assert_int_equal(dma_stream_alloc_uninit(&s, &d, DMA_BIDIRECTIONAL, 5), DMA_ENOSPC);
	assert_int_equal(dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL, 5), 0);
	dma_stream_release(&s);
	assert_int_equal(dma_stream_alloc_uninit(&s, &d, DMA_BIDIRECTIONAL, 3), 0);
	dma_stream_release(&s);
	while (n > 0)
		dma_stream_release(&live[--n]);
	assert_int_equal(dma_device_fini(&d), 0);
	end();
}

/* A space is not taken down under a device, or a mapping. */
static void fini_refuses(void **state)
{
	struct dma_mapped mapped;

	(void)state;
	begin(&strict_config, false, true);
	assert_int_equal(dma_space_fini(&unit.space), DMA_EBUSY);
	mapped = dma_space_map(&unit.space.domain, &dev, dma_paddr(HOST_ARENA_PADDR), 3, 3);
	assert_int_equal(mapped.error, 0);
	assert_int_equal(dma_device_fini(&dev), 0);
	assert_int_equal(dma_space_fini(&unit.space), DMA_EBUSY);
	assert_int_equal(dma_space_unmap(&unit.space.domain, &dev, mapped.daddr, 3, mapped.tag), 0);
	end();
}

/* What another device gave back lies across the boundary, and there is no other room. */
static void boundary_of_what_was_recycled(void **state)
{
	const struct dma_reserved around[] = {{0, 4 * PAGE}, {9 * PAGE, 55 * PAGE}};
	const struct dma_space_config config = {.last = 64 * PAGE - 1, .reserved = around, .nreserved = 2};
	const struct dma_device_config bounded = {.name = "bounded",
						  .domain = &unit.space.domain,
						  .mask = UINT64_MAX,
						  .coherent = true,
						  .boundary = 8 * PAGE};
	struct dma_device other;
	struct dma_stream s;

	(void)state;
	begin(&config, false, true);
	assert_int_equal(dma_device_init(&other, &bounded), 0);
	for (unsigned n = 0; n < 3; n++) {
		alloc(&s, DMA_BIDIRECTIONAL, 5);
		assert_int_equal(dma_stream_daddr(&s).raw, 4 * PAGE);
		dma_stream_release(&s);
		assert_int_equal(dma_stream_alloc_uninit(&s, &other, DMA_BIDIRECTIONAL, 5), DMA_ENOSPC);
	}
	assert_int_equal(dma_stream_alloc_uninit(&s, &other, DMA_BIDIRECTIONAL, 4), 0);
	assert_int_equal(dma_stream_daddr(&s).raw, 4 * PAGE);
	dma_stream_release(&s);
	assert_int_equal(dma_device_fini(&other), 0);
	end();
}

/* A device that has no room left fails at once: no table of a free range is taken out, which would give memory and no
 * addresses, and no unit is told. What memory is short for takes them. */
static void no_room_takes_nothing(void **state)
{
	const struct dma_device_config narrow = {.name = "narrow",
						 .domain = &unit.space.domain,
						 .mask = 4 * PAGE - 1,
						 .coherent = true,
						 .trusted = true};
	struct dma_stream s[6] = {{0}}, none = {0};
	struct dma_device d;

	(void)state;
	for (unsigned deferred = 0; deferred < 2; deferred++) {
		uint64_t before;

		begin(deferred ? &deferred_config : &strict_config, false, true);
		assert_int_equal(dma_device_init(&d, &narrow), 0);
		for (unsigned i = 0; i < 6; i++)
			alloc(&s[i], DMA_BIDIRECTIONAL, 512);
		for (unsigned i = 0; i < 6; i++)
			dma_stream_release(&s[i]);
		assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
		before = unit.space.table.pages;
		assert_int_equal(dma_stream_alloc_uninit(&none, &d, DMA_BIDIRECTIONAL, 5), DMA_ENOSPC);
		assert_int_equal(unit.space.table.pages, before);
		assert_int_equal(dma_device_fini(&d), 0);
		end();
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h17_reserved_regions),	 cmocka_unit_test(masks_and_boundaries),
		cmocka_unit_test(only_over_a_boundary),	 cmocka_unit_test(boundary_of_what_was_recycled),
		cmocka_unit_test(no_room_takes_nothing), cmocka_unit_test(fini_refuses),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
