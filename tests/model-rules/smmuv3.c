/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The SMMUv3 model under bad drivers: each kind of unit, one breach a run.
 */
#include "smmuv3_bench.h"
#include "smmuv3_breaches.h"

#define REGISTERS 0x09050000

static struct sim_smmu_config unit_of(unsigned kind)
{
	struct sim_smmu_config config = sim_smmu_config(REGISTERS);

	config.only_counts = kind != STRICT;
	config.stage_1 = kind != STAGE_2_ALONE;
	config.stage_2 = kind != STAGE_1_ALONE;
	config.wide_ids = kind != NARROW_IDS;
	config.range_invalidation = kind != NO_RANGES;
	config.no_overrides = kind == NO_OVERRIDES;
	config.hypervisor = kind == WITH_EL2;
	config.msi = kind == WITH_MSI;
	config.two_level = kind != ONE_LEVEL;
	config.output_code = kind == FORTY_BITS ? 2 : 4;
	config.bbml = kind == OLD_BLOCKS ? 0 : 2;
	config.queue_bits = kind == SMALL_QUEUES ? 5 : 19;
	config.hang_at = kind == STUCK;
	config.eager = kind != LATE;
	config.endless_stall = kind == ALWAYS_STALL;
	return config;
}

static void lawful(void)
{
	enable();
	attach(2);
	look(0);
	look(0x4000);
	submit(0x2a | (uint64_t)1 << 32 | (uint64_t)3 << 12,
	       0x000 | (uint64_t)1 << 10 | 3 << 8); /* four pages, level 3 */
	sync_commands();
	detach();
	attach(1);
	look(0x1000);
	submit(0x12 | (uint64_t)1 << 48, 0x1001); /* a page of ASID 1 */
	sync_commands();
	detach();
	control(CMDQEN | EVENTQEN);
	control(0);
}

static void mode(const struct breach *breach)
{
	(void)breach;
	w32(CR1, 3);
}

static const struct breach strict = {SMMU_CR1_CACHE, "CR1: a reserved cacheability", mode, 0, 0, 0, STRICT};

static void add_unit(unsigned kind)
{
	struct sim_smmu_config config = unit_of(kind);

	sim_smmu_remove_all();
	the_unit = sim_smmu_add(&config);
}

static unsigned broken(unsigned rule)
{
	return sim_smmu_broken(the_unit, rule);
}

const struct model the_model = {
	.name = "SMMUv3",
	.rules = sim_smmu_rules,
	.breaches = {smmu_register_breaches, smmu_queue_breaches, smmu_command_breaches, smmu_structure_breaches,
		     smmu_table_breaches},
	.counts = {&smmu_nregister_breaches, &smmu_nqueue_breaches, &smmu_ncommand_breaches, &smmu_nstructure_breaches,
		   &smmu_ntable_breaches},
	.behaviours = smmu_behaviours,
	.nbehaviours = &smmu_nbehaviours,
	.strict = &strict,
	.requester = STREAM,
	.registers = REGISTERS,
	.window = 0x20000,
	.add_unit = add_unit,
	.lawful = lawful,
	.broken = broken,
};
