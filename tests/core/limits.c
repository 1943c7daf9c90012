/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Limits that a device states, without an IOMMU: windows at any place, mask, alignment, boundary and the size of a
 * piece are kept by every stream and all coherent memory, or refused; and what the host is asked for (hazards 17, 83).
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "../../src/base/state.h"
#include "../../src/device/reach.h"
#include "limit_kinds.h"
#include <stdio.h>

/* ---- What the host is asked for, and what it answers ---- */

static struct {
	unsigned calls, bounded;
	uint64_t min, max;
	size_t npages, align;
} asked;
static bool no_bounded_hook;

int __real_dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out);
int __wrap_dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out);
int __real_dma_host_frames_alloc_within(size_t npages, uint64_t min_paddr, uint64_t max_paddr, size_t align,
					dma_paddr_t *out);
int __wrap_dma_host_frames_alloc_within(size_t npages, uint64_t min_paddr, uint64_t max_paddr, size_t align,
					dma_paddr_t *out);

static void note(size_t npages, uint64_t min, uint64_t max, size_t align)
{
	asked.calls++;
	asked.min = min, asked.max = max, asked.npages = npages, asked.align = align;
}

int __wrap_dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	note(npages, 0, max_paddr, align);
	return __real_dma_host_frames_alloc(npages, max_paddr, align, out);
}

int __wrap_dma_host_frames_alloc_within(size_t npages, uint64_t min_paddr, uint64_t max_paddr, size_t align,
					dma_paddr_t *out)
{
	note(npages, min_paddr, max_paddr, align);
	asked.bounded++;
	SIM_CHECK(min_paddr > 0 && min_paddr <= max_paddr);
	return no_bounded_hook ? DMA_ENOTSUP
			       : __real_dma_host_frames_alloc_within(npages, min_paddr, max_paddr, align, out);
}

/* ---- Every kind, every size, every way to make memory ---- */

static const size_t sizes[] = {1, 2, 3, 4, 5, 8, 9, 12, 16};
#define SIZES (sizeof(sizes) / sizeof(*sizes))

static void allocated(const struct kind *k, struct core_device *dev, size_t npages)
{
	struct dma_stream s = {0}, tail = {0};
	struct dma_coherent c = {{0}};
	int wanted = too_large(k, npages) ? DMA_ENOTSUP : 0, error;

	SIM_CHECK(dma_stream_alloc(&s, &dev->dma, DMA_BIDIRECTIONAL, npages) == wanted);
	error = dma_coherent_alloc(&c, &dev->dma, 0, npages);
	SIM_CHECK(error == wanted || (error == DMA_ENOTSUP && !dev->dma.coherent && !sim_config()->uncached_ok));
	if (c.stream.dev)
		within_limits(k, &c.stream);
	dma_coherent_release(&c);
	if (!s.dev)
		return;
	within_limits(k, &s);
	core_exchange(dev, &s, 1);
	/* A part is a stream of its own. */
	for (size_t at = 1; at < npages; at++) {
		error = dma_stream_split(&s, at * PAGE, &tail);
		SIM_CHECK(error == (k->min_align && at * PAGE % k->min_align ? DMA_EINVAL : 0));
		if (error)
			continue;
		within_limits(k, &s);
		within_limits(k, &tail);
		dma_stream_release(&tail);
		break;
	}
	dma_stream_release(&s);
}

/* Memory of anybody's, wherever the host has it: direct where it fits as it lies, else bounced to where it does. */
static void mapped(const struct kind *k, struct core_device *dev, size_t npages)
{
	for (unsigned high = 0; high < 2; high++) {
		for (unsigned n = 0; n < 3; n++) {
			struct dma_segment seg = {0}, kept;
			struct dma_stream s = {0};
			int error;

			SIM_CHECK(dma_segment_alloc(&seg, npages, high ? UINT64_MAX : GIB4 - 1, 0) == 0);
			kept = seg;
			error = dma_stream_map(&s, &dev->dma, DMA_FROM_DEVICE, &seg);
			SIM_CHECK(error == (too_large(k, npages) ? DMA_ENOTSUP : 0));
			if (error) {
				SIM_CHECK(seg.paddr.raw == kept.paddr.raw && seg.npages == kept.npages && !s.dev);
			} else {
				within_limits(k, &s);
				core_exchange(dev, &s, 2);
			}
			dma_stream_release(&s);
			dma_segment_drop(&seg);
		}
	}
}

