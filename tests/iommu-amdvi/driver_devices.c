/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices and their domains: shared, aliased, blocked, bypassing; interrupts; every hook failing.
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <stdio.h>

/* One of two devices is blocked: it reaches nothing, the other goes on. */
void blocked_device(void)
{
	struct dma_stream s = {0};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&driver_world, &driver_two_units));
	SIM_CHECK(dma_stream_alloc(&s, &driver_world.dev[0], DMA_BIDIRECTIONAL, 2) == 0);
	SIM_CHECK(dma_device_block(&driver_world.dev[0]) == 0);
	world_blocked(&driver_world, 0, dma_stream_daddr(&s).raw);
	world_traffic(&driver_world, 1, 2);
	dma_stream_release(&s);
	world_down(&driver_world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* Devices of two requesters share a domain, and lose it together. */
void shared_domain(void)
{
	struct sim_device_config other = {0};
	struct sim_device *model;
	struct dma_device_config config;
	struct dma_device second = {0};
	struct dma_stream s = {0};
	uint64_t paddr;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&driver_world, &driver_usual));
	other = *sim_device_config(driver_world.model[0]);
	other.requester = 6 << 3;
	model = sim_device_new(&other);
	config = sim_device_dma(model);
	config.domain = driver_world.domain[0];
	SIM_CHECK(dma_device_init(&second, &config) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &driver_world.dev[0], DMA_BIDIRECTIONAL, 1) == 0);
	SIM_CHECK(sim_amdvi_look(model, dma_stream_daddr(&s).raw, true, &paddr) == 0);
	SIM_CHECK(dma_device_fini(&second) == 0);
	SIM_CHECK(sim_amdvi_look(model, dma_stream_daddr(&s).raw, true, &paddr) == DMA_EFAULT);
	SIM_CHECK(dma_device_init(&second, &config) == 0);
	sim_amdvi_break(driver_world.unit[0]); /* both entries go, whether or not the unit looks */
	dma_stream_release(&s);
	SIM_CHECK(dma_device_fini(&driver_world.dev[0]) == 0); /* not the last that came */
	SIM_CHECK(dma_device_fini(&second) == 0);
	world_lawful(&driver_world);
}

