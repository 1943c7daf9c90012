/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Firmware and former kernels: tables that lie, units that cannot be driven, regions at any time, and what was left on.
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <string.h>

#define REGION	  0x80000000ull
#define FORGOTTEN 0x90000000ull
#define NOTHING	  0xfec10000u

static uint64_t nothing_there(void *ctx, uint64_t offset, unsigned nbytes)
{
	(void)ctx, (void)offset;
	return nbytes == 8 ? ~(uint64_t)0 : 0xffffffff;
}

static void swallowed(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	(void)ctx, (void)offset, (void)value, (void)nbytes;
}

static bool reaches(unsigned i, uint64_t daddr, bool write)
{
	return world_reaches(&world, i, daddr, write);
}

/* A table with one unit for everything. */
static void one_unit(uint64_t registers)
{
	ivrs_begin(&world_table, 40 << 8 | 48 << 15);
	ivrs_unit(&world_table, 0x11, 0, WORLD_UNIT_ID(0), registers);
	ivrs_entry(&world_table, 1, 0);
	ivrs_end(&world_table);
}

void hostile_tables(void)
{
	SIM_CHECK(dma_init() == 0);
	for (unsigned wrong = 0; wrong < 5; wrong++) {
		unit_fresh();
		sim_mmio_register(NOTHING, 0x4000, nothing_there, swallowed, NULL);
		SIM_CHECK(world_units(&world, &driver_two_units));
		switch (wrong) {
		case 0:
			world_table.length = 56; /* cut in its first unit */
			break;
		case 1:
			world_table.bytes[48 + 2] = 0; /* a first block of no length */
			ivrs_end(&world_table);
			break;
		case 2:
			world_table.bytes[0] ^= 1; /* signature */
			break;
		case 3: /* registers in the middle of memory */
			one_unit(SIM_LOW_RAM + 0x100000);
			break;
		default: /* registers where nothing is */
			one_unit(NOTHING);
		}
		SIM_CHECK(driver_probe() < 0);
		SIM_CHECK(world.iommu == NULL);
		SIM_CHECK(sim_amdvi_seen(world.unit[0]).invalidations == 0);
	}
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

static char said[4096];

static void keep(const char *line)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof(said) - n, "%s\n", line);
}

/* Each way in which the second unit cannot be driven. */
static void spoil(unsigned how, struct sim_amdvi_config *unit, uint64_t *registers)
{
	switch (how) {
	case 0:
		*registers = 0;
		break;
	case 1: /* nothing is there */
		*registers = NOTHING;
		break;
	case 2:
		*registers = SIM_LOW_RAM + 0x100000;
		break;
	default:
		unit->deaf = how == 3 ? 1 : 1 << 12; /* IommuEn, CmdBufEn */
		break;
	}
}

/* Three units, and the second cannot be driven: the others work, the log says what is not protected, and its devices
 * get no domain. */
