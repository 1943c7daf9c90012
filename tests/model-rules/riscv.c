/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The RISC-V IOMMU model under bad drivers: each kind of unit, one breach a run.
 */
#include "riscv_bench.h"
#include "riscv_breaches.h"

#define REGISTERS 0x13010000

static void lawful(void)
{
	translate();
	look(0);
	look(0x4000);
	w32(FQH, r32(FQT));
	submit(GVMA | GV | BIT(10) | (uint64_t)DOMAIN << 44, 0);
	submit(3 | BIT(33) | (uint64_t)REQUESTER << 40, 0);
	submit_fence();
	w64(DDTP, PPN(bench.frame[DIRECTORY]));
	w32(CQCSR, 0);
	w32(FQCSR, 0);
}

/* ---- The model ---- */

static void reserved(const struct breach *breach)
{
	(void)breach;
	w64(DDTP, BIT(5));
}

static const struct breach strict = {RISCV_DDTP_RESERVED, "ddtp: bit 5", reserved, 0, 0, 0, STRICT};

static void add_unit(unsigned kind)
{
	struct sim_riscv_config config = sim_riscv_config(REGISTERS);

	config.only_counts = kind != STRICT;
	config.busy = kind == SLOW;
	config.ats = kind == WITH_ATS || kind == SLOW || kind == RESERVED_SET;
	config.reserved_set = kind == RESERVED_SET;
	config.hang_at = kind == STUCK;
	config.base_format = kind == BASE_FORMAT;
	config.first = kind == FIRST_STAGE ? 1 << 3 | 1 << 4 : 0;
	first_stage = kind == FIRST_STAGE;
	sim_riscv_remove_all();
	the_unit = sim_riscv_add(&config);
}

static unsigned broken(unsigned rule)
{
	return sim_riscv_broken(the_unit, rule);
}

const struct model the_model = {
	.name = "RISC-V",
	.rules = sim_riscv_rules,
	.breaches = {riscv_register_breaches, riscv_command_breaches, riscv_structure_breaches, riscv_message_breaches,
		     riscv_request_breaches},
	.counts = {&riscv_nregister_breaches, &riscv_ncommand_breaches, &riscv_nstructure_breaches,
		   &riscv_nmessage_breaches, &riscv_nrequest_breaches},
	.behaviours = riscv_behaviours,
	.nbehaviours = &riscv_nbehaviours,
	.strict = &strict,
	.requester = REQUESTER,
	.registers = REGISTERS,
	.window = 4096,
	.add_unit = add_unit,
	.lawful = lawful,
	.broken = broken,
};
