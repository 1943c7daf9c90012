/* SPDX-License-Identifier: MPL-2.0 */
/*
 * SMMUv3 units that are no good, that were left on, or that stop: what the driver says, and that nothing gets through
 * or lost.
 */
#include "setup.h"

#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

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
		print_message("# %s: %s\n", refusal->what, dma_strerror(error));
	sim_smmu_remove_all();
}

static void test_refused(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		void *arg = (void *)(uintptr_t)&refusals[i];

		if (refusals[i].spoil != silent)
			assert_int_equal(sim_run(&machine, refused, arg), 0);
	}
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

static void test_left_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < nkinds; i++) {
		struct sim_config plain = sim_config_plain("low=1,high=1"),
				  hostile = sim_config_hostile("low=1,high=1");
		void *arg = (void *)(uintptr_t)&kinds[i];

		assert_int_equal(sim_run(&plain, left_on, arg), 0);
		assert_int_equal(sim_run(&plain, left_on_refuses, arg), 0);
		assert_int_equal(sim_random(&hostile, left_on, arg, 8), 0);
	}
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

static void test_regions(void **state)
{
	(void)state;
	for (size_t i = 0; i < nkinds; i++) {
		struct sim_config plain = sim_config_plain("low=1,high=1");

		assert_int_equal(sim_run(&plain, regions, (void *)(uintptr_t)&kinds[i]), 0);
	}
}

/* ---- Units that stop, or refuse ---------------------------------------------------------------------------------- */

struct trouble {
	const struct kind *kind;
	unsigned hang_at, refuse_at;
	bool twice;
	bool reached; /* the n-th command came */
};

/* The life of a device on a unit in trouble: released memory cannot be reached, whatever happens; where that is not
 * certain, the memory is quarantined. */
static void life(void *arg)
{
	struct trouble *t = arg;
	struct sim_smmu_config hardware = kind_hardware(t->kind);
	struct dma_smmuv3_config driver = kind_driver(t->kind);
	struct machine m = {.kind = t->kind};
	struct attached a;
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	uint64_t where;
	char byte;

	driver.timeout_ns = 200000; /* each look at the clock takes 100 ns here, and there are many polls between two */
	hardware.hang_at = t->hang_at;
	hardware.refuse_at = t->refuse_at;
	hardware.refuse_twice = t->twice;
	m.unit = sim_smmu_add(&hardware);
	t->reached = true;
	if (dma_smmuv3_probe(&driver, &m.iommu))
		goto out;
	if (attach_device(&m, &a, STREAM, true))
		goto out;
	if (SIM_CHECK(dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0) &&
	    dma_stream_map(&s, &a.dev, DMA_BIDIRECTIONAL, &seg) == 0) {
		where = dma_stream_daddr(&s).raw;
		SIM_CHECK(sim_device_read(a.model, dma_daddr(where), &byte, 1) == 0);
		dma_stream_release(&s);
		(void)(dma_domain_flush(a.domain) == 0);
		SIM_CHECK(!reads(a.model, where));
	} else {
		dma_segment_drop(&seg);
	}
	if (detach_device(&m, &a) == 0)
		t->reached = dma_smmuv3_remove(m.iommu) != 0;
out:
	SIM_CHECK(sim_smmu_seen(m.unit).opened == 0);
	sim_smmu_remove_all();
}

/* In a process of its own: what is quarantined, or stays with a unit that cannot be trusted, is lost on purpose, and
 * the library remembers it. Gives the failures. */
static unsigned run_life(struct trouble *t)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		sim_start(&machine);
		if (dma_init())
			_exit(3);
		life(t);
		_exit(sim_stop() ? 2 : t->reached);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return 1;
	t->reached = WEXITSTATUS(status);
	return 0;
}

static void test_hangs(void **state)
{
	(void)state;
	for (size_t i = 0; i < nkinds; i++) {
		struct trouble t = {.kind = &kinds[i], .hang_at = 1, .reached = true};

		for (; t.reached && t.hang_at < 100; t.hang_at++)
			assert_int_equal(run_life(&t), 0);
		assert_true(t.hang_at > 8 && t.hang_at < 100);
	}
}

static void test_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < nkinds; i++)
		for (unsigned twice = 0; twice < 2; twice++) {
			struct trouble t = {.kind = &kinds[i], .twice = twice};

			for (t.refuse_at = 1; t.refuse_at < 40; t.refuse_at++)
				assert_int_equal(run_life(&t), 0);
		}
}

/* ---- Hooks that fail --------------------------------------------------------------------------------------------- */

static const struct kind *failing_kind;

static int whole_life(void *arg)
{
	struct sim_smmu_config hardware = kind_hardware(failing_kind);
	struct dma_smmuv3_config driver = kind_driver(failing_kind);
	struct machine m = {.kind = failing_kind};
	struct attached a;
	struct dma_stream s = {0};
	int error;

	(void)arg;
	m.unit = sim_smmu_add(&hardware);
	error = dma_smmuv3_probe(&driver, &m.iommu);
	if (error)
		goto out;
	error = attach_device(&m, &a, STREAM, true);
	if (!error) {
		error = dma_stream_alloc(&s, &a.dev, DMA_BIDIRECTIONAL, 3);
		dma_stream_release(&s);
		SIM_CHECK(detach_device(&m, &a) == 0);
	}
	SIM_CHECK(dma_smmuv3_remove(m.iommu) == 0);
out:
	sim_smmu_remove_all();
	return error;
}

static void test_hooks_fail(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");
	unsigned runs;

	(void)state;
	for (size_t i = 0; i < nkinds; i++) {
		failing_kind = &kinds[i];
		assert_int_equal(sim_for_each_failure(&machine, whole_life, NULL, &runs), 0);
		assert_true(runs > 10);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused), cmocka_unit_test(test_left_on), cmocka_unit_test(test_regions),
		cmocka_unit_test(test_hangs),	cmocka_unit_test(test_refuses), cmocka_unit_test(test_hooks_fail),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("smmuv3 in trouble", tests, NULL, NULL);
}
