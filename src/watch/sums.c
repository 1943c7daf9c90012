/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What lay in memory when it was last synced. Units that a record has only a part of are not summed: their other bytes
 * are somebody else's to write.
 */
#include "watch_own.h"

/* A device may write the other memory at any time. */
bool sums_kept(const struct record *r)
{
	return r->dir == DMA_TO_DEVICE || (r->dir && r->bounces);
}

/* Four multiplications a unit: a changed byte changes the sum, two changes cancel each other about never. */
static uint32_t sum_of(const unsigned char *unit)
{
	uint64_t sum = 0, word;

	for (unsigned i = 0; i < UNIT; i += sizeof(word)) {
		__builtin_memcpy(&word, unit + i, sizeof(word));
		sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
		sum ^= sum >> 29;
	}
	return (uint32_t)(sum ^ sum >> 32);
}

static const unsigned char *unit_at(const struct sheet *sheet, size_t i)
{
	return (const unsigned char *)((sheet->page << DMA_PAGE_SHIFT) + i * UNIT);
}

/* The whole units of the record in this page: [*first, *end). */
static void units(const struct sheet *sheet, size_t *first, size_t *end)
{
	const struct record *r = sheet->record;
	uintptr_t page = sheet->page << DMA_PAGE_SHIFT, from = r->view > page ? r->view - page : 0,
		  to = r->view + r->nbytes < page + DMA_PAGE_SIZE ? r->view + r->nbytes - page : DMA_PAGE_SIZE;

	*first = (from + UNIT - 1) / UNIT;
	*end = to / UNIT;
}

void sums_take(struct sheet *sheet, uintptr_t from, uintptr_t to)
{
	uintptr_t page = sheet->page << DMA_PAGE_SHIFT;
	size_t first, end;

	units(sheet, &first, &end);
	for (size_t i = first; i < end; i++)
		if (page + i * UNIT < to && from < page + (i + 1) * UNIT)
			sheet->sums[i] = sum_of(unit_at(sheet, i));
}

size_t sums_differ(const struct sheet *sheet, uintptr_t *first)
{
	size_t from, end, last = 0;

	*first = 0;
	units(sheet, &from, &end);
	for (size_t i = from; i < end; i++) {
		if (sheet->sums[i] == sum_of(unit_at(sheet, i)))
			continue;
		if (!*first)
			*first = (uintptr_t)unit_at(sheet, i);
		last = (uintptr_t)unit_at(sheet, i) + UNIT - *first;
	}
	return last;
}
