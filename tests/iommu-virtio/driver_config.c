/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a unit says of itself and of its endpoints, and what the host asks of it, where that makes no sense: the unit or
 * the device is refused, it stays blocked, and nothing leaks.
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <string.h>

#define REGION 0x40000000u

/* Each word is read otherwise (4.1.4): the capabilities begin at 0x40 (common), 0x70 (notifications), 0x88 (device). */
void configuration_spaces(void)
{
	static const struct pci_word words[] = {
		{"another device", 0x00, 0x10411af4},
		{"no list of capabilities", 0x04, 0},
		{"a list that begins in the header", 0x34, 0x10},
		{"a BAR of ports", 0x20, WORLD_REGISTERS | 0xd},
		{"a BAR without an address", 0x20, 0xc},
		{"a structure in BAR 7", 0x44, 7},
		{"a capability of another kind", 0x40, 0x01105805},
		{"a capability of eight bytes", 0x40, 0x01085809},
		{"a structure that is not aligned", 0x48, 2},
		{"a structure of no bytes", 0x4c, 0},
		{"a common configuration of 16 bytes", 0x4c, 0x10},
		{"notifications of one byte", 0x7c, 1},
		{"notifications at an odd offset", 0x78, 0x1001},
		{"structures 2 MiB apart", 0x78, 0x200000},
		{"a configuration of eight bytes", 0x94, 8},
		{"a list that is a circle", 0x88, 0x05104009},
	};

	const struct dma_virtio_iommu_config nothing = {.viot = NULL};
	struct dma_iommu *iommu = NULL;

	SIM_CHECK(dma_virtio_iommu_probe(&nothing, &iommu) == DMA_EINVAL && !iommu); /* no function of the host's */
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct fixture fixture = {.name = words[i].name, .word = &words[i]};
		int error;

		unit_fresh();
		SIM_CHECK(dma_init() == 0);
		(void)world_units(&world, &fixture);
		error = world_probe(&world);
		if (!SIM_CHECK(error && !world.iommu && sim_virtio_seen(world.unit[0]).requests == 0) ||
		    !SIM_CHECK(sim_virtio_seen(world.unit[0]).violations == 0))
			printf("# %s: %d\n", words[i].name, error);
		SIM_CHECK(dma_fini() == 0);
		if (!SIM_CHECK(sim_check_clean(0)))
			printf("# %s\n", words[i].name);
	}
	(void)!dma_init();
}

