/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Every hook failing at every call of each way to make, cut and release: an error and unchanged arguments, or success;
 * nothing leaked, mapped or shared.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "../../src/base/cache.h"
#include "core.h"
#include <stdio.h>

static unsigned attempts;

struct job {
	unsigned dir;
	bool split;
	int kind;
};

enum { ALLOC, ALLOC_UNINIT, MAP, COHERENT, SEGMENTS, ADOPT, KINDS };

static bool unchanged(const void *a, const void *b, size_t n)
{
	return SIM_CHECK(memcmp(a, b, n) == 0);
}

static bool allowed(int error)
{
	return SIM_CHECK(error == DMA_ENOMEM || error == DMA_EIO || error == DMA_ETIMEDOUT || error == DMA_EFAULT ||
			 error == DMA_ENOTSUP);
}

/* Where the linear map fails, the caller maps its memory by itself. */
static int filled(struct dma_segment *seg)
{
	int error = dma_segment_alloc(seg, 3, UINT64_MAX, 0);
	void *linear, *va = NULL;

	if (error)
		return error;
	linear = dma_host_linear(seg->paddr, 3 * PAGE);
	if (!linear)
		error = dma_host_kva_map(seg->paddr, 3, DMA_KVA_CACHED, &va);
	if (error) {
		dma_segment_drop(seg);
		return error;
	}
	dma_arch_fill(linear ? linear : va, 1, 3 * PAGE);
	if (va) {
		if (sim_config()->can_sync)
			dma_cache_clean(va, 3 * PAGE);
		dma_host_kva_unmap(va, seg->paddr, 3);
		dma_host_tlb_shootdown(va, 3);
	}
	return 0;
}

static int make(struct dma_stream *s, struct dma_device *dev, const struct job *job)
{
	static const struct dma_stream zero;
	struct dma_segment seg = {0}, before;
	int error;

	if (job->kind == MAP) {
		error = filled(&seg);
		if (error)
			return error;
		before = seg;
		error = dma_stream_map(s, dev, job->dir, &seg);
		if (error) {
			unchanged(&before, &seg, sizeof(seg));
			unchanged(s, &zero, sizeof(zero));
		}
		dma_segment_drop(&seg);
		return error;
	}
	error = job->kind == ALLOC ? dma_stream_alloc(s, dev, job->dir, 3)
				   : dma_stream_alloc_uninit(s, dev, job->dir, 3);
	if (error)
		unchanged(s, &zero, sizeof(zero));
	return error;
}

static int streams(const struct job *job, struct core_device *dev)
{
	struct dma_stream s = {0}, tail = {0}, before;
	int error = make(&s, &dev->dma, job);

	if (!error && job->split) {
		before = s;
		error = dma_stream_split(&s, PAGE, &tail);
		if (error)
			unchanged(&before, &s, sizeof(s));
	}
	/* The streams work, whether or not the split succeeded. Where the linear map failed, the memory has nobody's
	 * bytes. */
	if (s.dev && job->kind != MAP) {
		core_exchange(dev, &s, 5);
		if (tail.dev)
			core_exchange(dev, &tail, 6);
	}
	dma_stream_release(&s);
	dma_stream_release(&tail);
	return error;
}

static int coherent(const struct job *job, struct core_device *dev)
{
	struct dma_coherent c = {{0}}, tail = {{0}};
	int error = dma_coherent_alloc(&c, &dev->dma, 0, 2);

	if (!error && job->split)
		error = dma_coherent_split(&c, PAGE, &tail);
	dma_coherent_release(&tail);
	dma_coherent_release(&c);
	return error;
}

static int segments(void)
{
	struct dma_segment a = {0}, b = {0}, c = {0}, d = {0}, before;
	int error = dma_segment_alloc(&a, 6, UINT64_MAX, 0);

	if (error)
		return error;
	before = a;
	error = dma_segment_slice(&a, 1, 3, &b);
	if (error)
		goto out;
	error = dma_segment_clone(&b, &c);
	if (error)
		goto out;
	before = a;
	error = dma_segment_split(&a, 5, &d);
	if (!error)
		before.npages = 5;
out:
	unchanged(&before, &a, sizeof(a));
	dma_segment_drop(&c);
	dma_segment_drop(&a);
	dma_segment_drop(&b);
	dma_segment_drop(&d);
	return error;
}

static int adopt(void)
{
	struct dma_segment a = {0}, b = {0};
	dma_paddr_t paddr;
	int error = dma_host_frames_alloc(2, UINT64_MAX, PAGE, &paddr);

	if (error)
		return error;
	error = dma_segment_adopt(&a, paddr, 2);
	if (error)
		dma_host_frames_free(paddr, 2);
	dma_segment_drop(&a);
	if (error)
		return error;
	error = dma_host_frames_alloc(2, UINT64_MAX, PAGE, &paddr);
	if (error)
		return error;
	error = dma_segment_borrow(&b, paddr, 2);
	dma_segment_drop(&b);
	dma_host_frames_free(paddr, 2);
	return error;
}

