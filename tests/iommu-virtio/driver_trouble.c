/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Units that fail, hang or lie, and hosts that do: what it says, what stays blocked, what is never given back.
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned which; /* request */
static enum sim_virtio_lie how;
static unsigned answer;

/* ---- Answers that say no --------------------------------------------------------------------------------------- */

static void fails(struct sim_virtio_config *c)
{
	c->fail_at = which;
}

void no_memory(void)
{
	static const struct fixture fixture = {.name = "no memory", .unit = fails};

	for (which = 1; which <= 20; which += 6) {
		struct dma_stream s = {0};
		int error;

		unit_fresh();
		SIM_CHECK(dma_init() == 0 && world_up(&world, &fixture));
		error = dma_stream_alloc_uninit(&s, &world.dev[0], DMA_BIDIRECTIONAL | DMA_SPLITTABLE, 13);
		SIM_CHECK(error == (which <= 13 ? DMA_ENOMEM : 0));
		SIM_CHECK(sim_virtio_seen(world.unit[0]).mappings == (error ? 0 : 13));
		dma_stream_release(&s);
		if (error)
			driver_traffic(0);
		world_down(&world);
		SIM_CHECK(dma_fini() == 0);
		SIM_CHECK(sim_check_clean(0));
	}
	(void)!dma_init();
}

static struct dma_fault seen;
static unsigned nseen;

static void on_fault(const struct dma_fault *fault, void *context)
{
	(void)context;
	seen = *fault;
	nseen++;
}

void fault_reports(void)
{
	static const uint8_t cut[8] = {2}, strange[24] = {2, 0, 1}, unknown[24] = {99, 0, 0, 0, 3, 0, 0, 0, 0x20, 1};
	struct dma_domain_stats stats;
	struct dma_stream s = {0};
	uint64_t daddr, paddr, before;

	SIM_CHECK(dma_init() == 0 && world_up(&world, &driver_usual));
	(void)dma_iommu_poll(world.iommu); /* world_up() looked, too */
	dma_domain_stats(world.domain[0], &stats);
	before = stats.faults;
	dma_iommu_on_fault(on_fault, NULL);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_TO_DEVICE, 1) == 0);
	daddr = dma_stream_daddr(&s).raw;
	SIM_CHECK(sim_virtio_look(world.model[0], daddr + 8, true, &paddr) == DMA_EFAULT);
	SIM_CHECK(dma_iommu_poll(world.iommu) == 1 && nseen == 1);
	SIM_CHECK(seen.dev == &world.dev[0] && seen.requester == world_requester(0));
	SIM_CHECK(seen.access == DMA_FAULT_WRITE && seen.daddr.raw == daddr + 8 && seen.code == 2);
	SIM_CHECK(seen.owner == DMA_FAULT_LIVE && seen.tag == s.tag);
	dma_stream_release(&s);
	SIM_CHECK(sim_virtio_look(world.model[0], daddr, false, &paddr) == DMA_EFAULT);
	SIM_CHECK(dma_iommu_poll_all() == 1 && seen.owner == DMA_FAULT_RELEASED && seen.access == DMA_FAULT_READ);
	dma_domain_stats(world.domain[0], &stats);
	SIM_CHECK(stats.faults == before + 2);
	/* a report of a kind that is not known is passed over; one that is cut, or gives no reason, counts */
	sim_virtio_report(world.unit[0], strange, sizeof(strange));
	SIM_CHECK(dma_iommu_poll(world.iommu) == 0 && nseen == 2);
	sim_virtio_report(world.unit[0], unknown, sizeof(unknown));
	SIM_CHECK(dma_iommu_poll(world.iommu) == 1 && seen.code == 99 && seen.access == DMA_FAULT_OTHER);
	SIM_CHECK(seen.dev == &world.dev[0]);
	sim_virtio_report(world.unit[0], cut, sizeof(cut));
	SIM_CHECK(dma_iommu_poll(world.iommu) == 1 && !seen.dev && seen.requester == UINT32_MAX);
	/* more than there are buffers, over and over */
	for (unsigned i = 0; i < 700; i++)
		(void)!sim_virtio_look(world.model[0], 0x1000 * (uint64_t)i, true, &paddr);
	nseen = 0;
	SIM_CHECK(dma_iommu_poll(world.iommu) == 128 && nseen == 128);
	for (unsigned i = 0; i < 300; i++) {
		SIM_CHECK(sim_virtio_look(world.model[0], 0x1000 * (uint64_t)i, true, &paddr) == DMA_EFAULT);
		SIM_CHECK(dma_iommu_poll(world.iommu) == 1 && seen.daddr.raw == 0x1000 * (uint64_t)i);
	}
	dma_iommu_on_fault(NULL, NULL);
	world_down(&world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* ---- Units that hang, or lie ----------------------------------------------------------------------------------- */

static void hangs(struct sim_virtio_config *c)
{
	c->hang_at = which;
}

static void lies_at(struct sim_virtio_config *c)
{
	c->lie_at = which;
	c->lie = how;
	c->lie_status = (uint8_t)answer;
}

/* A life with a unit that fails at some request. Whatever happens: no call waits for ever, a frame that the device
 * still reaches is not the allocator's, and if all went well nothing is left. */
static void life(const struct fixture *fixture)
{
	struct dma_stream s[4] = {{0}};
	uint64_t daddr[4] = {0}, paddr;
	uint64_t began = dma_host_time_ns();
	struct dma_stats stats;

	SIM_CHECK(dma_init() == 0);
	(void)world_units(&world, fixture);
	if (world_probe(&world) || world_attach(&world, 0))
		goto out;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 4; i++) {
			unsigned dir = DMA_BIDIRECTIONAL | (i == 1 ? DMA_SPLITTABLE : 0);

			daddr[i] = 0;
			if (dma_stream_alloc_uninit(&s[i], &world.dev[0], dir, 1 + i) == 0)
				daddr[i] = dma_stream_daddr(&s[i]).raw;
		}
		for (unsigned i = 0; i < 4; i++)
			dma_stream_release(&s[i]);
		if (fixture->deferred)
			(void)!dma_domain_flush(world.domain[0]);
		for (unsigned i = 0; i < 4; i++)
			(void)!sim_virtio_look(world.model[0], daddr[i], true, &paddr);
	}
	SIM_CHECK(dma_device_fini(&world.dev[0]) == 0);
