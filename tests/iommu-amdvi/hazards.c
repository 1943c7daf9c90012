/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The hazards of mapping and of AMD-Vi (HAZARDS 10, 11, 13, 17, 25, 26, 28, 31, 32, 34, 47, 48, 61, 79) on the modelled
 * hardware: the library does it right under every schedule that is tried. mutants.sh puts each mistake back and sees
 * the scenario of that name fail.
 *
 *   hazards             all of them; hazards NAME one
 */
#include "../iommu-unit/run.h"
#include "world.h"

/* ---- Hardware as it may be ------------------------------------------------------------------------------------- */

static void absent_cached(struct sim_amdvi_config *c)
{
	c->absent_cached = true;
}

static void late_records(struct sim_amdvi_config *c)
{
	c->late_records = true;
}

static void old(struct sim_amdvi_config *c)
{
	c->no_features = true;
	c->invalidates_all = false;
	c->levels = 4;
}

static void worst(struct sim_amdvi_config *c)
{
	c->absent_cached = c->late_records = true;
	c->levels = 4;
}

/* ---- What only AMD-Vi has ------------------------------------------------------------------------------------- */

/* Directions are the hardware's, and every access is made to snoop. */
static void directions(const void *fixture)
{
	struct scene scene = world_scene(&world, 0);

	(void)fixture;
	scene_life(&scene);
	SIM_CHECK(sim_amdvi_seen(world.unit[0]).unsnooped == 0);
	SIM_CHECK(world.domain[0]->features & DMA_DOMAIN_WRITE_ONLY);
}

/* ---- The table --------------------------------------------------------------------------------------------------- */

/* What a scenario wants of its machine. */
#define WITH(...) (&(const struct fixture){__VA_ARGS__})
static const struct fixture usual;

static const struct unit_scenario scenarios[] = {
	{"h10_addresses_recycled", NULL, WITH(.mask = 256 * DMA_PAGE_SIZE - 1), scene_recycle, NULL, 0},
	{"h11_iotlb_invalidated", NULL, &usual, scene_life, NULL, 40},
	{"h13_directions_and_snooping", NULL, &usual, NULL, directions, 20},
	{"h17_interrupt_window_and_mask", NULL, WITH(.mask = 0xffffffff, .hole = {{0}, {0}, 0xfee00000}), scene_holes,
	 NULL, 0},
	{"h25_all_units", NULL, WITH(.units = 2), scene_life, NULL, 10},
	{"h74_regions_meet", NULL, WITH(.meeting = true), scene_regions_meet, NULL, 4},
	{"h26_unity_ranges", NULL, WITH(.region = {0x7b800000, 0x7b8fffff}), scene_regions, NULL, 10},
	{"h26_exclusion_ranges", NULL, WITH(.region = {0x7b800000, 0x7b8fffff}, .exclusion = true), scene_regions, NULL,
	 10},
	{"h28_absent_cached", NULL, WITH(.unit = absent_cached), scene_life, NULL, 40},
	{"h28_nobody_says", NULL, WITH(.unit = absent_cached, .unasked = true), scene_life, NULL, 20},
	{"h29_left_on", NULL, WITH(.left_on = true), scene_taken_over, NULL, 20},
	{"h29_left_on_absent_cached", NULL, WITH(.unit = absent_cached, .left_on = true), scene_taken_over, NULL, 20},
	{"h31_faults_cleared", NULL, &usual, scene_faults, NULL, 10},
	{"h61_late_records", NULL, WITH(.unit = late_records), scene_faults, NULL, 10},
	{"h32_buffer_wraps", NULL, &usual, scene_wrap, NULL, 4},
	{"h34_tables_freed_late", "low=64", WITH(.no_big_pages = true), scene_tables_wait, NULL, 4},
	{"h47_addresses_freed_late", NULL, WITH(.mask = 16 * DMA_PAGE_SIZE - 1), scene_addresses_wait, NULL, 20},
	{"h48_untrusted_is_strict", NULL, WITH(.deferred = true, .untrusted = true), scene_life, NULL, 10},
	{"h11_writes_drained", NULL, &usual, scene_drained, NULL, 20},
	{"numbers_again", NULL, &usual, scene_numbers_again, NULL, 20},
	{"deferred", NULL, WITH(.deferred = true), scene_life, NULL, 40},
	{"deferred_memory_is_nobodys", NULL, WITH(.deferred = true), scene_nobodys, NULL, 60},
	{"long_ranges", "low=64", &usual, scene_long_ranges, NULL, 10},
	{"long_ranges_small_pages", "low=64", WITH(.no_big_pages = true), scene_long_ranges, NULL, 10},
	{"old_unit", NULL, WITH(.unit = old, .left_on = true), scene_taken_over, NULL, 0},
	{"worst_unit", NULL, WITH(.unit = worst, .units = 2, .region = {0x7b800000, 0x7b8fffff}, .left_on = true),
	 scene_regions, NULL, 40},
	{"worst_unit_no_pairs", "nopairs", WITH(.unit = worst, .units = 2), scene_life, NULL, 20},
	{"worst_unit_deferred", NULL, WITH(.unit = worst, .units = 2, .deferred = true), scene_life, NULL, 40},
	{"h73_shared_requester", NULL, &usual, scene_shared_requester, NULL, 4},
	{"h85_bypass", NULL, &usual, scene_bypass, NULL, 8},
	{"own_unit", NULL, WITH(.units = 2), scene_own_unit, NULL, 4},
	{"own_unit_of_a_segment", NULL, WITH(.units = 2, .segments = true), scene_own_unit, NULL, 4},
	{"same_bits_of_two_segments", NULL, WITH(.units = 2, .segments = true), scene_apart, NULL, 4},
	{"interrupted", NULL, WITH(.units = 2), scene_interrupted, NULL, 2},
	{"interrupted_deferred", NULL, WITH(.units = 2, .deferred = true), scene_interrupted, NULL, 2},
	{"one_of_two_blocked", NULL, WITH(.units = 2), scene_one_blocked, NULL, 8},
	{"lists", NULL, &usual, scene_lists, NULL, 6},
	{"lists_deferred", NULL, WITH(.deferred = true), scene_lists, NULL, 6},
	{"scattered", NULL, &usual, scene_scattered, NULL, 4},
	{"scattered_deferred", NULL, WITH(.deferred = true), scene_scattered, NULL, 4},
	{"arguments", NULL, &usual, scene_arguments, NULL, 0},
	{"stranger", NULL, &usual, scene_stranger, NULL, 4},
	{"crowd", "low=64", WITH(.whole = true), scene_crowd, NULL, 0},
	{"no_page_for_a_split", "high=128", &usual, scene_no_page, NULL, 0},
	{"one_cpu", "cpus=1", &usual, scene_lengths, NULL, 0},
	{"one_cpu_deferred", "cpus=1", WITH(.deferred = true), scene_lengths, NULL, 0},
};

int main(int argc, char **argv)
{
	return unit_scenarios_main(scenarios, sizeof(scenarios) / sizeof(scenarios[0]), 16384, argc, argv);
}
