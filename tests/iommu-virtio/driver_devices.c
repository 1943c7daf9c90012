/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Streams, domains and devices behind a unit that does what it should.
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <dmastream/list.h>

void driver_traffic(unsigned i)
{
	static const size_t sizes[] = {1, 3, 130};
	struct scene scene = world_scene(&world, i);

	for (unsigned k = 0; k < 3; k++)
		scene_traffic(&scene, sizes[k], (unsigned char)i);
}

void driver_up(const struct fixture *fixture)
{
	SIM_CHECK(dma_init() == 0 && world_up(&world, fixture));
}

void driver_down(void)
{
	world_down(&world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

void traffic(void)
{
	struct sim_virtio_seen before, seen;
	struct dma_stream s = {0};

	driver_up(&driver_usual);
	driver_traffic(0);
	before = sim_virtio_seen(world.unit[0]);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_BIDIRECTIONAL, 200) == 0);
	dma_stream_release(&s);
	seen = sim_virtio_seen(world.unit[0]);
	SIM_CHECK(seen.maps == before.maps + 1 && seen.unmaps == before.unmaps + 1);
	SIM_CHECK(seen.notifications == before.notifications + 2 && seen.mappings == 0);
	driver_down();
}

/* One notification carries what many releases have left. */
void traffic_deferred(void)
{
	static const struct fixture deferred = {.name = "deferred", .deferred = true};
	struct dma_stream s[20] = {{0}};
	struct sim_virtio_seen before, seen;

	driver_up(&deferred);
	driver_traffic(0);
	for (unsigned i = 0; i < 20; i++)
		SIM_CHECK(dma_stream_alloc_uninit(&s[i], &world.dev[0], DMA_BIDIRECTIONAL, 1 + i % 2) == 0);
	before = sim_virtio_seen(world.unit[0]);
	for (unsigned i = 0; i < 20; i++)
		dma_stream_release(&s[i]);
	SIM_CHECK(dma_domain_flush(world.domain[0]) == 0);
	seen = sim_virtio_seen(world.unit[0]);
	SIM_CHECK(seen.unmaps == before.unmaps + 20 && seen.notifications == before.notifications + 1);
	SIM_CHECK(seen.mappings == 0);
	driver_down();
}

void splits(void)
{
	struct dma_stream s = {0}, tail = {0};
	uint64_t daddr;

	driver_up(&driver_usual);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_BIDIRECTIONAL, 150) == 0);
	SIM_CHECK(dma_stream_split(&s, DMA_PAGE_SIZE, &tail) == DMA_ENOTSUP);
	dma_stream_release(&s);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_BIDIRECTIONAL | DMA_SPLITTABLE, 150) == 0);
	SIM_CHECK(sim_virtio_seen(world.unit[0]).mappings == 150);
	daddr = dma_stream_daddr(&s).raw;
	SIM_CHECK(dma_stream_split(&s, 70 * DMA_PAGE_SIZE, &tail) == 0);
	dma_stream_release(&s);
	SIM_CHECK(world_reach(&world, 0, daddr + 69 * DMA_PAGE_SIZE, true) == UINT64_MAX);
	SIM_CHECK(world_reach(&world, 0, daddr + 70 * DMA_PAGE_SIZE, true) == dma_stream_paddr(&tail).raw);
	dma_stream_release(&tail);
	SIM_CHECK(sim_virtio_seen(world.unit[0]).mappings == 0);
	driver_down();
}

void lists(void)
{
	struct sim_virtio_seen before, seen;
	struct dma_stream s[3] = {{0}};

	driver_up(&driver_usual);
	/* streams that are released together */
	for (unsigned i = 0; i < 3; i++)
		SIM_CHECK(dma_stream_alloc_uninit(&s[i], &world.dev[0], DMA_BIDIRECTIONAL, 2) == 0);
	before = sim_virtio_seen(world.unit[0]);
	dma_batch_release((struct dma_stream *[]){&s[0], &s[1], &s[2]}, 3);
	seen = sim_virtio_seen(world.unit[0]);
	SIM_CHECK(seen.unmaps == before.unmaps + 3 && seen.notifications == before.notifications + 1);
	SIM_CHECK(seen.mappings == 0);
	driver_down();
}