out:
	SIM_CHECK(sim_virtio_seen(world.unit[0]).freed == 0);
	SIM_CHECK(sim_virtio_seen(world.unit[0]).violations == 0);
	SIM_CHECK(dma_host_time_ns() - began < 40 * (uint64_t)WORLD_TIMEOUT_NS);
	dma_stats(&stats);
	if (stats.pages_quarantined || !world.iommu || !world.domain[0])
		return;
	if (dma_iommu_domain_destroy(world.iommu, world.domain[0]) == 0)
		(void)!dma_virtio_iommu_remove(world.iommu);
}

/* In a process of its own, since the library may keep memory, and the unit, for ever. Gives what it came to: bit 0: a
 * check failed; bit 1: memory is kept; bit 2: the unit took fewer requests than it needed to fail. */
static unsigned apart(const struct fixture *fixture, void (*lives)(const struct fixture *fixture))
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		struct dma_stats stats;
		unsigned result;

		unit_fresh();
		lives(fixture);
		dma_stats(&stats);
		result = stats.pages_quarantined ? 2 : 0;
		result |= sim_virtio_seen(world.unit[0]).requests + 1 < which ? 4 : 0;
		result |= sim_stop() != 0;
		fflush(stdout);
		_exit((int)result);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return 1;
	return (unsigned)WEXITSTATUS(status);
}

static void hang_everywhere(const struct fixture *fixture)
{
	unsigned quarantines = 0, result = 0;

	for (which = 1; which <= 40 && !(result & 4); which++) {
		result = apart(fixture, life);
		SIM_CHECK(!(result & 1));
		quarantines += result >> 1 & 1;
	}
	printf("# the unit fails at each of %u requests: memory is kept %u times\n", which - 2, quarantines);
	SIM_CHECK(result & 4 && quarantines > 5);
}

