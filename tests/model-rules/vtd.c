/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VT-d model under bad drivers: each kind of unit, one breach a run.
 */
#include "vtd_bench.h"
#include "vtd_breaches.h"

#define REGISTERS 0xfed90000

static struct sim_vtd_config unit_of(unsigned kind)
{
	struct sim_vtd_config config = sim_vtd_config(REGISTERS);

	config.only_counts = kind != STRICT;
	config.root_invalidates = kind != OLD;
	config.no_queue = kind == NO_QUEUE;
	config.protected_memory = kind == PROTECTED;
	config.interrupt_remap = kind == REMAPS || kind == WIDE_INTERRUPTS || kind == NO_QUEUE;
	config.extended_interrupts = kind == WIDE_INTERRUPTS;
	config.handle_mask = 8;
	config.page_selective = kind != NO_PAGES;
	config.device_tlbs = kind == DEVICE_TLBS || kind == NO_QUEUE;
	config.pass_through = kind == PASSES;
	config.caching_mode = kind == CACHES_ABSENT;
	if (kind == FEW_DOMAINS)
		config.domain_bits = 8;
	config.sagaw = kind == FIVE_LEVELS ? 2 | 4 | 8 : 2 | 4;
	config.width = kind == FIVE_LEVELS ? 57 : 48;
	config.big_pages = kind == SMALL_PAGES ? 0 : 3;
	config.snoop_control = kind != NO_SNOOP;
	config.hang_at = kind == STUCK;
	config.write_buffer = kind == SNOOPS_NOT;
	return config;
}

static void lawful(void)
{
	translate();
	look(0);
	look(0x4000);
	submit(CC_DOMAIN, 0);
	submit(PAGES_DOM, 0);
	submit_wait();
	submit(PAGES_SOME, 0x2001);
	submit_wait();
	command(TE, false);
	command(QIE, false);
}

static void mode(const struct breach *breach)
{
	(void)breach;
	w64(RTADDR, 0x800);
}

static const struct breach strict = {VTD_RTADDR_MODE_RESERVED, "RTADDR: mode 10b", mode, 0, 0, 0, STRICT};

static void add_unit(unsigned kind)
{
	struct sim_vtd_config config = unit_of(kind);

	sim_vtd_remove_all();
	the_unit = sim_vtd_add(&config);
}

static unsigned broken(unsigned rule)
{
	return sim_vtd_broken(the_unit, rule);
}

const struct model the_model = {
	.name = "VT-d",
	.rules = sim_vtd_rules,
	.breaches = {vtd_register_breaches, vtd_command_breaches, vtd_structure_breaches, vtd_interrupt_breaches},
	.counts = {&vtd_nregister_breaches, &vtd_ncommand_breaches, &vtd_nstructure_breaches, &vtd_ninterrupt_breaches},
	.behaviours = vtd_behaviours,
	.nbehaviours = &vtd_nbehaviours,
	.strict = &strict,
	.requester = REQUESTER,
	.registers = REGISTERS,
	.window = 4096,
	.add_unit = add_unit,
	.lawful = lawful,
	.broken = broken,
};
