/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Messages of devices behind the RISC-V IOMMU ("Process to translate addresses of MSIs"): they arrive at the interrupt
 * files that the host names for the device, by an MSI page table where there can be one, and nowhere else.
 *
 *   messages            all scenarios; messages NAME one
 */
#include "../iommu-unit/run.h"
#include "told.h"

#define FILES	   ((uint64_t)0x28000000)
#define FILE_AT(n) (FILES + 0x1000 * (uint64_t)(n))
#define GROUP	   ((uint64_t)0x29000000)
enum { DEVICE = 0x28, SECOND = 0x30, NO_FILE = 262, NOT_MAPPED = 23 };

#define FILES_OF(device, at, n)                                                                                        \
	{                                                                                                              \
		.first = (device), .last = (device), .base = {at}, .nbytes = (n)*0x1000, .dir = DMA_FROM_DEVICE,       \
		.type = DMA_REGION_DEVICE                                                                              \
	}
#define MEMORY_OF(device, at)                                                                                          \
	{                                                                                                              \
		.first = (device), .last = (device), .base = {at}, .nbytes = 0x1000                                    \
	}

static const struct dma_iommu_region three[] = {FILES_OF(DEVICE, FILES, 3)},
				     one_each[] = {FILES_OF(DEVICE, FILES, 1), FILES_OF(SECOND, FILE_AT(2), 1)},
				     groups[] = {FILES_OF(DEVICE, FILES, 2), FILES_OF(DEVICE, GROUP, 2)},
				     low[] = {FILES_OF(DEVICE, 0x5000, 3)},
				     far_apart[] = {FILES_OF(DEVICE, FILES, 2), FILES_OF(DEVICE, 0x3fff5000, 2)},
				     many_files[] = {FILES_OF(DEVICE, FILES, 0x2000)},
				     many_runs[] = {FILES_OF(DEVICE, FILES, 1), FILES_OF(DEVICE, FILES + 0x3e000, 1)},
				     between[] = {FILES_OF(DEVICE, FILES, 2), MEMORY_OF(DEVICE, FILE_AT(2)),
						  FILES_OF(DEVICE, FILE_AT(3), 1)};

static unsigned by_table(void)
{
	return sim_riscv_seen(world.unit[0]).messages;
}

/* The device's message gets to that file, by an MSI page table or not. */
static void arrives(unsigned device, uint64_t file, bool table)
{
	unsigned before = by_table();

	SIM_CHECK(world_reach(&world, device, file + 0x7fc, true) == file + 0x7fc);
	SIM_CHECK(by_table() - before == table);
}

/* It does not, and the library says so. */
static void refused(unsigned device, uint64_t file, unsigned cause)
{
	told_begin();
	SIM_CHECK(!world_reaches(&world, device, file, true));
	SIM_CHECK(dma_iommu_poll_all() >= 1 && told.n == 1 && told.last.code == cause);
	SIM_CHECK(told.last.daddr.raw == file && told.last.requester == world_wants(world.fixture).requester[device]);
	SIM_CHECK(told.last.access == DMA_FAULT_WRITE && told.last.reason);
	told_end();
}

/* Three files, and the fourth of their pattern; and what lies beside. */
static void three_of_four(void)
{
	for (unsigned i = 0; i < 3; i++)
		arrives(0, FILE_AT(i), true);
	refused(0, FILE_AT(3), NO_FILE);
	refused(0, FILES - 0x1000, NOT_MAPPED);
	refused(0, FILE_AT(4), NOT_MAPPED);
}

static void leave(unsigned device)
{
	SIM_CHECK(dma_device_fini(&world.dev[device]) == 0);
}

static void come(unsigned device)
{
	struct dma_device_config config = sim_device_dma(world.model[device]);

	config.domain = world.domain[device];
	SIM_CHECK(dma_device_init(&world.dev[device], &config) == 0);
}

/* With a driver and without, blocked, and again. */
static void arrive(const void *unused)
{
	(void)unused;
	three_of_four();
	world_traffic(&world, 0, 3);
	leave(0);
	three_of_four();
	come(0);
	three_of_four();
	SIM_CHECK(dma_device_block(&world.dev[0]) == 0);
	for (unsigned i = 0; i < 4; i++)
		SIM_CHECK(!world_reaches(&world, 0, FILE_AT(i), true));
}

/* The second device has no files. */
static void anothers(const void *unused)
{
	(void)unused;
	three_of_four();
	for (unsigned i = 0; i < 4; i++)
		refused(1, FILE_AT(i), NOT_MAPPED);
	leave(0);
	for (unsigned i = 0; i < 4; i++)
		refused(1, FILE_AT(i), NOT_MAPPED);
}

static void each_its_own(const void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 3; i++)
		for (unsigned device = 0; device < 2; device++)
			if (i == 2 * device)
				arrives(device, FILE_AT(i), true);
			else
				refused(device, FILE_AT(i), i == 1 ? NOT_MAPPED : NO_FILE);
	refused(0, FILE_AT(3), NOT_MAPPED);
}

