/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The hazards of VT-d and of mapping (HAZARDS 10, 11, 13, 17, 25 to 34, 47, 48) on the modelled hardware: the library
 * does it right under every schedule that is tried. mutants.sh puts each mistake back and sees the scenario of that
 * name fail.
 *
 *   hazards             all of them; hazards NAME one
 */
#include "../iommu-unit/run.h"
#include "world.h"

/* ---- Hardware as it may be ------------------------------------------------------------------------------------- */

static void write_buffer(struct sim_vtd_config *c)
{
	c->write_buffer = true;
}

static void caching_mode(struct sim_vtd_config *c)
{
	c->caching_mode = true;
}

static void unsnooped(struct sim_vtd_config *c)
{
	c->coherent = false;
	c->root_invalidates = false;
}

static void worst(struct sim_vtd_config *c)
{
	c->coherent = c->zero_length_reads = c->root_invalidates = c->snoop_control = c->page_selective = false;
	c->write_buffer = c->caching_mode = true;
	c->big_pages = 0;
	c->sagaw = 4;
	c->domain_bits = 4;
	c->fault_records = 1;
}

static void root_keeps(struct sim_vtd_config *c)
{
	c->root_invalidates = false;
}

static void far_registers(struct sim_vtd_config *c)
{
	c->fault_offset = 0x2000;
	c->iotlb_offset = 0x3000;
}

static void only_3_levels(struct sim_vtd_config *c)
{
	c->sagaw = 2;
	c->width = 39;
}

static void only_4_levels(struct sim_vtd_config *c)
{
	c->sagaw = 4;
}

static void only_5_levels(struct sim_vtd_config *c)
{
	c->sagaw = 8;
	c->width = 57;
}

static void small_pages(struct sim_vtd_config *c)
{
	c->big_pages = 0;
}

static void one_record(struct sim_vtd_config *c)
{
	c->fault_records = 1;
}

static void passes(struct sim_vtd_config *c)
{
	c->pass_through = true;
}

/* ---- What only VT-d has --------------------------------------------------------------------------------------- */

/* Directions are the hardware's, and every access is made to snoop. */
static void directions(const void *fixture)
{
	struct scene scene = world_scene(&world, 0);

	(void)fixture;
	scene_life(&scene);
	SIM_CHECK(sim_vtd_seen(world.unit[0]).unsnooped == 0);
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
	{"h25_register_window", NULL, WITH(.unit = far_registers), scene_faults, NULL, 5},
	{"h74_regions_meet", NULL, WITH(.meeting = true), scene_regions_meet, NULL, 4},
	{"h26_reserved_regions", NULL, WITH(.region = {0x7b800000, 0x7b8fffff}), scene_regions, NULL, 10},
	{"h27_write_buffer", NULL, WITH(.unit = write_buffer), scene_life, NULL, 40},
	{"h28_caching_mode", NULL, WITH(.unit = caching_mode), scene_life, NULL, 40},
	{"h28_domain_zero", NULL, WITH(.unit = caching_mode), scene_life, NULL, 0},
	{"h29_root_pointer", NULL, WITH(.unit = root_keeps, .left_on = true), scene_taken_over, NULL, 20},
	{"h30_walks_unsnooped", NULL, WITH(.unit = unsnooped), scene_life, NULL, 40},
	{"h30_short_lines", "line=32", WITH(.unit = unsnooped), scene_life, NULL, 10},
	{"h30_long_lines", "line=128", WITH(.unit = unsnooped), scene_life, NULL, 10},
	{"h30_stores_past_the_caches", "writepast", WITH(.unit = unsnooped), scene_life, NULL, 40},
	{"h31_faults_cleared", NULL, WITH(.unit = one_record), scene_faults, NULL, 10},
	{"h32_queue_wraps", NULL, &usual, scene_wrap, NULL, 4},
	{"h33_3_levels", NULL, WITH(.unit = only_3_levels), scene_life, NULL, 4},
	{"h33_4_levels", NULL, WITH(.unit = only_4_levels), scene_life, NULL, 4},
	{"h33_5_levels", NULL, WITH(.unit = only_5_levels), scene_life, NULL, 4},
	{"h34_tables_freed_late", "low=64", WITH(.unit = small_pages), scene_tables_wait, NULL, 4},
	{"h47_addresses_freed_late", NULL, WITH(.mask = 16 * DMA_PAGE_SIZE - 1), scene_addresses_wait, NULL, 20},
	{"h48_untrusted_is_strict", NULL, WITH(.deferred = true, .untrusted = true), scene_life, NULL, 10},
	{"h11_writes_drained", NULL, &usual, scene_drained, NULL, 20},
	{"deferred", NULL, WITH(.deferred = true), scene_life, NULL, 40},
	{"deferred_memory_is_nobodys", NULL, WITH(.deferred = true), scene_nobodys, NULL, 60},
	{"long_ranges", "low=64", WITH(.unit = small_pages), scene_long_ranges, NULL, 10},
	{"worst_unit", NULL, WITH(.unit = worst, .units = 2, .region = {0x7b800000, 0x7b8fffff}, .left_on = true),
	 scene_regions, NULL, 40},
	{"worst_unit_past_the_caches", "writepast,line=32", WITH(.unit = worst, .units = 2, .deferred = true),
	 scene_life, NULL, 40},
	{"worst_unit_deferred", NULL, WITH(.unit = worst, .units = 2, .deferred = true), scene_life, NULL, 40},
	{"h71_numbers_again", NULL, &usual, scene_numbers_again, NULL, 8},
	{"h73_shared_requester", NULL, &usual, scene_shared_requester, NULL, 4},
	{"h85_bypass", NULL, WITH(.unit = passes), scene_bypass, NULL, 8},
	{"own_unit", NULL, WITH(.units = 2), scene_own_unit, NULL, 4},
	{"own_unit_of_a_segment", NULL, WITH(.units = 2, .segments = true), scene_own_unit, NULL, 4},
	{"same_bits_of_two_segments", NULL, WITH(.units = 2, .segments = true), scene_apart, NULL, 4},
	{"interrupted", NULL, WITH(.units = 2), scene_interrupted, NULL, 2},
	{"interrupted_deferred", NULL, WITH(.units = 2, .deferred = true), scene_interrupted, NULL, 2},
	{"one_of_two_blocked", NULL, WITH(.units = 2), scene_one_blocked, NULL, 8},
	{"lists", NULL, &usual, scene_lists, NULL, 6},
	{"lists_deferred", NULL, WITH(.deferred = true), scene_lists, NULL, 6},
	{"lists_past_the_caches", "writepast", WITH(.unit = unsnooped), scene_lists, NULL, 6},
	{"long_lists", NULL, WITH(.unit = unsnooped), scene_long_lists, NULL, 2},
	{"long_lists_past_the_caches", "writepast", WITH(.unit = unsnooped), scene_long_lists, NULL, 2},
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
	return unit_scenarios_main(scenarios, sizeof(scenarios) / sizeof(scenarios[0]), 4096, argc, argv);
}
