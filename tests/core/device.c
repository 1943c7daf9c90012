/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices: each field of a configuration out of its range, live streams counted and named at the end, names cut,
 * blocking. (What a device reaches: reach.c; which bypass an IOMMU: bypass.c.)
 */
#include "../../src/base/state.h"
#include "../hosts/fake.h"
#include "core.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- What the library logs ---- */

static char logged[4096];

void __wrap_dma_host_log(const char *line);
void __wrap_dma_host_log(const char *line)
{
	size_t used = strlen(logged);

	snprintf(logged + used, sizeof(logged) - used, "%s\n", line);
}

/* ---- Configuration ---- */

static struct dma_device_config good(void)
{
	return (struct dma_device_config){.name = "d", .mask = UINT64_MAX, .coherent = true, .trusted = true};
}

static void refused(const struct dma_device_config *config, const char *field)
{
	struct dma_device dev, before;

	memset(&dev, 0x5a, sizeof(dev));
	before = dev;
	logged[0] = '\0';
	SIM_CHECK(dma_device_init(&dev, config) == DMA_EINVAL);
	SIM_CHECK(strstr(logged, field) != NULL);
	SIM_CHECK(memcmp(&dev, &before, sizeof(dev)) == 0);
}

static void accepted(const struct dma_device_config *config)
{
	struct dma_device dev;

	memset(&dev, 0x5a, sizeof(dev));
	SIM_CHECK(dma_device_init(&dev, config) == 0);
	SIM_CHECK(dma_device_live(&dev) == 0);
	SIM_CHECK(dma_domain_passthrough.devices == 1);
	SIM_CHECK(dma_device_fini(&dev) == 0);
	SIM_CHECK(dma_domain_passthrough.devices == 0);
	SIM_CHECK(dma_device_fini(&dev) == 0); /* a zeroed one */
	SIM_CHECK(dma_domain_passthrough.devices == 0);
}

static void fields(void *arg)
{
	static const uint64_t bad_masks[] = {0,		 1,	      PAGE - 2,	     PAGE, PAGE / 2 - 1,
					     0xfffffffe, 0x100000000, UINT64_MAX - 1};
	struct dma_window w[DMA_DEVICE_WINDOWS] = {
		{{0}, {0}, PAGE}, {{0}, {0}, PAGE}, {{0}, {0}, PAGE}, {{0}, {0}, PAGE}};
	struct dma_device_config c;

	(void)arg;
	c = good(), c.name = NULL, refused(&c, "name");
	for (size_t i = 0; i < sizeof(bad_masks) / sizeof(*bad_masks); i++)
		c = good(), c.mask = bad_masks[i], refused(&c, "mask");
	c = good(), c.mask = PAGE - 1, accepted(&c);
	c = good(), c.windows = w, c.nwindows = DMA_DEVICE_WINDOWS + 1, refused(&c, "nwindows");
	c = good(), c.nwindows = 1, refused(&c, "nwindows");
	for (size_t i = 0; i < DMA_DEVICE_WINDOWS; i++) {
		c = good(), c.windows = w, c.nwindows = DMA_DEVICE_WINDOWS;
		w[i].size = 0;
		refused(&c, "windows");
		w[i] = (struct dma_window){dma_paddr(UINT64_MAX - PAGE + 2), {0}, PAGE};
		refused(&c, "windows");
		w[i] = (struct dma_window){{0}, dma_daddr(UINT64_MAX - PAGE + 2), PAGE};
		refused(&c, "windows");
		w[i] = (struct dma_window){dma_paddr(UINT64_MAX - PAGE + 1), {0}, 2 * PAGE};
		refused(&c, "windows");
		w[i] = (struct dma_window){{0}, dma_daddr(UINT64_MAX - PAGE + 1), 2 * PAGE};
		refused(&c, "windows");
		w[i] = (struct dma_window){dma_paddr(UINT64_MAX - PAGE + 1), dma_daddr(UINT64_MAX - PAGE + 1), PAGE};
		accepted(&c);
		w[i] = (struct dma_window){{0}, {0}, UINT64_MAX};
		accepted(&c);
		w[i] = (struct dma_window){{0}, {0}, 1}; /* of no use, but no mistake */
		accepted(&c);
	}
	c = good(), c.min_align = 3, refused(&c, "min_align");
	c = good(), c.min_align = PAGE + 8, refused(&c, "min_align");
	c = good(), c.min_align = 8 * PAGE, accepted(&c);
	c = good(), c.boundary = 3 * PAGE, refused(&c, "boundary");
	c = good(), c.boundary = 1 << 20, accepted(&c);
	c = good(), c.min_align = 16 * PAGE, c.mask = 16 * PAGE - 1, refused(&c, "min_align");
	c = good(), c.min_align = 16 * PAGE, c.mask = 32 * PAGE - 1, accepted(&c);
	c = good(), c.boundary = PAGE / 2, refused(&c, "boundary");
	c = good(), c.boundary = 1, refused(&c, "boundary");
	c = good(), c.boundary = PAGE, accepted(&c);
	c = good(), c.max_segment_size = PAGE - 1, refused(&c, "max_segment_size");
	c = good(), c.max_segment_size = 1, refused(&c, "max_segment_size");
	c = good(), c.max_segment_size = PAGE, accepted(&c);
}

