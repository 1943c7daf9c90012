/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What all unit drivers share (src/iommu/unit), on VT-d: shared requesters, homes of regions, bypass, interrupt
 * remapping of the host's, and what "blocked for good" means.
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <string.h>

#define REGION	  0x80000000ull
#define FORGOTTEN 0x90000000ull

static const struct fixture usual = {.name = "usual"};

static bool reaches(unsigned i, uint64_t daddr, bool write)
{
	uint64_t paddr = 0;

	return sim_vtd_look(driver_world.model[i], daddr, write, &paddr) == 0 && (daddr != paddr || daddr >= REGION);
}

static struct dma_device_config of_model(unsigned i, struct dma_domain *domain)
{
	struct dma_device_config config = sim_device_dma(driver_world.model[i]);

	config.domain = domain;
	return config;
}

/* Hazard 73: three functions behind one PCIe-to-PCI bridge. */
void shared_requester(void)
{
	struct dma_device second = {0}, third = {0};
	struct dma_iommu_domain_config other = {.requester = 4 << 3};
	struct dma_device_config config;
	struct dma_domain *elsewhere;
	struct dma_stream s = {0};
	uint64_t daddr;

	SIM_CHECK(dma_init() == 0 && world_up(&driver_world, &usual));
	config = of_model(0, driver_world.domain[0]);
	SIM_CHECK(dma_device_init(&second, &config) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &second, DMA_BIDIRECTIONAL, 1) == 0);
	daddr = dma_stream_daddr(&s).raw;
	SIM_CHECK(reaches(0, daddr, true));
	/* not in two domains, and not snooping for one and not for the other */
	SIM_CHECK(dma_iommu_domain_create(driver_world.iommu, &other, &elsewhere) == 0);
	config.domain = elsewhere;
	SIM_CHECK(dma_device_init(&third, &config) == DMA_ENOTSUP);
	config.domain = driver_world.domain[0];
	config.coherent = false;
	SIM_CHECK(dma_device_init(&third, &config) == DMA_ENOTSUP);
	config.coherent = true;
	SIM_CHECK(dma_iommu_domain_destroy(driver_world.iommu, elsewhere) == 0);
	/* the first leaves, the second goes on; a third comes; the requester leaves with the last */
	SIM_CHECK(dma_device_fini(&driver_world.dev[0]) == 0 && reaches(0, daddr, true));
	SIM_CHECK(dma_device_init(&third, &config) == 0 && reaches(0, daddr, true));
	dma_stream_release(&s);
	SIM_CHECK(dma_device_fini(&second) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(driver_world.iommu, driver_world.domain[0]) == DMA_EBUSY);
	/* who cannot be told apart from a blocked one does not come in beside it */
	SIM_CHECK(dma_device_block(&third) == 0 && dma_device_init(&second, &config) == DMA_ENOTSUP);
	SIM_CHECK(dma_device_fini(&third) == 0 && !reaches(0, daddr, true));
	SIM_CHECK(dma_device_init(&second, &config) == 0 && dma_device_fini(&second) == 0);
	world_down(&driver_world);
	SIM_CHECK(dma_fini() == 0);
}

