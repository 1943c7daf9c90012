/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The AMD-Vi model under bad drivers: each kind of unit, one breach a run.
 */
#include "amdvi_bench.h"
#include "amdvi_breaches.h"

#define REGISTERS 0xfeb80000

static struct sim_amdvi_config unit_of(unsigned kind)
{
	struct sim_amdvi_config config = sim_amdvi_config(REGISTERS);

	config.only_counts = kind != STRICT;
	config.no_features = kind == OLD;
	config.invalidates_all = kind != NO_ALL && kind != OLD;
	config.levels = kind == NO_LEVELS ? 7 : kind == FOUR_LEVELS || kind == OLD ? 4 : 6;
	config.device_tlbs = kind == DEVICE_TLBS;
	config.absent_cached = kind == CACHES_ABSENT;
	config.hang_at = kind == STUCK;
	config.late_records = kind == LATE_RECORDS;
	return config;
}

static void lawful(void)
{
	translate();
	look(0);
	look(0x4000);
	w64(EVENTHEAD, r64(EVENTTAIL));
	submit(PAGES(DOMAIN), 0x2001);
	submit(OP(5) | REQUESTER, 0);
	submit_wait();
	submit(OP(8), 0);
	submit_wait();
	w64(STATUS_REG, OVERFLOW | EVENT_INT | WAIT_INT);
	w64(CONTROL, ENABLE | SNOOPED);
	rings();
	w64(CONTROL, 0);
}

static void mode(const struct breach *breach)
{
	(void)breach;
	w64(DEVTAB, 0x800);
}

static const struct breach strict = {AMDVI_DEVTAB_RESERVED, "device table base: bit 11", mode, 0, 0, 0, STRICT};

static void add_unit(unsigned kind)
{
	struct sim_amdvi_config config = unit_of(kind);

	sim_amdvi_remove_all();
	the_unit = sim_amdvi_add(&config);
}

static unsigned broken(unsigned rule)
{
	return sim_amdvi_broken(the_unit, rule);
}

const struct model the_model = {
	.name = "AMD-Vi",
	.rules = sim_amdvi_rules,
	.breaches = {amdvi_register_breaches, amdvi_command_breaches, amdvi_structure_breaches},
	.counts = {&amdvi_nregister_breaches, &amdvi_ncommand_breaches, &amdvi_nstructure_breaches},
	.behaviours = amdvi_behaviours,
	.nbehaviours = &amdvi_nbehaviours,
	.strict = &strict,
	.requester = REQUESTER,
	.registers = REGISTERS,
	.window = 0x4000,
	.add_unit = add_unit,
	.lawful = lawful,
	.broken = broken,
};
