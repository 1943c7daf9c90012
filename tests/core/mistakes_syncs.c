/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Mistakes with syncs, with what is read after a release, and with addresses: mistakes.h.
 */
#include "mistakes.h"

static void device_reads(size_t off)
{
	dma_publish();
	SIM_CHECK(sim_device_read(mistaken.sim, dma_daddr(dma_stream_daddr(&mistaken_stream).raw + off), mistaken_in,
				  LEN) == 0);
}

/* ---- The drivers ---- */

static void no_sync_from(bool right)
{
	if (!mistaken_mapped(DMA_FROM_DEVICE, 1))
		return;
	mistaken_device_writes(0);
	if (right)
		SIM_CHECK(dma_stream_sync_from_device(&mistaken_stream, 0, LEN) == 0);
	SIM_CHECK(dma_stream_read_bytes(&mistaken_stream, 0, mistaken_in, LEN) == 0);
	dma_stream_release(&mistaken_stream);
}

/* One byte more than was synced. */
static void sync_too_short(bool right)
{
	if (!mistaken_mapped(DMA_FROM_DEVICE, 1))
		return;
	mistaken_device_writes(0);
	SIM_CHECK(dma_stream_sync_from_device(&mistaken_stream, 0, right ? LEN : LEN - 1) == 0);
	SIM_CHECK(dma_stream_read_bytes(&mistaken_stream, 0, mistaken_in, LEN) == 0);
	dma_stream_release(&mistaken_stream);
}

static void read_after_release(bool right)
{
	struct dma_segment seg = {0}, kept = {0};

	mistaken_stream = (struct dma_stream){0};
	if (!core_segment(&seg, 1, 1) || !SIM_CHECK(dma_segment_clone(&seg, &kept) == 0))
		return;
	memset(mistaken_out, 0x5a, LEN);
	if (SIM_CHECK(dma_stream_map(&mistaken_stream, &mistaken.dma, DMA_FROM_DEVICE, &seg) == 0)) {
		mistaken_device_writes(128);
		if (right)
			SIM_CHECK(dma_stream_sync_from_device(&mistaken_stream, 128, LEN) == 0);
		dma_stream_release(&mistaken_stream);
		dma_arch_copy(mistaken_in, (unsigned char *)dma_host_linear(kept.paddr, PAGE) + 128, LEN);
	}
	dma_segment_drop(&kept);
}

/* Read from one disk, written to another, without a sync before the release. */
static void passed_on(bool right)
{
	struct dma_segment seg = {0}, kept = {0};

	mistaken_stream = (struct dma_stream){0};
	memset(mistaken_out, 0x5a, LEN);
	if (!core_segment(&seg, 1, 1) || !SIM_CHECK(dma_segment_clone(&seg, &kept) == 0))
		return;
	if (!SIM_CHECK(dma_stream_map(&mistaken_stream, &mistaken.dma, DMA_FROM_DEVICE, &seg) == 0))
		return;
	mistaken_device_writes(0);
	if (right)
		SIM_CHECK(dma_stream_sync_from_device(&mistaken_stream, 0, LEN) == 0);
	dma_stream_release(&mistaken_stream);
	if (SIM_CHECK(dma_stream_map(&mistaken_stream, &mistaken.dma, DMA_TO_DEVICE, &kept) == 0))
		device_reads(0);
	dma_stream_release(&mistaken_stream);
}

static void no_sync_to(bool right)
{
	if (!mistaken_mapped(DMA_TO_DEVICE, 1))
		return;
	SIM_CHECK(dma_stream_write_bytes(&mistaken_stream, 8, mistaken_out, LEN) == 0);
	if (right)
		SIM_CHECK(dma_stream_sync_to_device(&mistaken_stream, 8, LEN) == 0);
	device_reads(8);
	dma_stream_release(&mistaken_stream);
}

static void written_after_the_sync(bool right)
{
	if (!mistaken_mapped(DMA_BIDIRECTIONAL, 2))
		return;
	SIM_CHECK(dma_stream_write_bytes(&mistaken_stream, PAGE, mistaken_out, LEN) == 0);
	SIM_CHECK(dma_stream_sync_to_device(&mistaken_stream, PAGE, LEN) == 0);
	SIM_CHECK(dma_stream_fill(&mistaken_stream, PAGE + 3, 1, 1) == 0);
	if (right)
		SIM_CHECK(dma_stream_sync_to_device(&mistaken_stream, PAGE + 3, 1) == 0);
	device_reads(PAGE);
	dma_stream_release(&mistaken_stream);
}

static void over_what_the_device_wrote(bool right)
{
	if (!mistaken_mapped(DMA_BIDIRECTIONAL, 1))
		return;
	mistaken_device_writes(512);
	SIM_CHECK(dma_stream_write_bytes(&mistaken_stream, 0, mistaken_out, LEN) == 0);
	SIM_CHECK(dma_stream_sync_to_device(&mistaken_stream, 0, right ? LEN : PAGE) == 0);
	dma_stream_release(&mistaken_stream);
}

static void over_what_the_cpu_wrote(bool right)
{
	if (!mistaken_mapped(DMA_BIDIRECTIONAL, 1))
		return;
	mistaken_device_writes(512);
	SIM_CHECK(dma_stream_write_bytes(&mistaken_stream, 0, mistaken_out, LEN) == 0);
	SIM_CHECK(dma_stream_sync_from_device(&mistaken_stream, right ? 512 : 0, 512) == 0);
	SIM_CHECK(dma_stream_sync_to_device(&mistaken_stream, 0, LEN) == 0);
	dma_stream_release(&mistaken_stream);
}

