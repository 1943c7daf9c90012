/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What lay in memory when it was last synced: a sum for each 64 bytes, of those that are the record's.
 */
#include "watch_own.h"

#if DMA_CONFIG_WATCH

#define UNKNOWN 0u /* a sum that is not compared */

/* What a device writes itself tells nothing, unless its view is another: then the CPU's holds what the CPU wrote. */
bool dma_sums_kept(const struct record *r)
{
	return r->dir == DMA_TO_DEVICE || (r->dir == DMA_BIDIRECTIONAL && r->bounces);
}

/* One multiplication for each word. If one byte changes, the sum changes; that two changes cancel each other is too
 * rare to matter. */
static uint32_t sum_of(const unsigned char *unit)
{
	uint64_t sum = 0, word;

	for (unsigned i = 0; i < UNIT; i += sizeof(word)) {
		__builtin_memcpy(&word, unit + i, sizeof(word));
		sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
		sum ^= sum >> 29;
	}
	sum ^= sum >> 32;
	return (uint32_t)sum == UNKNOWN ? 1 : (uint32_t)sum;
}

static uint32_t sum_at(const struct sheet *sheet, size_t i)
{
	const struct record *r = sheet->record;
	uintptr_t unit = (sheet->page << DMA_PAGE_SHIFT) + i * UNIT, from = r->view > unit ? r->view : unit,
		  to = r->view + r->nbytes < unit + UNIT ? r->view + r->nbytes : unit + UNIT;
	unsigned char edge[UNIT] = {0}; /* its other bytes are somebody else's to write */

	if (to - from == UNIT)
		return sum_of((const unsigned char *)unit);
	for (uintptr_t at = from; at < to; at++)
		edge[at - unit] = *(const unsigned char *)at;
	return sum_of(edge);
}

/* The units of the page that have bytes of [from, to) and of the record. */
static void units(const struct sheet *sheet, uintptr_t from, uintptr_t to, size_t *first, size_t *end)
{
	const struct record *r = sheet->record;
	uintptr_t page = sheet->page << DMA_PAGE_SHIFT;

	from = from > r->view ? from : r->view;
	from = from > page ? from : page;
	to = to < r->view + r->nbytes ? to : r->view + r->nbytes;
	to = to < page + DMA_PAGE_SIZE ? to : page + DMA_PAGE_SIZE;
	*first = from < to ? (from - page) / UNIT : 0;
	*end = from < to ? (to - page + UNIT - 1) / UNIT : 0;
}

void dma_sums_take(struct sheet *sheet, uintptr_t from, uintptr_t to)
{
	size_t first, end;

	units(sheet, from, to, &first, &end);
	for (size_t i = first; i < end; i++)
		sheet->sums[i] = sum_at(sheet, i);
}

void dma_sums_drop(struct sheet *sheet, uintptr_t from, uintptr_t to)
{
	size_t first, end;

	units(sheet, from, to, &first, &end);
	for (size_t i = first; i < end; i++)
		sheet->sums[i] = UNKNOWN;
}

bool dma_sums_differ(const struct sheet *sheet)
{
	size_t first, end;

	units(sheet, sheet->record->view, sheet->record->view + sheet->record->nbytes, &first, &end);
	for (size_t i = first; i < end; i++)
		if (sheet->sums[i] != UNKNOWN && sheet->sums[i] != sum_at(sheet, i))
			return true;
	return false;
}

#endif