void one_bad_unit(void)
{
	struct dma_iommu_domain_config domain = {.requester = 5 << 3};
	struct dma_domain *made;
	uint64_t paddr;

	SIM_CHECK(dma_init() == 0);
	for (unsigned how = 0; how < 5; how++) {
		struct sim_device_config device = sim_config()->device;
		struct sim_device *model[2];

		unit_fresh();
		SIM_CHECK(world_units(&world, &driver_usual));
		sim_amdvi_remove_all();
		world.unit[0] = NULL;
		sim_mmio_register(NOTHING, 0x4000, nothing_there, swallowed, NULL);
		ivrs_begin(&world_table, 40 << 8 | 48 << 15);
		for (unsigned i = 0; i < 3; i++) {
			struct sim_amdvi_config unit = sim_amdvi_config(0xe0000000u + 0x10000u * i);
			uint64_t registers = unit.registers;

			if (i == 1)
				spoil(how, &unit, &registers);
			sim_amdvi_cover(sim_amdvi_add(&unit), (4 + i) << 3);
			ivrs_unit(&world_table, 0x11, 0, (uint16_t)(2 + i), registers);
			ivrs_entry(&world_table, 2, (uint16_t)((4 + i) << 3));
		}
		ivrs_end(&world_table);
		for (unsigned i = 0; i < 2; i++) {
			device.requester = (4 + 2 * i) << 3;
			model[i] = sim_device_new(&device);
		}
		said[0] = '\0';
		sim_on_log(keep);
		SIM_CHECK(driver_probe() == 0);
		sim_on_log(NULL);
		SIM_CHECK(strstr(said, "not protected: segment 0 requesters 0x28 to 0x28\n") != NULL);
		SIM_CHECK(strstr(said, "requesters 0x20") == NULL && strstr(said, "requesters 0x30") == NULL);
		for (unsigned i = 0; i < 2; i++)
			SIM_CHECK(sim_amdvi_look(model[i], SIM_LOW_RAM, true, &paddr) == DMA_EFAULT);
		SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made) == DMA_ENODEV);
		for (unsigned i = 0; i < 2; i++) {
			struct dma_iommu_domain_config good = {.requester = (4 + 2 * i) << 3};

			SIM_CHECK(dma_iommu_domain_create(world.iommu, &good, &made) == 0);
			SIM_CHECK(dma_iommu_domain_destroy(world.iommu, made) == 0);
		}
		SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	}
}

/* A server of two sockets (hazard 76). */
void twenty_units(void)
{
	struct sim_config big = sim_config_frames(sim_config_plain("low=64"));
	struct sim_device_config device;
	struct sim_device *model[20];
	struct dma_domain *made[20];
	dma_paddr_t registers;
	uint64_t paddr;

	SIM_CHECK(sim_stop() == 0);
	sim_start(&big);
	device = sim_config()->device;
	SIM_CHECK(dma_init() == 0 && world_units(&world, &driver_usual));
	sim_amdvi_remove_all();
	world.unit[0] = NULL;
	ivrs_begin(&world_table, 46 << 8 | 48 << 15);
	for (unsigned i = 0; i < 20; i++) {
		struct sim_amdvi_config unit = sim_amdvi_config(0xd0000000 + 0x1000000ull * i);

		sim_amdvi_cover(sim_amdvi_add(&unit), i << 8 | i << 3);
		ivrs_unit(&world_table, 0x11, 0, (uint16_t)(i << 8 | 2), unit.registers);
		ivrs_entry(&world_table, 2, (uint16_t)(i << 8 | i << 3));
		device.requester = i << 8 | i << 3;
		model[i] = sim_device_new(&device);
	}
	ivrs_end(&world_table);
	SIM_CHECK(driver_probe() == 0);
	for (unsigned i = 0; i < 20; i++) {
		struct dma_iommu_domain_config domain = {.requester = i << 8 | i << 3};

		SIM_CHECK(sim_amdvi_look(model[i], SIM_LOW_RAM, true, &paddr) == DMA_EFAULT);
		SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made[i]) == 0);
		SIM_CHECK(dma_iommu_registers_of(world.iommu, domain.requester, &registers));
		SIM_CHECK(registers.raw == 0xd0000000 + 0x1000000ull * i);
	}
	for (unsigned i = 0; i < 20; i++)
		SIM_CHECK(dma_iommu_domain_destroy(world.iommu, made[i]) == 0);
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* A unity range over the kernel's memory: the device stays blocked, and no domain is made for it; others are not
 * concerned. */
