/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Streams, domains and devices behind a unit that does what it should.
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <dmastream/list.h>
#include <stdio.h>
#include <string.h>

#define REGION 0x80000000ull

void driver_traffic(unsigned i)
{
	static const size_t sizes[] = {1, 3, 130};
	struct scene scene = world_scene(&world, i);

	for (unsigned k = 0; k < 3; k++)
		scene_traffic(&scene, sizes[k], (unsigned char)i);
}

/* From up to down, with the checks that every machine ends with. */
static void up(const struct fixture *fixture)
{
	SIM_CHECK(dma_init() == 0 && world_up(&world, fixture));
}

static void down(void)
{
	world_down(&world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

void traffic(void)
{
	struct sim_virtio_seen before, seen;
	struct dma_stream s = {0};

	up(&driver_usual);
	driver_traffic(0);
	before = sim_virtio_seen(world.unit[0]);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_BIDIRECTIONAL, 200) == 0);
	dma_stream_release(&s);
	seen = sim_virtio_seen(world.unit[0]);
	SIM_CHECK(seen.maps == before.maps + 1 && seen.unmaps == before.unmaps + 1);
	SIM_CHECK(seen.notifications == before.notifications + 2 && seen.mappings == 0);
	down();
}

/* One notification carries what many releases have left. */
void traffic_deferred(void)
{
	static const struct fixture deferred = {.name = "deferred", .deferred = true};
	struct dma_stream s[20] = {{0}};
	struct sim_virtio_seen before, seen;

	up(&deferred);
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
	down();
}

void splits(void)
{
	struct dma_stream s = {0}, tail = {0};
	uint64_t daddr;

	up(&driver_usual);
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
	down();
}

void lists(void)
{
	struct sim_virtio_seen before, seen;
	struct dma_stream s[3] = {{0}};

	up(&driver_usual);
	/* streams that are released together */
	for (unsigned i = 0; i < 3; i++)
		SIM_CHECK(dma_stream_alloc_uninit(&s[i], &world.dev[0], DMA_BIDIRECTIONAL, 2) == 0);
	before = sim_virtio_seen(world.unit[0]);
	dma_batch_release((struct dma_stream *[]){&s[0], &s[1], &s[2]}, 3);
	seen = sim_virtio_seen(world.unit[0]);
	SIM_CHECK(seen.unmaps == before.unmaps + 3 && seen.notifications == before.notifications + 1);
	SIM_CHECK(seen.mappings == 0);
	down();
}

void shared_domain(void)
{
	static const struct fixture shared = {.name = "shared", .devices = 2, .shared = true};
	struct dma_stream s = {0};
	uint64_t daddr;

	up(&shared);
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
	down();
}

/* The unit's domain goes with the blocked device: later releases ask for nothing, and memory comes back. */
void blocked_device(void)
{
	struct dma_stream s = {0}, other = {0};
	uint64_t daddr;

	up(&driver_usual);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_BIDIRECTIONAL, 2) == 0);
	daddr = dma_stream_daddr(&s).raw;
	SIM_CHECK(dma_device_block(&world.dev[0]) == 0);
	SIM_CHECK(world_reach(&world, 0, daddr, true) == UINT64_MAX);
	SIM_CHECK(sim_virtio_seen(world.unit[0]).mappings == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&other, &world.dev[0], DMA_BIDIRECTIONAL, 1) != 0);
	dma_stream_release(&s);
	down();
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
		down();
		if (!k)
			unit_fresh();
	}
	(void)!dma_init();
	SIM_CHECK(dma_fini() == 0);
}