static int attempt(void *arg)
{
	const struct job *job = arg;
	struct core_device dev;
	int error;

	core_open(&dev);
	error = job->kind == COHERENT	? coherent(job, &dev)
		: job->kind == SEGMENTS ? segments()
		: job->kind == ADOPT	? adopt()
					: streams(job, &dev);
	if (error)
		allowed(error);
	/* The same once more after the fault: what failed can be tried again. */
	core_close(&dev);
	SIM_CHECK(core_pages() == 0);
	return error;
}

static unsigned every_failure(const char *words, const struct job *job)
{
	struct sim_config machine = sim_config_plain(words);
	struct job copy = *job;
	unsigned runs = 0, failures = sim_for_each_failure(&machine, attempt, &copy, &runs);

	attempts += runs;
	if (failures)
		fprintf(stderr, "# on SIM=%s, kind %d, dir %u, split %d\n", words, job->kind, job->dir, job->split);
	return failures;
}

static const char *const machines[] = {
	"low=1,high=1",
	"low=1,high=1,mask=32",
	"low=1,high=1,nohigh",
	"low=1,high=1,nohigh,mask=32",
	"low=1,high=1,noncoherent",
	"low=1,high=1,noncoherent,nohigh",
	"low=1,high=1,noncoherent,nosync",
	"low=1,high=1,cvm",
	"low=1,high=1,cvm,noncoherent,nohigh",
	"low=1,high=1,cvm,noncoherent,nosync",
	"low=1,high=1,cvm,run=1",
	"low=1,high=1,cvm,run=1,noncoherent",
};

static void each_hook_at_each_call(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		for (int kind = 0; kind < KINDS; kind++) {
			for (unsigned split = 0; split < 2; split++) {
				for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
					const struct job job = {dir, split, kind};

					if ((kind == ALLOC && dir == DMA_FROM_DEVICE) ||
					    (kind >= COHERENT && dir > DMA_TO_DEVICE) ||
					    (kind >= SEGMENTS && (split || i > 0)))
						continue;
					assert_int_equal(every_failure(machines[i], &job), 0);
				}
			}
		}
	}
	print_message("# %u runs with a hook failing\n", attempts);
	assert_true(attempts > 1000);
}

/* Conversions that fail part of the way: what was converted goes back; the page at which it failed, and what cannot go
 * back, is quarantined and counted, never freed; the pages behind it are asked for again. The machine converts that
 * page all the same, without saying so. */
static void part_of_a_conversion(void *arg)
{
	const unsigned *n = arg;
	struct dma_stream s = {0};
	struct dma_stats stats;
	struct core_device dev;
	int error;

	core_open(&dev);
	sim_fail_hook(SIM_HOOK_SHARE, n[0]);
	if (n[1])
		sim_fail_hook_from(SIM_HOOK_UNSHARE, n[1]);
	error = dma_stream_alloc_uninit(&s, &dev.dma, DMA_BIDIRECTIONAL, n[2]);
	SIM_CHECK((error == 0) == (n[0] == 0));
	dma_stream_release(&s);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined == sim.frames && stats.pages_quarantined <= n[2]);
	SIM_CHECK(stats.pages_quarantined >= sim.shared_pages);
	SIM_CHECK(stats.pages_quarantined <= sim.shared_pages + (n[1] ? sim_hook_calls(SIM_HOOK_UNSHARE) : 0));
	if (n[0] && !n[1])
		SIM_CHECK(stats.pages_quarantined == 1);
	SIM_CHECK(core_pages() == 0);
	core_close(&dev);
}

static void a_conversion_that_fails_half_way(void **state)
{
	(void)state;
	for (unsigned share = 0; share < 2; share++) {
		for (unsigned unshare = 0; unshare < 2; unshare++) {
			for (unsigned npages = 1; npages <= 5; npages++) {
				unsigned n[3] = {share, unshare, npages};
				struct sim_config machine = sim_config_plain("low=1,high=1,cvm,run=1");

				assert_int_equal(sim_run(&machine, part_of_a_conversion, n), 0);
			}
		}
	}
}

/* What the next owner would find. */
static bool all_zero(uint64_t offset, size_t nbytes)
{
	for (uint64_t at = offset; at < offset + nbytes; at++) {
		bool cached = line_at(at >> sim.line_shift)->state != LINE_INVALID;

		if ((cached ? sim.cache : sim.ram)[at])
			return false;
	}
	return true;
}

static void scrubbed(void *arg)
{
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	for (unsigned mapped = 0; mapped < 2; mapped++) {
		struct dma_stream s;
		uint64_t offset = 0;

		if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 3, mapped, 1))
			return;
		SIM_CHECK(ram_offset(dma_stream_paddr(&s).raw, 3 * PAGE, &offset));
		core_exchange(&dev, &s, 5);
		dma_stream_release(&s);
		SIM_CHECK(all_zero(offset, 3 * PAGE));
	}
	core_close(&dev);
}

static void shared_frames_go_back_scrubbed(void **state)
{
	static const char *const words[] = {"low=1,high=1,cvm,run=1", "low=1,high=1,cvm,run=1,noncoherent"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct sim_config machine = sim_config_plain(words[i]);

		assert_int_equal(sim_run(&machine, scrubbed, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_hook_at_each_call),
		cmocka_unit_test(a_conversion_that_fails_half_way),
		cmocka_unit_test(shared_frames_go_back_scrubbed),
	};

	return cmocka_run_group_tests_name("failures", tests, NULL, NULL);
}
