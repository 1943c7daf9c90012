/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Running scenarios: replay, reports, configurations, faults at every call, threads; and how fast it is.
 */
#include "rig.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- Replay and report ---- */

static void luck(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	for (unsigned char i = 1; i < 40; i++) {
		rig_store(rig.cpu + i * 8, i);
		rig_seen[0] += rig_device_load(&rig, i * 8u) == i;
	}
	rig_close(&rig);
}

static void a_seed_replays(void **state)
{
	struct sim_config config = sim_config_hostile("noncoherent,seed=12345");
	char *first;

	(void)state;
	config.quiet = true;
	(void)setenv("SEED", "77", 1);
	assert_true(sim_random(&config, luck, NULL, 10) > 0);
	assert_int_equal(sim_config()->seed, 77);
	first = strdup(sim_report());
	assert_true(sim_random(&config, luck, NULL, 10) > 0);
	assert_string_equal(first, sim_report());
	(void)unsetenv("SEED");
	assert_true(sim_random(&config, luck, NULL, 10) > 0);
	assert_int_equal(sim_config()->seed, 12345);
	free(first);
}

static void a_report_says_all(void **state)
{
	static const char *const parts[] = {"stale-device", "noncoherent", "SEED=9",
					    "cache",	    "RAM",	   "written by the CPU, not synced",
					    "last events",  "store paddr", "device reads"};
	struct sim_config config = sim_config_hostile("noncoherent,seed=9");

	(void)state;
	config.quiet = true;
	assert_true(sim_run(&config, luck, NULL) > 0);
	for (unsigned i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (!strstr(sim_report(), parts[i]))
			fail_msg("no '%s' in the report:\n%s", parts[i], sim_report());
}

/* ---- Configurations ---- */

static void words(void **state)
{
	static const struct {
		const char *words, *why;
	} wrong[] = {
		{"bogus", "'bogus' is unknown"},
		{"line", "'line' wants a value"},
		{"line=48", "'line=48' wants a power"},
		{"line=256", "'line=256' is out of range"},
		{"seed=x", "'seed=x' wants a number"},
		{"cvm=1", "'cvm=1' takes no value"},
		{"cvm,,seed=", "'seed=' wants a number"},
		{"low=0,high=0", "without RAM"},
		{"mask=24,window=0x2000000", "beyond the mask"},
		{"coherentx", "unknown"},
	};
	struct sim_config config = sim_config_plain("noncoherent,cvm,line=128,seed=7,mask=32,nosync");
	char text[256], again[256], why[128];

	(void)state;
	assert_true(config.adversary && config.cvm && !config.device.coherent && !config.can_sync);
	assert_int_equal(config.line, 128);
	assert_int_equal(config.seed, 7);
	assert_int_equal(config.device.mask, UINT32_MAX);
	sim_config_print(&config, text, sizeof(text));
	config = sim_config_plain(text);
	sim_config_print(&config, again, sizeof(again));
	assert_string_equal(text, again);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct sim_config before = config;

		assert_int_equal(sim_config_parse(&config, wrong[i].words, why, sizeof(why)), DMA_EINVAL);
		assert_memory_equal(&before, &config, sizeof(config));
		if (!strstr(why, wrong[i].why))
			fail_msg("%s: says '%s'", wrong[i].words, why);
	}
}

/* ---- Faults ---- */

static bool forgetful;

static int attempt(void *unused)
{
	dma_paddr_t paddr;
	void *va, *page = dma_host_page_alloc();
	int error = DMA_ENOMEM;

	(void)unused;
	if (!page)
		return error;
	error = dma_host_frames_alloc(2, UINT64_MAX, PAGE, &paddr);
	if (error)
		goto no_frames;
	error = dma_host_kva_map(paddr, 2, DMA_KVA_CACHED, &va);
	if (error)
		goto no_mapping;
	dma_host_kva_unmap(va, paddr, 2);
	dma_host_tlb_shootdown(va, 2);
no_mapping:
	if (!error || !forgetful)
		dma_host_frames_free(paddr, 2);
no_frames:
	dma_host_page_free(page);
	return error;
}

static void every_failure(void **state)
{
	struct sim_config config = sim_config_plain("");
	unsigned runs;

	(void)state;
	forgetful = false;
	assert_int_equal(sim_for_each_failure(&config, attempt, NULL, &runs), 0);
	assert_true(runs >=
		    2 * SIM_FAILABLE + 6); /* three of the hooks are reached, once each, and dma_init() asks for info */
	config.quiet = true;
	forgetful = true;
	assert_int_equal(sim_for_each_failure(&config, attempt, NULL, NULL), 2); /* once and for good */
	config.adversary = true;
	config.seed = 3;
	forgetful = false;
	assert_int_equal(sim_for_each_failure(&config, attempt, NULL, NULL), 0);
}