void shared_domain(void)
{
	static const struct fixture shared = {.name = "shared", .devices = 2, .shared = true};
	struct dma_stream s = {0};
	uint64_t daddr;

	driver_up(&shared);
	SIM_CHECK(sim_virtio_seen(world.unit[0]).attached == 2);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_BIDIRECTIONAL, 1) == 0);
	daddr = dma_stream_daddr(&s).raw;
	SIM_CHECK(world_reach(&world, 1, daddr, true) == dma_stream_paddr(&s).raw);
	SIM_CHECK(dma_device_fini(&world.dev[1]) == 0);
	SIM_CHECK(world_reach(&world, 1, daddr, true) == UINT64_MAX);
	SIM_CHECK(world_reach(&world, 0, daddr, true) == dma_stream_paddr(&s).raw);
	SIM_CHECK(world_attach(&world, 1) == 0);
	dma_stream_release(&s);
	driver_traffic(1);
	driver_down();
}

/* The unit's domain goes with the blocked device: later releases ask for nothing, and memory comes back. */
void blocked_device(void)
{
	struct dma_stream s = {0}, other = {0};
	uint64_t daddr;

	driver_up(&driver_usual);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_BIDIRECTIONAL, 2) == 0);
	daddr = dma_stream_daddr(&s).raw;
	SIM_CHECK(dma_device_block(&world.dev[0]) == 0);
	SIM_CHECK(world_reach(&world, 0, daddr, true) == UINT64_MAX);
	SIM_CHECK(sim_virtio_seen(world.unit[0]).mappings == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&other, &world.dev[0], DMA_BIDIRECTIONAL, 1) != 0);
	dma_stream_release(&s);
	driver_down();
}

static void no_bypass(struct sim_virtio_config *c)
{
	c->features &= ~((uint64_t)1 << 6);
	c->bypass = 0;
}

void bypass(void)
{
	static const struct fixture without = {.name = "no BYPASS_CONFIG", .unit = no_bypass};
	struct dma_device_config config;
	struct dma_device dev = {0};

	for (unsigned k = 0; k < 2; k++) {
		SIM_CHECK(dma_init() == 0);
		(void)world_units(&world, k ? &without : &driver_usual);
		SIM_CHECK(world_probe(&world) == 0);
		config = sim_device_dma(world.model[0]);
		config.domain = &dma_domain_passthrough;
		SIM_CHECK(dma_device_init(&dev, &config) == (k ? DMA_ENOTSUP : 0));
		SIM_CHECK(world_reach(&world, 0, 0x123000, true) == (k ? UINT64_MAX : 0x123000));
		if (!k)
			SIM_CHECK(dma_virtio_iommu_remove(world.iommu) == DMA_EBUSY);
		SIM_CHECK(dma_device_fini(&dev) == 0);
		SIM_CHECK(world_reach(&world, 0, 0x123000, true) == UINT64_MAX);
		driver_down();
		if (!k)
			unit_fresh();
	}
	(void)!dma_init();
	SIM_CHECK(dma_fini() == 0);
}

void host_says(void)
{
	static const struct fixture by_host = {.name = "no table", .by_host = true, .devices = 2};
	struct dma_iommu_domain_config elsewhere = {.requester = 0x30};
	struct dma_domain *none;

	driver_up(&by_host);
	driver_traffic(0);
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &elsewhere, &none) == DMA_ENODEV);
	driver_down();
}

static void readable(struct sim_virtio_config *c)
{
	c->no_write_only = true;
}

