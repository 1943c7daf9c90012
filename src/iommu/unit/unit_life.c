/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Units from probe to removal: see unit.h for the steps.
 */
#include "../../base/state.h"
#include "../table/iommu_frames.h"
#include "unit.h"
#include "unit_registers.h"
#include "unit_tables.h"
#include <dmastream/barrier.h>
#include <dmastream/errors.h>

static const uint64_t usual_timeout_ns = 1000000000;

/* ---- One unit ---- */

static int memory_get(struct dma_unit *unit)
{
	const struct dma_unit_driver *driver = unit->driver;
	struct dma_queue *queue = &unit->queue;
	int error = 0;

	queue->regs = unit->regs;
	queue->cleaned = driver->queue && driver->queue->cleans && !unit->reach.snoops;
	if (driver->queue)
		queue->ring = dma_unit_take(unit, 1, DMA_PAGE_SIZE, &queue->paddr);
	if (driver->queue && driver->queue->words)
		queue->words = dma_unit_take(unit, 1, DMA_PAGE_SIZE, &queue->words_paddr);
	if (driver->queue && (!queue->ring || (driver->queue->words && !queue->words)))
		return DMA_ENOMEM;
	if (unit->nids)
		error = dma_unit_ids_init(&unit->ids, unit->nids);
	if (!error && driver->memory)
		error = driver->memory(unit);
	return error;
}

/* Of a unit that does not use its memory, or never did. */
static void unit_free(struct dma_unit *unit)
{
	dma_unit_tables_free_all(&unit->tables);
	for (unsigned i = 0; i < DMA_UNIT_PIECES && unit->pieces[i].npages; i++)
		dma_iommu_frames_free(unit->pieces[i].paddr, unit->pieces[i].npages);
	dma_unit_ids_fini(&unit->ids);
	if (unit->regs)
		dma_host_mmio_unmap(unit->regs, unit->window);
	dma_host_page_free(unit);
}

/* The homes are there when the unit begins to translate (hazard 74). *reached: it may have begun to use its memory. */
static int unit_start(struct dma_unit *unit, bool *reached)
{
	const struct dma_unit_driver *driver = unit->driver;
	int error = driver->power->take_over ? driver->power->take_over(unit) : 0;

	*reached = driver->power->take_over != NULL;
	if (!error)
		error = dma_unit_homes_make(unit);
	if (error)
		return error;
	*reached = true;
	dma_publish(); /* the homes' entries, before the unit is told to look at them */
	return driver->power->start(unit);
}

/* Its tables go back only if it really stopped looking at them. */
static int unit_stop(struct dma_unit *unit)
{
	int error = unit->driver->power->stop(unit);

	unit->running = unit->running && error;
	return error;
}

/* ---- All units of an IOMMU ---- */

static void append(struct dma_unit *unit)
{
	struct dma_unit **link = &unit->iommu->units;

	while (*link)
		link = &(*link)->next;
	*link = unit;
}

static void take_off(struct dma_unit *unit)
{
	struct dma_unit **link = &unit->iommu->units;

	while (*link && *link != unit)
		link = &(*link)->next;
	if (*link)
		*link = unit->next;
}

/* A unit that cannot be driven does not take the others down (hazard 75): its devices stay unprotected, and the log
 * names them. One that was reached may use its tables, and what it was given stays with it for ever; unless it says
 * that it has stopped, where that blocks its devices. */
static void leave_out(struct dma_unit *unit, bool reached, int error)
{
	struct dma_iommu *iommu = unit->iommu;
	const struct dma_unit_driver *driver = unit->driver;

	take_off(unit);
	iommu->worst = error;
	if (driver->unprotected)
		driver->unprotected(unit);
	if (reached && driver->stopped_blocks && !unit_stop(unit))
		reached = false;
	if (!reached && !dma_unit_homes_unmake(unit))
		unit_free(unit);
	else
		iommu->kept = true;
}

int dma_iommu_add(struct dma_iommu *iommu, dma_paddr_t registers, void *found)
{
	const struct dma_unit_driver *driver = iommu->driver;
	struct dma_unit *unit = dma_host_page_alloc();
	const char *why = "it has no registers";
	int error = DMA_EINVAL;

	if (!unit)
		return DMA_ENOMEM;
	dma_arch_fill(unit, 0, driver->unit_bytes);
	unit->driver = driver;
	unit->iommu = iommu;
	unit->found = found;
	unit->paddr = registers;
	unit->regions = &iommu->regions;
	unit->last = UINT32_MAX;
	unit->granule = (uint64_t)1 << DMA_ENTRY_SHIFT;
	unit->space.mapper = &dma_walker_mapper;
	unit->space.table.big_levels = UINT8_MAX;
	unit->queue.ops = driver->queue;
	unit->queue.name = driver->name;
	unit->queue.unit = registers.raw;
	unit->queue.timeout_ns = iommu->timeout_ns;
	if (registers.raw && dma_iommu_driven(iommu, registers)) {
		why = "it is driven already";
		error = DMA_EBUSY;
	} else if (registers.raw) {
		error = driver->power->identify(unit, iommu->config, &why);
	}
	if (!error && !unit->reach.snoops && !dma_state.host.can_sync) {
		why = "it does not snoop, and the CPU has no cache maintenance";
		error = DMA_ENOTSUP;
	}
	if (!error) {
		append(unit);
		return 0;
	}
	dma_log("%s: unit at %x: %s", driver->name, registers.raw, why);
	leave_out(unit, false, error);
	return error == DMA_ENOMEM ? error : 0;
}

