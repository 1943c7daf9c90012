/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions at each step of attaching and detaching (hazard 74), on every kind of SMMUv3.
 */
#include "../iommu-unit/handover.h"
#include "setup.h"

enum { STREAM = 5, NEIGHBOUR = 9 };

static const struct kind *kind_now;
static struct sim_smmu *unit;

static unsigned faults(void)
{
	return sim_smmu_seen(unit).faults;
}

static void forget(void)
{
	sim_smmu_forget(unit);
}

static bool stage_1(void)
{
	return kind_now->stage == 1;
}

/* Stage 2 of a domain in which others work: its number and its table are two words, and neither order is right. And a
 * region that is a block in one table and pages in the other needs break before make below BBML 2. */
static bool gap(enum handover_kind kind, bool back)
{
	(void)back;
	return !stage_1() && (kind == HANDOVER_SHARED || kind == HANDOVER_OTHERS ||
			      (kind == HANDOVER_SMALL_PAGES && kind_now->breaks));
}

static bool able(enum handover_kind kind)
{
	(void)kind;
	return true;
}

static struct sim_device *model_of(uint32_t stream)
{
	struct sim_device_config config = sim_config()->device;

	config.requester = stream;
	config.coherent = config.trusted = true;
	config.readable = ~(uint32_t)0;
	return sim_device_new(&config);
}

static void scenario(void *arg)
{
	static const struct dma_smmuv3_region firmware = {.stream = STREAM, .base = 0x80000000, .nbytes = 0x200000};
	struct handover handover = {
		.region = firmware.base, .faults = faults, .forget = forget, .gap = gap, .able = able};
	struct sim_smmu_config hardware;
	struct dma_smmuv3_config driver;

	kind_now = ((const struct handover_unit *)arg)->fixture;
	hardware = kind_hardware(kind_now);
	driver = kind_driver(kind_now);
	unit = sim_smmu_add(&hardware);
	driver.regions = &firmware;
	driver.nregions = 1;
	if (!SIM_CHECK(dma_smmuv3_probe(&driver, &handover.iommu) == 0))
		return;
	handover.device = model_of(STREAM);
	handover.neighbour = model_of(NEIGHBOUR);
	handover_run(&handover);
	SIM_CHECK(dma_smmuv3_remove(handover.iommu) == 0);
	SIM_CHECK(sim_smmu_seen(unit).violations == 0);
	sim_smmu_remove_all();
}

/* With an argument: only the kind of that name. */
int main(int argc, char **argv)
{
	struct handover_unit units[16];

	for (size_t i = 0; i < nkinds; i++)
		units[i] = (struct handover_unit){kinds[i].name, NULL, &kinds[i]};
	return handover_main(units, nkinds, scenario, 1, argc, argv);
}
