/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The world of the scenarios of every driver (tests/iommu-unit/run.h): two devices behind an SMMUv3 of some kind, or
 * each behind one of its own.
 */
#include "../iommu-unit/run.h"
#include "setup.h"

enum { DEVICES = 2 };

static struct machine machines[DEVICES]; /* the second: where there are two units */
static struct attached devices[DEVICES];

static struct machine *machine_of(unsigned i)
{
	return &machines[machines[0].kind->two_units ? i : 0];
}

/* Whatever it lets past untranslated is nobody's, too. */
static unsigned freed(void *unit)
{
	struct sim_smmu_seen seen = sim_smmu_seen(unit);

	return seen.freed + seen.opened + seen.bypassed;
}

static struct scene scene_of(unsigned i)
{
	return (struct scene){
		.iommu = machine_of(i)->iommu,
		.dev = &devices[i].dev,
		.domain = &devices[i].domain,
		.device = devices[i].model,
		.requester = devices[i].model ? sim_device_config(devices[i].model)->requester : 0,
		.deferred = machines[0].kind->deferred,
		.unit = machine_of(i)->unit,
		.look = sim_smmu_look,
		.freed = freed,
		.aborts = true,
		.remove = dma_smmuv3_remove,
	};
}

static bool up(const void *fixture, struct scene scenes[2])
{
	machine_open(&machines[0], fixture);
	if (machines[0].kind->two_units)
		machine_open_second(&machines[1], fixture);
	for (unsigned i = 0; i < DEVICES; i++) {
		uint32_t stream = machines[0].kind->two_units ? 5 : 5 + 4 * i;

		if (!machine_of(i)->iommu || !SIM_CHECK(attach_device(machine_of(i), &devices[i], stream, true) == 0))
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
			SIM_CHECK(dma_iommu_domain_destroy(machine_of(i)->iommu, devices[i].domain) == 0);
		devices[i] = (struct attached){0};
	}
	if (machines[0].kind->two_units)
		machine_stop(&machines[1]);
	machine_close(&machines[0]);
}

static int probe(const void *fixture, struct scene *scene)
{
	static struct kind kind;
	int error;

	sim_smmu_remove_all(); /* those of the run before */
	kind = *(const struct kind *)fixture;
	if (unit_nhost_regions) {
		kind.regions = unit_host_regions;
		kind.nregions = unit_nhost_regions;
	}
	error = machine_probe(&machines[0], &kind);
	devices[0] = (struct attached){.model = setup_device(5, true)};
	*scene = scene_of(0);
	return error;
}

static int remove_checked(struct dma_iommu *iommu)
{
	int error = dma_smmuv3_remove(iommu);
	struct sim_smmu_seen seen = sim_smmu_seen(machines[0].unit);

	SIM_CHECK(seen.violations == 0 && seen.opened == 0 && seen.bypassed == 0);
	return error;
}

const struct unit_world unit_world = {up, down, probe, remove_checked, sim_smmu_remove_all};
