# SPDX-License-Identifier: MPL-2.0
# The scenarios that every driver's tests run: each brings struct unit_world (run.h).
UNIT_SCENES := $(addprefix tests/iommu-unit/,run.c cases_regions.c scene.c scene_life.c scene_devices.c scene_regions.c scene_apart.c scene_interrupted.c scene_lists.c scene_dead.c scene_release.c stops.c)
# A world behind units: the driver's folder brings the rest (world.h).
UNIT_WORLD := tests/iommu-unit/world.c $(UNIT_SCENES)