/* A device that is attached, or whose unit is another, is refused; identities of domains come back. */
void attaching(void)
{
	struct dma_iommu_domain_config config = {.requester = WORLD_REQUESTER(0)};
	struct dma_domain *second;
	struct dma_device_config device;
	struct dma_device dev;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&driver_world, &driver_two_units));
	SIM_CHECK(dma_iommu_domain_create(driver_world.iommu, &config, &second) == 0);
	device = driver_device(0, second);
	SIM_CHECK(dma_device_init(&dev, &device) == DMA_ENOTSUP); /* it has one */
	device = driver_device(1, second);
	SIM_CHECK(dma_device_init(&dev, &device) == DMA_ENOTSUP); /* of another unit */
	SIM_CHECK(dma_iommu_domain_destroy(driver_world.iommu, second) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(driver_world.iommu, driver_world.domain[0]) == DMA_EBUSY);
	SIM_CHECK(dma_amdvi_remove(driver_world.iommu) == DMA_EBUSY);
	SIM_CHECK(driver_probe() == DMA_EBUSY);
	config.requester = 2 << 16; /* a segment without a unit */
	SIM_CHECK(dma_iommu_domain_create(driver_world.iommu, &config, &second) == DMA_ENODEV);
	config.requester = 0x7000; /* beyond what any unit has */
	SIM_CHECK(dma_iommu_domain_create(driver_world.iommu, &config, &second) == DMA_ENODEV);
	world_traffic(&driver_world, 0, 1);
	world_traffic(&driver_world, 1, 1);
	world_down(&driver_world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* 2.2.2.1: IV with IntCtl 00b blocks, 01b lets through. */
void interrupts(void)
{
	const uint64_t pass = 1 | (uint64_t)1 << 60;
	unsigned before;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&driver_world, &driver_usual));
	while (dma_iommu_poll_all())
		;
	SIM_CHECK(!world_reaches(&driver_world, 0, 0xfee01000, true) && dma_iommu_poll_all() == 1);
	SIM_CHECK(!world_reaches(&driver_world, 0, 0xfee01000, false));
	SIM_CHECK(dma_amdvi_interrupts_set(driver_world.iommu, WORLD_REQUESTER(0), pass) == 0);
	before = sim_amdvi_seen(driver_world.unit[0]).interrupts;
	SIM_CHECK(world_reaches(&driver_world, 0, 0xfee01000, true));
	SIM_CHECK(sim_amdvi_seen(driver_world.unit[0]).interrupts == before + 1);
	/* they stay when the domain changes */
	SIM_CHECK(dma_device_fini(&driver_world.dev[0]) == 0 && world_reaches(&driver_world, 0, 0xfee01000, true));
	world_blocked(&driver_world, 0, 0x5000);
	SIM_CHECK(dma_amdvi_interrupts_set(driver_world.iommu, WORLD_REQUESTER(0), 1) == 0);
	SIM_CHECK(!world_reaches(&driver_world, 0, 0xfee01000, true));
	SIM_CHECK(dma_amdvi_interrupts_set(driver_world.iommu, 0x7000, pass) == DMA_ENODEV);
	world_down(&driver_world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* Hazard 73: three functions behind one PCIe-to-PCI bridge. */
void shared_requester(void)
{
	struct dma_device second = {0}, third = {0};
	struct dma_iommu_domain_config other = {.requester = WORLD_REQUESTER(0)};
	struct dma_device_config config;
	struct dma_domain *elsewhere;
	struct dma_stream s = {0};
	uint64_t daddr;

	SIM_CHECK(dma_init() == 0 && world_up(&driver_world, &driver_usual));
	config = driver_device(0, driver_world.domain[0]);
	SIM_CHECK(dma_device_init(&second, &config) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &second, DMA_BIDIRECTIONAL, 1) == 0);
	daddr = dma_stream_daddr(&s).raw;
	SIM_CHECK(world_reaches(&driver_world, 0, daddr, true));
	/* not in two domains */
	SIM_CHECK(dma_iommu_domain_create(driver_world.iommu, &other, &elsewhere) == 0);
	config.domain = elsewhere;
	SIM_CHECK(dma_device_init(&third, &config) == DMA_ENOTSUP);
	config.domain = driver_world.domain[0];
	SIM_CHECK(dma_iommu_domain_destroy(driver_world.iommu, elsewhere) == 0);
	/* the first leaves, the second goes on; a third comes; the requester leaves with the last */
	SIM_CHECK(dma_device_fini(&driver_world.dev[0]) == 0 && world_reaches(&driver_world, 0, daddr, true));
	SIM_CHECK(dma_device_init(&third, &config) == 0 && world_reaches(&driver_world, 0, daddr, true));
	dma_stream_release(&s);
	SIM_CHECK(dma_device_fini(&second) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(driver_world.iommu, driver_world.domain[0]) == DMA_EBUSY);
	/* who cannot be told apart from a blocked one does not come in beside it */
	SIM_CHECK(dma_device_block(&third) == 0 && dma_device_init(&second, &config) == DMA_ENOTSUP);
	SIM_CHECK(dma_device_fini(&third) == 0 && !world_reaches(&driver_world, 0, daddr, true));
	SIM_CHECK(dma_device_init(&second, &config) == 0 && dma_device_fini(&second) == 0);
	world_down(&driver_world);
	SIM_CHECK(dma_fini() == 0);
}

/* 5.2.2.2: requests of 00:08.0 to 00:08.7 carry 00:03.1: so do those for the region of 00:08.2. */
void aliased_requester(void)
{
	struct dma_iommu_domain_config domain = {.requester = 3 << 3 | 1};
	struct sim_device_config other;
	struct dma_device_config config;
	struct dma_device dev = {0};
	struct dma_domain *made;
	struct dma_stream s = {0};
	struct sim_device *model;
	uint64_t paddr;

	SIM_CHECK(dma_init() == 0 && world_units(&driver_world, &driver_usual));
	ivrs_begin(&driver_world.table, 40 << 8 | 48 << 15);
	ivrs_unit(&driver_world.table, 0x11, 0, WORLD_UNIT_ID(0), WORLD_REGISTERS(0));
	ivrs_alias(&driver_world.table, 67, 8 << 3, 3 << 3 | 1);
	ivrs_entry(&driver_world.table, 4, 8 << 3 | 7);
	ivrs_region(&driver_world.table, 0x21, 7, 8 << 3 | 2, 0, 0x80000000, 0x10000);
	ivrs_end(&driver_world.table);
	SIM_CHECK(driver_probe() == 0);
	SIM_CHECK(dma_amdvi_requester(driver_world.iommu, 8 << 3 | 2) == (3 << 3 | 1));
	SIM_CHECK(dma_amdvi_requester(driver_world.iommu, 9 << 3) == 9 << 3);
	other = *sim_device_config(driver_world.model[0]);
	other.requester = 3 << 3 | 1;
	model = sim_device_new(&other);
	SIM_CHECK(sim_amdvi_look(model, 0x80008000, true, &paddr) == 0);
	SIM_CHECK(dma_iommu_domain_create(driver_world.iommu, &domain, &made) == 0);
	config = sim_device_dma(model);
	config.domain = made;
	SIM_CHECK(dma_device_init(&dev, &config) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL, 1) == 0);
	SIM_CHECK(sim_amdvi_look(model, dma_stream_daddr(&s).raw, true, &paddr) == 0);
	SIM_CHECK(sim_amdvi_look(model, 0x80008000, false, &paddr) == 0);
	dma_stream_release(&s);
	SIM_CHECK(dma_device_fini(&dev) == 0);
	SIM_CHECK(sim_amdvi_look(model, 0x8000f000, true, &paddr) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(driver_world.iommu, made) == 0);
	SIM_CHECK(dma_amdvi_remove(driver_world.iommu) == 0);
	world_lawful(&driver_world);
	SIM_CHECK(dma_fini() == 0);
}

