/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Homes: domains that hold nothing but fixed regions, and translate for a requester while no driver has it. Requesters
 * that are named by the same regions share one, so that a range of any length costs one domain, and an entry each.
 */
#include "../../base/state.h"
#include "unit_devices.h"
#include <dmastream/errors.h>

/* A longer range of the unit's requesters has its regions in domains only: entries alone would take 64 MiB. */
static const uint32_t most = 1u << 20;

static bool names(const struct dma_unit_region *region, uint32_t requester)
{
	return requester >= region->first && requester <= region->last;
}

/* True if the same regions name both. */
static bool alike(const struct dma_unit_regions *regions, uint32_t a, uint32_t b)
{
	const struct dma_unit_region *region;

	for (size_t i = 0; (region = dma_unit_region_at(regions, i)); i++)
		if (names(region, a) != names(region, b))
			return false;
	return true;
}

struct dma_unit_domain *dma_unit_home(struct dma_unit *unit, uint32_t requester)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	struct dma_unit_domain *domain = unit->domains;

	while (domain && !(domain->home && alike(unit->regions, domain->requester, requester)))
		domain = domain->next;
	dma_host_unlock(&unit->lock, state);
	return domain;
}

/* The requester's home, made if it is the first of its kind. NULL: its regions are not believed, which the log has
 * said: it stays blocked. */
static int find_or_make(struct dma_unit *unit, uint32_t requester, struct dma_unit_domain **home)
{
	struct dma_iommu_domain_config config = {.requester = requester};
	struct dma_domain *made;
	uint64_t last;
	int error;

	*home = dma_unit_home(unit, requester);
	if (*home || dma_unit_regions_last(unit->regions, (struct dma_unit_requesters){&requester, 1}, &last))
		return 0;
	error = dma_unit_domain_create(unit, &config, &made);
	if (error)
		return error == DMA_ENOTSUP ? 0 : error; /* no table holds them */
	*home = dma_unit_domain_of(dma_space_of(made));
	(*home)->home = true;
	return 0;
}

/* True if an earlier region has brought the requester home already. */
static bool seen(const struct dma_unit_regions *regions, size_t index, uint32_t requester)
{
	for (size_t i = 0; i < index; i++)
		if (names(dma_unit_region_at(regions, i), requester))
			return true;
	return false;
}

int dma_unit_homes_make(struct dma_unit *unit)
{
	const struct dma_unit_region *region;
	struct dma_unit_domain *home = NULL;
	int error = 0;

	for (size_t i = 0; (region = dma_unit_region_at(unit->regions, i)); i++) {
		uint32_t at = region->first > unit->first ? region->first : unit->first;
		uint32_t last = region->last < unit->last ? region->last : unit->last;

		if (at > last || last - at >= most)
			continue;
		for (uint32_t left = last - at + 1; left && !error; left--, at++) {
			if (!dma_unit_mine(unit, at) || seen(unit->regions, i, at))
				continue;
			if (!home || !alike(unit->regions, home->requester, at))
				error = find_or_make(unit, at, &home);
			if (!error && home)
				error = dma_unit_entry_change(unit, at, NULL, home, true);
		}
	}
	return error;
}

bool dma_unit_idle(struct dma_unit *unit)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	bool idle = !unit->bypassing;

	for (const struct dma_unit_domain *domain = unit->domains; domain; domain = domain->next)
		idle = idle && domain->home && !domain->devices;
	dma_host_unlock(&unit->lock, state);
	return idle;
}

int dma_unit_homes_unmake(struct dma_unit *unit)
{
	int error = 0;

	while (unit->domains && !error)
		error = dma_unit_domain_destroy(unit->domains);
	return error;
}