/* The device gets no domain with that error, and goes on reaching nothing. */
static void refused(const struct fixture *fixture, int wanted)
{
	SIM_CHECK(dma_init() == 0);
	(void)world_units(&world, fixture);
	SIM_CHECK(world_probe(&world) == 0);
	if (!SIM_CHECK(world_attach(&world, 0) == wanted))
		printf("# %s\n", fixture->name);
	SIM_CHECK(world_reach(&world, 0, REGION, false) == UINT64_MAX);
	SIM_CHECK(world_reach(&world, 0, 0x10000, true) == UINT64_MAX);
	world_down(&world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
	(void)!dma_init();
}

static void says_too_much(struct sim_virtio_config *c)
{
	c->reserved_first = REGION;
	c->reserved_last = REGION + 0xfff;
	c->long_property = true;
}

void long_property(void)
{
	static const struct fixture fixture = {.name = "long property", .unit = says_too_much};

	refused(&fixture, DMA_ENOTSUP);
}

static void without_memory(struct sim_virtio_config *c)
{
	c->fail_at = 1;
}

static const struct dma_iommu_region region[] = {
	{.first = 0x20, .last = 0x20, .base = {REGION}, .nbytes = 0x3000},
};

/* The region has to be there before any driver comes: the unit does not start. */
void fixed_region_refused(void)
{
	static const struct fixture fixture = {
		.name = "no memory for a fixed region", .unit = without_memory, .regions = region, .nregions = 1};

	SIM_CHECK(dma_init() == 0);
	(void)world_units(&world, &fixture);
	SIM_CHECK(world_probe(&world) == DMA_ENOMEM && !world.iommu);
	SIM_CHECK(sim_virtio_seen(world.unit[0]).mappings == 0 && sim_virtio_seen(world.unit[0]).violations == 0);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
	(void)!dma_init();
}

static void low(struct sim_virtio_config *c)
{
	c->input_last = REGION - 1;
}

void region_out_of_reach(void)
{
	static const struct fixture fixture = {
		.name = "a region out of reach", .unit = low, .regions = region, .nregions = 1};

	refused(&fixture, DMA_ENOTSUP);
}

static uint64_t absent; /* features */

static void lacks(struct sim_virtio_config *c)
{
	c->features &= ~absent;
	if (absent & 1)
		c->input_first = c->input_last = 0; /* words that nobody may read */
	if (absent & 2)
		c->first_domain = c->last_domain = 0;
	if (absent & 16)
		c->probe_size = 0;
}

/* Ranges of addresses and of domains, PROBE, MMIO and the register of the bypass: a unit may have each of them or not
 * (5.13.3). A fixed region, its memory type included, and streams work with any of the 32. */
void optional_features(void)
{
	static const struct dma_iommu_region host[] = {
		{.first = 0x20,
		 .last = 0x20,
		 .base = {REGION},
		 .nbytes = 0x1000,
		 .dir = DMA_FROM_DEVICE,
		 .type = DMA_REGION_DEVICE},
	};
	static const struct fixture fixture = {.name = "features", .unit = lacks, .regions = host, .nregions = 1};

	for (unsigned k = 0; k < 32; k++) {
		absent = (k & 3) | (uint64_t)(k & 0x1c) << 2;
		unit_fresh();
		SIM_CHECK(dma_init() == 0);
		(void)world_units(&world, &fixture);
		if (!SIM_CHECK(world_probe(&world) == 0)) {
			printf("# without %llx\n", (unsigned long long)absent);
			return;
		}
		SIM_CHECK(world_reach(&world, 0, REGION + 0x40, true) == REGION + 0x40);
		SIM_CHECK(world_attach(&world, 0) == 0);
		SIM_CHECK(world_reach(&world, 0, REGION + 0x40, true) == REGION + 0x40);
		SIM_CHECK(world_reach(&world, 0, REGION + 0x40, false) == UINT64_MAX);
		driver_traffic(0);
		world_down(&world);
		SIM_CHECK(dma_fini() == 0);
		if (!SIM_CHECK(sim_check_clean(0)))
			printf("# without %llx\n", (unsigned long long)absent);
	}
	(void)!dma_init();
}

/* ---- Units that cannot be driven --------------------------------------------------------------------------------- */

static void no_map(struct sim_virtio_config *c)
{
	c->features &= ~((uint64_t)1 << 2);
}

static void legacy(struct sim_virtio_config *c)
{
	c->features &= ~((uint64_t)1 << 32);
}

static void big_pages_alone(struct sim_virtio_config *c)
{
	c->page_size_mask = (uint64_t)1 << 21;
}

static void large_pages(struct sim_virtio_config *c)
{
	c->page_size_mask = ~((uint64_t)0x1ffff);
}

static void no_pages(struct sim_virtio_config *c)
{
	c->page_size_mask = 0;
}

static void empty_range(struct sim_virtio_config *c)
{
	c->input_first = c->input_last;
}

static void one_domain(struct sim_virtio_config *c)
{
	c->last_domain = c->first_domain;
}

static void backward_domains(struct sim_virtio_config *c)
{
	c->last_domain = c->first_domain - 1;
}

static void stuck_bypass(struct sim_virtio_config *c)
{
	c->bypass_stuck = true;
}

static void deaf(struct sim_virtio_config *c)
{
	c->never_resets = true;
}

static void stubborn(struct sim_virtio_config *c)
{
	c->refuses_features = true;
}

static void two(struct sim_virtio_config *c)
{
	c->queue_size = 2;
}

static void odd_size(struct sim_virtio_config *c)
{
	c->queue_size = 48;
}

static void far_doorbell(struct sim_virtio_config *c)
{
	c->notify_off = 0x1000;
}

static void huge_probe(struct sim_virtio_config *c)
{
	c->probe_size = UINT32_MAX;
}

static char said[1024];

static void keep(const char *line)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof(said) - n, "%s\n", line);
}

