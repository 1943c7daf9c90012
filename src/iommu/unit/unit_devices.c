/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices of a unit: attached, shared requesters counted, detached, blocked.
 */
#include "unit_devices.h"
#include "../../base/state.h"
#include "unit.h"
#include <dmastream/errors.h>

/* ---- Lists ---- */

static struct dma_device *next_of(const struct dma_device *dev)
{
	return dev->backend;
}

static struct dma_device *in_list(struct dma_device *list, uint32_t requester)
{
	struct dma_device *dev = list;

	while (dev && dev->requester != requester)
		dev = next_of(dev);
	return dev;
}

struct dma_device *dma_unit_find(const struct dma_unit *unit, uint32_t requester, struct dma_unit_domain **domain)
{
	struct dma_device *dev;

	for (*domain = unit->domains; *domain; *domain = (*domain)->next) {
		dev = in_list((*domain)->devices, requester);
		if (dev)
			return dev;
	}
	return in_list(unit->bypassing, requester);
}

bool dma_unit_alone(struct dma_unit_domain *domain, uint32_t requester)
{
	uintptr_t state = dma_host_lock(&domain->unit->lock);
	const struct dma_device *dev = domain->devices;

	while (dev && dev->requester == requester)
		dev = next_of(dev);
	dma_host_unlock(&domain->unit->lock, state);
	return !dev;
}

void dma_unit_report_begin(struct dma_unit *unit)
{
	unit->reporting++;
}

void dma_unit_report_end(struct dma_unit *unit)
{
	uintptr_t state = dma_host_lock(&unit->lock);

	unit->reporting--;
	dma_host_unlock(&unit->lock, state);
}

/* At the end, so that who counts from there downwards misses none (dma_unit_block()). */
static void link_device(struct dma_unit *unit, struct dma_device **list, struct dma_device *dev)
{
	uintptr_t state = dma_host_lock(&unit->lock);

	dev->backend = NULL;
	if (*list) {
		struct dma_device *last = *list;

		while (next_of(last))
			last = next_of(last);
		last->backend = dev;
	} else {
		*list = dev;
	}
	dma_host_unlock(&unit->lock, state);
}

/* When it returns, nobody reads the device any more. */
static void unlink_device(struct dma_unit *unit, struct dma_device **list, struct dma_device *dev)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	struct dma_device *before = *list;

	if (before == dev) {
		*list = next_of(dev);
	} else {
		while (before && next_of(before) != dev)
			before = next_of(before);
		if (before)
			before->backend = dev->backend;
	}
	dev->backend = NULL;
	while (unit->reporting) {
		dma_host_unlock(&unit->lock, state);
		state = dma_host_lock(&unit->lock);
	}
	dma_host_unlock(&unit->lock, state);
}

/* How many devices of the unit have that requester. */
static unsigned sharers(struct dma_unit *unit, uint32_t requester)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	struct dma_unit_domain *domain;
	unsigned n = 0;

	for (struct dma_device *dev = dma_unit_find(unit, requester, &domain); dev;
	     dev = in_list(next_of(dev), requester))
		n++;
	dma_host_unlock(&unit->lock, state);
	return n;
}

/* ---- Attach and detach ---- */

/* Nobody has the requester any more. former: the domain that it has left; NULL: none, or bypass. */
static void vacate(struct dma_unit *unit, uint32_t requester, struct dma_unit_domain *former)
{
	struct dma_unit_domain *home = dma_unit_home(unit, requester);

	if (home && !dma_unit_entry_change(unit, requester, former, home, true))
		return;
	if (!dma_unit_entry_clear(unit, requester)) /* else the unit has been given up */
		dma_unit_tables_trim(unit, requester);
}

/* The first device with the requester comes: its home makes place for the domain. */
static int occupy(struct dma_unit *unit, struct dma_unit_domain *domain, const struct dma_device *dev)
{
	struct dma_unit_domain *home = dma_unit_home(unit, dev->requester);
	int error = dma_unit_entry_change(unit, dev->requester, home, domain, dev->coherent);

	if (error)
		vacate(unit, dev->requester, NULL);
	return error;
}

static int refused(const struct dma_unit *unit, const struct dma_device *dev, const char *why)
{
	dma_log("%s: %s (requester %x): %s", unit->queue.name, dev->name, (uint64_t)dev->requester, why);
	return DMA_ENOTSUP;
}

/* Turn held. domain NULL: bypass. */
static int join(struct dma_unit *unit, struct dma_unit_domain *domain, struct dma_device *dev)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	struct dma_unit_domain *has;
	const struct dma_device *other = dma_unit_find(unit, dev->requester, &has);
	bool blocked = other && __atomic_load_n(&other->blocked, __ATOMIC_RELAXED);
	bool coherent = !other || other->coherent == dev->coherent;

	dma_host_unlock(&unit->lock, state);
	if (!other)
		return occupy(unit, domain, dev);
	if (has != domain)
		return refused(unit, dev, "another device has it, in another domain");
	if (!coherent)
		return refused(unit, dev, "another device has it, and one of the two snoops");
	if (blocked)
		return refused(unit, dev, "another device that has it was blocked");
	return 0;
}

