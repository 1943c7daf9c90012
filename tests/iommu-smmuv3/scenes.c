/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the scenarios of every driver do (tests/iommu-unit), on every kind of SMMUv3.
 *
 *   scenes             all of them; scenes "KIND: SCENE" one
 */
#include "../iommu-unit/run.h"
#include "setup.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *name;
	void (*scene)(const struct scene *w);
	const char *machine; /* beside the kind's */
	unsigned seeds;
} scenes[] = {
	{"life", scene_life, "low=6,high=1", 2},
	{"long ranges", scene_long_ranges, "low=64", 0},
	{"addresses recycled", scene_recycle, "low=6,high=1", 0},
	{"queue wraps", scene_wrap, "low=6,high=1", 0},
	{"numbers again", scene_numbers_again, "low=6,high=1", 2},
	{"crowd", scene_crowd, "low=64,high=1", 0}, /* not behind a table of 64 streams */
	{"one of two blocked", scene_one_blocked, "low=6,high=1", 2},
	{"interrupted", scene_interrupted, "low=6,high=1", 2},
	{"lists", scene_lists, "low=6,high=1", 2},
	{"scattered", scene_scattered, "low=6,high=1", 2},
	{"arguments", scene_arguments, "low=6,high=1", 0},
	{"regions meet", scene_regions_meet, "low=6,high=1", 1},
	{"same streams of two units", scene_apart, "low=6,high=1", 2},
	{"one CPU", scene_lengths, "cpus=1,low=6,high=1", 0},
};
enum { SCENES = sizeof(scenes) / sizeof(scenes[0]), KINDS = 16 };

int main(int argc, char **argv)
{
	static char names[KINDS * SCENES][80], words[KINDS * SCENES][64];
	static struct unit_scenario all[KINDS * SCENES];
	static struct kind with_regions[KINDS], twice[KINDS];
	unsigned n = 0;

	for (size_t k = 0; k < nkinds && k < KINDS; k++) {
		twice[k] = kinds[k];
		twice[k].two_units = true;
		with_regions[k] = kinds[k];
		with_regions[k].regions = scene_meeting;
		with_regions[k].nregions = SCENE_MEETING;
		for (unsigned i = 0; i < SCENES; i++) {
			const struct kind *kind = scenes[i].scene == scene_regions_meet ? &with_regions[k]
						  : scenes[i].scene == scene_apart	? &twice[k]
											: &kinds[k];

			if (kinds[k].linear && scenes[i].scene == scene_crowd)
				continue;
			snprintf(names[n], sizeof(names[n]), "%s: %s", kinds[k].name, scenes[i].name);
			snprintf(words[n], sizeof(words[n]), "%s%s%s", scenes[i].machine, kinds[k].words ? "," : "",
				 kinds[k].words ? kinds[k].words : "");
			all[n] = (struct unit_scenario){names[n],	 words[n], kind,
							scenes[i].scene, NULL,	   scenes[i].seeds};
			n++;
		}
	}
	return unit_scenarios_main(all, n, 4096, argc, argv);
}