/* Firmware's region, one that it forgot, and a doorbell for all, at every step (hazard 74). */
void region_at_any_time(void)
{
	static const struct fixture fixture = {.name = "rmrr", .region = {REGION, REGION + 0xffff}};
	struct dma_iommu_region host[] = {
		{.first = 4 << 3, .last = 4 << 3, .base = {FORGOTTEN + 0x10}, .nbytes = 0x1000},
		{.first = 0,
		 .last = UINT32_MAX,
		 .base = {0xfec10000},
		 .nbytes = 4,
		 .dir = DMA_FROM_DEVICE,
		 .type = DMA_REGION_DEVICE},
		{.first = 4 << 3, .last = 4 << 3, .base = {FORGOTTEN + 0x800}, .nbytes = 0x2000}, /* overlaps */
	};
	struct dma_iommu_domain_config domain = {.requester = 4 << 3};
	struct dma_vtd_config probe = {
		.pci_read32 = driver_no_bus, .host_regions = host, .nhost_regions = 3, .timeout_ns = WORLD_TIMEOUT_NS};
	struct dma_device_config config;
	struct dma_domain *made;

	SIM_CHECK(dma_init() == 0 && world_units(&driver_world, &fixture));
	probe.dmar = driver_world.table.bytes;
	probe.dmar_nbytes = driver_world.table.length;
	SIM_CHECK(dma_vtd_probe(&probe, &driver_world.iommu) == 0);
	for (unsigned driver = 0; driver < 3; driver++) {
		for (unsigned step = 0; step < 3; step++) {
			bool attached = step == 1;

			SIM_CHECK(reaches(0, REGION, false) && reaches(0, REGION + 0x8000, true));
			SIM_CHECK(reaches(0, FORGOTTEN, true) && reaches(0, FORGOTTEN + 0x2fff, false));
			SIM_CHECK(!reaches(0, FORGOTTEN + 0x3000, true) && !reaches(0, REGION - 1, true));
			SIM_CHECK(reaches(0, 0xfec10040, true) && !reaches(0, 0xfec10040, false));
			if (step == 0) {
				SIM_CHECK(dma_iommu_domain_create(driver_world.iommu, &domain, &made) == 0);
				config = of_model(0, made);
				SIM_CHECK(dma_device_init(&driver_world.dev[0], &config) == 0);
			} else if (attached) {
				SIM_CHECK(dma_device_fini(&driver_world.dev[0]) == 0);
			} else {
				SIM_CHECK(dma_iommu_domain_destroy(driver_world.iommu, made) == 0);
			}
		}
	}
	SIM_CHECK(reaches(0, REGION, true));
	SIM_CHECK(dma_vtd_remove(driver_world.iommu) == 0);
	driver_world.iommu = NULL;
	/* what the host names is checked before any unit is touched */
	for (unsigned i = 0; i < 5; i++) {
		struct dma_iommu_region wrong = {.base = {FORGOTTEN}, .nbytes = 4096};

		wrong.nbytes = i == 0 ? 0 : wrong.nbytes;
		wrong.base.raw = i == 1 ? UINT64_MAX - 100 : i == 2 ? SIM_LOW_RAM : i == 3 ? 0xfee00000 : FORGOTTEN;
		wrong.dir = i == 4 ? 4 : 0;
		probe.host_regions = &wrong;
		probe.nhost_regions = 1;
		SIM_CHECK(dma_vtd_probe(&probe, &driver_world.iommu) == DMA_EINVAL);
	}
	world_lawful(&driver_world);
	SIM_CHECK(dma_fini() == 0);
}

/* Any number of them, for any number of requesters (hazard 76). */
void many_regions(void)
{
	static struct dma_iommu_region host[402];
	static const uint16_t requesters[] = {0x1ff, 0x200, 0x4ff, 0x500, 0xffff};
	const uint64_t ranged = REGION + 0x1000000, all = REGION + 0x2000000;
	struct dma_vtd_config probe = {.pci_read32 = driver_no_bus,
				       .host_regions = host,
				       .nhost_regions = 402,
				       .timeout_ns = WORLD_TIMEOUT_NS};
	uint64_t paddr;

	for (unsigned i = 0; i < 400; i++) {
		host[i].first = host[i].last = i < 300 ? 4 << 3 : i % 40;
		host[i].base.raw = REGION + 0x2000 * i;
		host[i].nbytes = 4096;
	}
	host[400] = (struct dma_iommu_region){.first = 0x200, .last = 0x4ff, .base = {ranged}, .nbytes = 4096};
	host[401] = (struct dma_iommu_region){.last = UINT32_MAX, .base = {all}, .nbytes = 4096};
	SIM_CHECK(dma_init() == 0 && world_units(&driver_world, &usual));
	probe.dmar = driver_world.table.bytes;
	probe.dmar_nbytes = driver_world.table.length;
	SIM_CHECK(dma_vtd_probe(&probe, &driver_world.iommu) == 0);
	for (unsigned i = 0; i < 300; i++)
		SIM_CHECK(reaches(0, REGION + 0x2000 * i, true) && !reaches(0, REGION + 0x2000 * i + 0x1000, true));
	for (unsigned i = 0; i < 5; i++) {
		struct sim_device_config config = *sim_device_config(driver_world.model[0]);
		struct sim_device *model;

		config.requester = requesters[i];
		model = sim_device_new(&config);
		SIM_CHECK((sim_vtd_look(model, ranged, true, &paddr) == 0) ==
			  (requesters[i] >= 0x200 && requesters[i] <= 0x4ff));
		SIM_CHECK(sim_vtd_look(model, all, true, &paddr) == 0);
		SIM_CHECK(sim_vtd_look(model, REGION, true, &paddr) == DMA_EFAULT);
	}
	SIM_CHECK(dma_vtd_remove(driver_world.iommu) == 0);
	world_lawful(&driver_world);
	SIM_CHECK(dma_fini() == 0);
}

