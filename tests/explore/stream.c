/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Handing over (include/dmastream/stream.h, src/stream/access.c): a device that was told of bytes finds them, a CPU
 * that saw a completion finds what came before it, with the bytes in place and bounced. CPU 1 is the device.
 */
#include "programs.h"
#include "world.h"
#include <dmastream/arch.h>

static struct dma_device dev, windowed; /* the second reaches the first frames alone */
static struct dma_segment seg;
static struct dma_stream s;
static uint64_t doorbell, completion;
static uint64_t *view; /* where the device has the bytes */

static void start_device(void)
{
	const struct dma_device_config config = {
		.name = "device", .mask = UINT64_MAX, .coherent = true, .trusted = true};

	world_start(2);
	explore_check(dma_device_init(&dev, &config) == 0, "dma_device_init");
	explore_check(dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0, "alloc");
	view = (uint64_t *)(uintptr_t)seg.paddr.raw;
}

static void start(void)
{
	start_device();
	explore_check(dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg) == 0, "map");
}

static void start_bounced(void)
{
	struct dma_segment first = {0};

	world_start(2);
	const struct dma_window window = {dma_paddr(world_base), dma_daddr(world_base), 8 << DMA_PAGE_SHIFT};
	const struct dma_device_config config = {.name = "device",
						 .mask = UINT64_MAX,
						 .windows = &window,
						 .nwindows = 1,
						 .coherent = true,
						 .trusted = true};

	explore_check(dma_device_init(&windowed, &config) == 0, "dma_device_init");
	explore_check(dma_segment_alloc(&first, 8, UINT64_MAX, 0) == 0 &&
			      dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0,
		      "alloc");
	dma_segment_drop(&first);
	explore_check(dma_stream_map(&s, &windowed, DMA_BIDIRECTIONAL, &seg) == 0, "map");
	view = (uint64_t *)(uintptr_t)dma_stream_paddr(&s).raw;
	explore_check((const void *)view != (const void *)s.cpu, "it is not bounced");
}

static void rings(void)
{
	__atomic_store_n(&doorbell, 1, __ATOMIC_RELAXED);
}

static void maps_and_rings(void)
{
	*(uint64_t *)(uintptr_t)seg.paddr.raw = 1;
	explore_check(dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg) == 0, "map");
	rings();
}

static void maps_slowly_and_rings(void)
{
	*(uint64_t *)(uintptr_t)seg.paddr.raw = 1;
	explore_check(dma_stream_map_slow(&s, &dev, DMA_BIDIRECTIONAL, &seg) == 0, "map");
	rings();
}

static void syncs_and_rings(void)
{
	*(uint64_t *)(void *)s.cpu = 1;
	explore_check(dma_stream_sync_to_device(&s, 0, 8) == 0, "sync");
	rings();
}

static void device_reads(void)
{
	if (!__atomic_load_n(&doorbell, __ATOMIC_RELAXED))
		return;
	dma_arch_consume(); /* a device reads after it was told */
	explore_check(*view == 1, "the device was told of bytes that have not arrived");
}

static void device_writes(void)
{
	*view = 1;
	dma_arch_publish(); /* its writes arrive in order */
	__atomic_store_n(&completion, 1, __ATOMIC_RELAXED);
}

static void looks_and_syncs(void)
{
	if (!__atomic_load_n(&completion, __ATOMIC_RELAXED))
		return;
	explore_check(dma_stream_sync_from_device(&s, 0, 8) == 0, "sync");
	explore_check(*(const uint64_t *)(const void *)s.cpu == 1,
		      "the CPU reads what was there before the completion");
}

/* What the CPU has read is read before the device, which is told of the buffer again, can write to it. */
static void reads_and_rearms(void)
{
	uint64_t value = *(const volatile uint64_t *)(const void *)s.cpu;

	explore_check(value == 0, "the CPU reads what comes later");
	explore_check(dma_stream_rearm(&s, 0, 8) == 0, "rearm");
	rings();
}

static void device_overwrites(void)
{
	if (!__atomic_load_n(&doorbell, __ATOMIC_RELAXED))
		return;
	explore_check(explore_reads_are_over(0, view, 8), "the device writes over what the CPU has yet to read");
}

static void finish(void)
{
	dma_stream_release(&s);
	explore_check(world_frames_out() == 0, "a frame is lost");
}

const struct explore_program stream_mapped = {
	.name = "stream: mapped, and the device is told",
	.start = start_device,
	.cpu = {maps_and_rings, device_reads},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program stream_mapped_slowly = {
	.name = "stream: mapped by the slow path, and the device is told",
	.start = start_device,
	.cpu = {maps_slowly_and_rings, device_reads},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program stream_to_device = {
	.name = "stream: synced to the device, which is told",
	.start = start,
	.cpu = {syncs_and_rings, device_reads},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program stream_to_device_bounced = {
	.name = "stream: synced to the device, bounced",
	.start = start_bounced,
	.cpu = {syncs_and_rings, device_reads},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program stream_from_device = {
	.name = "stream: synced from the device after its completion",
	.start = start,
	.cpu = {looks_and_syncs, device_writes},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program stream_rearmed = {
	.name = "stream: read, armed again, and the device writes",
	.start = start,
	.cpu = {reads_and_rearms, device_overwrites},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program stream_from_device_bounced = {
	.name = "stream: synced from the device, bounced",
	.start = start_bounced,
	.cpu = {looks_and_syncs, device_writes},
	.finish = finish,
	.preemptions = 3,
};
