/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions, ranges that the unit reserves, and what an earlier kernel left mapped.
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <dmastream/segment.h>
#include <string.h>

#define REGION 0x80000000ull

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
	driver_down();
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

	driver_up(&with);
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
	driver_down();
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
		driver_down();
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

	driver_up(&with);
	SIM_CHECK(world_reach(&world, 0, REGION - 0x1000, true) == REGION - 0x1000);
	SIM_CHECK(sim_virtio_seen(world.unit[0]).mappings == 1);
	while (n < 80 && dma_stream_alloc_uninit(&s[n], &world.dev[0], DMA_BIDIRECTIONAL, 1) == 0) {
		uint64_t daddr = dma_stream_daddr(&s[n++]).raw;

		SIM_CHECK(daddr >= REGION - 0x40000 && daddr < REGION - 0x1000);
	}
	SIM_CHECK(n > 0 && n < 80);
	while (n)
		dma_stream_release(&s[--n]);
	driver_down();
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
	driver_down();
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

void region_at_any_time(void)
{
	static const struct unit_regions of_host = {&driver_usual, &driver_usual, NULL, 0x20, 0};

	unit_regions_at_any_time(&of_host);
}
