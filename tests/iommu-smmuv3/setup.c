/* SPDX-License-Identifier: MPL-2.0 */
/* The kinds of unit, and machines with one. */
#include "setup.h"

#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>

const struct kind kinds[] = {
	{.name = "stage 2, all features", .stage = 0},
	{.name = "stage 1, all features", .stage = 1},
	{.name = "stage 2 alone", .stage = 2, .one_stage = true, .narrow_ids = true},
	{.name = "stage 1 alone", .one_stage = true, .stage = 1, .narrow_ids = true},
	{.name = "stage 2, does not snoop, linear, pages, breaks",
	 .linear = true,
	 .no_snoop = true,
	 .no_range = true,
	 .breaks = true},
	{.name = "stage 1, does not snoop, linear, pages, breaks",
	 .stage = 1,
	 .linear = true,
	 .no_snoop = true,
	 .no_range = true,
	 .breaks = true,
	 .words = "noncoherent"},
	{.name = "stage 2, slow, 32-bit output", .lazy = true, .output_code = 1, .breaks = true},
	{.name = "stage 1, slow, deferred",
	 .stage = 1,
	 .lazy = true,
	 .deferred = true,
	 .no_snoop = true,
	 .words = "line=32"},
	{.name = "stage 2, slow, deferred, noncoherent devices",
	 .lazy = true,
	 .deferred = true,
	 .words = "noncoherent,line=128"},
};
const size_t nkinds = sizeof(kinds) / sizeof(kinds[0]);

struct sim_smmu_config kind_hardware(const struct kind *kind)
{
	struct sim_smmu_config config = sim_smmu_config(SMMU_REGISTERS);

	config.stage_1 = !kind->one_stage || kind->stage == 1;
	config.stage_2 = !kind->one_stage || kind->stage == 2;
	config.snoops = config.says_snoops = !kind->no_snoop;
	config.range_invalidation = !kind->no_range;
	config.bbml = kind->breaks ? 0 : 2;
	config.wide_ids = !kind->narrow_ids;
	config.hypervisor = kind->linear;
	config.eager = !kind->lazy;
	if (kind->linear)
		config.stream_bits = 6;
	if (kind->output_code)
		config.output_code = kind->output_code;
	if (kind->unit)
		kind->unit(&config);
	return config;
}

struct dma_smmuv3_config kind_driver(const struct kind *kind)
{
	return (struct dma_smmuv3_config){
		.registers = dma_paddr(SMMU_REGISTERS),
		.walks = kind->no_snoop ? DMA_SMMUV3_SNOOPS_NOT : DMA_SMMUV3_ASK,
		.stage = kind->stage,
		.linear_table = kind->linear,
		.host_regions = kind->regions,
		.nhost_regions = kind->nregions,
		.timeout_ns = kind->timeout_ns ? kind->timeout_ns : 10000000,
	};
}

static int open_at(struct machine *m, const struct kind *kind, uint64_t registers)
{
	struct sim_smmu_config hardware = kind_hardware(kind);
	struct dma_smmuv3_config driver = kind_driver(kind);

	hardware.registers = registers;
	driver.registers = dma_paddr(registers);
	*m = (struct machine){.kind = kind};
	m->unit = sim_smmu_add(&hardware);
	return dma_smmuv3_probe(&driver, &m->iommu);
}

int machine_probe(struct machine *m, const struct kind *kind)
{
	return open_at(m, kind, SMMU_REGISTERS);
}

void machine_open(struct machine *m, const struct kind *kind)
{
	SIM_CHECK(machine_probe(m, kind) == 0);
}

void machine_open_second(struct machine *m, const struct kind *kind)
{
	SIM_CHECK(open_at(m, kind, SMMU_REGISTERS + 0x100000) == 0);
}

void machine_stop(struct machine *m)
{
	struct sim_smmu_seen seen;

	if (m->iommu)
		SIM_CHECK(dma_smmuv3_remove(m->iommu) == 0);
	seen = sim_smmu_seen(m->unit);
	SIM_CHECK(seen.violations == 0);
	SIM_CHECK(seen.opened == 0);
	SIM_CHECK(seen.bypassed == 0);
}

void machine_close(struct machine *m)
{
	machine_stop(m);
	sim_smmu_remove_all();
}

struct sim_device *setup_device(uint32_t stream, bool trusted)
{
	struct sim_device_config model = sim_config()->device;

	model.requester = stream;
	model.trusted = trusted;
	model.readable = ~(uint32_t)0; /* what it may see is not the question here */
	return sim_device_new(&model);
}

int attach_device(struct machine *m, struct attached *a, uint32_t stream, bool trusted)
{
	struct dma_iommu_domain_config domain = {.requester = stream, .deferred = m->kind->deferred};
	struct dma_device_config config;
	int error, undone;

	*a = (struct attached){.model = setup_device(stream, trusted)};
	sim_smmu_cover(m->unit, a->model);
	error = dma_iommu_domain_create(m->iommu, &domain, &a->domain);
	if (error)
		return error;
	config = sim_device_dma(a->model);
	config.domain = a->domain;
	error = dma_device_init(&a->dev, &config);
	if (error) {
		undone = dma_iommu_domain_destroy(m->iommu, a->domain);
		if (undone && undone != DMA_ETIMEDOUT)
			SIM_CHECK(undone == 0);
	}
	return error;
}

int detach_device(struct machine *m, struct attached *a)
{
	int error = dma_device_fini(&a->dev);

	return error ? error : dma_iommu_domain_destroy(m->iommu, a->domain);
}

struct run {
	const struct kind *kind;
	void (*body)(struct machine *m);
};

static void one(void *arg)
{
	const struct run *run = arg;
	struct machine m;

	machine_open(&m, run->kind);
	if (m.iommu)
		run->body(&m);
	machine_close(&m);
}

unsigned on_every_kind(void (*body)(struct machine *m))
{
	const char *seeds = getenv("SEEDS");
	unsigned failures = 0;

	for (size_t i = 0; i < nkinds && !failures; i++) {
		struct run run = {&kinds[i], body};
		char words[128];
		struct sim_config plain, hostile;

		snprintf(words, sizeof(words), "low=6,high=1%s%s", kinds[i].words ? "," : "",
			 kinds[i].words ? kinds[i].words : "");
		plain = sim_config_frames(sim_config_plain(words));
		hostile = sim_config_frames(sim_config_hostile(words));
		failures = sim_run(&plain, one, &run);
		if (!failures)
			failures = sim_random(&hostile, one, &run,
					      seeds		    ? (unsigned)strtoul(seeds, NULL, 0)
					      : DMA_PAGE_SHIFT > 12 ? 1
								    : 8);
		if (failures)
			fprintf(stderr, "# on an SMMUv3 of the kind: %s\n", kinds[i].name);
	}
	return failures;
}
