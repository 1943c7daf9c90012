/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Who owns the bytes of a stream. The oracle judges lines, where a device does not snoop; this judges streams, on every
 * machine: what the CPU wrote must be handed over before the device reads it, what a device wrote must be taken back
 * before the CPU reads it. A driver that passes runs on machines that copy, maintain caches, or do neither.
 *
 * The library says when a stream begins and ends, and what was synced (arch.h). Syncs of a stream that bounces are seen
 * by themselves: the library copies between the two pages of a pair.
 *
 *   line.owes_device   bytes of the CPU view that the CPU wrote since they were handed over
 *   line.owes_cpu      bytes of the device view that a device wrote since they were taken back
 *   line.lost          bytes of the CPU view that a device wrote, and that nobody took back before the release
 */
#include "ownership.h"

static const char sync_to[] = "dma_stream_sync_to_device()", sync_from[] = "dma_stream_sync_from_device()";

static bool any(const uint64_t marks[2], struct mask mask)
{
	return (marks[0] & mask.bits[0]) | (marks[1] & mask.bits[1]);
}

static void set(uint64_t marks[2], struct mask mask)
{
	marks[0] |= mask.bits[0];
	marks[1] |= mask.bits[1];
}

/* ---- Accesses: n bytes within a line ---- */

void ownership_cpu_load(uint64_t offset, unsigned n, bool copied)
{
	struct mask mask = mask_of(offset, n);
	struct line *line = line_of(offset);

	if (!copied && any(line->lost, mask)) {
		sim_fail_at(SIM_STALE_CPU, offset,
			    "the CPU reads bytes that a device wrote before the stream was released without a sync: "
			    "call %s before dma_stream_release()",
			    sync_from);
		clear(line->lost, mask);
	}
	for (uint32_t i = page_of(offset)->cpu_pairs; i; i = pair_at(i)->next_cpu) {
		struct pair *pair = pair_at(i);
		struct line *device = line_of(in_page(pair->device, offset));

		pair_used(pair, offset, n);
		if (pair->dir & DMA_FROM_DEVICE && any(device->owes_cpu, mask)) {
			sim_fail_at(SIM_STALE_CPU, offset,
				    "the CPU reads bytes of a stream that a device wrote: call %s after the "
				    "completion, before reading",
				    sync_from);
			clear(device->owes_cpu, mask);
		}
	}
}

void ownership_cpu_store(uint64_t offset, unsigned n)
{
	struct mask mask = mask_of(offset, n);

	clear(line_of(offset)->lost, mask);
	for (uint32_t i = page_of(offset)->cpu_pairs; i; i = pair_at(i)->next_cpu) {
		struct pair *pair = pair_at(i);

		pair_used(pair, offset, n);
		if (!pair->dir)
			continue;
		set(line_of(offset)->owes_device, mask);
		if (pair->device == pair->cpu)
			clear(line_of(offset)->owes_cpu, mask);
	}
}

void ownership_device_read(const struct sim_device *dev, uint64_t offset, unsigned n)
{
	const char *name = sim_device_config(dev)->name;
	struct mask mask = mask_of(offset, n);
	struct line *line = line_of(offset);

	if (page_of(offset)->device_pairs && any(line->lost, mask)) {
		sim_fail_at(SIM_STALE_DEVICE, offset,
			    "device %s reads bytes that were lost when the stream before was released: call %s before "
			    "dma_stream_release()",
			    name, sync_from);
		clear(line->lost, mask);
	}
	for (uint32_t i = page_of(offset)->device_pairs; i; i = pair_at(i)->next_device) {
		struct pair *pair = pair_at(i);
		struct line *cpu = line_of(in_page(pair->cpu, offset));

		pair_used(pair, offset, n);
		if (pair->dir & DMA_TO_DEVICE && any(cpu->owes_device, mask)) {
			sim_fail_at(SIM_STALE_DEVICE, offset,
				    "device %s reads bytes that the CPU wrote after the last sync: call %s behind the "
				    "last write, before the device is told",
				    name, sync_to);
			clear(cpu->owes_device, mask);
		}
	}
}