static void count_calls(void *unused)
{
	dma_paddr_t paddr;
	unsigned before = sim_hook_calls(SIM_HOOK_FRAMES_ALLOC);

	(void)unused;
	sim_fail_hook(SIM_HOOK_FRAMES_ALLOC, 2);
	SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, PAGE, &paddr) == 0);
	dma_host_frames_free(paddr, 1);
	SIM_CHECK(!sim_hook_failed());
	SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, PAGE, &paddr) == DMA_ENOMEM);
	SIM_CHECK(sim_hook_failed());
	SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, PAGE, &paddr) == 0);
	dma_host_frames_free(paddr, 1);
	SIM_CHECK(sim_hook_calls(SIM_HOOK_FRAMES_ALLOC) == before + 3);
	SIM_CHECK(dma_host_frames_alloc(SIZE_MAX, UINT64_MAX, PAGE, &paddr) == DMA_ENOMEM);
	SIM_CHECK(dma_host_frames_alloc(1, SIM_LOW_RAM, PAGE, &paddr) == DMA_ENOMEM);
}

static void calls_are_counted(void **state)
{
	(void)state;
	rig_fine("", count_calls);
}

/* ---- Threads ---- */

struct worker {
	pthread_t thread;
	unsigned cpu;
	struct rig rig;
	bool fine;
};

static void *work(void *arg)
{
	struct worker *worker = arg;

	sim_set_cpu(worker->cpu);
	worker->fine = true;
	for (unsigned i = 0; i < 300; i++) {
		unsigned at = i * 37 % PAGE;
		unsigned char value = (unsigned char)(i + worker->cpu), seen;

		rig_store(worker->rig.cpu + at, value);
		rig_clean(worker->rig.cpu, PAGE);
		if (sim_device_read(worker->rig.dev, dma_daddr(worker->rig.daddr.raw + at), &seen, 1) || seen != value)
			worker->fine = false;
	}
	sim_handover();
	return NULL;
}

static void many_cpus(void *unused)
{
	struct worker workers[4];

	(void)unused;
	for (unsigned i = 0; i < 4; i++) {
		workers[i].cpu = i;
		rig_open(&workers[i].rig, 1);
	}
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	for (unsigned i = 0; i < 4; i++) {
		(void)pthread_join(workers[i].thread, NULL);
		SIM_CHECK(workers[i].fine);
		rig_close(&workers[i].rig);
	}
}

static void threads(void **state)
{
	struct sim_config config = sim_config_hostile("noncoherent,cpus=4");

	(void)state;
	assert_int_equal(sim_random(&config, many_cpus, NULL, 3), 0);
}

/* ---- Speed ---- */

static uint64_t ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void many_accesses(void *arg)
{
	static unsigned char block[65536];
	struct rig rig;
	uint64_t began, took;
	const unsigned n = 1000000;

	rig_open(&rig, 16);
	began = ns();
	for (unsigned i = 0; i < n / 2; i++) {
		rig_store(rig.cpu + i * 61 % (16 * PAGE), (unsigned char)i);
		(void)rig_load(rig.cpu + i * 67 % (16 * PAGE));
	}
	took = ns() - began;
	printf("# %s: %.2f million CPU accesses a second", (const char *)arg, n * 1000.0 / (double)took);
	began = ns();
	for (unsigned i = 0; i < 100; i++)
		dma_arch_copy(rig.cpu, block, sizeof(block));
	took = ns() - began;
	printf(", copies %.0f MB/s\n", 100.0 * sizeof(block) * 1000 / (double)took);
	rig_close(&rig);
}

/* The figure that counts is that of the fast build; here it is printed, and must only not be absurd. */
static void speed(void **state)
{
	static const char *const machines[] = {"plain,coherent", "plain,noncoherent", "coherent,seed=1",
					       "noncoherent,seed=1"};

	(void)state;
	for (unsigned i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		struct sim_config config = sim_config_plain(machines[i]);
		char name[64];

		snprintf(name, sizeof(name), "%s", machines[i]);
		assert_int_equal(sim_run(&config, many_accesses, name), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seed_replays), cmocka_unit_test(a_report_says_all), cmocka_unit_test(words),
		cmocka_unit_test(every_failure),  cmocka_unit_test(calls_are_counted), cmocka_unit_test(threads),
		cmocka_unit_test(speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