void region_in_ram(void)
{
	struct dma_iommu_domain_config domain = {.requester = WORLD_REQUESTER(0)};
	struct fixture fixture = driver_two_units;
	struct dma_domain *made;

	fixture.region = (struct region){SIM_LOW_RAM, SIM_LOW_RAM + 0xffff};
	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&world, &fixture));
	SIM_CHECK(driver_probe() == 0);
	world_blocked(&world, 0, SIM_LOW_RAM);
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made) == DMA_ENOTSUP);
	domain.requester = WORLD_REQUESTER(1);
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(world.iommu, made) == 0);
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* Firmware's region, one that it forgot, and a doorbell for all, at every step (hazard 74). */
void region_at_any_time(void)
{
	static const struct fixture fixture = {.name = "unity", .region = {REGION, REGION + 0xffff}};
	const uint32_t requester = WORLD_REQUESTER(0);
	struct dma_iommu_region host[] = {
		{.first = requester, .last = requester, .base = {FORGOTTEN + 0x10}, .nbytes = 0x1000},
		{.first = 0,
		 .last = UINT32_MAX,
		 .base = {0xfec10000},
		 .nbytes = 4,
		 .dir = DMA_FROM_DEVICE,
		 .type = DMA_REGION_DEVICE},
		{.first = requester, .last = requester, .base = {FORGOTTEN + 0x800}, .nbytes = 0x2000}, /* overlaps */
	};
	struct dma_iommu_domain_config domain = {.requester = requester};
	struct dma_amdvi_config probe;
	struct dma_device_config config;
	struct dma_domain *made;

	SIM_CHECK(dma_init() == 0 && world_units(&world, &fixture));
	probe = world_config(&world);
	probe.host_regions = host;
	probe.nhost_regions = 3;
	SIM_CHECK(dma_amdvi_probe(&probe, &world.iommu) == 0);
	for (unsigned driver = 0; driver < 3; driver++) {
		for (unsigned step = 0; step < 3; step++) {
			SIM_CHECK(reaches(0, REGION, false) && reaches(0, REGION + 0x8000, true));
			SIM_CHECK(reaches(0, FORGOTTEN, true) && reaches(0, FORGOTTEN + 0x2fff, false));
			SIM_CHECK(!reaches(0, FORGOTTEN + 0x3000, true) && !reaches(0, REGION - 1, true));
			SIM_CHECK(reaches(0, 0xfec10040, true) && !reaches(0, 0xfec10040, false));
			if (step == 0) {
				SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made) == 0);
				config = driver_device(0, made);
				SIM_CHECK(dma_device_init(&world.dev[0], &config) == 0);
			} else if (step == 1) {
				SIM_CHECK(dma_device_fini(&world.dev[0]) == 0);
			} else {
				SIM_CHECK(dma_iommu_domain_destroy(world.iommu, made) == 0);
			}
		}
	}
	SIM_CHECK(reaches(0, REGION, true));
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	world.iommu = NULL;
	/* what the host names is checked before any unit is touched */
	for (unsigned i = 0; i < 5; i++) {
		struct dma_iommu_region wrong = {.base = {FORGOTTEN}, .nbytes = 4096};

		wrong.nbytes = i == 0 ? 0 : wrong.nbytes;
		wrong.base.raw = i == 1 ? UINT64_MAX - 100 : i == 2 ? SIM_LOW_RAM : i == 3 ? 0xfee00000 : FORGOTTEN;
		wrong.dir = i == 4 ? 4 : 0;
		probe.host_regions = &wrong;
		probe.nhost_regions = 1;
		SIM_CHECK(dma_amdvi_probe(&probe, &world.iommu) == DMA_EINVAL);
	}
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

