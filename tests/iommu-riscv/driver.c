/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hardware that the driver refuses, hardware that refuses or forgets commands, and hosts without memory.
 */
#include "../iommu-unit/run.h"
#include "world.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <string.h>

static struct world w;
static const struct dma_iommu_region messages = {.first = 0x28,
						 .last = 0x28,
						 .base = {0x28000000},
						 .nbytes = 0x4000,
						 .dir = DMA_FROM_DEVICE,
						 .type = DMA_REGION_DEVICE};

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

static unsigned n, failed;

static void say(const char *name, unsigned bad)
{
	printf("%s %u - %s\n", bad ? "not ok" : "ok", ++n, name);
	fflush(stdout);
	failed += bad != 0;
}

/* What makes no sense is refused before a register is looked at. */
static void arguments(void *unused)
{
	const struct dma_riscv_config config = {.registers = dma_paddr(0x3010800)};
	struct dma_iommu *iommu = NULL;

	(void)unused;
	SIM_CHECK(dma_riscv_probe(&config, &iommu) == DMA_EINVAL && !iommu); /* not aligned */
}

int main(void)
{
	struct fixture plain = {.name = "plain"}, fixture = plain;
	struct sim_config machine = sim_config_frames(sim_config_plain(NULL));
	unsigned bad = 0, runs;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct refused r = refused[i];

		say(r.fixture.name, sim_run(&machine, probe_fails, &r));
	}
	say("arguments that make no sense", sim_run(&machine, arguments, NULL));
	fixture.unit = never_off;
	say("ddtp stays busy", sim_run(&machine, probe_hangs, &fixture));
	fixture.unit = refuses;
	for (command = 1; command < 100; command++)
		bad += sim_run(&machine, mended, &fixture);
	say("each of the first 99 commands refused once", bad);
	fixture.unit = first_refuses;
	for (bad = 0, command = 1; command < 100; command++)
		bad += sim_run(&machine, mended, &fixture);
	say("the same, of a unit with a first stage alone", bad);
	fixture.unit = refuses;
	fixture.region = messages;
	for (bad = 0, command = 1; command < 100; command++)
		bad += sim_run(&machine, mended, &fixture);
	say("the same, with an MSI page table", bad);
	fixture.region = plain.region;
	fixture.unit = cannot_fetch;
	for (bad = 0, command = 1; command < 100; command++)
		bad += sim_run(&machine, mended, &fixture);
	say("each of the first 99 commands not fetched once", bad);
	fixture.unit = times_out;
	for (bad = 0, command = 1; command < 20; command++)
		bad += sim_run(&machine, mended, &fixture);
	say("cmd_to at each of the first fences", bad);
	fixture.unit = busy_twice;
	for (bad = 0, command = 1; command < 40; command++)
		bad += sim_run(&machine, mended, &fixture);
	say("a command refused and the next not fetched, while cqcsr is busy", bad);
	fixture.unit = hangs_later;
	machine.quiet = true;
	say("a unit that stops", but_for_leaks(sim_run(&machine, given_up, &fixture)));
	fixture.unit = refuses_twice;
	command = 30;
	say("a unit that refuses what replaces a command", but_for_leaks(sim_run(&machine, given_up, &fixture)));
	fixture.unit = stops;
	bad = unit_stops_anywhere(&fixture, stop_at);
	fixture.deferred = true;
	say("a unit that stops at the n-th command of a life, whichever", bad + unit_stops_anywhere(&fixture, stop_at));
	fixture.unit = stops;
	fixture.region = messages;
	say("the same, with an MSI page table", unit_stops_anywhere(&fixture, stop_at));
	fixture.region = plain.region;
	fixture.unit = first_stops;
	say("the same, of a unit with a first stage alone", unit_stops_anywhere(&fixture, stop_at));
	say("no memory at each point", sim_for_each_failure(&machine, no_memory, &plain, &runs));
	fixture = (struct fixture){.name = "messages, page requests", .region = messages, .unit = with_ats};
	say("the same, with an MSI page table and a queue of page requests",
	    sim_for_each_failure(&machine, no_memory, &fixture, &runs));
	fixture = (struct fixture){.name = "regions meet", .meeting = true};
	say("regions that share pages and differ: the log says so, once", unit_says_that_regions_meet(&fixture));
	say("a machine that is paused at any time, clocks that differ", unit_odd_clocks(&plain));
	printf("1..%u\n", n);
	sim_riscv_remove_all();
	return failed != 0;
}