/* The device was not stopped before the memory went. */
static void device_goes_on(bool right)
{
	struct dma_stream own = {0};
	dma_daddr_t at;

	if (!SIM_CHECK(dma_stream_alloc_uninit(&own, &mistaken.dma, DMA_FROM_DEVICE, 1) == 0))
		return;
	at = dma_stream_daddr(&own);
	if (right)
		SIM_CHECK(sim_device_write(mistaken.sim, at, mistaken_out, LEN) == 0);
	dma_stream_release(&own);
	if (!right)
		(void)!sim_device_write(mistaken.sim, at, mistaken_out, LEN);
}

static void device_goes_on_in_a_buffer(bool right)
{
	struct dma_segment seg = {0};
	struct dma_buffer buffer = {0};
	dma_daddr_t at;

	if (!core_segment(&seg, 1, 1) ||
	    !SIM_CHECK(dma_buffer_map_segment(&buffer, &mistaken.dma, DMA_BIDIRECTIONAL, &seg, 100, 300) == 0))
		return;
	at = dma_buffer_daddr(&buffer);
	if (right)
		SIM_CHECK(sim_device_write(mistaken.sim, at, mistaken_out, LEN) == 0 &&
			  dma_buffer_sync_from_device(&buffer, 0, LEN) == 0);
	dma_buffer_release(&buffer);
	dma_segment_drop(&seg);
	if (!right)
		(void)!sim_device_write(mistaken.sim, at, mistaken_out, LEN);
}

static void reader_outlives(bool right)
{
	struct dma_stream own = {0};
	struct dma_reader r;

	if (!SIM_CHECK(dma_stream_alloc(&own, &mistaken.dma, DMA_BIDIRECTIONAL, 1) == 0) ||
	    !SIM_CHECK(dma_stream_reader(&own, &r) == 0))
		return;
	if (!right)
		dma_stream_release(&own);
	SIM_CHECK(dma_reader_read_bytes(&r, mistaken_in, LEN) == 0);
	dma_stream_release(&own);
}

static void address_of_nothing(bool right)
{
	struct dma_coherent ring = {0};
	struct dma_buffer buffer = {0};
	struct dma_slice slice = {0};
	uint64_t at;

	SIM_CHECK(dma_slice_daddr(&slice).raw == DMA_ADDRESS_NONE && dma_slice_paddr(&slice).raw == DMA_ADDRESS_NONE);
	SIM_CHECK(dma_buffer_daddr(&buffer).raw == DMA_ADDRESS_NONE && dma_buffer_size(&buffer) == 0);
	if (!mistaken_mapped(DMA_FROM_DEVICE, 1))
		return;
	at = dma_stream_daddr(&mistaken_stream).raw;
	dma_stream_release(&mistaken_stream);
	SIM_CHECK(at != DMA_ADDRESS_NONE && dma_stream_daddr(&mistaken_stream).raw == DMA_ADDRESS_NONE);
	SIM_CHECK(dma_stream_paddr(&mistaken_stream).raw == DMA_ADDRESS_NONE &&
		  dma_coherent_daddr(&ring).raw == DMA_ADDRESS_NONE);
	SIM_CHECK(dma_coherent_paddr(&ring).raw == DMA_ADDRESS_NONE && dma_coherent_size(&ring) == 0);
	if (right)
		return;
	SIM_CHECK(sim_device_write(mistaken.sim, dma_daddr(dma_stream_daddr(&mistaken_stream).raw + 4096), mistaken_out,
				   LEN) == DMA_EFAULT);
}

const struct mistake mistakes_of_syncs[] = {
	{"no sync from the device", no_sync_from, SIM_STALE_CPU, "dma_stream_sync_from_device() after the completion",
	 EVERYWHERE},
	{"a sync that is a byte short", sync_too_short, SIM_STALE_CPU, "dma_stream_sync_from_device() after",
	 EVERYWHERE},
	{"released, then read", read_after_release, SIM_STALE_CPU, "dma_stream_sync_from_device() before", EVERYWHERE},
	{"released, then passed on", passed_on, SIM_STALE_DEVICE, "dma_stream_sync_from_device() before", EVERYWHERE},
	{"no sync to the device", no_sync_to, SIM_STALE_DEVICE, "dma_stream_sync_to_device() behind", EVERYWHERE},
	{"written after the sync", written_after_the_sync, SIM_STALE_DEVICE, "dma_stream_sync_to_device() behind",
	 EVERYWHERE},
	{"synced over the device's bytes", over_what_the_device_wrote, SIM_LOST_WRITE,
	 "sync only the range that the CPU wrote", BOUNCED},
	{"synced over the CPU's bytes", over_what_the_cpu_wrote, SIM_LOST_WRITE, "sync only the range that the device",
	 BOUNCED},
	{"the address of an empty stream", address_of_nothing, SIM_MISUSE, "while the stream lives", EVERYWHERE},
	{"a device that goes on", device_goes_on, SIM_USE_AFTER_FREE, "device", EVERYWHERE},
	{"a device that goes on in a bounce", device_goes_on_in_a_buffer, SIM_USE_AFTER_FREE,
	 "stop the device before the release", BOUNCED},
	{"a reader that outlives its stream", reader_outlives, SIM_USE_AFTER_FREE, "the CPU touched", LINEAR},
};
const size_t nmistakes_of_syncs = sizeof(mistakes_of_syncs) / sizeof(*mistakes_of_syncs);