/* Hazard 85: what is asked for is what happens. */
void bypass(void)
{
	uint64_t daddr = SIM_LOW_RAM + 0x1000, paddr = 0;
	struct dma_device dev = {0}, twin = {0};
	struct dma_device_config config;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&driver_world, &driver_usual) && driver_probe() == 0);
	config = driver_device(0, NULL);
	SIM_CHECK(dma_device_init(&dev, &config) == DMA_EINVAL); /* nobody asked for it */
	config.domain = &dma_domain_passthrough;
	config.trusted = false;
	SIM_CHECK(dma_device_init(&dev, &config) == DMA_EINVAL);
	config.trusted = true;
	SIM_CHECK(dma_device_init(&dev, &config) == 0);
	SIM_CHECK(sim_amdvi_look(driver_world.model[0], daddr, true, &paddr) == 0 && paddr == daddr);
	SIM_CHECK(sim_amdvi_seen(driver_world.unit[0]).passed == 0); /* by an entry that says so */
	SIM_CHECK(dma_device_init(&twin, &config) == 0);
	SIM_CHECK(dma_amdvi_remove(driver_world.iommu) == DMA_EBUSY);
	SIM_CHECK(dma_device_fini(&dev) == 0);
	SIM_CHECK(sim_amdvi_look(driver_world.model[0], daddr, false, &paddr) == 0);
	SIM_CHECK(dma_device_block(&twin) == 0);
	world_blocked(&driver_world, 0, daddr);
	SIM_CHECK(dma_device_fini(&twin) == 0);
	world_blocked(&driver_world, 0, daddr);
	SIM_CHECK(dma_amdvi_remove(driver_world.iommu) == 0);
	SIM_CHECK(dma_device_init(&dev, &config) == 0 && dma_device_fini(&dev) == 0); /* no unit any more */
	world_lawful(&driver_world);
	SIM_CHECK(dma_fini() == 0);
}

/* A device that reads nothing from where it writes is served by an entry that can be read. */
void zero_length_reads(void)
{
	struct dma_stream s = {0};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&driver_world, &driver_usual));
	driver_world.dev[0].zero_length_reads = true;
	SIM_CHECK(dma_stream_alloc_uninit(&s, &driver_world.dev[0], DMA_FROM_DEVICE, 1) == 0);
	SIM_CHECK(world_reaches(&driver_world, 0, dma_stream_daddr(&s).raw, false));
	dma_stream_release(&s);
	driver_world.dev[0].zero_length_reads = false;
	world_down(&driver_world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* Every hook failing at every call of a whole life: the error comes back, and nothing is left. */
static int life(void *unused)
{
	static const struct fixture fixture = {.name = "life", .region = {0x80000000, 0x8000ffff}};
	struct dma_iommu_domain_config domain = {.requester = WORLD_REQUESTER(0)};
	struct dma_device_config config;
	struct dma_stream s = {0};
	int error;

	(void)unused;
	if (!world_units(&driver_world, &fixture))
		return DMA_EIO;
	error = driver_probe();
	if (error)
		return error;
	error = dma_iommu_domain_create(driver_world.iommu, &domain, &driver_world.domain[0]);
	if (error)
		goto no_domain;
	config = driver_device(0, driver_world.domain[0]);
	error = dma_device_init(&driver_world.dev[0], &config);
	if (error)
		goto no_device;
	error = dma_stream_alloc(&s, &driver_world.dev[0], DMA_BIDIRECTIONAL, 2);
	if (!error)
		dma_stream_release(&s);
	SIM_CHECK(dma_device_fini(&driver_world.dev[0]) == 0);
no_device:
	SIM_CHECK(dma_iommu_domain_destroy(driver_world.iommu, driver_world.domain[0]) == 0);
no_domain:
	SIM_CHECK(dma_amdvi_remove(driver_world.iommu) == 0);
	return error;
}

unsigned every_hook_fails(void)
{
	struct sim_config config = sim_config_plain(NULL);
	unsigned runs, bad = sim_for_each_failure(&config, life, NULL, &runs);

	printf("# %u runs\n", runs);
	return bad;
}
