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
#include "sim_machine.h"
#include <stdio.h>
#include <stdlib.h>

/* A page of a stream, or of a piece of a list, which has a part of it. Each is in two lists: that of its CPU page, and that of its device page. */
struct pair {
	uint32_t cpu, device;		/* pages */
	uint32_t next_cpu, next_device; /* index + 1 */
	uint64_t daddr;
	uint32_t whole;	     /* pages of the stream, in its first pair; 0: a piece of a list */
	uint32_t first, end; /* which bytes of the page are meant */
	uint8_t dir;	     /* 0: coherent memory */
	bool used;	     /* CPU or device touched the page */
};

static struct pair *pairs;
static uint32_t npairs, room, spare; /* spare: index + 1, linked by next_cpu */

static const char sync_to[] = "dma_stream_sync_to_device()", sync_from[] = "dma_stream_sync_from_device()";

void ownership_start(void)
{
	npairs = spare = 0;
}

static uint32_t new_pair(void)
{
	uint32_t index = spare;

	if (index) {
		spare = pairs[index - 1].next_cpu;
		return index;
	}
	if (npairs == room) {
		room = room ? 2 * room : 256;
		pairs = realloc(pairs, room * sizeof(*pairs));
		if (!pairs) {
			fprintf(stderr, "sim: no memory for %u pages of streams\n", room);
			exit(1);
		}
	}
	return ++npairs;
}

static struct pair *pair_at(uint32_t index)
{
	return &pairs[index - 1];
}

static struct page *page_of(uint64_t offset)
{
	return &sim.pages[offset >> DMA_PAGE_SHIFT];
}

/* The same byte in another page. */
static uint64_t in_page(uint32_t page, uint64_t offset)
{
	return ((uint64_t)page << DMA_PAGE_SHIFT) | (offset & (DMA_PAGE_SIZE - 1));
}

static struct line *line_of(uint64_t offset)
{
	return line_at(offset >> sim.line_shift);
}

struct mask {
	uint64_t bits[2];
};

static struct mask mask_of(uint64_t offset, unsigned n)
{
	struct mask mask = {{0, 0}};

	span((unsigned)(offset & ((1u << sim.line_shift) - 1)), n, mask.bits);
	return mask;
}

static bool any(const uint64_t marks[2], struct mask mask)
{
	return (marks[0] & mask.bits[0]) | (marks[1] & mask.bits[1]);
}

static void set(uint64_t marks[2], struct mask mask)
{
	marks[0] |= mask.bits[0];
	marks[1] |= mask.bits[1];
}

static void clear(uint64_t marks[2], struct mask mask)
{
	marks[0] &= ~mask.bits[0];
	marks[1] &= ~mask.bits[1];
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

		pair->used = true;
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

		pair->used = true;
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

		pair->used = true;
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
		pair_at(i)->used = true;
}

