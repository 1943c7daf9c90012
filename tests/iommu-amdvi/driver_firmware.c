/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Firmware and former kernels: tables that lie, units that cannot be driven, and what was left on.
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <string.h>

#define NOTHING 0xfec10000u

static uint64_t nothing_there(void *ctx, uint64_t offset, unsigned nbytes)
{
	(void)ctx, (void)offset;
	return nbytes == 8 ? ~(uint64_t)0 : 0xffffffff;
}

static void swallowed(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	(void)ctx, (void)offset, (void)value, (void)nbytes;
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
	case 3:
		unit->levels = 7; /* HATS is 11b, which is reserved: there may be no host tables at all */
		break;
	default:
		unit->deaf = how == 4 ? 1 : 1 << 12; /* IommuEn, CmdBufEn */
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
	for (unsigned how = 0; how < 6; how++) {
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
