/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Kinds of device by what they state: windows, mask, alignment, boundary, the size of a piece; and whether a stream
 * keeps to it, without the library's arithmetic.
 */
#ifndef TESTS_CORE_LIMIT_KINDS_H
#define TESTS_CORE_LIMIT_KINDS_H

#include "core.h"

#define GIB4 ((uint64_t)1 << 32)

/* RAM of these machines, at SIM_LOW_RAM and at SIM_HIGH_RAM. */
#define RAM	(1024 * PAGE)
#define MACHINE "low=4,high=4"

static const struct kind {
	const char *name;
	uint64_t mask;
	size_t nwindows;
	struct dma_window windows[DMA_DEVICE_WINDOWS];
	size_t min_align;
	uint64_t boundary, max_segment_size;
} kinds[] = {
	{.name = "mask of 32 bits", .mask = GIB4 - 1},
	{.name = "a window with an offset",
	 .mask = UINT64_MAX,
	 .nwindows = 1,
	 .windows = {{{SIM_LOW_RAM}, {(uint64_t)0x80 << 32}, RAM}}},
	{.name = "an offset of one page, large alignment",
	 .mask = UINT64_MAX,
	 .nwindows = 1,
	 .windows = {{{SIM_LOW_RAM}, {SIM_LOW_RAM + PAGE}, RAM}},
	 .min_align = 8 * PAGE},
	{.name = "an offset of 3 pages, a boundary",
	 .mask = UINT64_MAX,
	 .nwindows = 1,
	 .windows = {{{SIM_HIGH_RAM}, {3 * PAGE}, RAM}},
	 .boundary = 8 * PAGE},
	{.name = "several windows",
	 .mask = UINT64_MAX,
	 .nwindows = 4,
	 .windows = {{{SIM_LOW_RAM + 16 * PAGE}, {GIB4 * 5}, 16 * PAGE},
		     {{SIM_HIGH_RAM + 64 * PAGE}, {0}, 16 * PAGE},
		     {{SIM_LOW_RAM + 64 * PAGE}, {GIB4}, 32 * PAGE},
		     {{SIM_HIGH_RAM + 16 * PAGE}, {GIB4 * 3}, 16 * PAGE}}},
	{.name = "memory above 4 GiB alone", .mask = UINT64_MAX, .nwindows = 1, .windows = {{{GIB4}, {0}, GIB4}}},
	{.name = "high memory, not its first part, mask of 32 bits",
	 .mask = GIB4 - 1,
	 .nwindows = 1,
	 .windows = {{{SIM_HIGH_RAM + RAM / 2}, {0}, RAM}}},
	{.name = "the mask ends within the window",
	 .mask = 0x10000 * PAGE / 16 - 1,
	 .nwindows = 1,
	 .windows = {{{SIM_LOW_RAM + RAM / 4}, {0x10000 * PAGE / 16 - 96 * PAGE}, RAM / 2}}},
	{.name = "a window that begins and ends with an odd page, large alignment",
	 .mask = UINT64_MAX,
	 .nwindows = 1,
	 .windows = {{{SIM_LOW_RAM + PAGE}, {SIM_LOW_RAM + 4 * PAGE}, RAM - 2 * PAGE}},
	 .min_align = 8 * PAGE},
	{.name = "alignment of 16 pages", .mask = UINT64_MAX, .min_align = 16 * PAGE},
	{.name = "alignment below a page", .mask = UINT64_MAX, .min_align = 64},
	{.name = "boundary of 4 pages", .mask = UINT64_MAX, .boundary = 4 * PAGE},
	{.name = "boundary of a page", .mask = UINT64_MAX, .boundary = PAGE},
	{.name = "boundary of 64 pages", .mask = GIB4 - 1, .boundary = 64 * PAGE},
	{.name = "boundary below the alignment", .mask = UINT64_MAX, .boundary = 2 * PAGE, .min_align = 4 * PAGE},
	{.name = "pieces of a page", .mask = UINT64_MAX, .max_segment_size = PAGE},
	{.name = "pieces of 3 pages less a byte", .mask = UINT64_MAX, .max_segment_size = 3 * PAGE - 1},
	{.name = "all at once",
	 .mask = GIB4 - 1,
	 .nwindows = 2,
	 .windows = {{{SIM_HIGH_RAM + 8 * PAGE}, {5 * PAGE}, RAM / 2}, {{SIM_LOW_RAM}, {GIB4 / 2 + PAGE}, RAM}},
	 .min_align = 2 * PAGE,
	 .boundary = 16 * PAGE,
	 .max_segment_size = 12 * PAGE},
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static void open_kind(struct core_device *dev, const struct kind *k)
{
	struct sim_device_config model = sim_config()->device;
	struct dma_device_config dma;

	model.mask = k->mask;
	model.nwindows = k->nwindows;
	memcpy(model.windows, k->windows, sizeof(model.windows));
	dev->sim = sim_device_new(&model);
	dma = sim_device_dma(dev->sim);
	dma.min_align = k->min_align;
	dma.boundary = k->boundary;
	dma.max_segment_size = k->max_segment_size;
	SIM_CHECK(dma_device_init(&dev->dma, &dma) == 0);
}

/* What the kind says, without the library's arithmetic. */
static bool too_large(const struct kind *k, size_t npages)
{
	return (k->boundary && npages * PAGE > k->boundary) ||
	       (k->max_segment_size && npages * PAGE > k->max_segment_size);
}

static void within_limits(const struct kind *k, const struct dma_stream *s)
{
	uint64_t first = dma_stream_daddr(s).raw, last = first + dma_stream_size(s) - 1;
	uint64_t paddr = dma_stream_paddr(s).raw;
	bool in_window = k->nwindows == 0 && first == paddr;

	for (size_t i = 0; i < k->nwindows; i++) {
		const struct dma_window *w = &k->windows[i];

		in_window |= paddr >= w->paddr_base.raw && paddr + (last - first) - w->paddr_base.raw < w->size &&
			     first - w->daddr_base.raw == paddr - w->paddr_base.raw;
	}
	SIM_CHECK(in_window);
	SIM_CHECK(last <= k->mask);
	SIM_CHECK(k->min_align == 0 || first % k->min_align == 0);
	SIM_CHECK(k->boundary == 0 || first / k->boundary == last / k->boundary);
	SIM_CHECK(k->max_segment_size == 0 || dma_stream_size(s) <= k->max_segment_size);
}

#endif
