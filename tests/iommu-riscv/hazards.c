/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The hazards of mapping and of the RISC-V IOMMU (HAZARDS 10, 11, 29, 32, 34, 47, 48, 61, 71, 74, 79) on the modelled
 * hardware: the library does it right under every schedule that is tried.
 *
 *   hazards             all of them; hazards NAME one
 */
#include "../iommu-unit/run.h"
#include "world.h"
#include <dmastream/iommu.h>

/* ---- Hardware as it may be ------------------------------------------------------------------------------------- */

static void base_format(struct sim_riscv_config *c)
{
	c->base_format = true;
}

static void three_levels(struct sim_riscv_config *c)
{
	c->levels = 1 << 3;
}

static void slow(struct sim_riscv_config *c)
{
	c->busy = true;
}

static void worst(struct sim_riscv_config *c)
{
	c->busy = c->only_50 = c->base_format = c->big_endian = c->reserved_set = true;
}

static void first_39(struct sim_riscv_config *c)
{
	c->first = 1 << 3;
}

static void first_48(struct sim_riscv_config *c)
{
	c->first = 1 << 4;
}

static void worst_first(struct sim_riscv_config *c)
{
	c->first = 1 << 5;
	c->busy = c->base_format = c->big_endian = c->reserved_set = true;
}

/* The fault queue that a former kernel left somewhere in its turn has room from the start. */
static void whole_queue(const void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 100; i++)
		SIM_CHECK(!world_reaches(&world, 0, 0x40000000, true));
	SIM_CHECK(dma_iommu_poll_all() >= 100);
}

static bool was_blocked;
static unsigned passed;

/* Between any two accesses to a register: the device of the former kernel tries what it had. */
static bool tries(void *unused)
{
	uint64_t paddr;

	(void)unused;
	if (world.model[0] && sim_riscv_look(world.model[0], 0x5000, true, &paddr))
		was_blocked = true;
	else if (was_blocked)
		passed++;
	return false;
}

static void tried(struct sim_riscv_config *c)
{
	(void)c;
	was_blocked = false;
	passed = 0;
	sim_on_tick(tries, NULL);
}

/* Once the former kernel's tables are not used any more, nothing is: out of no cache either. */
static void nothing_passed(const void *unused)
{
	(void)unused;
	SIM_CHECK(was_blocked && passed == 0);
}

/* ---- The table --------------------------------------------------------------------------------------------------- */

#define DOORBELL                                                                                                       \
	{                                                                                                              \
		.base = {0x28000000}, .nbytes = 0x4000, .last = UINT32_MAX, .dir = DMA_FROM_DEVICE                     \
	}

/* What a scenario wants of its machine. */
#define WITH(...) (&(const struct fixture){__VA_ARGS__})
static const struct fixture usual;

