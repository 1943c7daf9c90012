/* SPDX-License-Identifier: MPL-2.0 */
/*
 * SMMUv3 units that are no good, that were left on, or that stop: what the driver says, and that nothing gets through
 * or lost.
 */
#include "../iommu-unit/run.h"
#include "setup.h"

#include <dmastream/errors.h>
#include <stdio.h>

enum { STREAM = 8 };

static bool reads(struct sim_device *model, uint64_t daddr)
{
	char byte;

	return sim_device_probe(model, dma_daddr(daddr), &byte, 1) == 0;
}

/* ---- Units that are refused ---------------------------------------------------------------------------------- */

struct refusal {
	const char *what;
	void (*spoil)(struct sim_smmu_config *hardware, struct dma_smmuv3_config *driver);
	int error;
};

static void no_stage(struct sim_smmu_config *h, struct dma_smmuv3_config *d)
{
	(void)d;
	h->stage_1 = h->stage_2 = false;
}

static void wrong_stage(struct sim_smmu_config *h, struct dma_smmuv3_config *d)
{
	h->stage_2 = false;
	d->stage = 2;
}

static void third_stage(struct sim_smmu_config *h, struct dma_smmuv3_config *d)
{
	(void)h;
	d->stage = 3;
}

static void stalls(struct sim_smmu_config *h, struct dma_smmuv3_config *d)
{
	(void)d;
	h->endless_stall = true;
}

static void short_queues(struct sim_smmu_config *h, struct dma_smmuv3_config *d)
{
	(void)d;
	h->queue_bits = 4;
}

static void silent(struct sim_smmu_config *h, struct dma_smmuv3_config *d)
{
	(void)d;
	h->no_acknowledge = true;
}

static void open_door(struct sim_smmu_config *h, struct dma_smmuv3_config *d)
{
	(void)d;
	h->no_abort = true;
}

static void hangs_at_once(struct sim_smmu_config *h, struct dma_smmuv3_config *d)
{
	(void)d;
	h->hang_at = 1;
}

static void in_ram(struct sim_smmu_config *h, struct dma_smmuv3_config *d)
{
	(void)h;
	d->registers = dma_paddr(SIM_LOW_RAM);
}

static void unaligned(struct sim_smmu_config *h, struct dma_smmuv3_config *d)
{
	(void)h;
	d->registers.raw += 0x1000;
}

static void wrapping_region(struct sim_smmu_config *h, struct dma_smmuv3_config *d)
{
	static const struct dma_smmuv3_region region = {.stream = STREAM, .base = ~(uint64_t)0 - 4095, .nbytes = 8192};

	(void)h;
	d->regions = &region;
	d->nregions = 1;
}

static const struct refusal refusals[] = {
	{"no stage", no_stage, DMA_ENOTSUP},
	{"not the stage asked for", wrong_stage, DMA_ENOTSUP},
	{"a stage that there is not", third_stage, DMA_EINVAL},
	{"stalls always", stalls, DMA_ENOTSUP},
	{"short queues", short_queues, DMA_ENOTSUP},
	{"acknowledges nothing", silent, DMA_ETIMEDOUT},
	{"does not abort", open_door, DMA_EIO},
	{"executes nothing", hangs_at_once, DMA_ETIMEDOUT},
	{"registers in RAM", in_ram, DMA_EINVAL},
	{"registers not aligned", unaligned, DMA_EINVAL},
	{"a region that wraps", wrapping_region, DMA_EINVAL},
};

static void refused(void *arg)
{
	const struct refusal *refusal = arg;
	struct sim_smmu_config hardware = sim_smmu_config(SMMU_REGISTERS);
	struct dma_smmuv3_config driver = {.registers = dma_paddr(SMMU_REGISTERS), .timeout_ns = 1000000};
	struct dma_iommu *iommu = NULL;
	int error;

	refusal->spoil(&hardware, &driver);
	sim_smmu_add(&hardware);
	error = dma_smmuv3_probe(&driver, &iommu);
	if (!SIM_CHECK(error == refusal->error && !iommu))
		printf("# %s: %s\n", refusal->what, dma_strerror(error));
	sim_smmu_remove_all();
}

/* A unit that acknowledges nothing is switched off all the same: that breaks the rule to wait for it, once. */
static unsigned test_refused(void)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");
	unsigned failed = 0;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		bool mute = refusals[i].spoil == silent;

		machine.quiet = mute;
		failed += sim_run(&machine, refused, (void *)(uintptr_t)&refusals[i]) != mute;
		failed += sim_failures_of(SIM_BROKEN_RULE) != mute;
	}
	return failed;
}

/* ---- Taking over ------------------------------------------------------------------------------------------------ */

static void take_over(const struct kind *kind, unsigned refuse_at)
{
	struct sim_smmu_config hardware = kind_hardware(kind);
	struct dma_smmuv3_config driver = kind_driver(kind);
	struct sim_device_config config = sim_config()->device;
	struct machine m = {.kind = kind};
	struct sim_device *model;

	config.requester = STREAM;
	hardware.refuse_at = refuse_at;
	m.unit = sim_smmu_add(&hardware);
	sim_smmu_leave_on(m.unit, STREAM);
	model = sim_device_new(&config);
	SIM_CHECK(dma_smmuv3_probe(&driver, &m.iommu) == 0);
	SIM_CHECK(!reads(model, SIM_LOW_RAM)); /* nothing that was cached is left */
	machine_close(&m);
}

static void left_on(void *arg)
{
	take_over(arg, 0);
}

/* One refusal is repaired: the error that was left is none of this owner's, and does not count. */
static void left_on_refuses(void *arg)
{
	take_over(arg, 1);
}