/* Two runs of pages, with others between them. */
static void two_groups(const void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 2; i++) {
		arrives(0, FILE_AT(i), true);
		arrives(0, GROUP + 0x1000 * i, true);
	}
	refused(0, FILE_AT(2), NOT_MAPPED);
	refused(0, GROUP - 0x1000, NOT_MAPPED);
	world_traffic(&world, 0, 3);
}

/* No stream gets an address that would be taken for a message's. */
static void never_handed_out(const void *unused)
{
	struct dma_stream s[16] = {{0}};
	unsigned n = 0;

	(void)unused;
	while (n < 16 && !dma_stream_alloc_uninit(&s[n], &world.dev[0], DMA_BIDIRECTIONAL, 1)) {
		uint64_t daddr = dma_stream_daddr(&s[n++]).raw;

		SIM_CHECK(daddr + DMA_PAGE_SIZE <= 0x4000 || daddr >= 0x8000);
		SIM_CHECK(world_reaches(&world, 0, daddr, true));
	}
	SIM_CHECK(n >= 8 && n < 16);
	while (n)
		dma_stream_release(&s[--n]);
	refused(0, 0x4000, NO_FILE);
	arrives(0, 0x5000, true);
}

/* Who gets the number of a domain has none of its messages. */
static void numbers_again(const void *unused)
{
	(void)unused;
	for (unsigned n = 0; n < 6; n++) {
		unsigned first = n & 1;

		arrives(0, FILES, true);
		SIM_CHECK(!world_reaches(&world, 1, FILES, true));
		for (unsigned i = 0; i < 2; i++) {
			leave(i);
			SIM_CHECK(dma_iommu_domain_destroy(world.iommu, world.domain[i]) == 0);
		}
		for (unsigned i = 0; i < 2; i++)
			SIM_CHECK(world_attach(&world, i ^ first) == 0);
	}
	refused(1, FILES, NOT_MAPPED);
}

/* What one pattern cannot say, or a unit cannot do, goes through the domain's tables. */
static void by_tables(const void *unused)
{
	(void)unused;
	for (size_t i = 0; i < world.fixture->nregions; i++) {
		const struct dma_iommu_region *region = &world.fixture->regions[i];

		for (uint64_t at = region->base.raw; at < region->base.raw + region->nbytes;
		     at += region->nbytes < 0x10000 ? 0x1000 : region->nbytes / 4)
			arrives(0, at, false);
	}
	world_blocked(&world, 0, world.fixture->regions[0].base.raw - 0x1000);
	world_traffic(&world, 0, 3);
}

/* ---- The table --------------------------------------------------------------------------------------------------- */

static void base_format(struct sim_riscv_config *c)
{
	c->base_format = true;
}

static void slow(struct sim_riscv_config *c)
{
	c->busy = c->only_50 = c->big_endian = true;
}

static void first_stage(struct sim_riscv_config *c)
{
	c->first = 1 << 3;
}

#define WITH(...) (&(const struct fixture){__VA_ARGS__})
#define OF(list)  .regions = (list), .nregions = sizeof(list) / sizeof((list)[0])
#define TWO	  .both = true, .device = {DEVICE, SECOND}

static const struct unit_scenario scenarios[] = {
	{"arrive", NULL, WITH(OF(three)), NULL, arrive, 8},
	{"arrive_slow", NULL, WITH(OF(three), .unit = slow), NULL, arrive, 8},
	{"arrive_left_on", NULL, WITH(OF(three), .left_on = true), NULL, arrive, 4},
	{"another_has_none", NULL, WITH(OF(three), TWO), NULL, anothers, 8},
	{"each_its_own", NULL, WITH(OF(one_each), TWO), NULL, each_its_own, 8},
	{"two_groups", NULL, WITH(OF(groups)), NULL, two_groups, 4},
	{"never_handed_out", NULL, WITH(OF(low), .mask = 16 * DMA_PAGE_SIZE - 1), NULL, never_handed_out, 4},
	{"numbers_again", NULL, WITH(OF(three), TWO), NULL, numbers_again, 8},
	{"too_far_apart", NULL, WITH(OF(far_apart)), NULL, by_tables, 2},
	{"too_many_files", NULL, WITH(OF(many_files)), NULL, by_tables, 2},
	{"too_many_runs", NULL, WITH(OF(many_runs)), NULL, by_tables, 2},
	{"memory_between", NULL, WITH(OF(between)), NULL, by_tables, 2},
	{"base_format", NULL, WITH(OF(three), .unit = base_format), NULL, by_tables, 2},
	{"first_stage", NULL, WITH(OF(three), .unit = first_stage), NULL, by_tables, 2},
};

int main(int argc, char **argv)
{
	return unit_scenarios_main(scenarios, sizeof(scenarios) / sizeof(scenarios[0]), 16384, argc, argv);
}
