/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A call that should have given a device access to frames, or ended its access, has failed, so the device may reach
 * them: then they never go back to the host, whoever else holds and drops them. A map that the IOMMU does not confirm
 * is in force here, and the device writes all the time.
 *
 * Each case is a process of its own: a reference in quarantine keeps the library from ending.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "../../src/memory/placement.h"
#include "../hosts/fake.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- A process each ---- */

static unsigned run(const char *words, bool offset, void (*body)(unsigned), unsigned which)
{
	struct sim_config machine = sim_config_plain(words);
	int status = 0;
	pid_t child;

	machine.linear_by_offset = offset;
	fflush(stdout);
	fflush(stderr);
	child = fork();
	if (child == 0) {
		sim_start(&machine);
		SIM_CHECK(dma_init() == 0);
		body(which);
		exit(sim_stop() ? 1 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (status)
		fprintf(stderr, "# case %u on SIM=%s\n", which, words);
	return status != 0;
}

static const struct {
	const char *words;
	bool offset; /* the linear map is one offset: map takes its fast path */
} machines[] = {
	{"low=1,high=1", true},
	{"low=1,high=1", false},
	{"low=1,high=1,nohigh", false},
	{"low=1,high=1,noncoherent", true},
	{"low=1,high=1,noncoherent,nohigh", false},
	{"low=1,high=1,noncoherent,nosync", false},
	{"low=1,high=1,cvm,run=1", false},
	{"low=1,high=1,cvm,run=1,nohigh", false},
};

static void everywhere(void (*body)(unsigned), unsigned cases)
{
	unsigned failures = 0;

	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++)
		for (unsigned which = 0; which < cases; which++)
			failures += run(machines[i].words, machines[i].offset, body, which);
	assert_int_equal(failures, 0);
}

static uint64_t quarantined(void)
{
	struct dma_stats stats;

	dma_stats(&stats);
	return stats.pages_quarantined;
}

/* Every frame that a mapping of the device leads to is in use, though by nobody any more. */
static void nobody_gets_them(void)
{
	for (size_t i = 0; i < MAPPINGS; i++) {
		const struct mapping *m = &fake.mappings[i];
		uint64_t offset = 0;

		if (!m->npages)
			continue;
		SIM_CHECK(ram_offset(m->paddr, m->npages << DMA_PAGE_SHIFT, &offset));
		for (size_t n = 0; n < m->npages; n++)
			SIM_CHECK(sim.pages[(offset >> DMA_PAGE_SHIFT) + n].flags & PAGE_ALLOCATED);
	}
}

/* ---- A map that is not confirmed ---- */

enum { WHOLE, CLONE, SLICE, MANY_RUNS, BORROWED, HOLDERS };

/* The segment to be mapped, three pages, and who else holds its frames. */
static bool held(unsigned how, struct dma_segment *seg, struct dma_segment others[3])
{
	struct dma_segment all = {0};

	if (!core_segment(&all, 6, 1))
		return false;
	switch (how) {
	case WHOLE:
		return SIM_CHECK(dma_segment_split(&all, 3, &others[0]) == 0 && dma_segment_clone(&all, seg) == 0 &&
				 (dma_segment_drop(&all), true));
	case CLONE:
		others[0] = all;
		return SIM_CHECK(dma_segment_split(&others[0], 3, &others[1]) == 0 &&
				 dma_segment_clone(&others[0], seg) == 0);
	case SLICE:
		others[0] = all;
		return SIM_CHECK(dma_segment_slice(&others[0], 2, 3, seg) == 0);
	case MANY_RUNS:
		others[0] = all;
		return SIM_CHECK(dma_segment_slice(&others[0], 1, 3, seg) == 0 &&
				 dma_segment_slice(seg, 1, 1, &others[1]) == 0 &&
				 dma_segment_slice(&others[0], 0, 2, &others[2]) == 0);
	default:
		others[0] = all;
		return SIM_CHECK(dma_segment_borrow(seg, all.paddr, 3) == 0);
	}
}

static void unconfirmed_map(unsigned how)
{
	struct dma_segment seg = {0}, before, others[3] = {{dma_paddr(0), 0, NULL}};
	struct dma_stream s = {0}, zero = {0};
	struct core_device dev;
	uint64_t expected;

	fake_open(&dev, DMA_DOMAIN_SPLITS);
	if (!held(how, &seg, others))
		return;
	before = seg;
	fake.map_error = DMA_ETIMEDOUT;
	fake.maps_all_the_same = true;
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL, &seg) == DMA_ETIMEDOUT);
	SIM_CHECK(memcmp(&s, &zero, sizeof(s)) == 0 && memcmp(&seg, &before, sizeof(seg)) == 0);
	SIM_CHECK(quarantined() == 3 && dma_device_live(&dev.dma) == 0);
	(void)dma_reclaim();
	SIM_CHECK(sim.kva_pages == 0 && sim.stale_pages == 0);
	/* The caller's segment is as good as before: it can be cut, and every part dropped. */
	if (how != BORROWED) {
		struct dma_segment tail = {0};

		SIM_CHECK(dma_segment_split(&seg, 1, &tail) == 0);
		dma_segment_drop(&tail);
	}
	dma_segment_drop(&seg);
	for (size_t i = how == BORROWED; i < 3; i++) /* a lender keeps what it lent */
		dma_segment_drop(&others[i]);
	nobody_gets_them();
	expected = how == BORROWED ? 6 : 3;
	if (sim_config()->cvm || (!sim_config()->device.coherent && !sim_config()->can_sync))
		expected = how == BORROWED ? 9 : 3; /* the bounce's, which the device has; the caller's go back */
	SIM_CHECK(sim.frames == expected);
	SIM_CHECK(sim.locks == 0 && dma_device_fini(&dev.dma) == 0);
}

