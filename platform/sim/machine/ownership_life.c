/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Where streams, pieces of lists and coherent memory begin and end, for ownership.c.
 */
#include "ownership.h"
#include <stdio.h>
#include <stdlib.h>

static struct pair *pairs;
static uint32_t npairs, room, spare; /* spare: index + 1, linked by next_cpu */

void ownership_start(void)
{
	npairs = spare = 0;
	sim_thread.plain_pages = 0;
}

static uint32_t new_pair(void)
{
	uint32_t index = spare;

	if (index) {
		spare = pairs[index - 1].next_cpu;
		return index;
	}
	if (npairs == room) {
		struct pair *more;

		room = room ? 2 * room : 256;
		more = realloc(pairs, room * sizeof(*pairs));
		if (!more) {
			fprintf(stderr, "sim: no memory for %u pages of streams\n", room);
			exit(1);
		}
		pairs = more;
	}
	return ++npairs;
}

struct pair *pair_at(uint32_t index)
{
	return &pairs[index - 1];
}

/* ---- Begin and end ---- */

/* The bytes of the line at `at` of a page that belong to the pair. */
static struct mask mask_in(const struct pair *pair, uint64_t at)
{
	uint64_t line = 1u << sim.line_shift, first = at < pair->first ? pair->first : at,
		 end = at + line > pair->end ? pair->end : at + line;

	return first < end ? mask_of(first, (unsigned)(end - first)) : (struct mask){{0, 0}};
}

static void add_pair(uint64_t cpu, uint64_t device, uint64_t daddr, uint32_t first, uint32_t end, unsigned dir,
		     bool plain)
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
			      .plain = plain,
			      .next_cpu = page_of(cpu)->cpu_pairs,
			      .next_device = page_of(device)->device_pairs};
	page_of(cpu)->cpu_pairs = page_of(device)->device_pairs = index;
	for (uint64_t at = 0; at < DMA_PAGE_SIZE; at += 1u << sim.line_shift)
		clear(line_of(cpu + at)->owes_device, mask_in(pair, at)); /* map hands all over */
}

void ownership_coherent(uint64_t cpu, uint64_t daddr, size_t nbytes)
{
	uint64_t offset;

	if (!ram_offset(cpu, nbytes, &offset))
		return;
	for (uint64_t at = 0; at < nbytes; at += DMA_PAGE_SIZE)
		for (uint32_t i = page_of(offset + at)->cpu_pairs; i; i = pair_at(i)->next_cpu)
			if (pair_at(i)->daddr == daddr + at)
				pair_at(i)->dir = 0;
}

