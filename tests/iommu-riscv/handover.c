/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions at each step of attaching and detaching (hazard 74), on RISC-V units of several kinds.
 */
#include "../iommu-unit/handover.h"
#include "world.h"

static void base_format(struct sim_riscv_config *c)
{
	c->base_format = true;
}

static void worst(struct sim_riscv_config *c)
{
	c->busy = c->only_50 = c->base_format = c->big_endian = true;
}

static void first_stage(struct sim_riscv_config *c)
{
	c->first = 1 << 3;
}

static void worst_first(struct sim_riscv_config *c)
{
	c->first = 1 << 5;
	c->busy = c->base_format = c->big_endian = true;
}

enum { DEVICE = 0x28, NEIGHBOUR = 0x30 };

#define REGION                                                                                                         \
	{                                                                                                              \
		.first = DEVICE, .last = DEVICE, .base = {0x80000000}, .nbytes = 0x200000                              \
	}
#define DOORBELL                                                                                                       \
	{                                                                                                              \
		.first = DEVICE, .last = DEVICE, .base = {0x80000000}, .nbytes = 0x200000, .dir = DMA_FROM_DEVICE,     \
		.type = DMA_REGION_DEVICE                                                                              \
	}
#define WITH(...) (&(const struct fixture){__VA_ARGS__})

static const struct handover_unit units[] = {
	{"usual", NULL, WITH(.region = REGION)},
	{"one level of directories", NULL, WITH(.region = REGION, .last_device = 0x3f)},
	{"three levels", NULL, WITH(.region = REGION, .last_device = 0xffffff)},
	{"base format", NULL, WITH(.region = REGION, .unit = base_format)},
	{"slow, four levels of tables, found big-endian", NULL, WITH(.region = REGION, .unit = worst)},
	{"messages", NULL, WITH(.region = DOORBELL)},
	{"first stage", NULL, WITH(.region = REGION, .unit = first_stage)},
	{"slow, five levels of the first stage, found big-endian", NULL, WITH(.region = REGION, .unit = worst_first)},
};

static unsigned faults(void)
{
	return sim_riscv_seen(world.unit[0]).faults;
}

static void forget(void)
{
	sim_riscv_forget(world.unit[0]);
}

static bool has_first_stage;

/* One store of iohgatp takes a device from one domain to another; ta and fsc are two. */
static bool gap(enum handover_kind kind, bool back)
{
	(void)kind, (void)back;
	return has_first_stage;
}

static bool able(enum handover_kind kind)
{
	(void)kind;
	return true;
}

static void scenario(void *arg)
{
	const struct handover_unit *kind = arg;
	struct handover handover = {.region = 0x80000000, .faults = faults, .forget = forget, .gap = gap, .able = able};

	const struct fixture *fixture = kind->fixture;

	has_first_stage = fixture->unit == first_stage || fixture->unit == worst_first;
	(void)world_units(&world, kind->fixture);
	if (!SIM_CHECK(world_probe(&world) == 0))
		return;
	handover_device(&handover, world.iommu, world.model[0], NEIGHBOUR);
	handover_run(&handover);
	SIM_CHECK(dma_riscv_remove(world.iommu) == 0);
	SIM_CHECK(sim_riscv_seen(world.unit[0]).violations == 0);
}

/* With an argument: only the kind of that name. */
int main(int argc, char **argv)
{
	int failed = handover_main(units, sizeof(units) / sizeof(units[0]), scenario, 2, argc, argv);

	sim_riscv_remove_all();
	return failed;
}
