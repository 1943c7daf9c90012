/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A unit's registers behind PCI (virtio 1.3, 4.1): where its structures are, and accesses of the widths that it asks
 * for.
 */
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../unit/unit_registers.h"
#include "virtio_driver.h"

enum {
	CAPABILITY_BYTES = 16,
	MOST_CAPABILITIES = 48, /* of 4 bytes at least: a longer list is a circle */
	MOST_BYTES = 1 << 16,	/* of a structure */
	MOST_WINDOW = 1 << 20,	/* of all of them */
};

/* ---- Accesses ---------------------------------------------------------------------------------------------------- */

uint32_t dma_virtio_read(const struct virtio_unit *unit, const volatile char *reg, unsigned nbytes)
{
	const struct dma_virtio_iommu_config *config = &dma_virtio_of(unit->base.iommu)->config;

	return nbytes == 4 ? dma_host_mmio_read32(reg) : config->mmio_read(config->context, reg, nbytes);
}

void dma_virtio_write(const struct virtio_unit *unit, volatile char *reg, unsigned nbytes, uint32_t value)
{
	const struct dma_virtio_iommu_config *config = &dma_virtio_of(unit->base.iommu)->config;

	if (nbytes == 4)
		dma_host_mmio_write32(reg, value);
	else
		config->mmio_write(config->context, reg, nbytes, value);
}

/* 4.1.3.1: two halves, the low one first. */
uint64_t dma_virtio_read64(const struct virtio_unit *unit, const volatile char *reg)
{
	uint64_t low = dma_virtio_read(unit, reg, 4);

	return low | (uint64_t)dma_virtio_read(unit, reg + 4, 4) << 32;
}

void dma_virtio_write64(const struct virtio_unit *unit, volatile char *reg, uint64_t value)
{
	dma_virtio_write(unit, reg, 4, (uint32_t)value);
	dma_virtio_write(unit, reg + 4, 4, (uint32_t)(value >> 32));
}

static uint32_t config_read(const struct virtio *virtio, uint32_t function, unsigned offset)
{
	return virtio->config.pci_read32(virtio->config.context, (uint16_t)(function >> 16), (uint8_t)(function >> 8),
					 (uint8_t)function, offset);
}

/* ---- Structures -------------------------------------------------------------------------------------------------- */

/* Where a memory BAR lies; 0: it is none, or has no address. */
static uint64_t bar_address(const struct virtio *virtio, uint32_t function, unsigned bar)
{
	uint32_t low = config_read(virtio, function, PCI_BAR_AT + 4 * bar);
	uint64_t address = low & ~(uint32_t)15;

	if (low & 1)
		return 0;
	if ((low >> 1 & 3) == 2 && bar < 5)
		address |= (uint64_t)config_read(virtio, function, PCI_BAR_AT + 4 * bar + 4) << 32;
	return address;
}

/* The structure that a capability names, if it can be used. */
static bool read_capability(const struct virtio *virtio, uint32_t function, unsigned at, struct virtio_place *place)
{
	uint32_t head = config_read(virtio, function, at), bar = config_read(virtio, function, at + 4) & 0xff;
	uint64_t offset = config_read(virtio, function, at + 8), base;

	if ((head & 0xff) != PCI_VENDOR_CAPABILITY || bar > 5 || (head >> 16 & 0xff) < CAPABILITY_BYTES)
		return false;
	base = bar_address(virtio, function, bar);
	place->kind = head >> 24;
	place->paddr = base + offset;
	place->nbytes = config_read(virtio, function, at + 12);
	place->nbytes = place->nbytes < MOST_BYTES ? place->nbytes : MOST_BYTES;
	place->step = 0;
	if (place->kind == VIRTIO_NOTIFY)
		place->step = config_read(virtio, function, at + CAPABILITY_BYTES);
	return base && place->nbytes && place->paddr >= base &&
	       place->paddr % (place->kind == VIRTIO_NOTIFY ? 2 : 4) == 0;
}

/* The first structure of that kind that can be used (4.1.4.1). */
static bool locate(const struct virtio *virtio, uint32_t function, enum virtio_structure kind,
		   struct virtio_place *place)
{
	unsigned at = 0;

	if (config_read(virtio, function, PCI_COMMAND_AT) & PCI_HAS_LIST)
		at = config_read(virtio, function, PCI_LIST_AT) & 0xfc;
	for (unsigned i = 0; at >= 0x40 && i < MOST_CAPABILITIES; i++) {
		if (read_capability(virtio, function, at, place) && place->kind == kind)
			return true;
		at = config_read(virtio, function, at) >> 8 & 0xfc;
	}
	return false;
}

/* All three lie in one window: where it begins, and how long it is. */
static bool window_of(const struct virtio *virtio, uint32_t function, struct virtio_place places[3], uint64_t *base,
		      uint64_t *nbytes)
{
	static const enum virtio_structure kinds[] = {VIRTIO_COMMON, VIRTIO_NOTIFY, VIRTIO_DEVICE};
	uint64_t end = 0;

	*base = UINT64_MAX;
	if (config_read(virtio, function, 0) != VIRTIO_PCI_ID)
		return false;
	for (unsigned i = 0; i < 3; i++) {
		if (!locate(virtio, function, kinds[i], &places[i]))
			return false;
		*base = places[i].paddr < *base ? places[i].paddr : *base;
		end = places[i].paddr + places[i].nbytes > end ? places[i].paddr + places[i].nbytes : end;
	}
	*nbytes = end - *base;
	return *nbytes <= MOST_WINDOW;
}

dma_paddr_t dma_virtio_registers(const struct virtio *virtio, const struct dma_viot_unit *found)
{
	struct virtio_place places[3];
	uint64_t base, nbytes;

	if (!found->pci || !window_of(virtio, found->function, places, &base, &nbytes))
		return dma_paddr(0);
	return dma_paddr(base);
}

int dma_virtio_pci_map(struct virtio_unit *unit, const char **why)
{
	const struct virtio *virtio = dma_virtio_of(unit->base.iommu);
	const struct dma_viot_unit *found = unit->base.found;
	uint32_t function = found->function;
	struct virtio_place places[3];
	uint64_t base, nbytes;
	int error;

	*why = "its structures of registers make no sense, or are too short";
	if (!window_of(virtio, function, places, &base, &nbytes) || base != unit->base.paddr.raw ||
	    places[0].nbytes < VIRTIO_COMMON_BYTES || places[1].nbytes < 2 || places[2].nbytes < VIRTIO_BYPASS)
		return DMA_ENOTSUP;
	/* The status half of the register is cleared by ones. */
	virtio->config.pci_write32(virtio->config.context, (uint16_t)(function >> 16), (uint8_t)(function >> 8),
				   (uint8_t)function, PCI_COMMAND_AT,
				   (config_read(virtio, function, PCI_COMMAND_AT) & 0xffff) | PCI_COMMAND_ON);
	error = dma_unit_map(&unit->base, (size_t)nbytes, why);
	if (error)
		return error;
	unit->common = unit->base.regs + (places[0].paddr - base);
	unit->notify = unit->base.regs + (places[1].paddr - base);
	unit->notify_bytes = places[1].nbytes;
	unit->notify_step = places[1].step;
	unit->device = unit->base.regs + (places[2].paddr - base);
	unit->device_bytes = places[2].nbytes;
	return 0;
}
