/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions at each step of attaching and detaching (hazard 74), on every kind of SMMUv3.
 */
#include "../iommu-unit/handover.h"
#include "setup.h"
#include <stdio.h>
#include <string.h>

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
static bool gap(enum handover_kind kind)
{
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
	struct sim_smmu_config hardware = kind_hardware(arg);
	struct dma_smmuv3_config driver = kind_driver(arg);

	kind_now = arg;
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
	sim_smmu_remove();
}

/* With an argument: only the kind of that name. */
int main(int argc, char **argv)
{
	unsigned failed = 0;

	printf("1..%zu\n", argc > 1 ? 1 : nkinds);
	for (size_t i = 0; i < nkinds; i++) {
		struct sim_config config = sim_config_frames(sim_config_plain("low=6,high=1"));
		struct sim_config hostile = sim_config_frames(sim_config_hostile("low=6,high=1"));
		union {
			const struct kind *given;
			void *arg;
		} pass = {&kinds[i]};
		unsigned bad;

		if (argc > 1 && strcmp(argv[1], kinds[i].name))
			continue;
		bad = sim_run(&config, scenario, pass.arg);
		if (!bad)
			bad = sim_random(&hostile, scenario, pass.arg, 1);
		failed += bad;
		printf("%s %zu - a stream keeps its region at each step: %s\n", bad ? "not ok" : "ok", i + 1,
		       kinds[i].name);
	}
	return failed != 0;
}