static void each_field_is_checked_and_named(void **state)
{
	(void)state;
	core_test("low=1,high=1", fields);
}

static void kept(void *arg)
{
	const struct dma_window w[2] = {{{0}, {PAGE}, 4 * PAGE}, {{8 * PAGE}, {32 * PAGE}, PAGE}};
	struct dma_device_config c = good();
	struct dma_device dev;

	(void)arg;
	c.name = "a name that is longer than there is room for";
	c.windows = w, c.nwindows = 2, c.min_align = 16, c.boundary = PAGE, c.requester = 77;
	c.max_segments = 5, c.max_segment_size = 6 * PAGE, c.zero_length_reads = true, c.trusted = false,
	c.coherent = false;
	c.mask = ((uint64_t)1 << 40) - 1;
	SIM_CHECK(dma_device_init(&dev, &c) == 0);
	SIM_CHECK(strlen(dev.name) == DMA_DEVICE_NAME_SIZE - 1 &&
		  strncmp(dev.name, c.name, DMA_DEVICE_NAME_SIZE - 1) == 0);
	SIM_CHECK(dev.domain == &dma_domain_passthrough && dev.mask == c.mask && dev.boundary == PAGE);
	SIM_CHECK(dev.min_align == 16 && dev.requester == 77 && dev.max_segments == 5 &&
		  dev.max_segment_size == 6 * PAGE);
	SIM_CHECK(dev.zero_length_reads && !dev.trusted && !dev.coherent && dev.nwindows == 2);
	SIM_CHECK(memcmp(dev.windows, w, sizeof(w)) == 0);
	SIM_CHECK(dma_device_fini(&dev) == 0);
}

/* Which devices have constraints that the fast paths behind an IOMMU do not look at. */
static void constraints(void *arg)
{
	static const struct {
		bool zero_length_reads;
		size_t min_align;
		bool needs_slow_path;
	} rows[] = {{false, 0, false},
		    {false, PAGE, false},
		    {false, 2 * PAGE, true},
		    {true, 0, true},
		    {true, 2 * PAGE, true}};

	(void)arg;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dma_device_config c = good();
		struct dma_device dev;

		c.zero_length_reads = rows[i].zero_length_reads;
		c.min_align = rows[i].min_align;
		SIM_CHECK(dma_device_init(&dev, &c) == 0);
		SIM_CHECK(dev.needs_slow_path == rows[i].needs_slow_path && !dev.deferred);
		SIM_CHECK(dma_device_fini(&dev) == 0);
		c.domain = &fake.domain;
		SIM_CHECK(dma_device_init(&dev, &c) == 0);
		SIM_CHECK(dev.translated_last == (rows[i].needs_slow_path ? 0 : dma_state.host.linear_last));
		SIM_CHECK(dma_device_fini(&dev) == 0);
	}
}

static void with_constraints(void *arg)
{
	struct core_device other;

	fake_open(&other, 0);
	constraints(arg);
	fake_close(&other);
}

/* What a buffer shares with nothing else. */
static void lines(void *arg)
{
	static const struct {
		bool coherent, trusted;
		size_t min_align, line;
	} rows[] = {{true, true, 0, 1},
		    {true, true, 64, 64},
		    {true, true, 2 * PAGE, 2 * PAGE},
		    {false, true, 0, 128},
		    {false, true, 16, 128},
		    {false, true, 512, 512},
		    {true, false, 0, PAGE},
		    {true, false, 64, PAGE},
		    {false, false, 0, PAGE},
		    {false, false, 64, PAGE},
		    {false, false, 2 * PAGE, 2 * PAGE}};

	(void)arg;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dma_device_config c = good();
		struct dma_device dev;

		c.coherent = rows[i].coherent;
		c.trusted = rows[i].trusted;
		c.min_align = rows[i].min_align;
		SIM_CHECK(dma_device_init(&dev, &c) == 0);
		SIM_CHECK(dma_device_line(&dev) == rows[i].line);
		SIM_CHECK(dma_device_fini(&dev) == 0);
		SIM_CHECK(dma_device_line(&dev) == 0);
	}
}

static void the_line_of_a_device(void **state)
{
	(void)state;
	core_test("low=1,high=1,noncoherent,line=32,step=32,align=128", lines);
}

static void what_is_said_is_kept(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	core_test("low=1,high=1", kept);
	core_test("low=1,high=1", with_constraints);
	assert_int_equal(core_run_with_offset(&machine, with_constraints, NULL), 0);
}

/* ---- End ---- */