/* With the one thing that is wrong, where it is the configuration's. */
void unusable_units(void)
{
	static const struct {
		struct fixture fixture;
		const char *line; /* what the log says */
	} rows[] = {
		{{.name = "no MAP_UNMAP", .unit = no_map}, ""},
		{{.name = "no VERSION_1", .unit = legacy}, ""},
		{{.name = "pages of 128 KiB", .unit = large_pages}, "its pages are larger"},
		{{.name = "pages of 2 MiB alone", .unit = big_pages_alone}, "its pages are larger"},
		{{.name = "no page size", .unit = no_pages}, "it has no page size"},
		{{.name = "an empty range of addresses", .unit = empty_range}, "its range of addresses"},
		{{.name = "one domain", .unit = one_domain}, "its range of domains"},
		{{.name = "domains backward", .unit = backward_domains}, "its range of domains"},
		{{.name = "bypass that stays", .unit = stuck_bypass}, ""},
		{{.name = "never reset", .unit = deaf}, ""},
		{{.name = "refuses its features", .unit = stubborn}, ""},
		{{.name = "queues of two", .unit = two}, ""},
		{{.name = "queues of 48", .unit = odd_size}, ""},
		{{.name = "a doorbell beyond its registers", .unit = far_doorbell}, ""},
		{{.name = "properties of 4 GiB", .unit = huge_probe}, "it probes by the megabyte"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unit_fresh();
		SIM_CHECK(dma_init() == 0);
		said[0] = '\0';
		sim_on_log(keep);
		(void)world_units(&world, &rows[i].fixture);
		if (!SIM_CHECK(world_probe(&world) != 0 && !world.iommu) || !SIM_CHECK(strstr(said, rows[i].line)))
			printf("# %s\n", rows[i].fixture.name);
		sim_on_log(NULL);
		SIM_CHECK(dma_fini() == 0);
		if (rows[i].fixture.unit != stuck_bypass && !SIM_CHECK(sim_check_clean(0)))
			printf("# %s\n", rows[i].fixture.name);
	}
	(void)!dma_init();
}

static void between_pages(struct sim_virtio_config *c)
{
	c->input_first = 16 * DMA_PAGE_SIZE + DMA_PAGE_SIZE / 2;
	c->input_last = 47 * DMA_PAGE_SIZE + DMA_PAGE_SIZE / 2 - 1;
}

/* Ends of the range of addresses that lie within pages: whole pages of it are handed out, and there are 30. */
void range_within_pages(void)
{
	static const struct fixture fixture = {.name = "a range that begins and ends in a page", .unit = between_pages};
	struct dma_stream s[40] = {{0}};
	unsigned n = 0;

	driver_up(&fixture);
	while (n < 40 && dma_stream_alloc_uninit(&s[n], &world.dev[0], DMA_BIDIRECTIONAL, 1) == 0) {
		uint64_t daddr = dma_stream_daddr(&s[n]).raw;

		SIM_CHECK(daddr >= 17 * DMA_PAGE_SIZE && daddr <= 46 * DMA_PAGE_SIZE);
		SIM_CHECK(world_reach(&world, 0, daddr, true) == dma_stream_paddr(&s[n]).raw);
		n++;
	}
	SIM_CHECK(n > 20 && n <= 30);
	while (n)
		dma_stream_release(&s[--n]);
	driver_down();
}

static void shares_nothing(struct sim_virtio_config *c)
{
	c->no_share = true;
}

/* 5.13.6.3.2: a unit may refuse a second endpoint of a domain. It is not attached, and reaches nothing. */
void second_endpoint_refused(void)
{
	static const struct fixture fixture = {
		.name = "a domain for one endpoint", .unit = shares_nothing, .devices = 2, .shared = true};
	struct dma_stream s = {0};

	SIM_CHECK(dma_init() == 0);
	(void)world_units(&world, &fixture);
	SIM_CHECK(world_probe(&world) == 0 && world_attach(&world, 0) == 0);
	SIM_CHECK(world_attach(&world, 1) == DMA_ENOTSUP);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_BIDIRECTIONAL, 1) == 0);
	SIM_CHECK(world_reach(&world, 1, dma_stream_daddr(&s).raw, true) == UINT64_MAX);
	dma_stream_release(&s);
	driver_traffic(0);
	driver_down();
}
