/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A device that guesses addresses: it reads through whatever entry it finds, before anybody has told it of a mapping.
 * What the CPU wrote into a page before it was mapped, zeros above all, has arrived by then. CPU 1 is the device, and
 * the unit in front of it.
 */
#include "../../src/iommu/iova/iova_books.h"
#include "../../src/stream/stream_own.h"
#include "domain.h"
#include <dmastream/arch.h>

static uint64_t guess; /* the address */
static const uint64_t *entry;
static struct dma_segment page, pages;
static struct dma_device bounded; /* it has a boundary, which fast paths do not look at */

/* The address that a mapping of that many pages gets next. */
static uint64_t next_address(struct dma_device *dev, const struct dma_segment *seg, bool drained)
{
	struct dma_segment mine = {0};
	struct dma_stream s = {0};
	uint64_t daddr;

	explore_check(dma_segment_clone(seg, &mine) == 0 && dma_stream_map(&s, dev, DMA_BIDIRECTIONAL, &mine) == 0,
		      "map");
	daddr = dma_stream_daddr(&s).raw;
	dma_stream_release(&s);
	if (drained)
		(void)dma_iova_drain(&domain_space.iova);
	return daddr;
}

static void start_guessing(struct dma_device *dev, const struct dma_segment *seg, bool drained)
{
	(void)next_address(dev, seg, drained);
	guess = next_address(dev, seg, drained);
	explore_check(guess == next_address(dev, seg, drained), "the address is another one each time");
	entry = domain_entry(guess);
}

static void start(void)
{
	const struct dma_device_config config = {.name = "bounded",
						 .domain = &domain_space.domain,
						 .mask = UINT64_MAX,
						 .coherent = true,
						 .trusted = true,
						 .boundary = 1 << 20,
						 .requester = 1};

	domain_start(false, 1);
	explore_check(dma_device_init(&bounded, &config) == 0, "dma_device_init");
	explore_check(dma_segment_alloc(&page, 1, UINT64_MAX, 0) == 0 &&
			      dma_segment_alloc(&pages, 2, UINT64_MAX, 0) == 0,
		      "alloc");
	*(uint64_t *)(uintptr_t)page.paddr.raw = *(uint64_t *)(uintptr_t)pages.paddr.raw = 1; /* somebody's secret */
}

static void start_fast(void)
{
	start();
	start_guessing(&domain_dev, &page, false);
}

/* As a domain whose unit is told of maps. */
static void start_no_fast_path(void)
{
	start();
	dma_space_go_slow(&domain_space);
	start_guessing(&domain_dev, &page, false);
}

static void start_fast_pages(void)
{
	start();
	start_guessing(&domain_dev, &pages, false);
}

static void start_slow(void)
{
	start();
	start_guessing(&domain_dev, &pages, true);
}

static void start_bounded(void)
{
	start();
	start_guessing(&bounded, &page, false);
}

static void guesses(void)
{
	uint64_t value = dma_entry_read(entry);
	const uint64_t *bytes;

	if (!dma_entry_present(domain_space.table.format, value))
		return;
	dma_arch_consume(); /* the access depends on the entry */
	bytes = (const uint64_t *)(uintptr_t)dma_entry_address(domain_space.table.format, value);
	explore_check(*bytes == 0, "the device sees what was in a page before it was zeroed");
}

static int map(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg)
{
	return dma_stream_map(s, dev, dir, seg);
}

static void zero_and_map_by(int (*map_by)(struct dma_stream *, struct dma_device *, unsigned, struct dma_segment *),
			    struct dma_device *dev, struct dma_segment *seg)
{
	struct dma_stream s = {0};

	*(uint64_t *)(uintptr_t)seg->paddr.raw = 0;
	explore_check(map_by(&s, dev, DMA_BIDIRECTIONAL, seg) == 0, "map");
	explore_check(dma_stream_daddr(&s).raw == guess, "another address than before");
	dma_stream_release(&s);
}

static void zero_and_map(struct dma_device *dev, struct dma_segment *seg)
{
	zero_and_map_by(map, dev, seg);
}

static void maps_page(void)
{
	zero_and_map(&domain_dev, &page);
}

static void maps_pages(void)
{
	zero_and_map(&domain_dev, &pages);
}

/* As a map of what lies beyond the device's fast path. */
static void maps_generally(void)
{
	zero_and_map_by(dma_stream_map_slow, &domain_dev, &page);
}

static void maps_bounded(void)
{
	zero_and_map(&bounded, &page);
}

static void allocates(void)
{
	struct dma_stream s = {0};

	explore_check(dma_stream_alloc(&s, &domain_dev, DMA_BIDIRECTIONAL, 1) == 0, "alloc");
	dma_stream_release(&s);
}

/* As an alloc whose frames device and CPU do not use as they are. */
static void allocates_generally(void)
{
	struct dma_stream s = {0};

	explore_check(dma_stream_make_own_slow(&s, &domain_dev, DMA_BIDIRECTIONAL, 1, DMA_FOR_ALLOC, true) == 0,
		      "alloc");
	dma_stream_release(&s);
}

static void allocates_scattered(void)
{
	struct dma_scattered s = {0};

	explore_check(dma_scattered_alloc(&s, &domain_dev, DMA_BIDIRECTIONAL, 1) == 0, "alloc");
	dma_scattered_release(&s);
}

static void finish(void)
{
	dma_segment_drop(&page);
	dma_segment_drop(&pages);
	explore_check(dma_device_fini(&bounded) == 0, "dma_device_fini");
	domain_finish();
}

const struct explore_program domain_guessed = {
	.name = "domain: a device guesses while a page is mapped",
	.start = start_fast,
	.cpu = {maps_page, guesses},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program domain_guessed_pages = {
	.name = "domain: a device guesses while pages are mapped",
	.start = start_fast_pages,
	.cpu = {maps_pages, guesses},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program domain_guessed_slow = {
	.name = "domain: a device guesses while pages are mapped by the slow path",
	.start = start_slow,
	.cpu = {maps_pages, guesses},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program domain_guessed_no_fast_path = {
	.name = "domain: a device guesses, and there is no fast path",
	.start = start_no_fast_path,
	.cpu = {maps_page, guesses},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program domain_guessed_general = {
	.name = "domain: a device guesses while a page beyond the fast path is mapped",
	.start = start_fast,
	.cpu = {maps_generally, guesses},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program domain_guessed_bounded = {
	.name = "domain: a device with a boundary guesses",
	.start = start_bounded,
	.cpu = {maps_bounded, guesses},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program domain_guessed_alloc = {
	.name = "domain: a device guesses while a stream is allocated",
	.start = start_fast,
	.cpu = {allocates, guesses},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program domain_guessed_view = {
	.name = "domain: a device guesses while a stream with a view is allocated",
	.start = start_fast,
	.cpu = {allocates_generally, guesses},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program domain_guessed_scattered = {
	.name = "domain: a device guesses while scattered memory is allocated",
	.start = start_fast,
	.cpu = {allocates_scattered, guesses},
	.finish = finish,
	.preemptions = 2,
};
