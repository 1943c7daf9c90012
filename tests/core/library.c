/* SPDX-License-Identifier: MPL-2.0 */
/*
 * dma_init and dma_fini, what the host says of itself, errors in words, the log's formats, counters.
 */
#include "../../src/base/state.h"
#include "core.h"
#include <stdio.h>

static char logged[512];
static unsigned lines;

void __wrap_dma_host_log(const char *line);
void __wrap_dma_host_log(const char *line)
{
	snprintf(logged, sizeof(logged), "%s", line);
	lines++;
}

static uint64_t ram_first, ram_last; /* what the host says; ram_last 0: what the machine says */

int __real_dma_host_info_get(struct dma_host_info *info);
int __wrap_dma_host_info_get(struct dma_host_info *info);
int __wrap_dma_host_info_get(struct dma_host_info *info)
{
	int error = __real_dma_host_info_get(info);

	if (ram_last) {
		info->ram_first = ram_first;
		info->ram_last = ram_last;
	}
	return error;
}

/* ---- Start ---- */

static int init_with(const char *words, unsigned step, unsigned align, unsigned cpus)
{
	struct sim_config machine = sim_config_plain(words);
	int error;

	machine.line_step = step;
	machine.line_align = align;
	sim_start(&machine);
	((struct sim_config *)(uintptr_t)sim_config())->cpus = cpus;
	logged[0] = '\0';
	error = dma_init();
	if (!error) {
		assert_int_equal(dma_init(), 0); /* again: nothing */
		assert_int_equal(dma_state.host.line_step, step);
		assert_int_equal(dma_fini(), 0);
	}
	assert_int_equal(dma_fini(), DMA_EINVAL);
	assert_int_equal(sim_stop(), 0);
	return error;
}

static void what_the_host_says_is_checked(void **state)
{
	(void)state;
	assert_int_equal(init_with("low=1,high=1", 64, 64, 1), 0);
	assert_int_equal(init_with("low=1,high=1", 16, 4096, 8), 0);
	assert_int_equal(init_with("low=1,high=1", 4096, 4096, 1), 0);
	assert_int_equal(init_with("low=1,high=1", 64, 64, 0), DMA_EINVAL);
	assert_non_null(strstr(logged, "cpus"));
	assert_int_equal(init_with("low=1,high=1", 8, 64, 1), DMA_EINVAL);
	assert_non_null(strstr(logged, "line_step"));
	assert_int_equal(init_with("low=1,high=1", 48, 64, 1), DMA_EINVAL);
	assert_int_equal(init_with("low=1,high=1", 8192, 8192, 1), DMA_EINVAL);
	assert_non_null(strstr(logged, "line_step"));
	assert_int_equal(init_with("low=1,high=1", 64, 32, 1), DMA_EINVAL);
	assert_non_null(strstr(logged, "line_align"));
	assert_int_equal(init_with("low=1,high=1", 64, 96, 1), DMA_EINVAL);
	assert_int_equal(init_with("low=1,high=1", 64, 8192, 1), DMA_EINVAL);
	assert_non_null(strstr(logged, "line_align"));
}

static int init_with_ram(uint64_t first, uint64_t last)
{
	int error;

	ram_first = first;
	ram_last = last;
	error = init_with("low=1,high=1,offset", 64, 64, 1);
	ram_last = 0;
	return error;
}

