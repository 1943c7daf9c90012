/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hardware and firmware that are not what they should be, and what a former kernel left.
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <string.h>

static uint64_t nothing_there(void *ctx, uint64_t offset, unsigned nbytes)
{
	(void)ctx, (void)offset;
	return nbytes == 8 ? ~(uint64_t)0 : 0xffffffff;
}

static void swallowed(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	(void)ctx, (void)offset, (void)value, (void)nbytes;
}

void hostile_tables(void)
{
	SIM_CHECK(dma_init() == 0);
	for (unsigned wrong = 0; wrong < 5; wrong++) {
		unit_fresh();
		sim_mmio_register(0xfec10000, 0x1000, nothing_there, swallowed, NULL);
		SIM_CHECK(world_units(&world, &driver_two_units));
		switch (wrong) {
		case 0:
			world_table.length = 60; /* cut in its first unit */
			break;
		case 1:
			world_table.bytes[48 + 2] = 0; /* a first structure of no length */
			table_end(&world_table);
			break;
		case 2:
			world_table.bytes[0] ^= 1; /* signature */
			break;
		case 3: /* registers in the middle of memory */
			table_begin(&world_table, 39);
			table_unit(&world_table, 0, SIM_LOW_RAM + 0x100000, 1);
			table_end(&world_table);
			break;
		default: /* registers where nothing is */
			table_begin(&world_table, 39);
			table_unit(&world_table, 0, 0xfec10000, 1);
			table_end(&world_table);
		}
		SIM_CHECK(driver_probe() < 0);
		SIM_CHECK(world.iommu == NULL);
		SIM_CHECK(sim_vtd_seen(world.unit[0]).invalidations == 0);
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
static void spoil(unsigned how, struct sim_vtd_config *unit, uint64_t *registers)
{
	switch (how) {
	case 0:
		*registers = 0;
		break;
	case 1: /* nothing is there */
		*registers = 0xfec10000;
		break;
	case 2:
		*registers = SIM_LOW_RAM + 0x100000;
		break;
	case 3:
		unit->no_queue = true;
		break;
	case 4:
		unit->sagaw = 0;
		break;
	case 5:
		unit->sagaw = 1 << 4;
		break;
	default:
		unit->deaf = 1u << (31 - (how - 6)); /* TE, SRTP */
		break;
	}
}

/* Three units, and the second cannot be driven: the others work, the log says what is not protected, and its devices
 * get no domain, least of all one of the unit that has the rest. */
void one_bad_unit(void)
{
	static const uint8_t first[] = {4, 0}, second[] = {5, 0};
	struct dma_iommu_domain_config domain = {.requester = 5 << 3};
	struct dma_domain *made;
	dma_paddr_t where;
	uint64_t paddr;

	SIM_CHECK(dma_init() == 0);
	for (unsigned how = 0; how < 8; how++) {
		struct sim_device_config device = sim_config()->device;
		struct sim_device *model[2];

		unit_fresh();
		sim_vtd_remove_all();
		world.fixture = &driver_two_units;
		sim_mmio_register(0xfec10000, 0x1000, nothing_there, swallowed, NULL);
		table_begin(&world_table, 39);
		for (unsigned i = 0; i < 3; i++) {
			struct sim_vtd_config unit = sim_vtd_config(WORLD_REGISTERS(i));
			uint64_t registers = unit.registers;

			if (i == 1)
				spoil(how, &unit, &registers);
			world.unit[i & 1] = sim_vtd_add(&unit);
			table_unit(&world_table, 0, registers, i == 2);
			if (i < 2)
				table_scope(&world_table, 1, 0, i ? second : first, 1);
			sim_vtd_cover(world.unit[i & 1], (4 + i) << 3);
		}
		table_end(&world_table);
		for (unsigned i = 0; i < 2; i++) {
			device.requester = (4 + 2 * i) << 3;
			model[i] = sim_device_new(&device);
		}
		said[0] = '\0';
		sim_on_log(keep);
		SIM_CHECK(driver_probe() == 0);
		sim_on_log(NULL);
		SIM_CHECK(strstr(said, "not protected: segment 0 bus 0 device 5 function 0\n") != NULL);
		SIM_CHECK(strstr(said, "device 4") == NULL && strstr(said, "all devices") == NULL);
		for (unsigned i = 0; i < 2; i++)
			SIM_CHECK(sim_vtd_look(model[i], SIM_LOW_RAM, true, &paddr) == DMA_EFAULT);
		SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made) == DMA_ENODEV);
		SIM_CHECK(!dma_iommu_registers_of(world.iommu, domain.requester, &where));
		SIM_CHECK(!dma_iommu_registers_of(NULL, 4 << 3, &where));
		for (unsigned i = 0; i < 2; i++) {
			struct dma_iommu_domain_config good = {.requester = (4 + 2 * i) << 3};

			SIM_CHECK(dma_iommu_registers_of(world.iommu, good.requester, &where));
			SIM_CHECK(where.raw == WORLD_REGISTERS(2 * i));
			SIM_CHECK(dma_iommu_domain_create(world.iommu, &good, &made) == 0);
			SIM_CHECK(dma_iommu_domain_destroy(world.iommu, made) == 0);
		}
		SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	}
	SIM_CHECK(dma_fini() == 0);
}