static void a_map_that_is_not_confirmed(void **state)
{
	(void)state;
	everywhere(unconfirmed_map, HOLDERS);
}

/* Pages in doubt after one call do not spoil the next: other errors give everything back, also beside quarantined
 * pages. */
static void other_errors(unsigned i)
{
	static const int errors[] = {DMA_ENOMEM, DMA_ENOSPC, DMA_ENODEV};
	struct dma_segment seg = {0}, before;
	struct dma_stream s = {0};
	struct core_device dev;

	fake_open(&dev, DMA_DOMAIN_SPLITS);
	if (!core_segment(&seg, 3, 1))
		return;
	before = seg;
	fake.map_error = errors[i];
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL, &seg) == errors[i]);
	SIM_CHECK(memcmp(&seg, &before, sizeof(seg)) == 0 && quarantined() == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &dev.dma, DMA_BIDIRECTIONAL, 3) == errors[i] && !s.dev);
	dma_segment_drop(&seg);
	SIM_CHECK(sim.frames == 0 && sim.kva_pages == 0 && quarantined() == 0);
	SIM_CHECK(dma_device_fini(&dev.dma) == 0 && dma_fini() == 0);
}

static void an_error_that_is_certain_gives_all_back(void **state)
{
	(void)state;
	everywhere(other_errors, 3);
}

/* The library's own frames: streams of every kind, coherent memory. */
static void unconfirmed_alloc(unsigned which)
{
	struct dma_coherent ring = {{0}};
	struct dma_stream s = {0};
	struct core_device dev;
	int error;

	fake_open(&dev, DMA_DOMAIN_SPLITS);
	fake.map_error = DMA_ETIMEDOUT;
	fake.maps_all_the_same = true;
	error = which == 0   ? dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 3)
		: which == 1 ? dma_stream_alloc_uninit(&s, &dev.dma, DMA_FROM_DEVICE, 3)
			     : dma_coherent_alloc(&ring, &dev.dma, 0, 3);
	SIM_CHECK(error == DMA_ETIMEDOUT && !s.dev && !ring.stream.dev);
	SIM_CHECK(quarantined() == 3 && sim.frames == 3 && core_pages() == 0);
	nobody_gets_them();
	SIM_CHECK(sim.kva_pages == 0 && sim.stale_pages == 0);
	SIM_CHECK(dma_device_fini(&dev.dma) == 0 && dma_fini() == 0);
}

static void an_alloc_that_is_not_confirmed(void **state)
{
	(void)state;
	everywhere(unconfirmed_alloc, 3);
}

/* ---- A release that is not confirmed ---- */