void no_write_only(void)
{
	static const struct fixture fixture = {.name = "no write-only mappings", .unit = readable};
	struct dma_stream s = {0};

	driver_up(&fixture);
	SIM_CHECK(!(world.domain[0]->features & DMA_DOMAIN_WRITE_ONLY));
	for (unsigned k = 0; k < 2; k++) {
		SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_FROM_DEVICE, 3) == 0);
		SIM_CHECK(world_reach(&world, 0, dma_stream_daddr(&s).raw, true) == dma_stream_paddr(&s).raw);
		dma_stream_release(&s);
	}
	driver_down();
}

/* A doorbell is written and never read. The unit has to let its messages through all the same, before a driver comes,
 * with it and after it; and a region that may be read alone stays so. */
void no_write_only_regions(void)
{
	static const struct dma_iommu_region host[] = {
		{.first = 0x20, .last = 0x20, .base = {0x80000000}, .nbytes = 0x1000, .dir = DMA_TO_DEVICE},
		{.first = 0x20,
		 .last = 0x20,
		 .base = {0x80002000},
		 .nbytes = 0x1000,
		 .dir = DMA_FROM_DEVICE,
		 .type = DMA_REGION_DEVICE},
	};
	static const struct fixture fixture = {
		.name = "no write-only mappings", .unit = readable, .regions = host, .nregions = 2};

	SIM_CHECK(dma_init() == 0);
	(void)world_units(&world, &fixture);
	if (!SIM_CHECK(world_probe(&world) == 0))
		return;
	for (unsigned k = 0; k < 3; k++) {
		if (k == 1)
			SIM_CHECK(world_attach(&world, 0) == 0);
		SIM_CHECK(world_reach(&world, 0, 0x80002040, true) == 0x80002040);
		SIM_CHECK(world_reach(&world, 0, 0x80000fff, false) == 0x80000fff);
		SIM_CHECK(world_reach(&world, 0, 0x80000fff, true) == UINT64_MAX);
		SIM_CHECK(world_reach(&world, 0, 0x80001000, true) == UINT64_MAX);
		if (k == 1) {
			driver_traffic(0);
			SIM_CHECK(dma_device_fini(&world.dev[0]) == 0);
		}
	}
	driver_down();
}

static unsigned steps; /* until another CPU maps; 0: it has */

static void another_maps(void)
{
	struct dma_stream s = {0};

	if (!steps || --steps)
		return;
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[1], DMA_FROM_DEVICE, 1) == 0);
	dma_stream_release(&s);
}

/* Two CPUs ask for the first such mapping at once: each of them gets one that can be read, whoever is told first. */
void no_write_only_twice(void)
{
	static const struct fixture fixture = {.name = "no write-only mappings", .unit = readable, .devices = 2};

	for (unsigned k = 1; k <= 24; k++) {
		struct dma_stream s = {0};

		driver_up(&fixture);
		steps = k;
		sim_meanwhile(SIM_HOOK_LOCK, another_maps);
		SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_FROM_DEVICE, 3) == 0);
		sim_meanwhile(SIM_HOOK_LOCK, NULL);
		SIM_CHECK(k > 1 || !steps);
		SIM_CHECK(world_reach(&world, 0, dma_stream_daddr(&s).raw, true) == dma_stream_paddr(&s).raw);
		dma_stream_release(&s);
		driver_down();
		unit_fresh();
	}
	(void)!dma_init();
	SIM_CHECK(dma_fini() == 0);
}

static void four(struct sim_virtio_config *c)
{
	c->queue_size = 4;
}

void queue_of_four(void)
{
	static const struct fixture fixture = {.name = "queue of four", .unit = four, .deferred = true};
	struct dma_stream s = {0};

	driver_up(&fixture);
	driver_traffic(0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_BIDIRECTIONAL | DMA_SPLITTABLE, 20) == 0);
	dma_stream_release(&s);
	driver_down();
}