void ownership_device_write(uint64_t offset, unsigned n)
{
	struct mask mask = mask_of(offset, n);

	if (page_of(offset)->device_pairs)
		clear(line_of(offset)->lost, mask);
	for (uint32_t i = page_of(offset)->device_pairs; i; i = pair_at(i)->next_device) {
		struct pair *pair = pair_at(i);

		pair->used = true;
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

/* ---- Begin and end ---- */

/* The bytes of the line at `at` of a page that belong to the pair. */
static struct mask mask_in(const struct pair *pair, uint64_t at)
{
	uint64_t line = 1u << sim.line_shift, first = at < pair->first ? pair->first : at,
		 end = at + line > pair->end ? pair->end : at + line;

	return first < end ? mask_of(first, (unsigned)(end - first)) : (struct mask){{0, 0}};
}

static void add_pair(uint64_t cpu, uint64_t device, uint64_t daddr, uint32_t first, uint32_t end, unsigned dir)
{
	uint32_t index = new_pair();
	struct pair *pair = pair_at(index);

	page_use(cpu >> DMA_PAGE_SHIFT);
	page_use(device >> DMA_PAGE_SHIFT);
	*pair = (struct pair){.cpu = (uint32_t)(cpu >> DMA_PAGE_SHIFT),
			      .device = (uint32_t)(device >> DMA_PAGE_SHIFT),
			      .daddr = daddr,
			      .first = first,
			      .end = end,
			      .dir = (uint8_t)dir,
			      .next_cpu = page_of(cpu)->cpu_pairs,
			      .next_device = page_of(device)->device_pairs};
	page_of(cpu)->cpu_pairs = page_of(device)->device_pairs = index;
	for (uint64_t at = 0; at < DMA_PAGE_SIZE; at += 1u << sim.line_shift)
		clear(line_of(cpu + at)->owes_device, mask_in(pair, at)); /* map hands all over */
}

void ownership_begin(uint64_t cpu, uint64_t device, uint64_t daddr, size_t nbytes, unsigned dir)
{
	uint64_t shift = cpu & (DMA_PAGE_SIZE - 1), end = shift + nbytes, cpu_offset, device_offset;

	if (!ram_offset(cpu - shift, end, &cpu_offset) || !ram_offset(device - shift, end, &device_offset))
		return;
	for (uint64_t at = 0; at < end; at += DMA_PAGE_SIZE)
		add_pair(cpu_offset + at, device_offset + at, daddr - shift + at, at ? 0 : (uint32_t)shift,
			 (uint32_t)(end - at < DMA_PAGE_SIZE ? end - at : DMA_PAGE_SIZE), dir & DMA_BIDIRECTIONAL);
	pair_at(page_of(cpu_offset)->cpu_pairs)->whole = dir & DMA_ARCH_PIECE ? 0 : (uint32_t)(end >> DMA_PAGE_SHIFT);
}

/* What the device wrote and nobody took back: where the stream bounces it is gone, elsewhere it would be, on another
 * machine. */
static void release_marks(const struct pair *pair)
{
	for (uint64_t at = 0; at < DMA_PAGE_SIZE; at += 1u << sim.line_shift) {
		struct line *cpu = line_of(in_page(pair->cpu, at)), *device = line_of(in_page(pair->device, at));
		struct mask mask = mask_in(pair, at);

		for (unsigned i = 0; i < 2 && pair->dir & DMA_FROM_DEVICE; i++)
			cpu->lost[i] |= device->owes_cpu[i] & mask.bits[i];
		clear(cpu->owes_device, mask);
		clear(device->owes_cpu, mask);
	}
}

static uint32_t *find_link(uint64_t cpu, uint64_t device, uint64_t daddr)
{
	uint32_t *link = &page_of(cpu)->cpu_pairs;

	for (; *link; link = &pair_at(*link)->next_cpu)
		if (pair_at(*link)->device == device >> DMA_PAGE_SHIFT && pair_at(*link)->daddr == daddr)
			return link;
	return NULL;
}

static void remove_pair(uint32_t *link, uint64_t device)
{
	uint32_t index = *link, *other = &page_of(device)->device_pairs;
	struct pair *pair = pair_at(index);

	while (*other != index)
		other = &pair_at(*other)->next_device;
	*link = pair->next_cpu;
	*other = pair->next_device;
	release_marks(pair);
	pair->next_cpu = spare;
	spare = index;
}

#define MANY 64 /* pages */

bool ownership_end(uint64_t cpu, uint64_t device, uint64_t daddr, size_t nbytes)
{
	uint64_t shift = cpu & (DMA_PAGE_SIZE - 1), end = shift + nbytes, cpu_offset, device_offset, used = 0;
	size_t npages = (size_t)((end + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT);
	bool known = true, whole = false;

	if (!ram_offset(cpu - shift, end, &cpu_offset) || !ram_offset(device - shift, end, &device_offset))
		end = 0;
	for (uint64_t at = 0; at < end && known; at += DMA_PAGE_SIZE) {
		uint32_t *link = find_link(cpu_offset + at, device_offset + at, daddr - shift + at);

		known = link != NULL;
		if (!known)
			break;
		whole |= at == 0 && pair_at(*link)->whole == npages;
		if (pair_at(*link)->used)
			used = at + DMA_PAGE_SIZE;
		remove_pair(link, device_offset + at);
	}
	if (!known)
		sim_fail_at(
			SIM_MISUSE, cpu_offset,
			"a stream is released that is no more: its handle was copied, and the copy released; keep one "
			"handle, and zero the old one when it moves");
	else if (whole && npages >= MANY && used && used <= ((npages + DMA_PAGE_SIZE - 1) & ~(DMA_PAGE_SIZE - 1)))
		sim_fail_at(SIM_MISUSE, cpu_offset,
			    "a stream of %zu pages, of which no more than %zu bytes were used: were bytes meant? "
			    "DMA_PAGES(%zu) counts their pages",
			    npages, npages, npages);
	return known;
}