void ownership_begin(uint64_t cpu, uint64_t device, uint64_t daddr, size_t nbytes, unsigned dir)
{
	uint64_t shift = cpu & (DMA_PAGE_SIZE - 1), end = shift + nbytes, cpu_offset, device_offset;
	bool plain;

	if (!ram_offset(cpu - shift, end, &cpu_offset) || !ram_offset(device - shift, end, &device_offset))
		return;
	plain = nbytes >> DMA_PAGE_SHIFT != 0 && page_of(cpu_offset)->plain == nbytes >> DMA_PAGE_SHIFT;
	page_of(cpu_offset)->plain = 0;
	if (plain && dir & DMA_ARCH_PIECE) { /* of scattered memory, whose handle begins next */
		sim_thread.plain_pages = nbytes >> DMA_PAGE_SHIFT;
		plain = false;
	}
	for (uint64_t at = 0; at < end; at += DMA_PAGE_SIZE)
		add_pair(cpu_offset + at, device_offset + at, daddr - shift + at, at ? 0 : (uint32_t)shift,
			 (uint32_t)(end - at < DMA_PAGE_SIZE ? end - at : DMA_PAGE_SIZE), dir & DMA_BIDIRECTIONAL,
			 plain);
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

/* ---- Bytes where pages are meant ---- */

/* From so many pages on, a plain number of them may be one of bytes; from MANY on, somebody should use the memory. */
#define FEW  16u
#define MANY 64u
#define UNIT 64u /* what a device touches at least, in bytes */

enum counted { COUNTED, PLAINLY, PLAINLY_COHERENT };

/* Memory of that many pages ends, of which `used` bytes from its start on were touched. Who counted them by DMA_PAGES()
 * has said that pages are meant. A stream may have waited for its device in vain; coherent memory is a ring, or the
 * like, that its driver fills first. */
static void judge(uint64_t offset, size_t npages, uint64_t used, enum counted counted)
{
	if (counted == PLAINLY_COHERENT && used == 0 && npages >= MANY)
		sim_fail_at(SIM_MISUSE, offset,
			    "%zu pages were allocated, and nobody used them: were bytes meant? DMA_PAGES(%zu) counts "
			    "their pages, DMA_PAGES(%zu * DMA_PAGE_SIZE) says that so many pages are meant",
			    npages, npages, npages);
	else if (counted != COUNTED && used > 0 && npages >= FEW && used <= ((npages + UNIT - 1) & ~(size_t)(UNIT - 1)))
		sim_fail_at(
			SIM_MISUSE, offset,
			"%zu pages, of which the first %llu bytes alone were used: were bytes meant? DMA_PAGES(%zu) "
			"counts their pages, DMA_PAGES(%zu * DMA_PAGE_SIZE) says that so many pages are meant",
			npages, (unsigned long long)used, npages, npages);
}

void sim_pages_plain(size_t npages)
{
	sim_thread.plain_pages = npages;
}

bool counted_plainly(uint64_t nbytes)
{
	bool plain = sim_thread.plain_pages != 0 && nbytes >> DMA_PAGE_SHIFT == sim_thread.plain_pages;

	sim_thread.plain_pages = 0;
	return plain;
}

static uint32_t *find_link(uint64_t cpu, uint64_t device, uint64_t daddr)
{
	uint32_t *link = &page_of(cpu)->cpu_pairs;

	for (; *link; link = &pair_at(*link)->next_cpu)
		if (pair_at(*link)->device == device >> DMA_PAGE_SHIFT && pair_at(*link)->daddr == daddr)
			return link;
	return NULL;
}

bool ownership_lives(uint64_t cpu, uint64_t daddr)
{
	uint64_t offset;
	uint32_t i;

	if (!ram_offset(cpu, 1, &offset))
		return true; /* what is no RAM is not looked after */
	for (i = page_of(offset)->cpu_pairs; i && pair_at(i)->daddr != daddr; i = pair_at(i)->next_cpu)
		;
	return i != 0;
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
	pair->first = pair->end = 0;
	pair->next_cpu = spare;
	spare = index;
}

void ownership_judge(uint64_t daddr, size_t nbytes)
{
	uint64_t used = 0, offset = 0;

	for (uint32_t i = 1; i <= npairs; i++) {
		const struct pair *pair = pair_at(i);
		uint64_t at = pair->daddr - daddr;

		if (!pair->end || at >= nbytes)
			continue;
		if (at == 0)
			offset = (uint64_t)pair->cpu << DMA_PAGE_SHIFT;
		if (pair->used && used < at + pair->used)
			used = at + pair->used;
	}
	judge(offset, nbytes >> DMA_PAGE_SHIFT, used, PLAINLY);
}

bool ownership_end(uint64_t cpu, uint64_t device, uint64_t daddr, size_t nbytes)
{
	uint64_t shift = cpu & (DMA_PAGE_SIZE - 1), end = shift + nbytes, cpu_offset, device_offset, used = 0;
	size_t npages = (size_t)((end + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT);
	enum counted counted = COUNTED;
	bool known = true, whole = false;

	if (!ram_offset(cpu - shift, end, &cpu_offset) || !ram_offset(device - shift, end, &device_offset))
		end = 0;
	for (uint64_t at = 0; at < end && known; at += DMA_PAGE_SIZE) {
		uint32_t *link = find_link(cpu_offset + at, device_offset + at, daddr - shift + at);

		known = link != NULL;
		if (!known)
			break;
		whole |= at == 0 && pair_at(*link)->whole == npages;
		if (pair_at(*link)->plain)
			counted = pair_at(*link)->dir ? PLAINLY : PLAINLY_COHERENT;
		if (pair_at(*link)->used)
			used = at + pair_at(*link)->used;
		remove_pair(link, device_offset + at);
	}
	if (!known)
		sim_fail_at(
			SIM_MISUSE, cpu_offset,
			"a stream is released that is no more: its handle was copied, and the copy released; keep one "
			"handle, and zero the old one when it moves");
	else if (whole)
		judge(cpu_offset, npages, used, counted);
	return known;
}