static void live(void *arg)
{
	struct dma_stream s[40];
	struct core_device dev;
	char daddr[32];

	(void)arg;
	core_open(&dev);
	for (size_t i = 0; i < 40; i++) {
		if (!core_stream(&s[i], &dev, DMA_BIDIRECTIONAL, 1, i & 1, 0))
			return;
		SIM_CHECK(dma_device_live(&dev.dma) == i + 1);
	}
	logged[0] = '\0';
	SIM_CHECK(dma_device_fini(&dev.dma) == DMA_EBUSY); /* several at like addresses: counted */
	SIM_CHECK(strstr(logged, "device dma0") && strstr(logged, "streams live"));
	for (size_t i = 39; i > 0; i--) {
		dma_stream_release(&s[i]);
		SIM_CHECK(dma_device_live(&dev.dma) == i);
	}
	logged[0] = '\0';
	SIM_CHECK(dma_device_fini(&dev.dma) == DMA_EBUSY);
	snprintf(daddr, sizeof(daddr), "lives at 0x%llx\n", (unsigned long long)dma_stream_daddr(&s[0]).raw);
	SIM_CHECK(strstr(logged, daddr) != NULL);
	core_exchange(&dev, &s[0], 2); /* nothing has changed */
	SIM_CHECK(dma_domain_passthrough.devices == 1);
	dma_stream_release(&s[0]);
	logged[0] = '\0';
	core_close(&dev);
	SIM_CHECK(logged[0] == '\0');
	SIM_CHECK(dma_device_block(&dev.dma) == DMA_EINVAL);
}

/* Behind an IOMMU the words of the ledger are picked by other bits of the address, and the log says which. */
static void live_translated(void *arg)
{
	struct dma_stream s[2];
	struct core_device dev;
	char line[80];

	(void)arg;
	fake_open(&dev, 0);
	for (size_t i = 0; i < 2; i++)
		if (!core_stream(&s[i], &dev, DMA_BIDIRECTIONAL, 1, true, 0))
			return;
	SIM_CHECK(dma_stream_daddr(&s[0]).raw >> 18 == dma_stream_daddr(&s[1]).raw >> 18);
	logged[0] = '\0';
	SIM_CHECK(dma_device_fini(&dev.dma) == DMA_EBUSY);
	snprintf(line, sizeof(line), "2 streams live at pages whose bits 6 to 10 are 0x%llx\n",
		 (unsigned long long)(dma_stream_daddr(&s[0]).raw >> (DMA_PAGE_SHIFT + 6) & 31));
	SIM_CHECK(strstr(logged, line) != NULL);
	dma_stream_release(&s[0]);
	dma_stream_release(&s[1]);
	fake_close(&dev);
}

/* Any number, also at one address: more than the low bits of an address could count, and a multiple of a power of
 * two. */
static void crowd(void *arg)
{
	enum { MANY = 70000 };
	struct dma_stream *s = calloc(MANY, sizeof(*s));
	struct dma_segment seg = {0};
	struct core_device dev;
	char daddr[32];

	(void)arg;
	core_open(&dev);
	if (!core_segment_raw(&seg, 1))
		return;
	for (size_t i = 0; i < MANY; i++) {
		struct dma_segment again = {0};

		if (!SIM_CHECK(dma_segment_clone(&seg, &again) == 0 &&
			       dma_stream_map(&s[i], &dev.dma, DMA_FROM_DEVICE, &again) == 0))
			return;
		if ((i + 1) % 4096 == 0 || i + 1 == MANY)
			SIM_CHECK(dma_device_live(&dev.dma) == i + 1 && dma_device_fini(&dev.dma) == DMA_EBUSY);
	}
	for (size_t i = MANY - 1; i > 0; i--) {
		dma_stream_release(&s[i]);
		if (i % 4096 == 0)
			SIM_CHECK(dma_device_live(&dev.dma) == i);
	}
	logged[0] = '\0';
	SIM_CHECK(dma_device_fini(&dev.dma) == DMA_EBUSY);
	snprintf(daddr, sizeof(daddr), "lives at 0x%llx\n", (unsigned long long)dma_stream_daddr(&s[0]).raw);
	SIM_CHECK(strstr(logged, daddr) != NULL);
	dma_stream_release(&s[0]);
	dma_segment_drop(&seg);
	core_close(&dev);
	free(s);
}

static void any_number_of_streams_is_counted(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	_Static_assert(sizeof(struct dma_device) <= 512, "a device is small");
	assert_int_equal(sim_run(&machine, crowd, NULL), 0);
	assert_int_equal(core_run_with_offset(&machine, crowd, NULL), 0);
}

static void live_streams_are_named_at_the_end(void **state)
{
	(void)state;
	core_test_all(live);
	core_test("low=1,high=1", live_translated);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_is_checked_and_named),
		cmocka_unit_test(what_is_said_is_kept),
		cmocka_unit_test(the_line_of_a_device),
		cmocka_unit_test(live_streams_are_named_at_the_end),
		cmocka_unit_test(any_number_of_streams_is_counted),
	};

	return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
