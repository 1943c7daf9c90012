/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The hazards of mapping on a modelled virtio-iommu (HAZARDS 10, 11, 31, 32, 48, 71, 73, 74, 85): the library does
 * it right under every schedule that is tried.
 *
 *   hazards             all of them; hazards NAME one
 */
#include "../iommu-unit/run.h"
#include "world.h"

#define WITH(...) (&(const struct fixture){__VA_ARGS__})
static const struct fixture usual;
static const struct dma_iommu_region host[] = {{.first = 0x20, .last = 0x20, .base = {0x80000000}, .nbytes = 0x3000}};

/* The unit maps nothing smaller than the library's pages. */
static void whole_pages(struct sim_virtio_config *c)
{
	c->page_size_mask = ~((uint64_t)DMA_PAGE_SIZE - 1);
}

static const struct unit_scenario scenarios[] = {
	{"h10_addresses_recycled", NULL, &usual, scene_recycle, NULL, 0},
	{"h11_unmapped", NULL, WITH(.devices = 2), scene_life, NULL, 12},
	{"h31_faults", NULL, &usual, scene_faults, NULL, 0}, /* reports come when the unit likes */
	{"h32_queue_wraps", NULL, &usual, scene_wrap, NULL, 2},
	{"h48_untrusted_is_strict", NULL, WITH(.deferred = true, .untrusted = true), scene_life, NULL, 8},
	{"h71_numbers_again", NULL, &usual, scene_numbers_again, NULL, 4},
	{"h73_shared_requester", NULL, &usual, scene_shared_requester, NULL, 4},
	{"h74_regions_meet", NULL, WITH(.regions = scene_meeting, .nregions = SCENE_MEETING), scene_regions_meet, NULL,
	 4},
	{"h74_regions_meet_whole_pages", NULL,
	 WITH(.regions = scene_meeting, .nregions = SCENE_MEETING, .granule = DMA_PAGE_SIZE, .unit = whole_pages),
	 scene_regions_meet, NULL, 4},
	{"h74_regions", NULL, WITH(.regions = host, .nregions = 1), scene_regions, NULL, 4},
	{"h85_bypass", NULL, &usual, scene_bypass, NULL, 4},
	{"own_unit_of_a_segment", NULL, WITH(.devices = 2, .segments = true), scene_own_unit, NULL, 4},
	{"same_bits_of_two_segments", NULL, WITH(.devices = 2, .segments = true), scene_apart, NULL, 4},
	{"interrupted", NULL, WITH(.devices = 2), scene_interrupted, NULL, 2},
	{"interrupted_deferred", NULL, WITH(.devices = 2, .deferred = true), scene_interrupted, NULL, 2},
	{"one_of_two_blocked", NULL, WITH(.devices = 2), scene_one_blocked, NULL, 4},
	{"deferred", NULL, WITH(.devices = 2, .deferred = true), scene_life, NULL, 12},
	{"deferred_memory_is_nobodys", NULL, WITH(.deferred = true), scene_nobodys, NULL, 12},
	{"long_ranges", "low=64", &usual, scene_long_ranges, NULL, 4},
	{"lists", NULL, &usual, scene_lists, NULL, 6},
	{"lists_deferred", NULL, WITH(.deferred = true), scene_lists, NULL, 6},
	{"scattered", NULL, &usual, scene_scattered, NULL, 4},
	{"scattered_deferred", NULL, WITH(.deferred = true), scene_scattered, NULL, 4},
	{"arguments", NULL, &usual, scene_arguments, NULL, 0},
	{"one_cpu", "cpus=1", &usual, scene_lengths, NULL, 0},
	{"one_cpu_deferred", "cpus=1", WITH(.deferred = true), scene_lengths, NULL, 0},
};

int main(int argc, char **argv)
{
	return unit_scenarios_main(scenarios, sizeof(scenarios) / sizeof(scenarios[0]), 4096, argc, argv);
}