void timeouts(void)
{
	static const struct fixture fixture = {.name = "hangs", .unit = hangs};

	hang_everywhere(&fixture);
}

void timeouts_deferred(void)
{
	static const struct fixture fixture = {.name = "hangs, deferred", .unit = hangs, .deferred = true};

	hang_everywhere(&fixture);
}

void lies(void)
{
	static const struct fixture fixtures[] = {{.name = "lies", .unit = lies_at},
						  {.name = "lies, deferred", .unit = lies_at, .deferred = true}};

	for (unsigned k = 0; k < 2; k++)
		for (how = SIM_VIRTIO_UNWRITTEN; how <= SIM_VIRTIO_LEAP; how++)
			for (which = 1; which <= 20; which++)
				SIM_CHECK(!(apart(&fixtures[k], life) & 1));
}

/* Any request may be answered by any status: an answer that is no is not taken for a yes. */
void statuses(void)
{
	static const struct fixture fixture = {.name = "statuses", .unit = lies_at};

	how = SIM_VIRTIO_STATUS;
	for (answer = 1; answer <= 9; answer++)
		for (which = 1; which <= 14; which++)
			if (!SIM_CHECK(!(apart(&fixture, life) & 1)))
				printf("# status %u of request %u\n", answer, which);
	answer = 0;
}

/* What the event queue's used ring says, of whatever reports there are. */
static const struct {
	const char *name;
	uint32_t id, nbytes;
	bool leap, believed;
} report_lies[] = {
	{"more bytes than a buffer has", 0, UINT32_MAX, .believed = true},
	{"no bytes", 1, 0, .believed = true},
	{"a buffer behind the last", 128, 24, .believed = false},
	{"a buffer far away", UINT32_MAX, 24, .believed = false},
	{"more buffers than there are", 0, 0, .leap = true},
};

/* A report that there cannot be is the end of the unit, as an answer of that kind is: what devices reach is kept. Of
 * one in a buffer of ours only what lies in the buffer is read, and the unit goes on. */
static void life_with_a_report(const struct fixture *fixture)
{
	const bool believed = report_lies[which].believed;
	struct dma_stream s = {0}, next = {0};
	struct dma_stats stats;
	uint64_t daddr, paddr;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&world, fixture));
	(void)dma_iommu_poll(world.iommu);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_FROM_DEVICE, 2) == 0);
	daddr = dma_stream_daddr(&s).raw;
	sim_virtio_report_lie(world.unit[0], report_lies[which].id, report_lies[which].nbytes, report_lies[which].leap);
	SIM_CHECK(dma_iommu_poll(world.iommu) == believed && dma_iommu_poll(world.iommu) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&next, &world.dev[0], DMA_TO_DEVICE | DMA_SPLITTABLE, 2) ==
		  (believed ? 0 : DMA_ETIMEDOUT));
	dma_stream_release(&next);
	dma_stream_release(&s);
	(void)!sim_virtio_look(world.model[0], daddr, true, &paddr);
	SIM_CHECK(sim_virtio_seen(world.unit[0]).freed == 0 && sim_virtio_seen(world.unit[0]).violations == 0);
	dma_stats(&stats);
	SIM_CHECK(believed == !stats.pages_quarantined);
	if (believed) {
		world_down(&world);
		SIM_CHECK(dma_fini() == 0);
		SIM_CHECK(sim_check_clean(0));
	}
}

void lies_of_reports(void)
{
	for (which = 0; which < sizeof(report_lies) / sizeof(report_lies[0]); which++)
		if (!SIM_CHECK(!(apart(&driver_usual, life_with_a_report) & 1)))
			printf("# %s\n", report_lies[which].name);
}

/* ---- Hosts that fail ------------------------------------------------------------------------------------------- */

unsigned regions_said(void)
{
	static const struct fixture fixture = {
		.name = "regions meet", .regions = scene_meeting, .nregions = SCENE_MEETING};

	return unit_says_that_regions_meet(&fixture);
}

unsigned every_hook_fails(void)
{
	return unit_every_hook_fails(&driver_usual);
}

unsigned odd_clocks(void)
{
	return unit_odd_clocks(&driver_usual);
}
