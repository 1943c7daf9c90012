/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Who translates for a requester: what a driver describes is written to the requester's entry, in the order in which
 * the hardware may look at it, and the unit forgets what it knew.
 */
#include "unit_devices.h"
#include <dmastream/errors.h>

static int forget(struct dma_unit *unit, uint32_t requester, uint64_t former, uint64_t now)
{
	return unit->running ? unit->driver->entries->forget(unit, requester, former, now) : 0;
}

int dma_unit_entry_update(struct dma_unit *unit, uint32_t requester, const uint64_t *new, unsigned which,
			  uint64_t former, uint64_t now)
{
	int error = dma_unit_entry_write(unit, requester, new, which);

	return error ? error : forget(unit, requester, former, now);
}

int dma_unit_entry_set(struct dma_unit *unit, uint32_t requester, uint64_t *words)
{
	unsigned which = (1u << unit->tables.words) - 1;
	uint64_t first = words[0];
	int error = 0;

	if (unit->tables.filling) {
		words[0] = unit->tables.filling;
		error = dma_unit_entry_update(unit, requester, words, which, 0, 0);
		words[0] = first;
		which = 1;
	}
	return error ? error
		     : dma_unit_entry_update(unit, requester, words, which, 0,
					     words[dma_unit_entry_name(&unit->tables)]);
}

int dma_unit_entry_clear(struct dma_unit *unit, uint32_t requester)
{
	const struct dma_unit_entry_ops *ops = unit->driver->entries;
	uint64_t former;

	if (ops->clear)
		return ops->clear(unit, requester);
	return dma_unit_entry_close(unit, requester, &former) ? forget(unit, requester, former, 0) : 0;
}

/* Sets the word that stands apart, of an entry whose second word stays. */
static int set_apart(struct dma_unit *unit, uint32_t requester, uint64_t value, uint64_t second)
{
	uint64_t words[DMA_UNIT_ENTRY_WORDS] = {0};

	words[unit->tables.apart] = value;
	return dma_unit_entry_update(unit, requester, words, 1u << unit->tables.apart, second, second);
}

/* Three steps where a word stands apart: each is forgotten before the next, so that the unit sees no other mixture. */
static int exchange(struct dma_unit *unit, uint32_t requester, const uint64_t *words)
{
	const unsigned apart = unit->tables.apart;
	uint64_t now[DMA_UNIT_ENTRY_WORDS] = {0}, second;
	int error = 0;

	if (apart)
		dma_unit_entry_read(unit, requester, now, apart + 1);
	if (apart && now[0] & unit->tables.used && now[apart])
		error = set_apart(unit, requester, 0, now[1]);
	if (error)
		return error;
	if (!dma_unit_entry_swap(unit, requester, words[0], words[1], &second))
		return 1;
	error = forget(unit, requester, second, words[1]);
	return error || !apart || !words[apart] ? error : set_apart(unit, requester, words[apart], words[1]);
}

/* As change of the driver's. */
static int change(struct dma_unit *unit, uint32_t requester, struct dma_unit_domain *former,
		  struct dma_unit_domain *domain, const uint64_t *words)
{
	if (unit->driver->entries->change)
		return unit->driver->entries->change(unit, requester, former, domain, words);
	return exchange(unit, requester, words);
}

int dma_unit_entry_change(struct dma_unit *unit, uint32_t requester, struct dma_unit_domain *former,
			  struct dma_unit_domain *domain, bool coherent)
{
	const struct dma_unit_entry_ops *ops = unit->driver->entries;
	uint64_t words[DMA_UNIT_ENTRY_WORDS] = {0};
	int error = ops->describe ? ops->describe(unit, domain, coherent, words) : 0;

	if (!error)
		error = change(unit, requester, former, domain, words);
	if (error > 0) {
		error = dma_unit_entry_clear(unit, requester);
		if (!error)
			error = ops->describe ? dma_unit_entry_set(unit, requester, words)
					      : change(unit, requester, NULL, domain, words);
	}
	if (error == DMA_ETIMEDOUT)
		(void)dma_unit_entry_clear(unit, requester);
	return error;
}
