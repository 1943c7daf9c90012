/* SPDX-License-Identifier: MPL-2.0 */
/*
 * All IOMMUs of the machine, and the public calls that go to one of them.
 */
#include "unit.h"
#include "../../base/state.h"
#include "../../device/domain_ops.h"
#include "unit_faults.h"
#include <dmastream/errors.h>
#include <dmastream/platform.h>

static struct {
	struct dma_lock lock;
	struct dma_iommu *first;
} units;

struct dma_unit *dma_iommu_unit_for(const struct dma_iommu *iommu, uint32_t requester)
{
	struct dma_unit *unit = iommu->units;

	while (unit && !dma_unit_mine(unit, requester))
		unit = unit->next;
	return unit;
}

/* ---- Devices that bypass the unit in front of them (hazard 85) -------------------------------------------------- */

/* The only unit in front of the requester; NULL: none, or *several. IOMMUs come at start and go at shut-down: so the
 * list is read without the lock. */
static struct dma_unit *unit_of(uint32_t requester, bool *several)
{
	struct dma_unit *found = NULL;

	*several = false;
	for (struct dma_iommu *iommu = __atomic_load_n(&units.first, __ATOMIC_ACQUIRE); iommu; iommu = iommu->next) {
		struct dma_unit *unit = dma_iommu_unit_for(iommu, requester);

		*several = *several || (unit && found);
		found = unit ? unit : found;
	}
	return *several ? NULL : found;
}

static int bypass_begin(struct dma_device *dev, bool asked_for)
{
	bool several;
	struct dma_unit *unit = unit_of(dev->requester, &several);

	/* A device that names neither a domain nor a requester says that no IOMMU is in front of it: it may be no PCI
	 * device at all. Requester 0 is a host bridge, or a stream of somebody else's. */
	if ((!unit && !several) || (!asked_for && dev->requester == 0))
		return 0;
	if (!asked_for || several || !dev->trusted) {
		dma_log("dmastream: device %s: an IOMMU stands in front of requester %x, and %s", dev->name,
			(uint64_t)dev->requester,
			!asked_for ? "it has no domain of the IOMMU's, nor dma_domain_passthrough by name"
			: several  ? "which of several is not known: it cannot bypass it"
				   : "an untrusted device cannot bypass it");
		return DMA_EINVAL;
	}
	return dma_unit_bypass(unit, dev);
}

static void bypass_end(struct dma_device *dev)
{
	bool several;
	struct dma_unit *unit = unit_of(dev->requester, &several);

	if (unit)
		dma_unit_bypass_end(unit, dev);
}

static int bypass_block(struct dma_device *dev)
{
	bool several;
	struct dma_unit *unit = unit_of(dev->requester, &several);

	return unit && dma_unit_bypasses(unit, dev) ? dma_unit_block_device(unit, dev) : DMA_ENOTSUP;
}

static const struct dma_bypass_ops bypass_ops = {bypass_begin, bypass_end, bypass_block};

void dma_iommu_register(struct dma_iommu *iommu)
{
	uintptr_t state = dma_host_lock(&units.lock);

	iommu->next = units.first;
	__atomic_store_n(&units.first, iommu, __ATOMIC_RELEASE);
	__atomic_store_n(&dma_bypass, &bypass_ops, __ATOMIC_RELAXED); /* a constant: nothing is written before */
	dma_host_unlock(&units.lock, state);
}

void dma_iommu_unregister(struct dma_iommu *iommu)
{
	uintptr_t state = dma_host_lock(&units.lock);
	struct dma_iommu **link = &units.first;

	while (*link && *link != iommu)
		link = &(*link)->next;
	if (*link)
		*link = iommu->next;
	dma_host_unlock(&units.lock, state);
}

static bool drives(const struct dma_iommu *iommu, dma_paddr_t registers)
{
	const struct dma_unit *unit = iommu->units;

	while (unit && unit->paddr.raw != registers.raw)
		unit = unit->next;
	return unit != NULL;
}

bool dma_iommu_driven(const struct dma_iommu *probed, dma_paddr_t registers)
{
	const struct dma_iommu *iommu = __atomic_load_n(&units.first, __ATOMIC_ACQUIRE);

	while (iommu && !drives(iommu, registers))
		iommu = iommu->next;
	return iommu || drives(probed, registers);
}

/* ---- The public calls ------------------------------------------------------------------------------------------- */

int dma_iommu_domain_create(struct dma_iommu *iommu, const struct dma_iommu_domain_config *config,
			    struct dma_domain **domain)
{
	struct dma_unit *unit;

	if (!iommu || !config || !domain || (config->nreserved && !config->reserved) ||
	    (config->nothers && !config->others))
		return DMA_EINVAL;
	unit = dma_iommu_unit_for(iommu, config->requester);
	for (size_t i = 0; i < config->nothers && unit; i++)
		if (dma_iommu_unit_for(iommu, config->others[i]) != unit)
			unit = NULL;
	return unit ? dma_unit_domain_create(unit, config, domain) : DMA_ENODEV;
}

int dma_iommu_domain_destroy(struct dma_iommu *iommu, struct dma_domain *domain)
{
	if (!iommu || !domain)
		return DMA_EINVAL;
	return dma_unit_domain_destroy((struct dma_unit_domain *)(void *)dma_space_of(domain));
}

bool dma_iommu_registers_of(const struct dma_iommu *iommu, uint32_t requester, dma_paddr_t *registers)
{
	const struct dma_unit *unit = iommu ? dma_iommu_unit_for(iommu, requester) : NULL;

	if (unit)
		*registers = unit->paddr;
	return unit != NULL;
}

unsigned dma_iommu_poll(struct dma_iommu *iommu)
{
	unsigned faults = 0;

	for (struct dma_unit *unit = iommu ? iommu->units : NULL; unit; unit = unit->next)
		faults += dma_unit_poll(unit);
	return faults;
}

unsigned dma_iommu_poll_all(void)
{
	unsigned faults = 0;

	for (struct dma_iommu *iommu = __atomic_load_n(&units.first, __ATOMIC_ACQUIRE); iommu; iommu = iommu->next)
		faults += dma_iommu_poll(iommu);
	return faults;
}