static void unconfirmed_release(unsigned which)
{
	struct dma_segment seg = {0}, others[3] = {{dma_paddr(0), 0, NULL}};
	struct dma_stream s = {0}, tail = {0};
	bool bounced, deferred = which >= HOLDERS;
	struct core_device dev;

	fake_open(&dev, DMA_DOMAIN_SPLITS | (deferred ? DMA_DOMAIN_DEFERRED : 0));
	if (!held(which % HOLDERS, &seg, others))
		return;
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL, &seg) == 0);
	bounced = s.place & DMA_PLACE_BOUNCE;
	SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0);
	sim_interrupts(which % 2);
	dma_stream_release(&s); /* this one is confirmed */
	if (deferred)
		SIM_CHECK(dma_domain_flush(&fake.domain) == 0);
	fake.unmap_error = DMA_ETIMEDOUT;
	dma_stream_release(&tail);
	if (deferred)
		SIM_CHECK(dma_domain_flush(&fake.domain) == DMA_ETIMEDOUT);
	sim_interrupts(true);
	(void)dma_reclaim();
	SIM_CHECK(quarantined() == 2 && core_pages() >= (bounced || which % HOLDERS == BORROWED ? 0u : 2u));
	for (size_t i = which % HOLDERS == BORROWED; i < 3; i++)
		dma_segment_drop(&others[i]);
	SIM_CHECK(sim.frames == (which % HOLDERS != BORROWED ? 2u : bounced ? 8u : 6u));
	SIM_CHECK(sim.kva_pages == 0 && sim.stale_pages == 0 && sim.locks == 0);
	SIM_CHECK(dma_device_fini(&dev.dma) == 0);
}

static void a_release_that_is_not_confirmed(void **state)
{
	(void)state;
	everywhere(unconfirmed_release, 2 * HOLDERS);
}

/* ---- A conversion that fails in the middle ---- */

enum { ALLOC, COHERENT, BOUNCE, WAYS };

/* Makes something of three pages; 0 or the error. */
static int make(unsigned way, struct core_device *dev, struct dma_stream *s, struct dma_coherent *ring,
		struct dma_segment *seg)
{
	if (way == ALLOC)
		return dma_stream_alloc(s, &dev->dma, DMA_BIDIRECTIONAL, 3);
	if (way == COHERENT)
		return dma_coherent_alloc(ring, &dev->dma, 0, 3);
	if (!core_segment(seg, 3, 1))
		return DMA_ENOMEM;
	return dma_stream_map(s, &dev->dma, DMA_BIDIRECTIONAL, seg);
}

static const int conversion_errors[] = {DMA_EIO, DMA_EACCES, DMA_ENODEV};
enum { CONVERSION_ERRORS = sizeof(conversion_errors) / sizeof(conversion_errors[0]) };

static void failing_conversion(unsigned which)
{
	unsigned way = which % WAYS, later = which / WAYS % 2, directions = which / WAYS / 2 % 3;
	int said = conversion_errors[which / WAYS / 6];
	bool unshare = directions > 0, both = directions > 1;
	struct dma_coherent ring = {{0}};
	struct dma_stream s = {0};
	struct dma_segment seg = {0};
	struct core_device dev;
	uint64_t doubtful;
	int error;

	core_open(&dev);
	sim_conversion_error(said);
	if (!unshare || both)
		sim_fail_hook(SIM_HOOK_SHARE, 1);
	if (unshare)
		sim_fail_hook_from(SIM_HOOK_UNSHARE, 1);
	error = make(way, &dev, &s, &ring, &seg);
	SIM_CHECK(error == (unshare && !both ? 0 : said));
	if (later)
		sim_interrupts(false);
	dma_stream_release(&s);
	dma_coherent_release(&ring);
	sim_interrupts(true);
	(void)dma_reclaim();
	dma_segment_drop(&seg);
	/* Of three pages one is converted, and the next in doubt, or both others, or none; where both directions fail,
	 * the one that was cannot go back, either. */
	doubtful = said == DMA_EIO ? 1 : said == DMA_ENODEV ? 2 : 0;
	doubtful = both ? 1 + doubtful : unshare ? 2 : doubtful;
	SIM_CHECK(quarantined() == doubtful && sim.frames == doubtful);
	SIM_CHECK(core_pages() == 0 && sim.kva_pages == 0 && sim.stale_pages == 0);
	core_close(&dev);
	SIM_CHECK(dma_fini() == 0);
}

static void a_conversion_in_doubt(void **state)
{
	unsigned failures = 0;

	(void)state;
	for (unsigned which = 0; which < WAYS * 6 * CONVERSION_ERRORS; which++) {
		failures += run("low=1,high=1,cvm,run=1", false, failing_conversion, which);
		failures += run("low=1,high=1,cvm,run=1,nohigh", false, failing_conversion, which);
		failures += run("low=1,high=1,cvm,run=1,noncoherent", false, failing_conversion, which);
	}
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_that_is_not_confirmed),
		cmocka_unit_test(an_error_that_is_certain_gives_all_back),
		cmocka_unit_test(an_alloc_that_is_not_confirmed),
		cmocka_unit_test(a_release_that_is_not_confirmed),
		cmocka_unit_test(a_conversion_in_doubt),
	};

	return cmocka_run_group_tests_name("quarantine", tests, NULL, NULL);
}
