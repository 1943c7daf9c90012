/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The world of the scenarios of every driver (tests/iommu-unit/run.h): two devices behind an SMMUv3 of some kind.
 */
#include "../iommu-unit/run.h"
#include "setup.h"

enum { DEVICES = 2 };

static struct machine machine;
static struct attached devices[DEVICES];

static struct scene scene_of(unsigned i)
{
	return (struct scene){
		.iommu = machine.iommu,
		.dev = &devices[i].dev,
		.domain = &devices[i].domain,
		.device = devices[i].model,
		.requester = devices[i].model ? sim_device_config(devices[i].model)->requester : 0,
		.deferred = machine.kind->deferred,
		.unit = machine.unit,
		.look = sim_smmu_look,
		.remove = dma_smmuv3_remove,
	};
}

static bool up(const void *fixture, struct scene scenes[2])
{
	machine_open(&machine, fixture);
	if (!machine.iommu)
		return false;
	for (unsigned i = 0; i < DEVICES; i++) {
		if (!SIM_CHECK(attach_device(&machine, &devices[i], 5 + 4 * i, true) == 0))
			return false;
		scenes[i] = scene_of(i);
	}
	scenes[0].next = &scenes[1];
	return true;
}

static void down(void)
{
	for (unsigned i = 0; i < DEVICES; i++) {
		SIM_CHECK(dma_device_fini(&devices[i].dev) == 0);
		if (devices[i].domain)
			SIM_CHECK(dma_iommu_domain_destroy(machine.iommu, devices[i].domain) == 0);
		devices[i] = (struct attached){0};
	}
	machine_close(&machine);
}

static int probe(const void *fixture, struct scene *scene)
{
	sim_smmu_remove(); /* that of the run before */
	machine_open(&machine, fixture);
	devices[0] = (struct attached){.model = setup_device(5, true)};
	*scene = scene_of(0);
	return 0;
}

static int remove_checked(struct dma_iommu *iommu)
{
	int error = dma_smmuv3_remove(iommu);
	struct sim_smmu_seen seen = sim_smmu_seen(machine.unit);

	SIM_CHECK(seen.violations == 0 && seen.opened == 0 && seen.bypassed == 0);
	return error;
}

const struct unit_world unit_world = {up, down, probe, remove_checked, sim_smmu_remove};
