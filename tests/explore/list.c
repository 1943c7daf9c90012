/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Handing over lists, buffers, batches and scattered memory (src/stream): as stream.c, with their own maps and syncs.
 * CPU 1 is the device.
 */
#include "domain.h"
#include "programs.h"
#include "world.h"
#include <dmastream/arch.h>

static struct dma_device dev, aligned; /* the second takes what is aligned to 64 bytes */
static struct dma_segment seg;
static struct dma_piece piece;
static struct dma_list list;
static struct dma_buffer buffer;
static struct dma_stream stream;
static struct dma_scattered scattered;
static uint64_t doorbell, completion;
static uint64_t *cpu, *view; /* where the CPU and the device have the bytes */

static void start_device(void)
{
	const struct dma_device_config config = {
		.name = "device", .mask = UINT64_MAX, .coherent = true, .trusted = true};

	world_start(2);
	explore_check(dma_device_init(&dev, &config) == 0 && dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0, "init");
	cpu = view = (uint64_t *)(uintptr_t)seg.paddr.raw;
	dma_list_init(&list, &piece, 1);
	explore_check(dma_list_add(&list, cpu, 64) == 0, "add");
}

static void start_list(void)
{
	start_device();
	explore_check(dma_list_map(&list, &dev, DMA_BIDIRECTIONAL) == 0, "map");
}

static void start_buffer(void)
{
	start_device();
	explore_check(dma_buffer_map(&buffer, &dev, DMA_BIDIRECTIONAL, cpu, 64) == 0, "map");
}

static void start_stream(void)
{
	start_device();
	explore_check(dma_stream_map(&stream, &dev, DMA_BIDIRECTIONAL, &seg) == 0, "map");
}

static void start_scattered(void)
{
	domain_start(false, 2);
	explore_check(dma_scattered_alloc(&scattered, &domain_dev, DMA_BIDIRECTIONAL, 1) == 0, "alloc");
	cpu = view = scattered.first->va;
}

static void finish(void)
{
	dma_list_release(&list);
	dma_buffer_release(&buffer);
	dma_stream_release(&stream);
	dma_segment_drop(&seg);
	explore_check(dma_device_fini(&dev) == 0 && dma_fini() == 0 && world_frames_out() == 0, "memory is lost");
}

static void finish_scattered(void)
{
	dma_scattered_release(&scattered);
	domain_finish();
}

/* ---- To the device ---- */

static void tell(int error)
{
	explore_check(error == 0, "a sync is refused");
	__atomic_store_n(&doorbell, 1, __ATOMIC_RELAXED);
}

static void device_reads(void)
{
	if (!__atomic_load_n(&doorbell, __ATOMIC_RELAXED))
		return;
	dma_arch_consume(); /* a device reads after it was told */
	explore_check(*view == 1, "the device was told of bytes that have not arrived");
}

static void maps_list(void)
{
	*cpu = 1;
	tell(dma_list_map(&list, &dev, DMA_BIDIRECTIONAL));
}

static void syncs_list(void)
{
	*cpu = 1;
	tell(dma_list_sync_to_device(&list, 0, 8));
}

static void syncs_list_slowly(void)
{
	*cpu = 1;
	tell(dma_list_sync_to_device_slow(&list, 0, 8));
}

static void syncs_buffer(void)
{
	*cpu = 1;
	tell(dma_buffer_sync_to_device(&buffer, 0, 8));
}

static void syncs_batch(void)
{
	const struct dma_range range = {&stream, 0, 8};

	*cpu = 1;
	tell(dma_batch_sync_to_device(&range, 1));
}

static void syncs_scattered(void)
{
	*cpu = 1;
	tell(dma_scattered_sync_to_device(&scattered, 0, 8));
}

static void syncs_scattered_slowly(void)
{
	*cpu = 1;
	tell(dma_scattered_sync_to_device_slow(&scattered, 0, 8));
}