/* Those of the host are there before a driver comes, with it, and after it; other addresses are not. */
void regions(void)
{
	static const struct dma_iommu_region host[] = {
		{.first = 0x20, .last = 0x20, .base = {REGION}, .nbytes = 0x3000},
		{.first = 0,
		 .last = 0xff,
		 .base = {REGION + 0x10000},
		 .nbytes = 0x1000,
		 .dir = DMA_TO_DEVICE,
		 .type = DMA_REGION_DEVICE},
	};
	static const struct fixture with = {.name = "regions", .regions = host, .nregions = 2, .devices = 2};

	SIM_CHECK(dma_init() == 0);
	(void)world_units(&world, &with);
	SIM_CHECK(world_probe(&world) == 0);
	for (unsigned k = 0; k < 3; k++) {
		if (k == 1)
			SIM_CHECK(world_attach(&world, 0) == 0 && world_attach(&world, 1) == 0);
		SIM_CHECK(world_reach(&world, 0, REGION + 0x2fff, true) == REGION + 0x2fff);
		SIM_CHECK(world_reach(&world, 0, REGION + 0x3000, true) == UINT64_MAX);
		SIM_CHECK(world_reach(&world, 0, REGION - 1, false) == UINT64_MAX);
		SIM_CHECK(world_reach(&world, 1, REGION, true) == UINT64_MAX);
		SIM_CHECK(world_reach(&world, 1, REGION + 0x10000, false) == REGION + 0x10000);
		SIM_CHECK(world_reach(&world, 1, REGION + 0x10000, true) == UINT64_MAX);
		if (k == 1) {
			driver_traffic(0);
			SIM_CHECK(dma_device_fini(&world.dev[0]) == 0);
			SIM_CHECK(dma_device_fini(&world.dev[1]) == 0);
		}
	}
	down();
}

static void reserves(struct sim_virtio_config *c)
{
	c->reserved_first = REGION;
	c->reserved_last = REGION + 0xfff;
	c->reserved_kind = 1;
	c->odd_properties = true;
	c->input_last = REGION + 0x3fff; /* so that addresses are soon all taken */
	c->input_first = REGION - 0x40000;
}

/* A doorbell that the unit names lets messages through by itself: the host's region there is not mapped a second time;
 * what lies beside it is. And no stream gets an address in there, or one of the other ranges of that endpoint's. */
void reserved_by_unit(void)
{
	static const struct dma_iommu_region host[] = {
		{.first = 0x20, .last = 0x20, .base = {REGION - 0x1000}, .nbytes = 0x3000},
	};
	static const struct fixture with = {.name = "reserved", .unit = reserves, .regions = host, .nregions = 1};
	struct dma_stream s[80] = {{0}};
	unsigned n = 0;

	up(&with);
	SIM_CHECK(world_reach(&world, 0, REGION + 0x40, true) == REGION + 0x40);
	SIM_CHECK(world_reach(&world, 0, REGION - 0x1000, true) == REGION - 0x1000);
	SIM_CHECK(world_reach(&world, 0, REGION + 0x1fff, true) == REGION + 0x1fff);
	SIM_CHECK(sim_virtio_seen(world.unit[0]).mappings == 2);
	while (n < 80 && dma_stream_alloc_uninit(&s[n], &world.dev[0], DMA_BIDIRECTIONAL, 1) == 0) {
		uint64_t daddr = dma_stream_daddr(&s[n]).raw;

		SIM_CHECK(daddr >= REGION - 0x40000 && (daddr < REGION - 0x1000 || daddr >= REGION + 0x2000));
		n++;
	}
	SIM_CHECK(n > 0 && n < 80);
	while (n)
		dma_stream_release(&s[--n]);
	down();
}

static void reserves_part(struct sim_virtio_config *c)
{
	c->page_size_mask = ~((uint64_t)DMA_PAGE_SIZE - 1);
	c->reserved_first = REGION;
	c->reserved_last = REGION + 0xfff;
	c->reserved_kind = 1;
}

static unsigned shares_a_page; /* lines of the log */

static void on_log(const char *line)
{
	shares_a_page += strstr(line, "shares a page") != NULL;
}

/* Where the unit maps whole pages of the library's, and reserves 4 KiB of one: a region that is all reserved needs no
 * mapping; one that lies beside it in the page cannot be mapped. Its device stays blocked, and the log says why. */
