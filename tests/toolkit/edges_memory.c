/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a driver seldom meets with the library's own memory: scattered memory and batches in trouble, and arenas and
 * pools where every call runs out of pages in the middle. (Lists and buffers: edges.c.)
 */
#include "rig.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Scattered memory ---- */

static void filled(struct rig *rig)
{
	struct dma_scattered s = {0};
	unsigned char seen[100], expected[100];

	if (!SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, DMA_TO_DEVICE, 3) == 0))
		return;
	memset(expected, 0x5a, sizeof(expected));
	SIM_CHECK(dma_scattered_fill(&s, PAGE - 50, 0x5a, 100) == 0);
	SIM_CHECK(dma_scattered_fill(&s, 3 * PAGE - 50, 0x5a, 100) == DMA_EINVAL);
	SIM_CHECK(dma_scattered_sync_to_device(&s, PAGE - 50, 100) == 0);
	SIM_CHECK(sim_device_read(rig->dev.sim, dma_daddr(dma_scattered_daddr(&s).raw + PAGE - 50), seen, 100) == 0);
	SIM_CHECK(memcmp(seen, expected, sizeof(seen)) == 0);
	dma_scattered_release(&s);
}

/* The last frames are in a batch of releases: they come back first. */
static void taken_back(struct rig *rig)
{
	struct dma_stream *held = calloc(512, sizeof(*held));
	struct dma_scattered s = {0};
	unsigned n = 0;

	while (n < 512 && dma_stream_alloc_uninit(&held[n], &rig->dev.dma, DMA_FROM_DEVICE, 1) == 0)
		n++;
	SIM_CHECK(n > 100 && n < 512);
	for (unsigned i = 0; i < 20; i++)
		dma_stream_release(&held[i * 3]);
	SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, DMA_FROM_DEVICE, 8) == 0);
	dma_scattered_release(&s);
	for (unsigned i = 0; i < n; i++)
		dma_stream_release(&held[i]);
	free(held);
}

static void scattered_memory(void **state)
{
	(void)state;
	for (unsigned kind = RIG_STRICT; kind < RIG_IOMMUS; kind++) {
		assert_int_equal(rig_on("low=1,high=1", (enum rig_iommu)kind, filled), 0);
		assert_int_equal(rig_on("low=1,high=1,noncoherent", (enum rig_iommu)kind, filled), 0);
		assert_int_equal(rig_on("low=1,high=1", (enum rig_iommu)kind, taken_back), 0);
	}
}

/* ---- A batch of streams that have slices ---- */

static void sliced(struct rig *rig)
{
	struct dma_stream s[2] = {{0}}, *both[2] = {&s[0], &s[1]};
	struct dma_slice slice;
	char text[200];

	for (unsigned i = 0; i < 2; i++)
		if (!SIM_CHECK(dma_stream_alloc(&s[i], &rig->dev.dma, DMA_TO_DEVICE, 1) == 0))
			return;
	SIM_CHECK(dma_stream_slice(&s[1], 0, PAGE, &slice) == 0 && dma_slice_lives(&slice));
	SIM_CHECK(dma_stream_describe(&s[0], text, sizeof(text)) < sizeof(text));
	SIM_CHECK((strstr(text, "behind an IOMMU") != NULL) == (rig->kind != RIG_NONE));
	dma_batch_release(both, 2);
	SIM_CHECK(!dma_slice_lives(&slice) && dma_stream_size(&s[0]) == 0 && dma_stream_size(&s[1]) == 0);
}

/* A copy of a handle, beside one that lives: the copy is reported, and ends nothing. */
static void copied(struct rig *rig)
{
	struct dma_stream s = {0}, copy, other = {0}, *both[2] = {&copy, &other};

	if (!SIM_CHECK(dma_stream_alloc(&s, &rig->dev.dma, DMA_TO_DEVICE, 1) == 0 &&
		       dma_stream_alloc(&other, &rig->dev.dma, DMA_TO_DEVICE, 1) == 0))
		return;
	copy = s;
	dma_stream_release(&s);
	dma_batch_release(both, 2);
	SIM_CHECK(dma_stream_size(&copy) == 0 && dma_stream_size(&other) == 0);
}

static void batches(void **state)
{
	(void)state;
	for (unsigned kind = RIG_NONE; kind < RIG_IOMMUS; kind++)
		assert_int_equal(rig_on("low=1,high=1", (enum rig_iommu)kind, sliced), 0);
}

static void copied_on_its_own(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, RIG_STRICT);
	copied(&rig);
	rig_close(&rig);
}

static void a_copy_in_a_batch_is_reported(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	machine.quiet = true;
	(void)sim_run(&machine, copied_on_its_own, NULL);
	assert_int_equal(sim_failures_of(SIM_MISUSE), 1);
	assert_int_equal(sim_failures(), 1);
}

/* ---- Every hook fails, once and for good ---- */

static int arena(void *unused)
{
	struct core_device dev;
	struct dma_arena a = {0};
	struct dma_slice slice;
	int error;

	(void)unused;
	core_open(&dev);
	error = dma_arena_create(&a, &dev.dma, DMA_TO_DEVICE, 1);
	for (unsigned i = 0; i < 40 && !error; i++) /* more streams than a page has records of */
		error = dma_arena_alloc(&a, PAGE - 64, 1, &slice);
	SIM_CHECK(dma_arena_destroy(&a) == 0);
	core_close(&dev);
	return error;
}

static int pool(void *coherent)
{
	const struct dma_pool_config config = {.name = "edges",
					       .dir = DMA_TO_DEVICE,
					       .coherent = coherent != NULL,
					       .block_size = 3000,
					       .blocks = 30,
					       .low = 60,
					       .high = 10};
	struct core_device dev;
	struct dma_pool p = {0};
	struct dma_block *block = NULL;
	int error;

	core_open(&dev);
	SIM_CHECK(dma_pool_get(&p, &block) == DMA_EINVAL && !block);
	error = dma_pool_create(&p, &dev.dma, &config);
	if (error)
		SIM_CHECK(!p.dev);
	else if (!(error = dma_pool_get(&p, &block)))
		SIM_CHECK(dma_pool_put(&p, block) == 0);
	SIM_CHECK(dma_pool_destroy(&p) == 0);
	core_close(&dev);
	return error;
}

static void fails_everywhere(int (*attempt)(void *), void *arg)
{
	static const char *const machines[] = {"low=1,high=1,cpus=3", "low=1,high=1,noncoherent", "low=1,high=1,cvm"};
	unsigned runs;

	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		struct sim_config machine = sim_config_plain(machines[i]);

		assert_int_equal(sim_for_each_failure(&machine, attempt, arg, &runs), 0);
		assert_true(runs > 10);
	}
}

static void h12_arenas(void **state)
{
	(void)state;
	fails_everywhere(arena, NULL);
}

static void h12_pools(void **state)
{
	static bool coherent = true;

	(void)state;
	fails_everywhere(pool, NULL);
	fails_everywhere(pool, &coherent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scattered_memory),
		cmocka_unit_test(batches),
		cmocka_unit_test(a_copy_in_a_batch_is_reported),
		cmocka_unit_test(h12_arenas),
		cmocka_unit_test(h12_pools),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