/* Any number of them, for any number of requesters (hazard 76). */
void many_regions(void)
{
	static struct dma_iommu_region host[402];
	static const uint16_t requesters[] = {0x0f, 0x10, 0x1f, 0x21, 0xff};
	const uint64_t ranged = REGION + 0x1000000, all = REGION + 0x2000000;
	struct dma_amdvi_config probe;
	uint64_t paddr;

	for (unsigned i = 0; i < 400; i++) {
		host[i].first = host[i].last = i < 300 ? WORLD_REQUESTER(0) : i % 16;
		host[i].base.raw = REGION + 0x2000 * i;
		host[i].nbytes = 4096;
	}
	host[400] = (struct dma_iommu_region){.first = 0x10, .last = 0x1f, .base = {ranged}, .nbytes = 4096};
	host[401] = (struct dma_iommu_region){.last = UINT32_MAX, .base = {all}, .nbytes = 4096};
	SIM_CHECK(dma_init() == 0 && world_units(&world, &driver_usual));
	probe = world_config(&world);
	probe.host_regions = host;
	probe.nhost_regions = 402;
	SIM_CHECK(dma_amdvi_probe(&probe, &world.iommu) == 0);
	for (unsigned i = 0; i < 300; i++)
		SIM_CHECK(reaches(0, REGION + 0x2000 * i, true) && !reaches(0, REGION + 0x2000 * i + 0x1000, true));
	for (unsigned i = 0; i < 5; i++) {
		struct sim_device_config config = *sim_device_config(world.model[0]);
		struct sim_device *model;

		config.requester = requesters[i];
		model = sim_device_new(&config);
		SIM_CHECK((sim_amdvi_look(model, ranged, true, &paddr) == 0) ==
			  (requesters[i] >= 0x10 && requesters[i] <= 0x1f));
		SIM_CHECK(sim_amdvi_look(model, all, true, &paddr) == 0);
		SIM_CHECK(sim_amdvi_look(model, REGION, true, &paddr) == DMA_EFAULT);
	}
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

/* 3.4, 0020h: what a former kernel excluded from translation, for all devices. */
static void exclude(uint64_t base)
{
	volatile void *regs;

	SIM_CHECK(dma_host_mmio_map(dma_paddr(WORLD_REGISTERS(0)), 0x4000, &regs) == 0);
	dma_host_mmio_write64((volatile char *)regs + 0x28, base + 0x2000);
	dma_host_mmio_write64((volatile char *)regs + 0x20, base | 3);
	dma_host_mmio_unmap(regs, 0x4000);
}

void exclusion_of_before(void)
{
	static const struct fixture fixture = {.name = "excluded", .left_on = true};

	SIM_CHECK(dma_init() == 0 && world_units(&world, &fixture));
	exclude(SIM_LOW_RAM);
	SIM_CHECK(reaches(0, SIM_LOW_RAM + 0x1000, true));
	SIM_CHECK(driver_probe() == 0);
	world_blocked(&world, 0, SIM_LOW_RAM + 0x1000);
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

static bool reached;

static void region_is_reached(void *unused)
{
	static bool looking;

	(void)unused;
	if (looking)
		return;
	looking = true;
	reached = reached && reaches(0, REGION + 0x1000, true);
	looking = false;
}

/* The range is one of firmware's regions, too: the device reaches it at every moment of the probe (hazard 74). */
void exclusion_to_unity(void)
{
	static const struct fixture fixture = {
		.name = "excluded", .left_on = true, .exclusion = true, .region = {REGION, REGION + 0x2fff}};

	SIM_CHECK(dma_init() == 0 && world_units(&world, &fixture));
	exclude(REGION);
	reached = true;
	sim_watch(region_is_reached, NULL);
	SIM_CHECK(driver_probe() == 0);
	sim_watch(NULL, NULL);
	SIM_CHECK(reached && !reaches(0, REGION - 1, true));
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

void taken_over(void)
{
	static const struct fixture fixture = {.name = "former", .left_on = true};

	SIM_CHECK(dma_init() == 0);
	for (unsigned i = 0; i < 2; i++) {
		unit_fresh();
		SIM_CHECK(world_up(&world, &fixture));
		SIM_CHECK(sim_amdvi_seen(world.unit[0]).opened == 0);
		SIM_CHECK(sim_amdvi_seen(world.unit[0]).passed == 0);
		world_blocked(&world, 0, 0x200000);
		world_traffic(&world, 0, 2);
		world_down(&world);
	}
	SIM_CHECK(dma_fini() == 0);
}

static void without_features(struct sim_amdvi_config *c)
{
	c->no_features = true;
	c->invalidates_all = false;
	c->levels = 4;
}

/* No INVALIDATE_IOMMU_ALL: everything is named, one by one. */
void old_unit(void)
{
	static const struct fixture fixture = {.name = "old", .unit = without_features, .left_on = true};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&world, &fixture));
	world_blocked(&world, 0, 0x200000);
	world_traffic(&world, 0, 3);
	world_down(&world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}