int dma_iommu_region_add(struct dma_iommu *iommu, const struct dma_iommu_region *region)
{
	return dma_unit_region_add(&iommu->regions, iommu->driver->name, region, &iommu->driver->hole);
}

static uint64_t largest_granule(const struct dma_iommu *iommu)
{
	uint64_t granule = 1;

	for (const struct dma_unit *unit = iommu->units; unit; unit = unit->next)
		granule = unit->granule > granule ? unit->granule : granule;
	return granule;
}

/* Everything that needs no unit to be touched: so that what fails there leaves all as it was. */
static int prepare(struct dma_iommu *iommu, const struct dma_iommu_region *host_regions, size_t nhost_regions)
{
	int error = iommu->driver->find(iommu, iommu->config);

	if (!error && !iommu->units)
		error = iommu->worst;
	if (!error)
		error = dma_unit_regions_add(&iommu->regions, iommu->driver->name, host_regions, nhost_regions,
					     &iommu->driver->hole);
	if (!error)
		dma_unit_regions_compare(&iommu->regions, iommu->driver->name, largest_granule(iommu));
	for (struct dma_unit *unit = iommu->units, *next; unit && !error; unit = next) {
		next = unit->next;
		error = memory_get(unit);
		if (!error || error == DMA_ENOMEM)
			continue;
		dma_log("%s: unit at %x: %s", unit->queue.name, unit->paddr.raw, dma_strerror(error));
		leave_out(unit, false, error);
		error = 0;
	}
	return error;
}

/* 0: at least one unit works. */
static int start(struct dma_iommu *iommu)
{
	for (struct dma_unit *unit = iommu->units, *next; unit; unit = next) {
		bool reached;
		int error = unit_start(unit, &reached);

		next = unit->next;
		if (!error)
			continue;
		dma_log("%s: unit at %x did not start: %s", unit->queue.name, unit->paddr.raw, dma_strerror(error));
		leave_out(unit, reached, error);
	}
	return iommu->units ? 0 : iommu->worst;
}

/* No unit works, or all have stopped. */
static void forget(struct dma_iommu *iommu)
{
	const struct dma_unit_driver *driver = iommu->driver;

	while (iommu->units) {
		struct dma_unit *unit = iommu->units;

		iommu->units = unit->next;
		unit_free(unit);
	}
	if (!iommu->kept) {
		dma_unit_regions_free(&iommu->regions);
		if (iommu->store)
			dma_firmware_free(iommu->store);
		dma_host_page_free(iommu);
	}
	if (driver->probed)
		__atomic_store_n(driver->probed, 0, __ATOMIC_RELEASE);
}

int dma_iommu_probe(const struct dma_unit_driver *driver, struct dma_iommu **out, const void *config,
		    const struct dma_iommu_region *host_regions, size_t nhost_regions, uint64_t timeout_ns)
{
	struct dma_iommu *iommu;
	int error;

	/* Acquire: the driver's own state is as the last probe left it. A probe that comes too early learns nothing. */
	if (driver->probed && __atomic_exchange_n(driver->probed, 1, __ATOMIC_ACQUIRE))
		return DMA_EBUSY;
	iommu = dma_host_page_alloc();
	if (!iommu) {
		if (driver->probed)
			__atomic_store_n(driver->probed, 0, __ATOMIC_RELEASE);
		return DMA_ENOMEM;
	}
	dma_arch_fill(iommu, 0, driver->iommu_bytes);
	iommu->driver = driver;
	iommu->config = config;
	iommu->timeout_ns = timeout_ns ? timeout_ns : usual_timeout_ns;
	error = prepare(iommu, host_regions, nhost_regions);
	if (!error)
		error = start(iommu);
	iommu->config = NULL;
	if (error) {
		forget(iommu);
		return error;
	}
	dma_iommu_register(iommu);
	*out = iommu;
	return 0;
}

int dma_iommu_remove(struct dma_iommu *iommu)
{
	int error = 0;

	for (struct dma_unit *unit = iommu->units; unit; unit = unit->next)
		if (!dma_unit_idle(unit))
			return DMA_EBUSY;
	for (struct dma_unit *unit = iommu->units; unit && !error; unit = unit->next)
		error = unit_stop(unit);
	for (struct dma_unit *unit = iommu->units; unit && !error; unit = unit->next)
		error = dma_unit_homes_unmake(unit);
	if (error)
		return error;
	dma_iommu_unregister(iommu);
	forget(iommu);
	return 0;
}