static const struct unit_scenario scenarios[] = {
	{"h10_addresses_recycled", NULL, WITH(.mask = 256 * DMA_PAGE_SIZE - 1), scene_recycle, NULL, 0},
	{"h11_iotlb_invalidated", NULL, &usual, scene_life, NULL, 12},
	{"h11_writes_drained", NULL, &usual, scene_drained, NULL, 8},
	{"h29_left_on", NULL, WITH(.left_on = true), scene_taken_over, NULL, 8},
	{"h29_nothing_passes_meanwhile", NULL, WITH(.left_on = true, .unit = tried), NULL, nothing_passed, 0},
	{"h29_left_on_slow", NULL, WITH(.left_on = true, .unit = slow), scene_taken_over, NULL, 8},
	{"h31_faults_cleared", NULL, &usual, scene_faults, NULL, 10},
	{"h31_queue_of_before", NULL, WITH(.left_on = true), NULL, whole_queue, 4},
	{"h31_faults_cleared_slow", NULL, WITH(.unit = slow), scene_faults, NULL, 10},
	{"h32_queue_wraps", NULL, &usual, scene_wrap, NULL, 4},
	{"h34_tables_freed_late", "low=64", WITH(.no_big_pages = true), scene_tables_wait, NULL, 4},
	{"h47_addresses_freed_late", NULL, WITH(.mask = 16 * DMA_PAGE_SIZE - 1), scene_addresses_wait, NULL, 8},
	{"h48_untrusted_is_strict", NULL, WITH(.deferred = true, .untrusted = true), scene_life, NULL, 10},
	{"h71_numbers_again", NULL, WITH(.both = true, .device = {0x28, 0x29}), scene_numbers_again, NULL, 8},
	{"h74_doorbell", NULL, WITH(.region = DOORBELL), scene_regions, NULL, 8},
	{"h74_regions_meet", NULL, WITH(.meeting = true), scene_regions_meet, NULL, 4},
	{"h85_bypass", NULL, &usual, scene_bypass, NULL, 8},
	{"one_level", NULL, WITH(.last_device = 0x3f, .unit = slow), scene_life, NULL, 10},
	{"two_levels", NULL, WITH(.last_device = 0x7fff, .device = {0x7123}), scene_life, NULL, 10},
	{"three_levels_for_few", NULL, WITH(.last_device = 0x3f, .unit = three_levels), scene_life, NULL, 10},
	{"24_bits", NULL, WITH(.last_device = 0xffffff, .both = true, .device = {0xfedcba, 0x012345}), scene_life, NULL,
	 4},
	{"base_format", NULL, WITH(.unit = base_format, .both = true), scene_life, NULL, 8},
	{"deferred", NULL, WITH(.deferred = true, .both = true), scene_life, NULL, 12},
	{"deferred_memory_is_nobodys", NULL, WITH(.deferred = true), scene_nobodys, NULL, 20},
	{"long_ranges", "low=64", &usual, scene_long_ranges, NULL, 10},
	{"long_ranges_small_pages", "low=64", WITH(.no_big_pages = true), scene_long_ranges, NULL, 10},
	{"worst_unit", NULL, WITH(.unit = worst, .both = true, .left_on = true, .region = DOORBELL), scene_regions,
	 NULL, 12},
	{"worst_unit_deferred", NULL, WITH(.unit = worst, .both = true, .deferred = true), scene_life, NULL, 12},
	{"first_recycled", NULL, WITH(.unit = first_39, .mask = 256 * DMA_PAGE_SIZE - 1), scene_recycle, NULL, 0},
	{"first_invalidated", NULL, WITH(.unit = first_39), scene_life, NULL, 12},
	{"first_drained", NULL, WITH(.unit = first_39), scene_drained, NULL, 8},
	{"first_left_on", NULL, WITH(.unit = first_39, .left_on = true), scene_taken_over, NULL, 8},
	{"first_faults", NULL, WITH(.unit = first_39), scene_faults, NULL, 10},
	{"first_tables_freed_late", "low=64", WITH(.unit = first_39, .no_big_pages = true), scene_tables_wait, NULL, 4},
	{"first_numbers_again", NULL, WITH(.unit = first_39, .both = true, .device = {0x28, 0x29}), scene_numbers_again,
	 NULL, 8},
	{"first_doorbell", NULL, WITH(.unit = first_39, .region = DOORBELL), scene_regions, NULL, 8},
	{"first_regions_meet", NULL, WITH(.unit = first_48, .meeting = true), scene_regions_meet, NULL, 4},
	{"first_bypass", NULL, WITH(.unit = first_39), scene_bypass, NULL, 8},
	{"first_deferred", NULL, WITH(.unit = first_48, .deferred = true, .both = true), scene_life, NULL, 12},
	{"first_deferred_nobodys", NULL, WITH(.unit = first_39, .deferred = true), scene_nobodys, NULL, 20},
	{"first_long_ranges", "low=64", WITH(.unit = first_48), scene_long_ranges, NULL, 10},
	{"first_long_ranges_small_pages", "low=64", WITH(.unit = first_39, .no_big_pages = true), scene_long_ranges,
	 NULL, 10},
	{"first_shared_requester", NULL, WITH(.unit = first_39), scene_shared_requester, NULL, 4},
	{"first_apart", NULL,
	 WITH(.unit = first_39, .both = true, .last_device = 0xffffff, .device = {0x010028, 0x020028}), scene_apart,
	 NULL, 4},
	{"first_one_blocked", NULL, WITH(.unit = first_39, .both = true), scene_one_blocked, NULL, 8},
	{"first_interrupted", NULL, WITH(.unit = first_39, .both = true), scene_interrupted, NULL, 2},
	{"first_lists_deferred", NULL, WITH(.unit = first_39, .deferred = true), scene_lists, NULL, 6},
	{"first_crowd", "low=64", WITH(.unit = first_39), scene_crowd, NULL, 0},
	{"first_queue_wraps", NULL, WITH(.unit = first_39), scene_wrap, NULL, 4},
	{"first_addresses_freed_late", NULL, WITH(.unit = first_39, .mask = 16 * DMA_PAGE_SIZE - 1),
	 scene_addresses_wait, NULL, 8},
	{"first_untrusted", NULL, WITH(.unit = first_39, .deferred = true, .untrusted = true), scene_life, NULL, 10},
	{"first_interrupted_deferred", NULL, WITH(.unit = first_39, .both = true, .deferred = true), scene_interrupted,
	 NULL, 2},
	{"first_two_units", NULL, WITH(.unit = first_39, .both = true, .two_units = true, .device = {0x28, 0x28}),
	 scene_own_unit, NULL, 4},
	{"first_lists", NULL, WITH(.unit = first_48), scene_lists, NULL, 6},
	{"first_scattered", NULL, WITH(.unit = first_39), scene_scattered, NULL, 4},
	{"first_scattered_deferred", NULL, WITH(.unit = first_39, .deferred = true), scene_scattered, NULL, 4},
	{"first_stranger", NULL, WITH(.unit = first_39), scene_stranger, NULL, 4},
	{"first_no_page_for_a_split", "high=128", WITH(.unit = first_39), scene_no_page, NULL, 0},
	{"first_one_cpu", "cpus=1", WITH(.unit = first_39), scene_lengths, NULL, 0},
	{"first_one_cpu_deferred", "cpus=1", WITH(.unit = first_39, .deferred = true), scene_lengths, NULL, 0},
	{"worst_first", NULL, WITH(.unit = worst_first, .both = true, .left_on = true, .region = DOORBELL),
	 scene_regions, NULL, 12},
	{"worst_first_deferred", NULL, WITH(.unit = worst_first, .both = true, .deferred = true), scene_life, NULL, 12},
	{"h73_shared_requester", NULL, &usual, scene_shared_requester, NULL, 4},
	{"same_bits_of_longer_ids", NULL, WITH(.both = true, .last_device = 0xffffff, .device = {0x010028, 0x020028}),
	 scene_apart, NULL, 4},
	{"same_ids_of_two_units", NULL, WITH(.both = true, .two_units = true, .device = {0x28, 0x28}), scene_apart,
	 NULL, 4},
	{"own_unit", NULL, WITH(.both = true, .two_units = true, .device = {0x28, 0x28}), scene_own_unit, NULL, 4},
	{"two_units_deferred", NULL, WITH(.both = true, .two_units = true, .deferred = true), scene_life, NULL, 4},
	{"interrupted", NULL, WITH(.both = true), scene_interrupted, NULL, 2},
	{"interrupted_deferred", NULL, WITH(.both = true, .deferred = true), scene_interrupted, NULL, 2},
	{"one_of_two_blocked", NULL, WITH(.both = true), scene_one_blocked, NULL, 8},
	{"lists", NULL, &usual, scene_lists, NULL, 6},
	{"lists_deferred", NULL, WITH(.deferred = true), scene_lists, NULL, 6},
	{"scattered", NULL, &usual, scene_scattered, NULL, 4},
	{"scattered_deferred", NULL, WITH(.deferred = true), scene_scattered, NULL, 4},
	{"arguments", NULL, &usual, scene_arguments, NULL, 0},
	{"stranger", NULL, &usual, scene_stranger, NULL, 4},
	{"crowd", "low=64", &usual, scene_crowd, NULL, 0},
	{"no_page_for_a_split", "high=128", &usual, scene_no_page, NULL, 0},
	{"one_cpu", "cpus=1", &usual, scene_lengths, NULL, 0},
	{"one_cpu_deferred", "cpus=1", WITH(.deferred = true), scene_lengths, NULL, 0},
};

int main(int argc, char **argv)
{
	return unit_scenarios_main(scenarios, sizeof(scenarios) / sizeof(scenarios[0]), 16384, argc, argv);
}
