/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ledger of a device's streams (src/device): the count is right while CPUs map and release, and a device that has
 * gone, because no stream of it lived any more, is not touched by the release that was its last.
 */
#include "programs.h"
#include "world.h"

static struct dma_device dev;
static struct dma_segment mine[2];
static struct dma_stream stream[2];

/* Of the driver, beside the device: written before the release, read when the device has gone. */
static uint64_t last_use[2];

static void start(void)
{
	const struct dma_device_config config = {
		.name = "device", .mask = UINT64_MAX, .coherent = true, .trusted = true};

	world_start(2);
	explore_check(dma_device_init(&dev, &config) == 0, "dma_device_init");
	for (unsigned i = 0; i < 2; i++) {
		explore_check(dma_segment_alloc(&mine[i], 1, UINT64_MAX, 0) == 0, "alloc");
		explore_check(dma_stream_map(&stream[i], &dev, DMA_BIDIRECTIONAL, &mine[i]) == 0, "map");
	}
}

static void releases_0(void)
{
	last_use[0] = 1;
	dma_stream_release(&stream[0]);
}

static void releases_1(void)
{
	last_use[1] = 1;
	dma_stream_release(&stream[1]);
}

static void releases_both(void)
{
	releases_0();
	releases_1();
}

/* Tries twice; afterwards nobody touches the device. */
static void removes(void)
{
	for (unsigned i = 0; i < 2; i++)
		if (dma_device_fini(&dev) == 0) {
			explore_check(last_use[0] && last_use[1], "a device goes before its streams' last use");
			explore_retire(&dev, sizeof(dev));
			return;
		}
}

static void maps_more(void)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};

	explore_check(dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0, "alloc");
	explore_check(dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg) == 0, "map");
	explore_check(dma_device_live(&dev) > 0, "a live stream is not counted");
	dma_stream_release(&s);
}

static void counts(void)
{
	explore_check(dma_device_live(&dev) >= 1, "a live stream is not counted");
	releases_1();
}

static void finish(void)
{
	explore_check(dma_device_live(&dev) == 0, "the ledger counts a stream that is gone");
	explore_check(dma_device_fini(&dev) == 0 && world_frames_out() == 0 && dma_fini() == 0, "something is lost");
}

static void finish_removed(void)
{
	explore_check(world_frames_out() == 0, "a frame is lost");
}

const struct explore_program ledger_remove = {
	.name = "ledger: a device goes while its last streams are released",
	.start = start,
	.cpu = {releases_both, removes},
	.finish = finish_removed,
	.preemptions = 3,
};
const struct explore_program ledger_count = {
	.name = "ledger: counted while CPUs map and release",
	.start = start,
	.cpu = {maps_more, counts},
	.preemptions = 2,
};
const struct explore_program ledger_end = {
	.name = "ledger: empty when all are released",
	.start = start,
	.cpu = {releases_0, releases_1},
	.finish = finish,
	.preemptions = 3,
};

/* ---- Devices of one domain come and go: it counts them ---- */

static struct dma_device other[2];

static void comes_and_goes(struct dma_device *device)
{
	const struct dma_device_config config = {
		.name = "other", .mask = UINT64_MAX, .coherent = true, .trusted = true};

	explore_check(dma_device_init(device, &config) == 0 && dma_device_fini(device) == 0, "a device comes and goes");
}

static void comes_0(void)
{
	comes_and_goes(&other[0]);
}

static void comes_1(void)
{
	comes_and_goes(&other[1]);
}

static void finish_devices(void)
{
	explore_check(dma_domain_passthrough.devices == 1, "a domain does not know how many devices it has");
}

const struct explore_program ledger_devices = {
	.name = "ledger: devices of one domain come and go",
	.start = start,
	.cpu = {comes_0, comes_1},
	.finish = finish_devices,
	.preemptions = 3,
};

/* ---- Streams that one word counts: of the same page ---- */

static struct dma_segment shared[2];

static void start_shared(void)
{
	start();
	for (unsigned i = 0; i < 2; i++)
		explore_check(dma_segment_borrow(&shared[i], dma_paddr(WORLD_FAR), 1) == 0, "borrow");
}

static void maps_shared(struct dma_segment *seg)
{
	struct dma_stream s = {0};

	explore_check(dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, seg) == 0, "map");
	explore_check(dma_device_live(&dev) > 2, "a live stream is not counted");
	dma_stream_release(&s);
}

static void maps_shared_0(void)
{
	maps_shared(&shared[0]);
}

static void maps_shared_1(void)
{
	maps_shared(&shared[1]);
}

static void finish_shared(void)
{
	explore_check(dma_device_live(&dev) == 2, "the ledger counts a stream that is gone");
}

const struct explore_program ledger_shared = {
	.name = "ledger: two streams of one page",
	.start = start_shared,
	.cpu = {maps_shared_0, maps_shared_1},
	.finish = finish_shared,
	.preemptions = 3,
};
