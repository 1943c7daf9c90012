/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_tables.h"
#include "../../base/state.h"
#include "../table/iommu_frames.h"
#include "unit.h"
#include "unit_devices.h"
#include <dmastream/barrier.h>
#include <dmastream/errors.h>

enum { WORD_BYTES = 8 };

/* ---- Shape ---- */

static bool one_piece(const struct dma_unit_tables *tables)
{
	return tables->shift >= 32;
}

/* Of the first level. */
static uint32_t count(const struct dma_unit_tables *tables)
{
	return one_piece(tables) ? 0 : (uint32_t)(((tables->requesters - 1) >> tables->shift) + 1);
}

size_t dma_unit_tables_bytes(const struct dma_unit_tables *tables)
{
	return one_piece(tables) ? (size_t)tables->requesters * tables->entry : (size_t)count(tables) * tables->stride;
}

/* Of a table of the second level. */
static size_t second_bytes(const struct dma_unit_tables *tables)
{
	return (size_t)tables->entry << tables->shift;
}

static size_t pages_of(size_t nbytes)
{
	return (nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;
}

/* ---- The first level ---- */

static uint64_t *slot(const struct dma_unit_tables *tables, uint32_t index)
{
	return (uint64_t *)(void *)((char *)tables->first + (size_t)index * tables->stride);
}

static dma_paddr_t paddr_at(const struct dma_unit_tables *tables, uint32_t index)
{
	return dma_paddr((dma_arch_read_once(slot(tables, index), WORD_BYTES) & tables->address)
			 << tables->address_shift);
}

static void write_slot(const struct dma_unit *unit, uint32_t index, uint64_t value)
{
	const struct dma_unit_tables *tables = &unit->tables;

	dma_arch_write_once(slot(tables, index), value, WORD_BYTES);
	dma_unit_clean(unit->reach, slot(tables, index), tables->stride);
}

static char *second_level(const struct dma_unit_tables *tables, uint32_t index)
{
	return dma_arch_read_once(slot(tables, index), WORD_BYTES)
		       ? dma_host_linear(paddr_at(tables, index), second_bytes(tables))
		       : NULL;
}

unsigned dma_unit_requester_bits(const struct dma_unit *unit, uint32_t last, unsigned usual)
{
	unsigned bits = last ? 32u - (unsigned)__builtin_clz(last) : usual;
	const struct dma_unit_region *region;

	for (size_t i = 0; (region = dma_unit_region_at(unit->regions, i)); i++)
		while (region->last != UINT32_MAX && bits < 32 && region->last >> bits)
			bits++;
	return bits;
}

int dma_unit_tables_make(struct dma_unit *unit, uint64_t requesters, size_t align)
{
	struct dma_unit_tables *tables = &unit->tables;
	size_t nbytes, natural = DMA_PAGE_SIZE;

	tables->requesters = requesters;
	nbytes = dma_unit_tables_bytes(tables);
	while (natural < nbytes)
		natural <<= 1;
	tables->first = dma_unit_take(unit, pages_of(nbytes), align ? align : natural, &tables->paddr);
	return tables->first ? 0 : DMA_ENOMEM;
}

void dma_unit_tables_free_all(const struct dma_unit_tables *tables)
{
	for (uint32_t i = 0; tables->first && i < count(tables); i++)
		if (dma_arch_read_once(slot(tables, i), WORD_BYTES))
			dma_iommu_frames_free(paddr_at(tables, i), pages_of(second_bytes(tables)));
}

/* ---- Entries ---- */

void *dma_unit_entry(const struct dma_unit *unit, uint32_t requester)
{
	const struct dma_unit_tables *tables = &unit->tables;
	uint32_t index = requester & tables->mask;
	char *table = tables->first;

	if (index >= tables->requesters)
		return NULL;
	if (!one_piece(tables)) {
		table = second_level(tables, index >> tables->shift);
		index &= ((uint32_t)1 << tables->shift) - 1;
	}
	return table ? table + (size_t)index * tables->entry : NULL;
}

void *dma_unit_entry_hold(struct dma_unit *unit, uint32_t requester, uintptr_t *state)
{
	const struct dma_unit_tables *tables = &unit->tables;
	uint32_t index = (requester & tables->mask) >> (tables->shift & 31);
	dma_paddr_t paddr;
	void *entry;

	*state = dma_host_lock(&unit->lock);
	entry = dma_unit_entry(unit, requester);
	if (entry)
		return entry;
	dma_host_unlock(&unit->lock, *state);
	if (one_piece(tables) || (requester & tables->mask) >= tables->requesters ||
	    !dma_unit_frames(unit->reach, pages_of(second_bytes(tables)), second_bytes(tables), &paddr))
		return NULL;
	*state = dma_host_lock(&unit->lock);
	if (second_level(tables, index)) {
		dma_iommu_frames_free(paddr, pages_of(second_bytes(tables))); /* somebody else was faster */
	} else {
		dma_publish(); /* its zeros */
		write_slot(unit, index, paddr.raw >> tables->address_shift | tables->valid);
	}
	return dma_unit_entry(unit, requester);
}

bool dma_unit_entry_close(struct dma_unit *unit, uint32_t requester, uint64_t *name)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	uint64_t *words = dma_unit_entry(unit, requester);

	if (words) {
		dma_arch_write_once(&words[0], unit->tables.closed, WORD_BYTES);
		dma_unit_clean(unit->reach, words, unit->tables.entry);
		*name = dma_arch_read_once(&words[dma_unit_entry_name(&unit->tables)], WORD_BYTES);
	}
	dma_host_unlock(&unit->lock, state);
	return words != NULL;
}

