/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One AMD-Vi unit from power-on, or from whatever firmware or a previous kernel left running, to "translates, and
 * blocks what nobody mapped" (AMD IOMMU specification 48882, 3.4).
 */
#include <dmastream/errors.h>

#include "amdvi_driver.h"

/* 3.3.1: a unit that cannot be asked may remember what was not mapped, and has the features that the newer blocks of
 * firmware speak of. */
static uint32_t capability_of(const struct dma_ivrs_unit *found, const struct dma_amdvi_config *config)
{
	uint32_t capability = ~(uint32_t)0;

	if (config->pci_read32 && found->capability >= 0x40 && found->capability % 4 == 0)
		capability = config->pci_read32(config->context, found->segment, (uint8_t)(found->id >> 8),
						(uint8_t)found->id, found->capability);
	if (capability == ~(uint32_t)0)
		return AMDVI_CAPABILITY_NOT_PRESENT | (found->extended ? AMDVI_CAPABILITY_EXTENDED : 0);
	return capability;
}

static int identify(struct dma_unit *base, const void *config, const char **why)
{
	struct amdvi_unit *unit = dma_amdvi_unit_of(base);
	const struct dma_ivrs_unit *found = base->found;
	uint32_t capability = capability_of(found, config);
	int error = dma_unit_map(base, AMDVI_WINDOW, why);

	if (error)
		return error;
	*why = "there is no unit at the address that the IVRS table gives";
	if (dma_unit_read64(base, AMDVI_CONTROL) == ~(uint64_t)0)
		return DMA_ENOTSUP;
	if (capability & AMDVI_CAPABILITY_EXTENDED)
		unit->features = dma_unit_read64(base, AMDVI_FEATURES);
	*why = "it has no host page tables that we know";
	if (AMDVI_FEATURE_HATS(unit->features) == 3)
		return DMA_ENOTSUP;
	base->reach.snoops = true; /* CONTROL.Coherent */
	base->reach.max_paddr = ((uint64_t)1 << dma_amdvi_of(base->iommu)->ivrs.width) - 1;
	base->first = (uint32_t)found->segment << 16;
	base->last = base->first | 0xffff;
	base->nids = AMDVI_DOMAINS;
	dma_amdvi_domains_describe(base, capability & AMDVI_CAPABILITY_NOT_PRESENT);
	return 0;
}

/* Both rings stand still before their registers may change (3.4.1, 3.4.3), and no log that a former kernel left on
 * writes to what may be anybody's memory now. */
static int wait_for_rings(struct dma_unit *base)
{
	return dma_unit_wait(base, AMDVI_STATUS, AMDVI_STATUS_COMMANDS | AMDVI_STATUS_EVENTS | AMDVI_STATUS_OTHERS, 0);
}

/* 5.2.2.1: how the unit's own requests are sent is firmware's to know. */
static uint64_t control_of(unsigned flags)
{
	return AMDVI_CONTROL_COHERENT | (flags & AMDVI_FLAG_TUNNEL ? AMDVI_CONTROL_TUNNEL : 0) |
	       (flags & AMDVI_FLAG_PASS ? AMDVI_CONTROL_PASS : 0) |
	       (flags & AMDVI_FLAG_RESPASS ? AMDVI_CONTROL_RESPASS : 0) |
	       (flags & AMDVI_FLAG_ISOC ? AMDVI_CONTROL_ISOC : 0);
}

/* Whoever ran the unit before us may have left it on. It stays on while its tables are replaced: switching it off would
 * open all memory to every device for that moment. */
static int start(struct dma_unit *base)
{
	const uint64_t length = (uint64_t)AMDVI_RING_BITS << AMDVI_LENGTH_SHIFT;
	struct amdvi_unit *unit = dma_amdvi_unit_of(base);
	const struct dma_ivrs_unit *found = base->found;
	uint64_t enabled = dma_unit_read64(base, AMDVI_CONTROL) & AMDVI_CONTROL_ENABLE;
	int error;

	dma_amdvi_control(unit, control_of(found->flags) | enabled, 0);
	error = wait_for_rings(base);
	if (error)
		return error;
	dma_queue_reset(&base->queue);
	dma_unit_write64(base, AMDVI_COMMAND_BUFFER, base->queue.paddr.raw | length);
	dma_unit_write64(base, AMDVI_COMMAND_HEAD, 0);
	dma_unit_write64(base, AMDVI_COMMAND_TAIL, 0);
	dma_unit_write64(base, AMDVI_EVENT_LOG, base->log.paddr.raw | length);
	dma_unit_write64(base, AMDVI_EVENT_HEAD, 0);
	dma_unit_write64(base, AMDVI_EVENT_TAIL, 0);
	/* 3.4.1: the size is in multiples of 4 KiB, less one. */
	dma_unit_write64(base, AMDVI_DEVICE_TABLE,
			 base->tables.paddr.raw | (dma_unit_tables_bytes(&base->tables) / 4096 - 1));
	dma_unit_write64(base, AMDVI_STATUS, AMDVI_STATUS_OVERFLOW);
	dma_amdvi_control(unit, AMDVI_CONTROL_ENABLE | AMDVI_CONTROL_EVENTS | AMDVI_CONTROL_COMMANDS, 0);
	base->running = true;
	dma_unit_faults_clear(base);
	error = dma_amdvi_forget_all(unit);
	/* Now that no table of before is in use: firmware's regions are mapped one to one by ours (hazard 74). */
	dma_unit_write64(base, AMDVI_EXCLUSION_BASE, 0);
	return error;
}

static int stop(struct dma_unit *base)
{
	struct amdvi_unit *unit = dma_amdvi_unit_of(base);
	int error;

	dma_amdvi_control(unit, 0, AMDVI_CONTROL_COMMANDS | AMDVI_CONTROL_EVENTS);
	error = wait_for_rings(base);
	if (!error)
		dma_amdvi_control(unit, 0, AMDVI_CONTROL_ENABLE);
	return error;
}

const struct dma_unit_power_ops dma_amdvi_power = {identify, NULL, start, stop, NULL};