void ownership_device_try(uint64_t offset)
{
	for (uint32_t i = page_of(offset)->device_pairs; i; i = pair_at(i)->next_device)
		pair_used(pair_at(i), offset, 1);
}

void ownership_device_write(uint64_t offset, unsigned n)
{
	struct mask mask = mask_of(offset, n);

	if (page_of(offset)->device_pairs)
		clear(line_of(offset)->lost, mask);
	for (uint32_t i = page_of(offset)->device_pairs; i; i = pair_at(i)->next_device) {
		struct pair *pair = pair_at(i);

		pair_used(pair, offset, n);
		if (!(pair->dir & DMA_FROM_DEVICE))
			continue;
		set(line_of(offset)->owes_cpu, mask);
		clear(line_of(in_page(pair->cpu, offset))->owes_device, mask);
	}
}

/* ---- Syncs ---- */

static struct pair *find_pair(uint64_t cpu, uint64_t device)
{
	for (uint32_t i = page_of(cpu)->cpu_pairs; i; i = pair_at(i)->next_cpu)
		if (pair_at(i)->device == device >> DMA_PAGE_SHIFT && pair_at(i)->dir)
			return pair_at(i);
	return NULL;
}

static bool same_place(uint64_t a, uint64_t b)
{
	return ((a ^ b) & (DMA_PAGE_SIZE - 1)) == 0;
}

/* What was lost stays lost where it is copied to. */
static void carry(uint64_t *to, const uint64_t *from, struct mask mask)
{
	for (unsigned i = 0; i < 2; i++)
		to[i] = (to[i] & ~mask.bits[i]) | (from[i] & mask.bits[i]);
}

static void copied_to_device(uint64_t cpu, uint64_t device, struct mask mask)
{
	struct line *from = line_of(cpu), *to = line_of(device);
	struct mask overwritten = {{to->owes_cpu[0] & ~from->owes_device[0], to->owes_cpu[1] & ~from->owes_device[1]}};

	if (any(overwritten.bits, mask))
		sim_fail_at(
			SIM_LOST_WRITE, device,
			"a sync to the device writes old bytes over what the device wrote: call %s on what the device "
			"writes first, or sync only the range that the CPU wrote",
			sync_from);
	clear(from->owes_device, mask);
	clear(to->owes_cpu, mask);
	carry(to->lost, from->lost, mask);
}

static void copied_to_cpu(uint64_t cpu, uint64_t device, struct mask mask)
{
	struct line *to = line_of(cpu), *from = line_of(device);

	if (any(to->owes_device, mask))
		sim_fail_at(SIM_LOST_WRITE, cpu,
			    "a sync from the device writes over what the CPU wrote: call %s first, or sync only the "
			    "range that the device wrote",
			    sync_to);
	clear(to->owes_device, mask);
	clear(from->owes_cpu, mask);
	carry(to->lost, from->lost, mask);
}

void ownership_copied(uint64_t to, uint64_t from, unsigned n)
{
	if (!any(line_of(from)->lost, mask_of(from, n)))
		return;
	for (unsigned i = 0; i < n; i++)
		if (any(line_of(from)->lost, mask_of(from + i, 1)))
			set(line_of(to)->lost, mask_of(to + i, 1));
}

bool ownership_sync(uint64_t to, uint64_t from, unsigned n)
{
	if (!same_place(to, from))
		return false;
	if (find_pair(from, to)) {
		copied_to_device(from, to, mask_of(to, n));
		return true;
	}
	if (find_pair(to, from)) {
		copied_to_cpu(to, from, mask_of(to, n));
		return true;
	}
	return false;
}

void ownership_synced(uint64_t offset, unsigned n, unsigned dir)
{
	struct line *line = line_of(offset);

	clear(dir == DMA_TO_DEVICE ? line->owes_device : line->owes_cpu, mask_of(offset, n));
}