static void every_kind(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < KINDS; i++) {
		struct core_device dev;

		open_kind(&dev, &kinds[i]);
		for (size_t n = 0; n < SIZES; n++) {
			unsigned before = sim_failures();

			allocated(&kinds[i], &dev, sizes[n]);
			mapped(&kinds[i], &dev, sizes[n]);
			if (sim_failures() != before)
				fprintf(stderr, "# %s, %zu pages\n", kinds[i].name, sizes[n]);
		}
		SIM_CHECK(core_pages() == 0);
		core_close(&dev);
	}
}

static void limits_are_kept_or_refused(void **state)
{
	(void)state;
	no_bounded_hook = false;
	core_test(MACHINE, every_kind);
	if (DMA_PAGE_SHIFT > 14) /* a short form: large pages take long */
		return;
	core_test(MACHINE ",noncoherent", every_kind);
	core_test(MACHINE ",noncoherent,nosync", every_kind);
	core_test(MACHINE ",cvm", every_kind);
}

/* ---- The host's side ---- */

static int alloc(struct core_device *dev, size_t npages)
{
	struct dma_stream s = {0};
	int error;

	memset(&asked, 0, sizeof(asked));
	error = dma_stream_alloc_uninit(&s, &dev->dma, DMA_BIDIRECTIONAL, npages);
	dma_stream_release(&s);
	return error;
}

static void questions(void *arg)
{
	struct core_device dev;
	const struct kind above = {.mask = UINT64_MAX, .nwindows = 1, .windows = {{{GIB4}, {0}, RAM}}},
			  byte = {.mask = 64 * PAGE - 1,
				  .nwindows = 1,
				  .windows = {{{SIM_LOW_RAM}, {60 * PAGE}, 8 * PAGE}}},
			  end = {.mask = UINT64_MAX,
				 .nwindows = 1,
				 .windows = {{{UINT64_MAX - 4 * PAGE + 1}, {0}, 4 * PAGE}}},
			  out = {.mask = PAGE - 1, .nwindows = 1, .windows = {{{GIB4}, {GIB4}, RAM}}};

	(void)arg;
	open_kind(&dev, &above); /* the first and the last byte */
	SIM_CHECK(alloc(&dev, 1) == 0 && asked.calls == 1 && asked.bounded == 1);
	SIM_CHECK(asked.min == GIB4 && asked.max == GIB4 + RAM - 1 && asked.align == PAGE);
	core_close(&dev);
	open_kind(&dev, &byte); /* the mask ends first */
	SIM_CHECK(alloc(&dev, 1) == 0 && asked.min == SIM_LOW_RAM && asked.max == SIM_LOW_RAM + 4 * PAGE - 1);
	SIM_CHECK(alloc(&dev, 5) == DMA_ENOMEM);
	core_close(&dev);
	open_kind(&dev, &end);
	SIM_CHECK(alloc(&dev, 1) == DMA_ENOMEM && asked.max == UINT64_MAX);
	core_close(&dev);
	open_kind(&dev, &out); /* nothing that it reaches: nobody is asked */
	SIM_CHECK(alloc(&dev, 1) == DMA_ENOMEM && asked.calls == 0);
	core_close(&dev);
	open_kind(&dev, &kinds[3]); /* what lies across a boundary: as many pages more as find a place that does not */
	frames_from_the_top();
	SIM_CHECK(alloc(&dev, 4) == 0 && asked.calls == 2 && asked.npages == 4 + 3 && asked.align == PAGE);
	core_close(&dev);
	open_kind(&dev, &kinds[0]); /* memory from 0 on is the common hook's */
	SIM_CHECK(alloc(&dev, 1) == 0 && asked.bounded == 0 && asked.max == GIB4 - 1 && asked.align == PAGE);
	core_close(&dev);
}