void reserved_within_a_page(void)
{
	static const struct {
		struct dma_iommu_region region;
		bool beside;
	} cases[] = {
		{{.first = 0x20, .last = 0x20, .base = {REGION}, .nbytes = 0x1000}, false},
		{{.first = 0x20, .last = 0x20, .base = {REGION}, .nbytes = 0x2000}, true},
		{{.first = 0x20, .last = 0x20, .base = {REGION + DMA_PAGE_SIZE - 0x1000}, .nbytes = 0x1000}, true},
		{{.first = 0x20, .last = 0x20, .base = {REGION + DMA_PAGE_SIZE}, .nbytes = 0x1000}, false},
	};

	for (unsigned k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		const struct fixture with = {
			.name = "beside", .unit = reserves_part, .regions = &cases[k].region, .nregions = 1};
		const bool fits = DMA_PAGE_SIZE == 4096 || !cases[k].beside;
		uint64_t last = cases[k].region.base.raw + cases[k].region.nbytes - 1;

		shares_a_page = 0;
		sim_on_log(on_log);
		unit_fresh();
		SIM_CHECK(dma_init() == 0);
		(void)world_units(&world, &with);
		SIM_CHECK(world_probe(&world) == 0);
		SIM_CHECK(world_attach(&world, 0) == (fits ? 0 : DMA_ENOTSUP));
		SIM_CHECK((shares_a_page != 0) == !fits);
		SIM_CHECK(world_reach(&world, 0, last, true) == (fits ? last : UINT64_MAX));
		SIM_CHECK(world_reach(&world, 0, REGION + 2 * DMA_PAGE_SIZE, true) == UINT64_MAX);
		if (fits)
			driver_traffic(0);
		down();
		sim_on_log(NULL);
	}
}

static void reserves_the_rest(struct sim_virtio_config *c)
{
	reserves(c);
	c->reserved_last = c->input_last = UINT64_MAX;
}

/* The address behind such a range is 0, which no loop may take for where it goes on. */
void reserved_to_the_end(void)
{
	static const struct dma_iommu_region host[] = {
		{.first = 0x20, .last = 0x20, .base = {REGION - 0x1000}, .nbytes = 0x3000},
	};
	static const struct fixture with = {
		.name = "the rest is reserved", .unit = reserves_the_rest, .regions = host, .nregions = 1};
	struct dma_stream s[80] = {{0}};
	unsigned n = 0;

	up(&with);
	SIM_CHECK(world_reach(&world, 0, REGION - 0x1000, true) == REGION - 0x1000);
	SIM_CHECK(sim_virtio_seen(world.unit[0]).mappings == 1);
	while (n < 80 && dma_stream_alloc_uninit(&s[n], &world.dev[0], DMA_BIDIRECTIONAL, 1) == 0) {
		uint64_t daddr = dma_stream_daddr(&s[n++]).raw;

		SIM_CHECK(daddr >= REGION - 0x40000 && daddr < REGION - 0x1000);
	}
	SIM_CHECK(n > 0 && n < 80);
	while (n)
		dma_stream_release(&s[--n]);
	down();
}

void host_says(void)
{
	static const struct fixture by_host = {.name = "no table", .by_host = true, .devices = 2};
	struct dma_iommu_domain_config elsewhere = {.requester = 0x30};
	struct dma_domain *none;

	up(&by_host);
	driver_traffic(0);
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &elsewhere, &none) == DMA_ENODEV);
	down();
}

static void readable(struct sim_virtio_config *c)
{
	c->no_write_only = true;
}

void no_write_only(void)
{
	static const struct fixture fixture = {.name = "no write-only mappings", .unit = readable};
	struct dma_stream s = {0};

	up(&fixture);
	SIM_CHECK(!(world.domain[0]->features & DMA_DOMAIN_WRITE_ONLY));
	for (unsigned k = 0; k < 2; k++) {
		SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_FROM_DEVICE, 3) == 0);
		SIM_CHECK(world_reach(&world, 0, dma_stream_daddr(&s).raw, true) == dma_stream_paddr(&s).raw);
		dma_stream_release(&s);
	}
	down();
}