/* A server of two sockets (hazard 76). */
void twenty_units(void)
{
	struct dma_iommu_domain_config domain = {0};
	struct sim_device *model[20];
	struct sim_device_config device = sim_config()->device;
	struct dma_domain *made[20];
	uint64_t paddr;

	SIM_CHECK(dma_init() == 0);
	sim_vtd_remove_all();
	world.fixture = &driver_two_units;
	table_begin(&world_table, 46);
	for (unsigned i = 0; i < 20; i++) {
		struct sim_vtd_config unit = sim_vtd_config(0xd0000000 + 0x1000000ull * i);
		uint8_t path[] = {(uint8_t)i, 0};

		sim_vtd_cover(sim_vtd_add(&unit), i << 8 | i << 3);
		table_unit(&world_table, 0, unit.registers, i == 19);
		if (i < 19)
			table_scope(&world_table, 1, (uint8_t)i, path, 1);
		device.requester = i << 8 | i << 3;
		model[i] = sim_device_new(&device);
	}
	table_end(&world_table);
	SIM_CHECK(driver_probe() == 0);
	for (unsigned i = 0; i < 20; i++) {
		SIM_CHECK(sim_vtd_look(model[i], SIM_LOW_RAM, true, &paddr) == DMA_EFAULT);
		domain.requester = i << 8 | i << 3;
		SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made[i]) == 0);
	}
	for (unsigned i = 0; i < 20; i++)
		SIM_CHECK(dma_iommu_domain_destroy(world.iommu, made[i]) == 0);
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

static void no_queue(struct sim_vtd_config *c)
{
	c->no_queue = true;
}

static void strange_depth(struct sim_vtd_config *c)
{
	c->sagaw = 1 << 4;
}

void unusable_units(void)
{
	static const struct fixture fixtures[] = {{.name = "no queue", .unit = no_queue},
						  {.name = "depth", .unit = strange_depth}};

	SIM_CHECK(dma_init() == 0);
	for (unsigned i = 0; i < 2; i++) {
		unit_fresh();
		SIM_CHECK(world_units(&world, &fixtures[i]));
		SIM_CHECK(driver_probe() == DMA_ENOTSUP);
	}
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

static void former(struct sim_vtd_config *c)
{
	c->root_invalidates = false;
	c->interrupt_remap = c->protected_memory = true;
}

static void former_mode(struct sim_vtd_config *c)
{
	former(c);
	c->former_mode = true;
}

static void former_stuck(struct sim_vtd_config *c)
{
	c->former_stuck = true;
}

/* Interrupt remapping, protected memory and the queue of a former kernel end; translation goes on, unless its tables
 * were of another mode. */
void taken_over(void)
{
	static const struct fixture fixtures[] = {{.name = "former", .unit = former, .left_on = true},
						  {.name = "another mode", .unit = former_mode, .left_on = true}};

	SIM_CHECK(dma_init() == 0);
	for (unsigned i = 0; i < 2; i++) {
		unit_fresh();
		SIM_CHECK(world_up(&world, &fixtures[i]));
		SIM_CHECK(sim_vtd_seen(world.unit[0]).opened == i);
		world_blocked(&world, 0, 0x200000);
		world_traffic(&world, 0, 2);
		world_down(&world);
	}
	SIM_CHECK(dma_fini() == 0);
}

void stuck_queue_of_before(void)
{
	static const struct fixture fixture = {.name = "stuck", .unit = former_stuck, .left_on = true};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&world, &fixture));
	SIM_CHECK(driver_probe() == DMA_ETIMEDOUT);
}

static uint32_t deaf_to;

static void deaf(struct sim_vtd_config *c)
{
	c->root_invalidates = false;
	c->write_buffer = c->interrupt_remap = true;
	c->deaf = deaf_to;
}

/* A command that is never carried out: no IOMMU, and no wait without end. */
void deaf_units(void)
{
	static const uint32_t commands[] = {1u << 26, 1u << 30, 1u << 31, 1u << 24,
					    1u << 25}; /* QIE SRTP TE SIRTP IRE */
	static const struct fixture fixture = {.name = "deaf", .unit = deaf};

	SIM_CHECK(dma_init() == 0);
	for (unsigned i = 0; i < 5; i++) {
		struct dma_vtd_config config = {
			.pci_read32 = driver_no_bus, .block_interrupts = true, .timeout_ns = WORLD_TIMEOUT_NS};

		unit_fresh();
		deaf_to = commands[i];
		SIM_CHECK(world_units(&world, &fixture));
		config.dmar = world_table.bytes;
		config.dmar_nbytes = world_table.length;
		SIM_CHECK(dma_vtd_probe(&config, &world.iommu) == DMA_ETIMEDOUT);
	}
}

static void always_thrown_away(struct sim_vtd_config *c)
{
	c->root_invalidates = false;
	c->abort_at = 1;
	c->abort_always = true;
}

void thrown_away_for_ever(void)
{
	static const struct fixture fixture = {.name = "thrown away", .unit = always_thrown_away};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&world, &fixture));
	SIM_CHECK(driver_probe() == DMA_ETIMEDOUT);
}