static unsigned test_left_on(void)
{
	unsigned failed = 0;

	for (size_t i = 0; i < nkinds; i++) {
		struct sim_config plain = sim_config_plain("low=1,high=1"),
				  hostile = sim_config_hostile("low=1,high=1");
		void *arg = (void *)(uintptr_t)&kinds[i];

		failed += sim_run(&plain, left_on, arg);
		failed += sim_run(&plain, left_on_refuses, arg);
		failed += sim_random(&hostile, left_on, arg, 8);
	}
	return failed;
}

/* ---- Regions ----------------------------------------------------------------------------------------------------- */

/* Firmware's memory outside RAM is mapped for its stream from the beginning, and stays so under a driver's domain; the
 * host's own memory is never mapped because a table says so. */
static void regions(void *arg)
{
	const struct kind *kind = arg;
	const struct dma_smmuv3_region wanted[2] = {{.stream = STREAM, .base = 0x20000800, .nbytes = 0x1000},
						    {.stream = STREAM + 1, .base = SIM_LOW_RAM, .nbytes = 4096}};
	struct sim_smmu_config hardware = kind_hardware(kind);
	struct dma_smmuv3_config driver = kind_driver(kind);
	struct machine m = {.kind = kind};
	struct sim_device_config config = sim_config()->device;
	struct sim_device *model[2];
	struct sim_smmu_seen before, after;
	struct attached a;

	driver.regions = wanted;
	driver.nregions = 2;
	m.unit = sim_smmu_add(&hardware);
	for (unsigned i = 0; i < 2; i++) {
		config.requester = STREAM + i;
		model[i] = sim_device_new(&config);
	}
	if (!SIM_CHECK(dma_smmuv3_probe(&driver, &m.iommu) == 0))
		return;
	/* no RAM lies there, so the access fails behind the unit, which has nothing against it */
	before = sim_smmu_seen(m.unit);
	(void)reads(model[0], 0x20000800);
	(void)reads(model[0], 0x200017ff);
	after = sim_smmu_seen(m.unit);
	SIM_CHECK(after.faults == before.faults);
	SIM_CHECK(!reads(model[0], 0x20002000) && sim_smmu_seen(m.unit).faults == before.faults + 1);
	SIM_CHECK(!reads(model[1], SIM_LOW_RAM));
	SIM_CHECK(attach_device(&m, &a, STREAM, true) == 0);
	before = sim_smmu_seen(m.unit);
	(void)reads(model[0], 0x20000800);
	SIM_CHECK(sim_smmu_seen(m.unit).faults == before.faults);
	SIM_CHECK(detach_device(&m, &a) == 0);
	machine_close(&m);
}

static unsigned test_regions(void)
{
	unsigned failed = 0;

	for (size_t i = 0; i < nkinds; i++) {
		struct sim_config plain = sim_config_plain("low=1,high=1");

		failed += sim_run(&plain, regions, (void *)(uintptr_t)&kinds[i]);
	}
	return failed;
}

/* ---- Units that stop or refuse, hooks that fail: what the tests of every driver do, on each kind ---------------- */

static unsigned which;

static void at(unsigned n)
{
	which = n;
}

static void stops(struct sim_smmu_config *config)
{
	config->hang_at = which;
}

static void refuses(struct sim_smmu_config *config)
{
	config->refuse_at = which;
}

static void refuses_twice(struct sim_smmu_config *config)
{
	config->refuse_at = which;
	config->refuse_twice = true;
}

static unsigned on_each_kind(unsigned (*check)(const void *fixture), void (*unit)(struct sim_smmu_config *config))
{
	unsigned failed = 0;

	for (size_t i = 0; i < nkinds; i++) {
		struct kind kind = kinds[i];
		unsigned bad;

		kind.unit = unit;
		kind.timeout_ns = 200000; /* each look at the clock is 100 ns here, and many polls lie between two */
		bad = check(&kind);
		if (bad)
			printf("# on an SMMUv3 of the kind: %s\n", kind.name);
		failed += bad;
	}
	return failed;
}

static unsigned anywhere(const void *fixture)
{
	return unit_stops_anywhere(fixture, at);
}

static unsigned test_hangs(void)
{
	return on_each_kind(anywhere, stops);
}

static unsigned test_refuses_twice(void)
{
	return on_each_kind(anywhere, refuses_twice);
}

static void test_refuses(void)
{
	for (size_t i = 0; i < nkinds; i++) {
		struct kind kind = kinds[i];

		kind.unit = refuses;
		unit_survives_each(&kind, at);
	}
}

static unsigned test_hooks_fail(void)
{
	return on_each_kind(unit_every_hook_fails, NULL);
}

static void test_regions_at_any_time(void)
{
	for (size_t i = 0; i < nkinds; i++) {
		const struct unit_regions of_host = {&kinds[i], &kinds[i], NULL, 5, 0};

		unit_fresh();
		unit_regions_at_any_time(&of_host);
	}
}

static const struct unit_case cases[] = {
	{"units that are refused", .whole = test_refused},
	{"units that were left on", .whole = test_left_on},
	{"firmware's regions, and memory of the host's that a table names", .whole = test_regions},
	{"a unit that stops at the n-th command of a life, whichever", .whole = test_hangs},
	{"a unit that refuses the n-th command and what replaces it, whichever", .whole = test_refuses_twice},
	{"a refused command is replaced by one that invalidates more, at each of the first 23", .run = test_refuses},
	{"regions of the host that overlap, and a doorbell for all, at every step of three drivers",
	 .run = test_regions_at_any_time},
	{"every hook failing at every call", .whole = test_hooks_fail},
};

int main(int argc, char **argv)
{
	return unit_cases_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
