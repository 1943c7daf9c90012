/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Walks and syncs that no usual driver meets: pieces that lie side by side and are owned each for itself, a refused
 * sync on the slow path, a pool that is low while the host has nothing, and a host that is told which frames hold
 * the tables of an IOMMU.
 */
#include "../../src/iommu/table/iommu_frames.h"
#include "rig.h"
#include <dmastream/errors.h>

/* ---- Pieces side by side ---- */

static void side_by_side(struct rig *rig)
{
	struct dma_piece pieces[3];
	struct dma_segment first = {0}, second = {0};
	struct dma_list_entry entry;
	struct dma_list_walk walk;
	uint64_t whole = 2 * PAGE;
	struct dma_list l;
	size_t sum = 0;
	unsigned n = 0;

	dma_list_init(&l, pieces, 3);
	if (!SIM_CHECK(dma_segment_alloc(&first, 2, SIM_HIGH_RAM - 1, 0) == 0) ||
	    !SIM_CHECK(dma_segment_split(&first, 1, &second) == 0))
		return;
	SIM_CHECK(dma_list_own_segment(&l, &first, 0, PAGE) == 0 && dma_list_own_segment(&l, &second, 0, PAGE) == 0);
	SIM_CHECK(l.npieces == 2);
	if (SIM_CHECK(dma_list_map(&l, &rig->dev.dma, DMA_TO_DEVICE) == 0)) {
		for (walk = dma_list_begin(&l); dma_list_next(&walk, &entry); n++)
			sum += entry.len;
		SIM_CHECK(sum == whole && n >= 1 && n <= 2);
		if (sim_config()->device.coherent && rig->kind == RIG_NONE)
			SIM_CHECK(n == 1); /* the device is told once */
	}
	dma_list_release(&l);
}

static void neighbours_are_one_entry(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1,offset", RIG_NONE, side_by_side), 0);
	assert_int_equal(rig_on("low=1,high=1", RIG_NONE, side_by_side), 0);
	assert_int_equal(rig_on("low=1,high=1", RIG_STRICT, side_by_side), 0);
	assert_int_equal(rig_on("low=1,high=1,mask=32,noncoherent", RIG_NONE, side_by_side), 0);
}

/* ---- A sync that is refused ---- */

static void refused(struct rig *rig)
{
	struct dma_buffer b = {0};
	struct dma_segment seg = {0};

	if (!SIM_CHECK(dma_segment_alloc(&seg, 1, SIM_HIGH_RAM - 1, 0) == 0))
		return;
	if (SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, DMA_FROM_DEVICE, &seg, 0, 100) == 0)) {
		SIM_CHECK(dma_buffer_sync_from_device(&b, 1, 100) == DMA_EINVAL);
		SIM_CHECK(dma_buffer_sync_from_device(&b, 0, 100) == 0);
		dma_buffer_release(&b);
	}
	dma_segment_drop(&seg);
}

static void a_sync_beyond_the_buffer_is_refused(void **state)
{
	(void)state;
	assert_int_equal(rig_all(refused), 0);
}

/* ---- A pool that is low ---- */

/* It cannot grow: what its CPUs keep goes back to where every CPU finds it. */
static void low(struct rig *rig)
{
	struct dma_pool_config config = {
		.name = "seldom", .dir = DMA_TO_DEVICE, .block_size = PAGE, .blocks = 4, .reserve = 2, .low = 6};
	struct dma_block *blocks[6];
	struct dma_pool pool = {0};
	unsigned n = 0;

	if (!SIM_CHECK(dma_pool_create(&pool, &rig->dev.dma, &config) == 0))
		return;
	sim_interrupts(false);
	while (n < 6 && dma_pool_get(&pool, &blocks[n]) == 0)
		n++;
	sim_interrupts(true);
	SIM_CHECK(n >= 4);
	sim_fail_hook_from(SIM_HOOK_FRAMES_ALLOC, 1);
	(void)dma_reclaim();
	sim_fail_hook_from(SIM_HOOK_FRAMES_ALLOC, 0);
	while (n-- > 0)
		SIM_CHECK(dma_pool_put(&pool, blocks[n]) == 0);
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
}

static void a_pool_is_low_and_cannot_grow(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1", RIG_NONE, low), 0);
	assert_int_equal(rig_on("low=1,high=1,noncoherent", RIG_STRICT, low), 0);
}

/* ---- Frames of an IOMMU's tables ---- */

static struct {
	unsigned lent, back;
	int error;
} told;

static int tell(dma_paddr_t paddr, size_t npages, bool lends, void *context)
{
	SIM_CHECK(paddr.raw && npages == 1 && context == &told);
	told.lent += lends;
	told.back += !lends;
	return told.error;
}

static void frames(void *unused)
{
	dma_paddr_t paddr = dma_paddr(0);

	(void)unused;
	memset(&told, 0, sizeof(told));
	dma_iommu_frames_with(tell, &told);
	if (SIM_CHECK(dma_iommu_frames_alloc(1, UINT64_MAX, PAGE, &paddr) == 0))
		dma_iommu_frames_free(paddr, 1);
	SIM_CHECK(told.lent == 1 && told.back == 1);
	told.error = DMA_EACCES; /* the host cannot: the frames go back at once */
	SIM_CHECK(dma_iommu_frames_alloc(1, UINT64_MAX, PAGE, &paddr) == DMA_EACCES);
	SIM_CHECK(told.lent == 2 && told.back == 1);
	dma_iommu_frames_with(NULL, NULL);
}

static void the_host_knows_the_frames_of_tables(void **state)
{
	(void)state;
	core_test("low=1,high=1", frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_are_one_entry),
		cmocka_unit_test(a_sync_beyond_the_buffer_is_refused),
		cmocka_unit_test(a_pool_is_low_and_cannot_grow),
		cmocka_unit_test(the_host_knows_the_frames_of_tables),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
