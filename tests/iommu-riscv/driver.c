/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hardware that the driver refuses, hardware that refuses or forgets commands, and hosts without memory. Each case runs
 * in a process of its own, since some leave the library with memory, and a unit, that it must keep for ever.
 */
#include "../iommu-unit/run.h"
#include "world.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <string.h>

static struct world w;

#define MESSAGES                                                                                                       \
	{                                                                                                              \
		.first = 0x28, .last = 0x28, .base = {0x28000000}, .nbytes = 0x4000, .dir = DMA_FROM_DEVICE,           \
		.type = DMA_REGION_DEVICE                                                                              \
	}

static void no_tables(struct sim_riscv_config *c)
{
	c->no_tables = true;
}
static void stuck_endian(struct sim_riscv_config *c)
{
	c->stuck_endian = true;
}
static void no_levels(struct sim_riscv_config *c)
{
	c->levels = 1 << 1;
}
static void with_ats(struct sim_riscv_config *c)
{
	c->ats = true;
}
static void never_off(struct sim_riscv_config *c)
{
	c->never_off = true;
}
static void hangs(struct sim_riscv_config *c)
{
	c->hang_at = 1;
}
static void hangs_later(struct sim_riscv_config *c)
{
	c->hang_at = 30;
}
static unsigned command; /* which one goes wrong */
static void first_stops(struct sim_riscv_config *c)
{
	c->first = 1 << 3;
	c->hang_at = command;
}
static void first_refuses(struct sim_riscv_config *c)
{
	c->first = 1 << 3;
	c->refuse_at = command;
}
static void stops(struct sim_riscv_config *c)
{
	c->hang_at = command;
}
static void stop_at(unsigned nth)
{
	command = nth;
}
static void refuses(struct sim_riscv_config *c)
{
	c->refuse_at = command;
}
static void refuses_twice(struct sim_riscv_config *c)
{
	c->refuse_at = command;
	c->refuse_twice = true;
}
static void cannot_fetch(struct sim_riscv_config *c)
{
	c->abort_at = command;
}

static void times_out(struct sim_riscv_config *c)
{
	c->time_out_at = command;
}
/* The next command goes wrong while cqcsr is busy with what mended the one before. */
static void busy_twice(struct sim_riscv_config *c)
{
	c->busy = c->reserved_set = true;
	c->refuse_at = command;
	c->abort_at = command + 1;
}

/* A unit that cannot be driven: the error, all memory back, and nothing of the device passes. */
static const struct refused {
	struct fixture fixture;
	int error;
} refused[] = {
	{{.name = "neither stage", .unit = no_tables}, DMA_ENOTSUP},
	{{.name = "tables in big endian", .unit = stuck_endian}, DMA_ENOTSUP},
	{{.name = "too few levels", .unit = no_levels}, DMA_ENOTSUP},
	{{.name = "25 bits of device id", .last_device = 0x1ffffff}, DMA_ENOTSUP},
	{{.name = "does not answer", .unit = hangs}, DMA_ETIMEDOUT},
	{{.name = "a region that wraps", .region = {.base = {UINT64_MAX - 0xfff}, .nbytes = 0x2000}}, DMA_EINVAL},
};

static void probe_fails(void *arg)
{
	const struct refused *r = arg;

	(void)world_units(&w, &r->fixture);
	SIM_CHECK(world_probe(&w) == r->error && !w.iommu);
	SIM_CHECK(!world_reaches(&w, 0, 0x1000, true));
	SIM_CHECK(sim_riscv_seen(w.unit[0]).violations == 0);
}

/* ddtp stays busy for ever: the unit keeps what it was given. */
static void probe_hangs(void *arg)
{
	(void)world_units(&w, arg);
	SIM_CHECK(world_probe(&w) == DMA_ETIMEDOUT);
}

static void use(void)
{
	for (unsigned i = 0; i < 4; i++) {
		struct scene scene = world_scene(&w, 0);

		scene_traffic(&scene, 3, (unsigned char)i);
	}
}

/* The command that goes wrong is any of the first hundred, and the work goes on as if nothing had been. */
static void mended(void *arg)
{
	if (world_up(&w, arg))
		use();
	world_down(&w);
}

/* A unit that stops for good: every call comes back, the device is cut off, what it could reach is lost and counted. */
static void given_up(void *arg)
{
	struct dma_stream s = {0};
	struct dma_stats stats;
	uint64_t daddr;

	if (!world_up(&w, arg))
		return;
	for (unsigned i = 0; i < 40; i++)
		if (!dma_stream_alloc_uninit(&s, &w.dev[0], DMA_BIDIRECTIONAL, 2)) {
			daddr = dma_stream_daddr(&s).raw;
			dma_stream_release(&s);
			SIM_CHECK(!world_reaches(&w, 0, daddr, true) || sim_riscv_seen(w.unit[0]).freed == 0);
		}
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined != 0);
	SIM_CHECK(sim_riscv_seen(w.unit[0]).violations == 0 && sim_riscv_seen(w.unit[0]).freed == 0);
}

/* Each allocation of a probe and of a domain fails once: the error, and nothing is lost. */
static int no_memory(void *arg)
{
	struct dma_domain *domain = NULL;
	struct dma_iommu_domain_config wanted = {.requester = 0x28};
	int error;

	(void)world_units(&w, arg);
	error = world_probe(&w);
	SIM_CHECK(error == 0 || error == DMA_ENOMEM);
	if (error)
		return error;
	error = dma_iommu_domain_create(w.iommu, &wanted, &domain);
	SIM_CHECK(error == 0 || error == DMA_ENOMEM);
	if (!error)
		SIM_CHECK(dma_iommu_domain_destroy(w.iommu, domain) == 0);
	SIM_CHECK(dma_riscv_remove(w.iommu) == 0);
	SIM_CHECK(sim_riscv_seen(w.unit[0]).violations == 0);
	return error;
}