/* The second word of an entry with what no domain changes in it. */
static uint64_t with_kept(const struct dma_unit *unit, const uint64_t *words, uint64_t second)
{
	return (dma_arch_read_once(&words[1], WORD_BYTES) & unit->tables.kept) | second;
}

bool dma_unit_entry_swap(struct dma_unit *unit, uint32_t requester, uint64_t first, uint64_t second, uint64_t *former)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	uint64_t *words = dma_unit_entry(unit, requester);
	bool swapped = false;

	if (words && !unit->tables.naming && dma_arch_read_once(&words[0], WORD_BYTES) & unit->tables.used) {
		*former = dma_arch_read_once(&words[1], WORD_BYTES);
		dma_publish(); /* the tables that it leads to */
		second = with_kept(unit, words, second);
		swapped = dma_arch_read_once(&words[0], WORD_BYTES) == first;
		if (swapped)
			dma_arch_write_once(&words[1], second, WORD_BYTES);
		else
			swapped = dma_arch_write_pair(words, first, second);
		dma_unit_clean(unit->reach, words, unit->tables.entry);
	}
	dma_host_unlock(&unit->lock, state);
	return swapped;
}

static void write_word(const struct dma_unit *unit, uint64_t *words, const uint64_t *new, unsigned i)
{
	dma_arch_write_once(&words[i], i == 1 ? with_kept(unit, words, new[1]) : new[i], WORD_BYTES);
}

int dma_unit_entry_write(struct dma_unit *unit, uint32_t requester, const uint64_t *new, unsigned which)
{
	uintptr_t state;
	uint64_t *words = dma_unit_entry_hold(unit, requester, &state);

	if (!words)
		return DMA_ENOMEM;
	for (unsigned i; which & (which - 1); which ^= 1u << i) {
		i = 31u - (unsigned)__builtin_clz(which);
		write_word(unit, words, new, i);
	}
	dma_publish(); /* the tables, and the walker may look at any moment */
	write_word(unit, words, new, (unsigned)__builtin_ctz(which));
	dma_unit_clean(unit->reach, words, unit->tables.entry);
	dma_host_unlock(&unit->lock, state);
	return 0;
}

void dma_unit_entry_read(struct dma_unit *unit, uint32_t requester, uint64_t *words, unsigned n)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	const uint64_t *entry = dma_unit_entry(unit, requester);

	for (unsigned i = 0; i < n; i++)
		words[i] = entry ? dma_arch_read_once(&entry[i], WORD_BYTES) : 0;
	dma_host_unlock(&unit->lock, state);
}

/* ---- Tables of the second level go ---- */

static int forget_table(struct dma_unit *unit, uint32_t requester)
{
	const struct dma_unit_entry_ops *ops = unit->driver->entries;

	if (!ops->forget_table && !ops->forget) /* no unit reads it */
		return 0;
	return ops->forget_table ? ops->forget_table(unit, requester) : ops->forget(unit, requester, 0, 0);
}

/* Takes a table of the second level out of the first, if none of its entries is in use. Gives its address; 0: the
 * table stays. */
static dma_paddr_t take_out(struct dma_unit *unit, uint32_t index)
{
	const struct dma_unit_tables *tables = &unit->tables;
	uintptr_t state = dma_host_lock(&unit->lock);
	const char *table = second_level(tables, index);
	dma_paddr_t paddr = paddr_at(tables, index);
	bool empty = table != NULL;

	for (size_t at = 0; empty && at < second_bytes(tables); at += tables->entry)
		empty = !(dma_arch_read_once(table + at, WORD_BYTES) & tables->used);
	if (empty)
		write_slot(unit, index, 0);
	dma_host_unlock(&unit->lock, state);
	return empty ? paddr : dma_paddr(0);
}

/* A unit that does not forget the table may go on reading it: then it is lost. */
void dma_unit_tables_trim(struct dma_unit *unit, uint32_t requester)
{
	const struct dma_unit_tables *tables = &unit->tables;
	dma_paddr_t paddr;

	if (!tables->first || one_piece(tables) || (requester & tables->mask) >= tables->requesters)
		return;
	paddr = take_out(unit, (requester & tables->mask) >> tables->shift);
	if (paddr.raw && !forget_table(unit, requester))
		dma_iommu_frames_free(paddr, pages_of(second_bytes(tables)));
}
