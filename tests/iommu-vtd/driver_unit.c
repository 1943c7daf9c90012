/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What all unit drivers share (src/iommu/unit), on VT-d: bypass, interrupt remapping of the host's, and what "blocked
 * for good" means.
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <string.h>

static struct dma_device_config of_model(unsigned i, struct dma_domain *domain)
{
	struct dma_device_config config = sim_device_dma(world.model[i]);

	config.domain = domain;
	return config;
}

/* A unit that lets nobody bypass it; and devices that are not behind any. */
void bypass(void)
{
	struct dma_device_config config;
	struct dma_device dev = {0};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&world, &driver_usual) && driver_probe() == 0);
	config = of_model(0, NULL);
	config.requester = 0; /* no PCI device: it has nothing to do with the unit */
	SIM_CHECK(dma_device_init(&dev, &config) == 0 && dma_device_block(&dev) == DMA_ENOTSUP);
	SIM_CHECK(dma_device_fini(&dev) == 0);
	config.requester = 4 << 3;
	config.domain = &dma_domain_passthrough;
	SIM_CHECK(dma_device_init(&dev, &config) == DMA_ENOTSUP);
	world_blocked(&world, 0, SIM_LOW_RAM + 0x1000);
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	SIM_CHECK(dma_device_init(&dev, &config) == 0 && dma_device_fini(&dev) == 0); /* no unit any more */
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

static void remaps(struct sim_vtd_config *c)
{
	c->interrupt_remap = true;
	c->handle_mask = 4;
}

static bool remapping(void)
{
	volatile void *regs;
	uint32_t status;

	SIM_CHECK(dma_host_mmio_map(dma_paddr(WORLD_REGISTERS(0)), 4096, &regs) == 0);
	status = dma_host_mmio_read32((volatile char *)regs + 0x1c); /* GSTS */
	dma_host_mmio_unmap(regs, 4096);
	return status >> 25 & 1;
}

static uint64_t table_of(void)
{
	volatile void *regs;
	uint64_t value;

	SIM_CHECK(dma_host_mmio_map(dma_paddr(WORLD_REGISTERS(0)), 4096, &regs) == 0);
	value = dma_host_mmio_read64((volatile char *)regs + 0xb8); /* IRTA */
	dma_host_mmio_unmap(regs, 4096);
	return value;
}

/* A host that remaps interrupts by itself, before, during and after. */
void remapped_by_host(void)
{
	static const struct fixture fixture = {.name = "remaps", .unit = remaps, .left_on = true};
	struct dma_vtd_config probe = {
		.pci_read32 = driver_no_bus, .host_remaps_interrupts = true, .timeout_ns = WORLD_TIMEOUT_NS};
	dma_paddr_t unit = dma_paddr(WORLD_REGISTERS(0));
	unsigned before;
	uint64_t table;

	SIM_CHECK(dma_init() == 0 && world_units(&world, &fixture));
	table = table_of();
	SIM_CHECK(remapping());
	probe.dmar = world_table.bytes;
	probe.dmar_nbytes = world_table.length;
	probe.block_interrupts = true;
	SIM_CHECK(dma_vtd_probe(&probe, &world.iommu) == DMA_EINVAL);
	probe.block_interrupts = false;
	SIM_CHECK(dma_vtd_probe(&probe, &world.iommu) == 0);
	SIM_CHECK(remapping() && table_of() == table);
	before = sim_vtd_seen(world.unit[0]).invalidations;
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, unit, 48, 4) == 0);
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, unit, 7, 0) == 0);
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, unit, 0, DMA_VTD_ALL_ENTRIES) == 0);
	SIM_CHECK(sim_vtd_seen(world.unit[0]).invalidations == before + 3);
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, unit, 8, 4) == DMA_EINVAL);
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, unit, 0, 5) == DMA_EINVAL);
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, dma_paddr(0x1000), 0, 0) == DMA_ENODEV);
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	SIM_CHECK(remapping() && table_of() == table);
	/* without it, what a former kernel left on goes off; and a unit that cannot says so */
	unit_fresh();
	SIM_CHECK(world_units(&world, &fixture) && driver_probe() == 0);
	SIM_CHECK(!remapping());
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	unit_fresh();
	SIM_CHECK(world_units(&world, &driver_usual) && driver_probe() == 0);
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, unit, 0, 0) == DMA_ENOTSUP);
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	SIM_CHECK(dma_fini() == 0);
}