/* What is lost on purpose the machine finds at the end, and nothing else is wrong. */
static unsigned but_for_leaks(unsigned bad)
{
	return bad - sim_failures_of(SIM_LEAK);
}

/* What makes no sense is refused before a register is looked at. */
static void arguments(void *unused)
{
	const struct dma_riscv_config config = {.registers = dma_paddr(0x3010800)};
	struct dma_iommu *iommu = NULL;

	(void)unused;
	SIM_CHECK(dma_riscv_probe(&config, &iommu) == DMA_EINVAL && !iommu); /* not aligned */
}

/* ---- The cases --------------------------------------------------------------------------------------------------- */

static unsigned plainly(void (*scenario)(void *arg), const struct fixture *fixture)
{
	struct sim_config machine = sim_config_frames(sim_config_plain(NULL));

	machine.quiet = scenario == given_up;
	return sim_run(&machine, scenario, (void *)(uintptr_t)fixture);
}

static unsigned refused_units(void)
{
	unsigned failed = 0;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct sim_config machine = sim_config_frames(sim_config_plain(NULL));
		struct refused r = refused[i];
		unsigned bad = sim_run(&machine, probe_fails, &r);

		if (bad)
			printf("# %s\n", r.fixture.name);
		failed += bad;
	}
	return failed;
}

static unsigned senseless(void)
{
	return plainly(arguments, NULL);
}

static unsigned never_stops(void)
{
	return plainly(probe_hangs, &(const struct fixture){.unit = never_off});
}

static unsigned each_command(const struct fixture *fixture)
{
	unsigned bad = 0;

	for (command = 1; command < 100; command++)
		bad += plainly(mended, fixture);
	return bad;
}

static unsigned each_refused(void)
{
	return each_command(&(const struct fixture){.unit = refuses}) +
	       each_command(&(const struct fixture){.unit = first_refuses}) +
	       each_command(&(const struct fixture){.unit = refuses, .region = MESSAGES});
}

static unsigned each_not_fetched(void)
{
	return each_command(&(const struct fixture){.unit = cannot_fetch});
}

static unsigned each_fence_times_out(void)
{
	unsigned bad = 0;

	for (command = 1; command < 20; command++)
		bad += plainly(mended, &(const struct fixture){.unit = times_out});
	return bad;
}

static unsigned refused_while_busy(void)
{
	unsigned bad = 0;

	for (command = 1; command < 40; command++)
		bad += plainly(mended, &(const struct fixture){.unit = busy_twice});
	return bad;
}

static unsigned it_stops(void)
{
	return but_for_leaks(plainly(given_up, &(const struct fixture){.unit = hangs_later}));
}

static unsigned refuses_for_ever(void)
{
	command = 30;
	return but_for_leaks(plainly(given_up, &(const struct fixture){.unit = refuses_twice}));
}

static unsigned stops_anywhere(void)
{
	return unit_stops_anywhere(&(const struct fixture){.unit = stops}, stop_at) +
	       unit_stops_anywhere(&(const struct fixture){.unit = stops, .deferred = true}, stop_at) +
	       unit_stops_anywhere(&(const struct fixture){.unit = stops, .region = MESSAGES}, stop_at) +
	       unit_stops_anywhere(&(const struct fixture){.unit = first_stops}, stop_at);
}

static unsigned without_memory(void)
{
	struct fixture plain = {0}, all = {.region = MESSAGES, .unit = with_ats};
	struct sim_config machine = sim_config_frames(sim_config_plain(NULL));
	unsigned runs;

	return sim_for_each_failure(&machine, no_memory, &plain, &runs) +
	       sim_for_each_failure(&machine, no_memory, &all, &runs);
}

static const struct fixture usual;
static const struct unit_regions of_host = {&usual, &usual, &usual, 0x28, 0};

static void region_at_any_time(void)
{
	unit_regions_at_any_time(&of_host);
}

static void many_regions(void)
{
	unit_many_regions(&of_host);
}

static unsigned regions_said(void)
{
	return unit_says_that_regions_meet(&(const struct fixture){.meeting = true});
}

static unsigned odd_clocks(void)
{
	return unit_odd_clocks(&(const struct fixture){0});
}

int main(int argc, char **argv)
{
	static const struct unit_case cases[] = {
		{"units that cannot be driven: the error, and nothing passes or is left", .whole = refused_units},
		{"arguments that make no sense", .whole = senseless},
		{"ddtp stays busy", .whole = never_stops},
		{"each of the first 99 commands refused once", .whole = each_refused},
		{"each of the first 99 commands not fetched once", .whole = each_not_fetched},
		{"cmd_to at each of the first fences", .whole = each_fence_times_out},
		{"a command refused and the next not fetched, while cqcsr is busy", .whole = refused_while_busy},
		{"a unit that stops", .whole = it_stops},
		{"a unit that refuses what replaces a command", .whole = refuses_for_ever},
		{"a unit that stops at the n-th command of a life, whichever", .whole = stops_anywhere},
		{"no memory at each point", .whole = without_memory},
		{"regions of the host: before, during and after drivers", .run = region_at_any_time},
		{"402 regions, of one requester, many, or all", .run = many_regions},
		{"regions that share pages and differ: the log says so, once", .whole = regions_said},
		{"a machine that is paused at any time, clocks that differ", .whole = odd_clocks},
	};

	return unit_cases_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