static void passes(struct sim_vtd_config *c)
{
	c->pass_through = true;
}

/* Hazard 85: what is asked for is what happens, or is refused. */
void bypass(void)
{
	static const struct fixture can = {.name = "passes", .unit = passes};
	uint64_t daddr = SIM_LOW_RAM + 0x1000, paddr = 0;

	SIM_CHECK(dma_init() == 0);
	for (unsigned able = 0; able < 2; able++) {
		struct dma_device dev = {0}, twin = {0};
		struct dma_device_config config;

		driver_fresh();
		SIM_CHECK(world_units(&driver_world, able ? &can : &usual) && driver_probe() == 0);
		config = of_model(0, NULL);
		SIM_CHECK(dma_device_init(&dev, &config) == DMA_EINVAL); /* nobody asked for it */
		config.requester = 0; /* no PCI device: it has nothing to do with the unit */
		SIM_CHECK(dma_device_init(&dev, &config) == 0 && dma_device_block(&dev) == DMA_ENOTSUP);
		SIM_CHECK(dma_device_fini(&dev) == 0);
		config.requester = 4 << 3;
		config.domain = &dma_domain_passthrough;
		config.trusted = false;
		SIM_CHECK(dma_device_init(&dev, &config) == DMA_EINVAL);
		config.trusted = true;
		SIM_CHECK(dma_device_init(&dev, &config) == (able ? 0 : DMA_ENOTSUP));
		SIM_CHECK((sim_vtd_look(driver_world.model[0], daddr, true, &paddr) == 0) == able);
		if (able) {
			SIM_CHECK(paddr == daddr && dma_device_init(&twin, &config) == 0);
			SIM_CHECK(dma_vtd_remove(driver_world.iommu) == DMA_EBUSY);
			SIM_CHECK(dma_device_fini(&dev) == 0);
			SIM_CHECK(sim_vtd_look(driver_world.model[0], daddr, false, &paddr) == 0);
			SIM_CHECK(dma_device_block(&twin) == 0);
			world_blocked(&driver_world, 0, daddr);
			SIM_CHECK(dma_device_fini(&twin) == 0);
		}
		world_blocked(&driver_world, 0, daddr);
		SIM_CHECK(dma_vtd_remove(driver_world.iommu) == 0);
		SIM_CHECK(dma_device_init(&dev, &config) == 0 && dma_device_fini(&dev) == 0); /* no unit any more */
		world_lawful(&driver_world);
	}
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

	SIM_CHECK(dma_init() == 0 && world_units(&driver_world, &fixture));
	table = table_of();
	SIM_CHECK(remapping());
	probe.dmar = driver_world.table.bytes;
	probe.dmar_nbytes = driver_world.table.length;
	probe.block_interrupts = true;
	SIM_CHECK(dma_vtd_probe(&probe, &driver_world.iommu) == DMA_EINVAL);
	probe.block_interrupts = false;
	SIM_CHECK(dma_vtd_probe(&probe, &driver_world.iommu) == 0);
	SIM_CHECK(remapping() && table_of() == table);
	before = sim_vtd_seen(driver_world.unit[0]).invalidations;
	SIM_CHECK(dma_vtd_interrupt_invalidate(driver_world.iommu, unit, 48, 4) == 0);
	SIM_CHECK(dma_vtd_interrupt_invalidate(driver_world.iommu, unit, 7, 0) == 0);
	SIM_CHECK(dma_vtd_interrupt_invalidate(driver_world.iommu, unit, 0, DMA_VTD_ALL_ENTRIES) == 0);
	SIM_CHECK(sim_vtd_seen(driver_world.unit[0]).invalidations == before + 3);
	SIM_CHECK(dma_vtd_interrupt_invalidate(driver_world.iommu, unit, 8, 4) == DMA_EINVAL);
	SIM_CHECK(dma_vtd_interrupt_invalidate(driver_world.iommu, unit, 0, 5) == DMA_EINVAL);
	SIM_CHECK(dma_vtd_interrupt_invalidate(driver_world.iommu, dma_paddr(0x1000), 0, 0) == DMA_ENODEV);
	SIM_CHECK(dma_vtd_remove(driver_world.iommu) == 0);
	SIM_CHECK(remapping() && table_of() == table);
	/* without it, what a former kernel left on goes off; and a unit that cannot says so */
	driver_fresh();
	SIM_CHECK(world_units(&driver_world, &fixture) && driver_probe() == 0);
	SIM_CHECK(!remapping());
	SIM_CHECK(dma_vtd_remove(driver_world.iommu) == 0);
	driver_fresh();
	SIM_CHECK(world_units(&driver_world, &usual) && driver_probe() == 0);
	SIM_CHECK(dma_vtd_interrupt_invalidate(driver_world.iommu, unit, 0, 0) == DMA_ENOTSUP);
	SIM_CHECK(dma_vtd_remove(driver_world.iommu) == 0);
	SIM_CHECK(dma_fini() == 0);
}