static void the_ram_that_the_host_names_is_checked(void **state)
{
	static const uint64_t wrong[][2] = {
		{PAGE, PAGE},
		{PAGE, 2 * PAGE},
		{PAGE, 2 * PAGE - 2},
		{1, 2 * PAGE - 1},
		{PAGE - 1, 2 * PAGE - 1},
		{2 * PAGE, PAGE - 1},
		{2 * PAGE, 2 * PAGE - 1},
		{0, PAGE},
		{0, UINT64_MAX - 1},
		{UINT64_MAX - PAGE, UINT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(init_with_ram(wrong[i][0], wrong[i][1]), DMA_EINVAL);
		assert_non_null(strstr(logged, "ram_first, ram_last"));
	}
	assert_int_equal(init_with_ram(PAGE, 2 * PAGE - 1), 0);
	assert_int_equal(init_with_ram(0, PAGE - 1), 0);
	assert_int_equal(init_with_ram(UINT64_MAX - PAGE + 1, UINT64_MAX), 0);
	/* More bytes than 64 bits count: no machine has them. */
	assert_int_equal(init_with_ram(0, UINT64_MAX), 0);
	assert_int_equal(dma_state.ram_bytes, 0);
}

/* A library and a host that were built for different pages. */
static void other_pages_are_refused(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	sim_start(&machine);
	sim_lie(true);
	assert_int_equal(dma_init(), DMA_EINVAL);
	assert_non_null(strstr(logged, "page_shift"));
	assert_int_equal(sim_stop(), 0);
}

static void the_hosts_error_is_passed_on(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	sim_start(&machine);
	sim_fail_hook(SIM_HOOK_INFO, 1);
	assert_int_equal(dma_init(), DMA_EIO);
	assert_int_equal(dma_fini(), DMA_EINVAL);
	assert_int_equal(dma_init(), 0);
	assert_int_equal(dma_fini(), 0);
	assert_int_equal(sim_stop(), 0);
}

/* A host converts all pages and reports a failure all the same: the pages are converted back and freed. */
static void converted_but(void *arg)
{
	struct dma_stream s = {0};
	struct core_device dev;
	struct dma_stats stats;

	(void)arg;
	core_open(&dev);
	sim_lie(true);
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 3) == DMA_EIO && s.dev == NULL);
	sim_lie(false);
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 3) == 0);
	logged[0] = '\0';
	sim_lie(true);
	dma_stream_release(&s);
	sim_lie(false);
	SIM_CHECK(strstr(logged, "quarantined") == NULL);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined == 0 && core_pages() == 0);
	core_close(&dev);
}

static void a_conversion_that_fails_at_its_end_loses_nothing(void **state)
{
	(void)state;
	core_test("low=1,high=1,cvm", converted_but);
}

/* ---- End ---- */

static void used(void *arg)
{
	struct dma_segment seg = {0}, borrowed = {0}, part = {0};
	struct dma_stream s;
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	if (!core_segment_raw(&seg, 2))
		return;
	SIM_CHECK(dma_fini() == DMA_EBUSY);
	SIM_CHECK(dma_init() == 0 && core_pages() == 2); /* again: nothing is forgotten */
	SIM_CHECK(dma_segment_borrow(&borrowed, seg.paddr, 2) == 0);
	SIM_CHECK(dma_segment_slice(&borrowed, 0, 1, &part) == 0);
	dma_segment_drop(&part);
	dma_segment_drop(&seg);
	dma_segment_drop(&borrowed);
	for (int mapped = 0; mapped < 2; mapped++) {
		if (!core_stream(&s, &dev, DMA_TO_DEVICE, 2, mapped, 0))
			return;
		SIM_CHECK(dma_fini() == DMA_EBUSY);
		core_exchange(&dev, &s, 2); /* nothing has changed */
		dma_stream_release(&s);
	}
	core_close(&dev);
}

static void in_use_it_does_not_end(void **state)
{
	(void)state;
	core_test_all(used);
}

/* A bounce of frames that are not ours to count. */
static void bounced(void *arg)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	struct core_device dev;
	dma_paddr_t paddr;

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dma_host_frames_alloc(2, UINT64_MAX, PAGE, &paddr) == 0);
	SIM_CHECK(dma_segment_borrow(&seg, paddr, 2) == 0);
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_FROM_DEVICE, &seg) == 0);
	SIM_CHECK(core_pages() == 2 && dma_fini() == DMA_EBUSY);
	dma_stream_release(&s);
	dma_host_frames_free(paddr, 2);
	core_close(&dev);
}

static void with_a_bounce_it_does_not_end(void **state)
{
	(void)state;
	core_test("low=1,high=1,cvm", bounced);
}

/* ---- Words ---- */

static void each_error_has_its_own_words(void **state)
{
	(void)state;
	for (int error = 0; error >= DMA_ENODEV; error--) {
		assert_non_null(dma_strerror(error));
		assert_string_not_equal(dma_strerror(error), "unknown error");
		for (int other = error + 1; other <= 0; other++)
			assert_string_not_equal(dma_strerror(error), dma_strerror(other));
	}
	assert_string_equal(dma_strerror(1), "unknown error");
	assert_string_equal(dma_strerror(DMA_ENODEV - 1), "unknown error");
	assert_string_equal(dma_strerror(-2147483647 - 1), "unknown error");
	assert_string_equal(dma_strerror(2147483647), "unknown error");
}

