/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the boot code found: memory ranges and the command line. The memory map is the firmware's word: ranges may
 * overlap, wrap or be empty, and come in any order.
 */
#include "../machine.h"

struct boot_info boot_info;

static void insert(struct boot_ranges *ranges, unsigned at, struct boot_range range)
{
	for (unsigned i = ranges->count; i > at; i--)
		ranges->range[i] = ranges->range[i - 1];
	ranges->range[at] = range;
	ranges->count++;
}

static void erase(struct boot_ranges *ranges, unsigned at)
{
	ranges->count--;
	for (unsigned i = at; i < ranges->count; i++)
		ranges->range[i] = ranges->range[i + 1];
}

bool boot_add(struct boot_ranges *ranges, uint64_t base, uint64_t size)
{
	const uint64_t mask = DMA_PAGE_SIZE - 1;
	bool inward = ranges == &boot_info.ram;
	uint64_t end = base + size;
	unsigned at = 0;

	if (size == 0 || end < base || end > UINT64_MAX - mask)
		return false;
	base = inward ? (base + mask) & ~mask : base & ~mask;
	end = inward ? end & ~mask : (end + mask) & ~mask;
	if (inward && end > MACHINE_LINEAR_SIZE)
		end = MACHINE_LINEAR_SIZE;
	if (base >= end)
		return false;

	while (at < ranges->count && ranges->range[at].base + ranges->range[at].size < base)
		at++;
	while (at < ranges->count && ranges->range[at].base <= end) { /* touches: swallow it */
		uint64_t other = ranges->range[at].base + ranges->range[at].size;

		base = base < ranges->range[at].base ? base : ranges->range[at].base;
		end = end > other ? end : other;
		erase(ranges, at);
	}
	if (ranges->count == BOOT_RANGES)
		return false;
	insert(ranges, at, (struct boot_range){base, end - base});
	return true;
}

bool boot_reserve(struct boot_ranges *ranges, uint64_t base, uint64_t size)
{
	struct boot_range *near = NULL;
	uint64_t least = UINT64_MAX, end = base + size;

	if (size == 0)
		return true;
	if (end < base || end > UINT64_MAX - (DMA_PAGE_SIZE - 1)) /* up to the last page that has an end */
		size = (UINT64_MAX & ~(uint64_t)(DMA_PAGE_SIZE - 1)) - base;
	if (boot_add(ranges, base, size))
		return true;
	for (unsigned i = 0; i < ranges->count; i++) {
		struct boot_range *range = &ranges->range[i];
		uint64_t gap = range->base > base ? range->base - (base + size) : base - (range->base + range->size);

		if (gap < least) {
			least = gap;
			near = range;
		}
	}
	if (!near)
		return false;
	end = near->base > base ? near->base + near->size : base + size;
	base = near->base > base ? base : near->base;
	return boot_add(ranges, base, end - base); /* swallows it */
}

bool boot_contains(const struct boot_ranges *ranges, uint64_t base, uint64_t size)
{
	for (unsigned i = 0; i < ranges->count; i++) {
		const struct boot_range *r = &ranges->range[i];

		if (base >= r->base && base - r->base < r->size)
			return size <= r->size - (base - r->base);
	}
	return false;
}

bool boot_overlaps(const struct boot_ranges *ranges, uint64_t base, uint64_t size)
{
	if (size == 0)
		return false;
	for (unsigned i = 0; i < ranges->count; i++) {
		const struct boot_range *r = &ranges->range[i];

		if (base < r->base ? r->base - base < size : base - r->base < r->size)
			return true;
	}
	return false;
}

void boot_set_command_line(const char *text)
{
	size_t n = 0;

	while (n < BOOT_COMMAND_LINE - 1 && text[n]) {
		boot_info.command_line[n] = text[n];
		n++;
	}
	boot_info.command_line[n] = '\0';
}