int dma_unit_attach(struct dma_space *space, struct dma_device *dev)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);
	struct dma_unit *unit = domain->unit;
	const char *why = NULL;
	int error;

	if (!dma_unit_mine(unit, dev->requester))
		why = "no unit, or another one, is in front of it";
	else if (unit->driver->entries->refuses)
		why = unit->driver->entries->refuses(unit, domain, dev);
	if (!why && !dma_unit_regions_served(unit->regions, domain->requesters, dev->requester))
		why = "it has fixed regions that the domain was not made for";
	if (why)
		return refused(unit, dev, why);
	dma_turn_take(&unit->turn);
	error = join(unit, domain, dev);
	if (!error)
		link_device(unit, &domain->devices, dev);
	dma_turn_give(&unit->turn);
	if (!error && __atomic_load_n(&space->dead, __ATOMIC_RELAXED)) {
		dma_unit_detach(space, dev); /* blocked while it came: it was on no list yet */
		return DMA_ENODEV;
	}
	return error;
}

static void leave(struct dma_unit *unit, struct dma_unit_domain *domain, struct dma_device **list,
		  struct dma_device *dev)
{
	dma_turn_take(&unit->turn);
	if (sharers(unit, dev->requester) == 1)
		vacate(unit, dev->requester, domain);
	unlink_device(unit, list, dev);
	dma_turn_give(&unit->turn);
}

void dma_unit_detach(struct dma_space *space, struct dma_device *dev)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);

	leave(domain->unit, domain, &domain->devices, dev);
}

int dma_unit_bypass(struct dma_unit *unit, struct dma_device *dev)
{
	const char *why = unit->no_bypass ? "the unit lets no device bypass it" : NULL;
	int error;

	if (why)
		return refused(unit, dev, why);
	dma_turn_take(&unit->turn);
	error = join(unit, NULL, dev);
	if (!error)
		link_device(unit, &unit->bypassing, dev);
	dma_turn_give(&unit->turn);
	return error;
}

bool dma_unit_bypasses(struct dma_unit *unit, const struct dma_device *dev)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	const struct dma_device *found = unit->bypassing;

	while (found && found != dev)
		found = next_of(found);
	dma_host_unlock(&unit->lock, state);
	return found != NULL;
}

/* Also of a device that came before the unit was probed: then it is not in the list. */
void dma_unit_bypass_end(struct dma_unit *unit, struct dma_device *dev)
{
	if (dma_unit_bypasses(unit, dev))
		leave(unit, NULL, &unit->bypassing, dev);
}

/* ---- Block ---- */

/* Where the unit no longer takes commands, the entry alone stops nothing that it has cached: then everything behind the
 * unit is aborted, or the host cuts the device off by itself (hazard 80). */
int dma_unit_block_device(struct dma_unit *unit, struct dma_device *dev)
{
	int error = dma_unit_entry_clear(unit, dev->requester);

	if (error && unit->driver->power->abort)
		error = unit->driver->power->abort(unit);
	if (error && !dma_unit_cut_off(dev))
		error = 0;
	return error;
}

/* The index-th device, which stays until dma_unit_report_end(); NULL: there are fewer. */
static struct dma_device *device_at(struct dma_unit_domain *domain, unsigned index)
{
	uintptr_t state = dma_host_lock(&domain->unit->lock);
	struct dma_device *dev = domain->devices;

	while (dev && index--)
		dev = next_of(dev);
	if (dev)
		dma_unit_report_begin(domain->unit);
	dma_host_unlock(&domain->unit->lock, state);
	return dev;
}

static unsigned devices_of(struct dma_unit_domain *domain)
{
	uintptr_t state = dma_host_lock(&domain->unit->lock);
	unsigned n = 0;

	for (const struct dma_device *dev = domain->devices; dev; dev = next_of(dev))
		n++;
	dma_host_unlock(&domain->unit->lock, state);
	return n;
}

/* From the last on: devices join behind it, and when one leaves meanwhile the others move towards the first. */
int dma_unit_block(struct dma_space *space, struct dma_device *dev)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);
	int result = 0;

	if (dev)
		return dma_unit_block_device(domain->unit, dev);
	for (unsigned i = devices_of(domain); i-- > 0;) {
		int error = 0;

		dev = device_at(domain, i);
		if (dev) {
			error = dma_unit_block_device(domain->unit, dev);
			dma_unit_report_end(domain->unit);
		}
		result = result ? result : error;
	}
	return result;
}