/* ---- Blocked for good (hazard 80) ---- */

static unsigned said_blocked, said_maybe, cuts;
static int cut_result;

static void on_log(const char *line)
{
	said_blocked += strstr(line, "blocked for good") != NULL;
	said_maybe += strstr(line, "may still reach") != NULL;
}

static int cut_off(struct dma_device *dev, void *context)
{
	SIM_CHECK(context == &cuts && (dev == &driver_world.dev[0] || !strcmp(dev->name, "twin")));
	cuts++;
	return cut_result;
}

/* The unit answers nothing and goes on with what it has cached: what is said is true, and the host is asked to help. */
static void broken(bool asked, bool truly)
{
	struct dma_stream live = {0}, s = {0};
	struct dma_device twin = {0};
	struct dma_device_config config;
	uint64_t daddr;

	SIM_CHECK(dma_init() == 0 && world_up(&driver_world, &usual));
	sim_on_log(on_log);
	cut_result = truly ? 0 : DMA_EIO;
	if (asked)
		dma_iommu_cut_off_with(cut_off, &cuts);
	config = of_model(0, driver_world.domain[0]);
	config.name = "twin";
	SIM_CHECK(dma_device_init(&twin, &config) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&live, &driver_world.dev[0], DMA_BIDIRECTIONAL, 1) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &driver_world.dev[0], DMA_BIDIRECTIONAL, 1) == 0);
	daddr = dma_stream_daddr(&live).raw;
	SIM_CHECK(reaches(0, daddr, true));
	sim_vtd_break(driver_world.unit[0]);
	dma_stream_release(&s);
	SIM_CHECK(reaches(0, daddr, true)); /* out of its caches */
	SIM_CHECK(said_blocked == truly && said_maybe == !truly && cuts == (asked ? 2 : 0));
	SIM_CHECK(dma_device_block(&driver_world.dev[0]) == (truly ? 0 : DMA_ETIMEDOUT));
}

void blocked_perhaps(void)
{
	broken(false, false);
}

void blocked_in_vain(void)
{
	broken(true, false);
}

void blocked_for_good(void)
{
	broken(true, true);
}
