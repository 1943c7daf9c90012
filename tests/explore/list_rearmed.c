/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lists and scattered memory that a device writes to are armed again (src/stream): what the CPU has read is read before
 * the device, which is told of the memory again, can write to it. CPU 1 is the device.
 */
#include "domain.h"
#include "programs.h"
#include "world.h"

static struct dma_device dev;
static struct dma_segment seg;
static struct dma_piece piece;
static struct dma_list list;
static struct dma_scattered scattered;
static uint64_t doorbell;
static uint64_t *bytes;

static void start_list(void)
{
	const struct dma_device_config config = {
		.name = "device", .mask = UINT64_MAX, .coherent = true, .trusted = true};

	world_start(2);
	explore_check(dma_device_init(&dev, &config) == 0 && dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0, "init");
	bytes = (uint64_t *)(uintptr_t)seg.paddr.raw;
	dma_list_init(&list, &piece, 1);
	explore_check(dma_list_add(&list, bytes, 64) == 0, "add");
	explore_check(dma_list_map(&list, &dev, DMA_BIDIRECTIONAL) == 0, "map");
}

static void start_scattered(void)
{
	domain_start(false, 2);
	explore_check(dma_scattered_alloc(&scattered, &domain_dev, DMA_BIDIRECTIONAL, 1) == 0, "alloc");
	bytes = scattered.first->va;
}

static void reads(void)
{
	explore_check(*(const volatile uint64_t *)bytes == 0, "the CPU reads what comes later");
}

static void tells(int error)
{
	explore_check(error == 0, "it is not armed");
	__atomic_store_n(&doorbell, 1, __ATOMIC_RELAXED);
}

static void rearms_list(void)
{
	reads();
	tells(dma_list_rearm(&list, 0, 8));
}

static void rearms_scattered(void)
{
	reads();
	tells(dma_scattered_rearm(&scattered, 0, 8));
}

static void device_overwrites(void)
{
	if (__atomic_load_n(&doorbell, __ATOMIC_RELAXED))
		explore_check(explore_reads_are_over(0, bytes, 8),
			      "the device writes over what the CPU has yet to read");
}

static void finish_list(void)
{
	dma_list_release(&list);
	dma_segment_drop(&seg);
	explore_check(dma_device_fini(&dev) == 0 && dma_fini() == 0 && world_frames_out() == 0, "memory is lost");
}

static void finish_scattered(void)
{
	dma_scattered_release(&scattered);
	domain_finish();
}

const struct explore_program list_rearmed = {
	.name = "list: read, armed again, and the device writes",
	.start = start_list,
	.cpu = {rearms_list, device_overwrites},
	.finish = finish_list,
	.preemptions = 3,
};
const struct explore_program list_scattered_rearmed = {
	.name = "list: scattered memory is read, armed again, and the device writes",
	.start = start_scattered,
	.cpu = {rearms_scattered, device_overwrites},
	.finish = finish_scattered,
	.preemptions = 3,
};
