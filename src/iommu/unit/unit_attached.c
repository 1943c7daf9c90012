/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_attached.h"
#include "../../base/state.h"
#include <dmastream/errors.h>

#define ATTACHED ((uint64_t)1 << 16)

enum { ENTRY_BYTES = 8 };

/* Two levels, of about as many bits each: a table of the second goes when nobody is attached by it. */
int dma_unit_attached_make(struct dma_unit *unit)
{
	unsigned bits = 32u - (unsigned)__builtin_clz(unit->last | 1);

	unit->tables = (struct dma_unit_tables){
		.mask = UINT32_MAX,
		.entry = ENTRY_BYTES,
		.used = ATTACHED,
		.words = 1,
		.shift = (bits + 1) / 2,
		.stride = ENTRY_BYTES,
		.address = ~(uint64_t)1,
		.valid = 1,
	};
	return dma_unit_tables_make(unit, (uint64_t)unit->last + 1, DMA_PAGE_SIZE);
}

int dma_unit_attached_prepare(struct dma_unit *unit, uint32_t requester)
{
	uintptr_t state;

	if (!dma_unit_entry_hold(unit, requester, &state))
		return DMA_ENOMEM;
	dma_host_unlock(&unit->lock, state);
	return 0;
}

/* The domain that an entry leads to; NULL: none, or the one that bypasses. Lock held. */
static struct dma_unit_domain *domain_of(const struct dma_unit *unit, uint64_t entry)
{
	struct dma_unit_domain *domain = unit->domains;

	while (domain && (ATTACHED | domain->id) != entry)
		domain = domain->next;
	return domain;
}

static void count(struct dma_unit_domain *domain, uint32_t change)
{
	if (domain)
		__atomic_store_n(&domain->attached, domain->attached + change, __ATOMIC_RELAXED);
}

/* Gives the entry that was there before. *domain: what that led to. Lock held. */
static uint64_t exchange(struct dma_unit *unit, uint32_t requester, uint64_t now, struct dma_unit_domain **domain)
{
	uint64_t *entry = dma_unit_entry(unit, requester), before = 0;

	*domain = NULL;
	if (!entry)
		return 0;
	before = dma_arch_read_once(entry, ENTRY_BYTES);
	dma_arch_write_once(entry, now, ENTRY_BYTES);
	*domain = domain_of(unit, before);
	count(*domain, UINT32_MAX);
	count(domain_of(unit, now), 1);
	return before;
}

bool dma_unit_attached_set(struct dma_unit *unit, uint32_t requester, struct dma_unit_domain *domain)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	struct dma_unit_domain *former;
	bool first;

	(void)exchange(unit, requester, ATTACHED | (domain ? domain->id : 0u), &former);
	first = domain && domain->attached == 1;
	dma_host_unlock(&unit->lock, state);
	return first;
}

bool dma_unit_attached(struct dma_unit *unit, uint32_t requester)
{
	uint64_t entry;

	dma_unit_entry_read(unit, requester, &entry, 1);
	return entry;
}

bool dma_unit_attached_end(struct dma_unit *unit, uint32_t requester, struct dma_unit_domain **domain)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	uint64_t before = exchange(unit, requester, 0, domain);

	dma_host_unlock(&unit->lock, state);
	return before;
}