const struct explore_program list_mapped = {
	.name = "list: mapped, and the device is told",
	.start = start_device,
	.cpu = {maps_list, device_reads},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program list_to_device = {
	.name = "list: synced to the device",
	.start = start_list,
	.cpu = {syncs_list, device_reads},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program list_to_device_slowly = {
	.name = "list: synced to the device by the slow path",
	.start = start_list,
	.cpu = {syncs_list_slowly, device_reads},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program list_buffer_to_device = {
	.name = "list: a buffer is synced to the device",
	.start = start_buffer,
	.cpu = {syncs_buffer, device_reads},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program list_batch_to_device = {
	.name = "list: a batch is synced to the device",
	.start = start_stream,
	.cpu = {syncs_batch, device_reads},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program list_scattered_to_device = {
	.name = "list: scattered memory is synced to the device",
	.start = start_scattered,
	.cpu = {syncs_scattered, device_reads},
	.finish = finish_scattered,
	.preemptions = 3,
};
const struct explore_program list_scattered_to_device_slowly = {
	.name = "list: scattered memory is synced to the device by the slow path",
	.start = start_scattered,
	.cpu = {syncs_scattered_slowly, device_reads},
	.finish = finish_scattered,
	.preemptions = 3,
};

/* ---- From the device ---- */

static void device_writes(void)
{
	*view = 1;
	dma_arch_publish(); /* its writes arrive in order */
	__atomic_store_n(&completion, 1, __ATOMIC_RELAXED);
}

static bool completed(void)
{
	return __atomic_load_n(&completion, __ATOMIC_RELAXED) != 0;
}

static void look(int error)
{
	explore_check(error == 0, "a sync is refused");
	explore_check(*cpu == 1, "the CPU reads what was there before the completion");
}

static void takes_list(void)
{
	if (completed())
		look(dma_list_sync_from_device(&list, 0, 8));
}

static void takes_list_slowly(void)
{
	if (completed())
		look(dma_list_sync_from_device_slow(&list, 0, 8));
}

static void takes_buffer(void)
{
	if (completed())
		look(dma_buffer_sync_from_device(&buffer, 0, 8));
}

static void takes_batch(void)
{
	const struct dma_range range = {&stream, 0, 8};

	if (completed())
		look(dma_batch_sync_from_device(&range, 1));
}

static void takes_scattered(void)
{
	if (completed())
		look(dma_scattered_sync_from_device(&scattered, 0, 8));
}

static void takes_scattered_slowly(void)
{
	if (completed())
		look(dma_scattered_sync_from_device_slow(&scattered, 0, 8));
}

const struct explore_program list_from_device = {
	.name = "list: synced from the device",
	.start = start_list,
	.cpu = {takes_list, device_writes},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program list_from_device_slowly = {
	.name = "list: synced from the device by the slow path",
	.start = start_list,
	.cpu = {takes_list_slowly, device_writes},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program list_buffer_from_device = {
	.name = "list: a buffer is synced from the device",
	.start = start_buffer,
	.cpu = {takes_buffer, device_writes},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program list_batch_from_device = {
	.name = "list: a batch is synced from the device",
	.start = start_stream,
	.cpu = {takes_batch, device_writes},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program list_scattered_from_device = {
	.name = "list: scattered memory is synced from the device",
	.start = start_scattered,
	.cpu = {takes_scattered, device_writes},
	.finish = finish_scattered,
	.preemptions = 3,
};
const struct explore_program list_scattered_from_device_slowly = {
	.name = "list: scattered memory is synced from the device by the slow path",
	.start = start_scattered,
	.cpu = {takes_scattered_slowly, device_writes},
	.finish = finish_scattered,
	.preemptions = 3,
};

/* ---- Bounced: by the map of a block that lies ready, and by the general one ---- */

static void start_unaligned(void)
{
	const struct dma_device_config config = {
		.name = "device", .mask = UINT64_MAX, .coherent = true, .trusted = true, .min_align = 64};

	world_start(2);
	explore_check(dma_device_init(&aligned, &config) == 0 && dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0,
		      "init");
	cpu = (uint64_t *)(uintptr_t)seg.paddr.raw + 1;
	dma_list_init(&list, &piece, 1);
	explore_check(dma_list_add(&list, cpu, 64) == 0, "add");
}

static void find_view(void)
{
	struct dma_list_walk walk = dma_list_begin(&list);
	struct dma_list_entry entry;

	explore_check(dma_list_next(&walk, &entry), "a list without entries");
	view = (uint64_t *)(uintptr_t)entry.daddr.raw;
}

/* The block that was given back last lies ready, and comes again. */
static void start_ready(void)
{
	start_unaligned();
	explore_check(dma_list_map(&list, &aligned, DMA_BIDIRECTIONAL) == 0, "map");
	find_view();
	dma_list_unmap(&list);
}

static void maps_bounced(void)
{
	const uint64_t *expected = view;

	*cpu = 1;
	explore_check(dma_list_map(&list, &aligned, DMA_BIDIRECTIONAL) == 0, "map");
	find_view();
	explore_check(!expected || view == expected, "another block");
	tell(0);
}

static void start_bounced(void)
{
	start_unaligned();
	explore_check(dma_list_map(&list, &aligned, DMA_BIDIRECTIONAL) == 0, "map");
	find_view();
	explore_check(view != cpu, "it is not bounced");
}

static void finish_bounced(void)
{
	dma_list_release(&list);
	dma_segment_drop(&seg);
	explore_check(dma_device_fini(&aligned) == 0 && dma_fini() == 0 && world_frames_out() == 0, "memory is lost");
}

const struct explore_program list_bounced = {
	.name = "list: mapped, bounced into a block that lies ready",
	.start = start_ready,
	.cpu = {maps_bounced, device_reads},
	.finish = finish_bounced,
	.preemptions = 3,
};
const struct explore_program list_bounced_to_device = {
	.name = "list: synced to the device, bounced",
	.start = start_bounced,
	.cpu = {syncs_list, device_reads},
	.finish = finish_bounced,
	.preemptions = 3,
};
const struct explore_program list_bounced_from_device = {
	.name = "list: synced from the device, bounced",
	.start = start_bounced,
	.cpu = {takes_list, device_writes},
	.finish = finish_bounced,
	.preemptions = 3,
};

/* ---- A buffer that bounces whole has a shorter map ---- */

static void start_buffer_ready(void)
{
	start_unaligned();
	explore_check(dma_buffer_map(&buffer, &aligned, DMA_BIDIRECTIONAL, cpu, 64) == 0, "map");
	view = (uint64_t *)(uintptr_t)dma_buffer_daddr(&buffer).raw;
	explore_check(view != cpu, "it is not bounced");
	dma_buffer_release(&buffer);
}

static void maps_buffer(void)
{
	*cpu = 1;
	explore_check(dma_buffer_map(&buffer, &aligned, DMA_BIDIRECTIONAL, cpu, 64) == 0, "map");
	explore_check(dma_buffer_daddr(&buffer).raw == (uintptr_t)view, "another block");
	tell(0);
}

static void finish_buffer(void)
{
	dma_buffer_release(&buffer);
	finish_bounced();
}

const struct explore_program list_buffer_bounced = {
	.name = "list: a buffer is mapped, bounced into a block that lies ready",
	.start = start_buffer_ready,
	.cpu = {maps_buffer, device_reads},
	.finish = finish_buffer,
	.preemptions = 3,
};