static void stays(struct sim_virtio_config *c)
{
	c->no_move = true;
}

void no_move(void)
{
	static const struct dma_iommu_region host[] = {
		{.first = 0x20, .last = 0x20, .base = {REGION}, .nbytes = 0x1000},
	};
	static const struct fixture fixture = {.name = "moves nothing", .unit = stays, .regions = host, .nregions = 1};

	SIM_CHECK(dma_init() == 0);
	(void)world_units(&world, &fixture);
	SIM_CHECK(world_probe(&world) == 0);
	SIM_CHECK(world_attach(&world, 0) == 0);
	driver_traffic(0);
	SIM_CHECK(world_reach(&world, 0, REGION, true) == REGION);
	SIM_CHECK(dma_device_fini(&world.dev[0]) == 0);
	SIM_CHECK(world_reach(&world, 0, REGION, true) == REGION);
	down();
}

/* What it mapped was in memory that is somebody else's now, and so are its queues: what the earlier kernel's device had
 * is gone when the probe returns, and nothing was written into the queues. Fixed regions are there from then on. */
void left_on(void)
{
	static const struct dma_iommu_region host[] = {
		{.first = 0x20, .last = 0x20, .base = {REGION}, .nbytes = 0x1000},
	};
	static const struct fixture fixture = {.name = "left on", .regions = host, .nregions = 1};
	struct dma_segment pages = {0};
	static unsigned char before[2 * DMA_PAGE_SIZE], after[sizeof(before)];

	SIM_CHECK(dma_init() == 0);
	(void)world_units(&world, &fixture);
	SIM_CHECK(dma_segment_alloc(&pages, 2, UINT64_MAX, 0) == 0);
	before[1024 + 256 + 2] = 1; /* a buffer for reports: that of descriptor 0 */
	before[1024 + 8] = 24;
	before[1024 + 12] = 2;
	memcpy(before + 1024, &(uint64_t){pages.paddr.raw + DMA_PAGE_SIZE}, 8);
	SIM_CHECK(sim_ram_write(pages.paddr.raw, before, sizeof(before), true) == 0);
	sim_virtio_left_on(world.unit[0], 0x20, 0x123000, pages.paddr.raw + DMA_PAGE_SIZE, pages.paddr.raw);
	SIM_CHECK(world_reach(&world, 0, 0x123000, true) == pages.paddr.raw + DMA_PAGE_SIZE);
	SIM_CHECK(world_probe(&world) == 0);
	SIM_CHECK(world_reach(&world, 0, 0x123000, true) == UINT64_MAX);
	SIM_CHECK(world_reach(&world, 0, REGION, true) == REGION);
	SIM_CHECK(sim_virtio_seen(world.unit[0]).mappings == 1);
	SIM_CHECK(world_attach(&world, 0) == 0);
	driver_traffic(0);
	SIM_CHECK(dma_device_fini(&world.dev[0]) == 0);
	SIM_CHECK(sim_ram_read(pages.paddr.raw, after, sizeof(after), true) == 0 &&
		  memcmp(before, after, sizeof(after)) == 0);
	world_down(&world);
	SIM_CHECK(world_reach(&world, 0, 0x123000, true) == UINT64_MAX);
	dma_segment_drop(&pages);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

static void four(struct sim_virtio_config *c)
{
	c->queue_size = 4;
}

void queue_of_four(void)
{
	static const struct fixture fixture = {.name = "queue of four", .unit = four, .deferred = true};
	struct dma_stream s = {0};

	up(&fixture);
	driver_traffic(0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_BIDIRECTIONAL | DMA_SPLITTABLE, 20) == 0);
	dma_stream_release(&s);
	down();
}
