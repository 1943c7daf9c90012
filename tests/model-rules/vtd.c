/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VT-d model under bad drivers: each kind of unit, one breach a run.
 */
#include "vtd_bench.h"
#include "vtd_breaches.h"
#include <string.h>

static struct sim_vtd_config unit_of(unsigned kind)
{
	struct sim_vtd_config config = sim_vtd_config(0xfed90000);

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

static void scenario(void *arg)
{
	const struct breach *breach = arg;
	struct sim_vtd_config config = unit_of(breach ? breach->kind : USUAL);
	struct sim_device_config device = sim_config()->device;
	dma_paddr_t frame;

	if (breach && breach->kind == SHUFFLED)
		(void)sim_explore(false); /* what is explored, the steps say */
	memset(&bench, 0, sizeof(bench));
	sim_vtd_remove_all();
	bench.unit = sim_vtd_add(&config);
	device.requester = REQUESTER;
	bench.device = sim_device_new(&device);
	for (unsigned i = 0; i < FRAMES; i++) {
		if (!SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, 4096, &frame) == 0))
			return;
		bench.frame[i] = frame.raw;
		for (unsigned k = 0; k < 512; k++)
			store((enum frame)i, k, 0);
	}
	if (!SIM_CHECK(dma_host_mmio_map(dma_paddr(config.registers), 4096, &bench.regs) == 0))
		return;
	if (breach)
		breach->steps(breach);
	else
		lawful();
	dma_host_mmio_unmap(bench.regs, 4096);
	for (unsigned i = 0; i < FRAMES; i++)
		dma_host_frames_free(dma_paddr(bench.frame[i]), 1);
}

static unsigned run(const struct breach *breach)
{
	struct sim_config machine = sim_config_plain("low=64,high=64");
	union {
		const struct breach *given;
		void *arg;
	} pass = {breach};

	machine.quiet = breach && breach->kind == STRICT;
	if (breach && breach->kind == SHUFFLED) {
		struct sim_explored all;

		outcomes = 0;
		all = sim_exhaust(&machine, scenario, pass.arg, 0);
		return all.failures + !all.complete + (outcomes != breach->a);
	}
	return sim_run(&machine, scenario, pass.arg);
}

static unsigned broken(unsigned rule)
{
	return sim_vtd_broken(bench.unit, rule);
}

const struct model the_model = {
	.name = "VT-d",
	.rules = sim_vtd_rules,
	.breaches = {vtd_register_breaches, vtd_command_breaches, vtd_structure_breaches},
	.counts = {&vtd_nregister_breaches, &vtd_ncommand_breaches, &vtd_nstructure_breaches},
	.behaviours = vtd_behaviours,
	.nbehaviours = &vtd_nbehaviours,
	.strict = &strict,
	.run = run,
	.broken = broken,
};