static void the_log_formats_and_cuts(void **state)
{
	static char text[400];

	(void)state;
	dma_log("%s=%u, %x|%x.", "name", 1234567890u, UINT64_MAX, (uint64_t)0);
	assert_string_equal(logged, "name=1234567890, 0xffffffffffffffff|0x0.");
	dma_log("%u", 0u);
	assert_string_equal(logged, "0");
	memset(text, 'a', sizeof(text) - 1);
	dma_log("%s%s", "12", text);
	assert_int_equal(strlen(logged), 159);
	memcpy(text, "12", 2);
	assert_memory_equal(logged, text, 159);
	dma_log("%s%x%u%s.", text, UINT64_MAX, 7u, "b");
	assert_int_equal(strlen(logged), 159);
	text[157] = '\0';
	dma_log("%s%x%u", text, UINT64_C(0xabc), 7u);
	assert_int_equal(strlen(logged), 159);
	assert_string_equal(logged + 157, "0x");
	text[156] = '\0';
	dma_log("%s%x%u", text, UINT64_C(0xabc), 7u);
	assert_string_equal(logged + 156, "0xa");
}

/* ---- Counters ---- */

static void counted(void *arg)
{
	struct core_device dev;
	struct dma_stats stats;

	(void)arg;
	core_open(&dev);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		struct dma_segment seg = {0}, other = {0};
		struct dma_stream s = {0};
		uint64_t before, copied;
		bool bounces;

		dma_stats(&stats);
		before = stats.bytes_bounced;
		SIM_CHECK(stats.pages_alloc == 0 && stats.pages_bounce == 0 && stats.pages_pending == 0);
		SIM_CHECK(stats.pages_quarantined == 0 && stats.faults == 0 && stats.iotlb_invalidations == 0);
		if (!core_segment(&seg, 3, 1))
			return;
		SIM_CHECK(dma_segment_clone(&seg, &other) == 0);
		dma_stats(&stats);
		SIM_CHECK(stats.pages_alloc == 3 && stats.pages_own >= 1);
		SIM_CHECK(stats.pages_own == sim_hook_calls(SIM_HOOK_PAGE_ALLOC) - sim_hook_calls(SIM_HOOK_PAGE_FREE) +
						     stats.pages_shared); /* all of them free */
		SIM_CHECK(dma_stream_map(&s, &dev.dma, dir, &seg) == 0);
		bounces = s.place & 1;
		dma_stats(&stats);
		SIM_CHECK(stats.pages_alloc == 3 && stats.pages_bounce == (bounces ? 3 : 0));
		copied = bounces && (dir & DMA_TO_DEVICE || !sim_config()->cvm) ? 3 * PAGE : 0;
		SIM_CHECK(stats.bytes_bounced - before == copied);
		if (dir & DMA_TO_DEVICE)
			SIM_CHECK(dma_stream_sync_to_device(&s, 5, 100) == 0);
		if (dir & DMA_FROM_DEVICE)
			SIM_CHECK(dma_stream_sync_from_device(&s, 7, 10) == 0);
		copied += bounces ? (dir & DMA_TO_DEVICE ? 100u : 0u) + (dir & DMA_FROM_DEVICE ? 10u : 0u) : 0;
		dma_stats(&stats);
		SIM_CHECK(stats.bytes_bounced - before == copied);
		dma_stream_release(&s);
		dma_stats(&stats);
		SIM_CHECK(stats.pages_alloc == 3 && stats.pages_bounce == 0);
		dma_segment_drop(&other);
		SIM_CHECK(dma_stream_alloc_uninit(&s, &dev.dma, dir, 2) == 0);
		dma_stats(&stats);
		SIM_CHECK(stats.pages_alloc == 2 && stats.pages_bounce == 0);
		dma_stream_release(&s);
	}
	core_close(&dev);
}

static void counters_are_exact(void **state)
{
	(void)state;
	core_test_all(counted);
}

static void flush_of_a_domain_without_translation(void **state)
{
	(void)state;
	assert_int_equal(dma_domain_flush(NULL), DMA_EINVAL);
	assert_int_equal(dma_domain_flush(&dma_domain_passthrough), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_host_says_is_checked),
		cmocka_unit_test(the_ram_that_the_host_names_is_checked),
		cmocka_unit_test(other_pages_are_refused),
		cmocka_unit_test(the_hosts_error_is_passed_on),
		cmocka_unit_test(a_conversion_that_fails_at_its_end_loses_nothing),
		cmocka_unit_test(in_use_it_does_not_end),
		cmocka_unit_test(with_a_bounce_it_does_not_end),
		cmocka_unit_test(each_error_has_its_own_words),
		cmocka_unit_test(the_log_formats_and_cuts),
		cmocka_unit_test(counters_are_exact),
		cmocka_unit_test(flush_of_a_domain_without_translation),
	};

	return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
