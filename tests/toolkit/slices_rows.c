/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Slices, pools and arenas on each row of the truth table (the CPU can sync, the device snoops, the VM is
 * confidential), with each line size, without an IOMMU and behind a strict and a deferred one: bytes both ways, and no
 * access of the device after a strict release.
 */
#include "rig.h"
#include "slices.h"
#include <stdio.h>

/* Once nothing of it is mapped any more. */
static void out_of_reach(const struct rig *rig, uint64_t daddr)
{
	if (rig->kind == RIG_STRICT)
		SIM_CHECK(!rig_reaches(daddr, false) && !rig_reaches(daddr, true));
}

static void slices(struct rig *rig, unsigned dir, bool mapped)
{
	struct dma_slice slice[2], inner;
	struct dma_stream s;

	if (!core_stream(&s, &rig->dev, dir, 2, mapped, 1))
		return;
	SIM_CHECK(dma_stream_slice(&s, 128, 256, &slice[0]) == 0);
	SIM_CHECK(dma_stream_slice(&s, PAGE - 128, 256, &slice[1]) == 0); /* over the end of a page */
	SIM_CHECK(dma_slice_slice(&slice[1], 128, 128, &inner) == 0);
	slice_exchange(&rig->dev, &slice[0], dir);
	slice_exchange(&rig->dev, &slice[1], dir + 1);
	slice_exchange(&rig->dev, &inner, dir + 2);
	dma_stream_release(&s);
	SIM_CHECK(!dma_slice_lives(&slice[0]) && !dma_slice_lives(&inner));
	out_of_reach(rig, dma_slice_daddr(&slice[0]).raw);
	out_of_reach(rig, dma_slice_daddr(&inner).raw);
}

static void pool(struct rig *rig, unsigned dir)
{
	const struct dma_pool_config config = {.name = "p", .dir = dir, .block_size = 200, .blocks = 3, .reserve = 1};
	struct dma_block *block[8];
	struct dma_pool p = {0};
	uint64_t daddr;
	unsigned n = 0;

	if (!SIM_CHECK(dma_pool_create(&p, &rig->dev.dma, &config) == 0))
		return;
	for (; n < 3; n++)
		SIM_CHECK(dma_pool_get(&p, &block[n]) == 0);
	sim_interrupts(false);
	SIM_CHECK(dma_pool_get(&p, &block[n++]) == 0);
	for (unsigned i = 0; i < n; i++)
		slice_exchange(&rig->dev, &block[i]->slice, i);
	for (unsigned i = 0; i < n; i++)
		SIM_CHECK(dma_pool_put(&p, block[i]) == 0);
	sim_interrupts(true);
	daddr = dma_block_daddr(block[0]).raw;
	if (!rig->dev.dma.trusted) /* nothing of anybody else lies beside the blocks (hazard 56) */
		SIM_CHECK(sim_device_foreign(rig->dev.sim, dma_daddr(daddr & ~(uint64_t)(PAGE - 1)), PAGE) == 0);
	SIM_CHECK(dma_pool_destroy(&p) == 0);
	out_of_reach(rig, daddr);
}

static void arena(struct rig *rig, unsigned dir)
{
	struct dma_slice slice[3];
	struct dma_arena a = {0};

	if (!SIM_CHECK(dma_arena_create(&a, &rig->dev.dma, dir, 1) == 0))
		return;
	for (unsigned i = 0; i < 3; i++) { /* the last one in another stream */
		SIM_CHECK(dma_arena_alloc(&a, PAGE / 2 - 100, 64, &slice[i]) == 0);
		sim_interrupts(false);
		slice_exchange(&rig->dev, &slice[i], i);
		sim_interrupts(true);
	}
	SIM_CHECK(dma_arena_fallbacks(&a) == 1);
	dma_arena_reset(&a);
	out_of_reach(rig, dma_slice_daddr(&slice[2]).raw);
	SIM_CHECK(dma_arena_destroy(&a) == 0);
	out_of_reach(rig, dma_slice_daddr(&slice[0]).raw);
}

static void all(struct rig *rig)
{
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		slices(rig, dir, false);
		slices(rig, dir, true);
		pool(rig, dir);
		arena(rig, dir);
	}
}

static void every_row_line_and_iommu(void **state)
{
	(void)state;
	rig_on_every_row("", all);
}

static void devices_that_are_not_trusted(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1,untrusted", RIG_STRICT, all), 0);
	assert_int_equal(rig_on("low=1,high=1,untrusted,noncoherent", RIG_STRICT, all), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_line_and_iommu),
		cmocka_unit_test(devices_that_are_not_trusted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