static void windows_are_asked_for_with_both_ends(void **state)
{
	(void)state;
	no_bounded_hook = false;
	core_test(MACHINE, questions);
}

/* The highest window first; one that is full is passed over. */
static void in_turn(void *arg)
{
	const struct kind two = {
		.mask = UINT64_MAX,
		.nwindows = 2,
		.windows = {{{SIM_LOW_RAM + 4 * PAGE}, {GIB4}, PAGE}, {{SIM_HIGH_RAM + 4 * PAGE}, {0}, PAGE}}};
	struct dma_stream s[3] = {{0}};
	struct core_device dev;

	(void)arg;
	open_kind(&dev, &two);
	SIM_CHECK(dma_stream_alloc(&s[0], &dev.dma, DMA_TO_DEVICE, 1) == 0 && dma_stream_daddr(&s[0]).raw == 0);
	SIM_CHECK(dma_stream_alloc(&s[1], &dev.dma, DMA_TO_DEVICE, 1) == 0 && dma_stream_daddr(&s[1]).raw == GIB4);
	SIM_CHECK(dma_stream_alloc(&s[2], &dev.dma, DMA_TO_DEVICE, 1) == DMA_ENOMEM && !s[2].dev);
	for (unsigned i = 0; i < 3; i++)
		dma_stream_release(&s[i]);
	SIM_CHECK(core_pages() == 0);
	core_close(&dev);
}

static void windows_are_used_up_one_after_the_other(void **state)
{
	(void)state;
	core_test(MACHINE, in_turn);
}

/* A host that has only the common hook: what it gives is looked at, and goes back if the device does not reach it. */
static void without_bound(void *arg)
{
	const struct kind *above = &kinds[5],
			  below = {.mask = UINT64_MAX, .nwindows = 1, .windows = {{{SIM_LOW_RAM + PAGE}, {0}, PAGE}}};
	struct core_device dev;

	(void)arg;
	open_kind(&dev, above);
	frames_from_the_top();
	SIM_CHECK(alloc(&dev, 2) == 0 && asked.calls == 2 && asked.bounded == 1);
	core_close(&dev);
	open_kind(&dev, &below);
	frames_from_the_top();
	SIM_CHECK(alloc(&dev, 1) == 0);				     /* the highest below the window's end */
	SIM_CHECK(alloc(&dev, 2) == DMA_ENOMEM && asked.calls == 2); /* begins before the window */
	SIM_CHECK(core_pages() == 0);
	core_close(&dev);
}

static void a_host_without_the_bounded_hook(void **state)
{
	(void)state;
	no_bounded_hook = true;
	core_test(MACHINE, without_bound);
	no_bounded_hook = false;
}

/* Each hook fails at each call: an error, nothing lost. */
static int attempt(void *arg)
{
	static const size_t chosen[] = {2, 3, 6, 14, 17};
	const struct kind *k = &kinds[chosen[*(const unsigned *)arg]];
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	struct core_device dev;
	int error;

	open_kind(&dev, k);
	error = dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 2);
	dma_stream_release(&s);
	if (!error)
		error = dma_segment_alloc(&seg, 2, UINT64_MAX, 0);
	if (!error)
		error = dma_stream_map(&s, &dev.dma, DMA_TO_DEVICE, &seg);
	dma_stream_release(&s);
	dma_segment_drop(&seg);
	SIM_CHECK(core_pages() == 0);
	core_close(&dev);
	return error;
}

static void each_hook_at_each_call(void **state)
{
	struct sim_config machine = sim_config_frames(sim_config_plain(MACHINE));

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(sim_for_each_failure(&machine, attempt, &i, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_are_kept_or_refused),
		cmocka_unit_test(windows_are_asked_for_with_both_ends),
		cmocka_unit_test(windows_are_used_up_one_after_the_other),
		cmocka_unit_test(a_host_without_the_bounded_hook),
		cmocka_unit_test(each_hook_at_each_call),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
