/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions of firmware and host, of any driver: at any time, any number of them, and such as lie in RAM.
 */
#include "run.h"
#include <dmastream/errors.h>

#define REGION	  0x80000000ull
#define FORGOTTEN 0x90000000ull
#define DOORBELL  0xfec10000ull

const struct dma_iommu_region *unit_host_regions;
size_t unit_nhost_regions;

/* On a machine of its own. */
static int probe(const void *fixture, const struct dma_iommu_region *regions, size_t n, struct scene *w)
{
	int error;

	unit_fresh();
	unit_host_regions = regions;
	unit_nhost_regions = n;
	error = unit_world.probe(fixture, w);
	unit_nhost_regions = 0;
	return error;
}

static void all_reached(const struct scene *w, bool write_only)
{
	SIM_CHECK(scene_reaches(w, REGION, false) && scene_reaches(w, REGION + 0x8000, true));
	SIM_CHECK(scene_reaches(w, FORGOTTEN, true) && scene_reaches(w, FORGOTTEN + 0x2fff, false));
	SIM_CHECK(!scene_reaches(w, FORGOTTEN + 0x3000, true) && !scene_reaches(w, REGION - 1, true));
	SIM_CHECK(scene_reaches(w, DOORBELL + 0x40, true));
	SIM_CHECK(!write_only || !scene_reaches(w, DOORBELL + 0x40, false));
}

/* What the host names is checked before any unit is touched. */
static void senseless(const struct unit_regions *of)
{
	struct scene w = {0};

	for (unsigned i = 0; i < 5; i++) {
		struct dma_iommu_region wrong = {.base = {FORGOTTEN}, .nbytes = 4096};

		if (i == 3 && !of->window)
			continue;
		wrong.nbytes = i == 0 ? 0 : wrong.nbytes;
		wrong.base.raw = i == 1 ? UINT64_MAX - 100 : i == 2 ? SIM_LOW_RAM : i == 3 ? of->window : FORGOTTEN;
		wrong.dir = i == 4 ? 4 : 0;
		SIM_CHECK(probe(of->usual, &wrong, 1, &w) == DMA_EINVAL);
	}
	SIM_CHECK(probe(of->usual, NULL, 1, &w) == DMA_EINVAL); /* one, and there is none */
}

void unit_regions_at_any_time(const struct unit_regions *of)
{
	const struct dma_iommu_region host[] = {
		{.first = of->requester, .last = of->requester, .base = {FORGOTTEN + 0x10}, .nbytes = 0x1000},
		{.first = 0,
		 .last = UINT32_MAX,
		 .base = {DOORBELL},
		 .nbytes = 4,
		 .dir = DMA_FROM_DEVICE,
		 .type = DMA_REGION_DEVICE},
		{.first = of->requester, .last = of->requester, .base = {FORGOTTEN + 0x800}, .nbytes = 0x2000},
		{.first = of->requester, .last = of->requester, .base = {REGION}, .nbytes = 0x10000},
	};
	struct dma_iommu_domain_config domain = {.requester = of->requester};
	struct dma_device_config config;
	struct dma_domain *made;
	struct dma_device dev = {0};
	struct scene w = {0};
	bool write_only;

	SIM_CHECK(dma_init() == 0 && probe(of->region, host, of->region == of->usual ? 4 : 3, &w) == 0);
	SIM_CHECK(dma_iommu_domain_create(w.iommu, &domain, &made) == 0);
	write_only = made->features & DMA_DOMAIN_WRITE_ONLY;
	SIM_CHECK(dma_iommu_domain_destroy(w.iommu, made) == 0);
	for (unsigned driver = 0; driver < 3; driver++) {
		all_reached(&w, write_only);
		SIM_CHECK(dma_iommu_domain_create(w.iommu, &domain, &made) == 0);
		config = sim_device_dma(w.device);
		config.domain = made;
		SIM_CHECK(dma_device_init(&dev, &config) == 0);
		all_reached(&w, write_only);
		SIM_CHECK(dma_device_fini(&dev) == 0);
		all_reached(&w, write_only);
		SIM_CHECK(dma_iommu_domain_destroy(w.iommu, made) == 0);
	}
	all_reached(&w, write_only);
	SIM_CHECK(unit_world.remove(w.iommu) == 0);
	senseless(of);
	SIM_CHECK(dma_fini() == 0);
}

void unit_many_regions(const struct unit_regions *of)
{
	static struct dma_iommu_region host[402];
	static const uint16_t requesters[] = {0x1ff, 0x200, 0x4ff, 0x500, 0xffff};
	const uint64_t ranged = REGION + 0x1000000, all = REGION + 0x2000000;
	struct scene w = {0};

	for (unsigned i = 0; i < 400; i++) {
		host[i].first = host[i].last = i < 300 ? of->requester : i % 16;
		host[i].base.raw = REGION + 0x2000 * i;
		host[i].nbytes = 4096;
	}
	host[400] = (struct dma_iommu_region){.first = 0x200, .last = 0x4ff, .base = {ranged}, .nbytes = 4096};
	host[401] = (struct dma_iommu_region){.last = UINT32_MAX, .base = {all}, .nbytes = 4096};
	SIM_CHECK(dma_init() == 0 && probe(of->whole, host, 402, &w) == 0);
	for (unsigned i = 0; i < 300; i++)
		SIM_CHECK(scene_reaches(&w, REGION + 0x2000 * i, true) &&
			  !scene_reaches(&w, REGION + 0x2000 * i + 0x1000, true));
	for (unsigned i = 0; i < 5; i++) {
		struct sim_device_config config = *sim_device_config(w.device);
		struct scene other = w;

		config.requester = requesters[i];
		other.device = sim_device_new(&config);
		SIM_CHECK(scene_reaches(&other, ranged, true) == (requesters[i] >= 0x200 && requesters[i] <= 0x4ff));
		SIM_CHECK(scene_reaches(&other, all, true) && !scene_reaches(&other, REGION, true));
	}
	SIM_CHECK(unit_world.remove(w.iommu) == 0);
	SIM_CHECK(dma_fini() == 0);
}

void unit_region_in_ram(const void *fixture, uint32_t requester, uint32_t other)
{
	struct dma_iommu_domain_config domain = {.requester = requester};
	struct dma_domain *made;
	struct scene w = {0};

	SIM_CHECK(dma_init() == 0 && unit_world.probe(fixture, &w) == 0);
	scene_blocked(&w, SIM_LOW_RAM);
	SIM_CHECK(dma_iommu_domain_create(w.iommu, &domain, &made) == DMA_ENOTSUP);
	domain.requester = other;
	SIM_CHECK(dma_iommu_domain_create(w.iommu, &domain, &made) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(w.iommu, made) == 0);
	SIM_CHECK(unit_world.remove(w.iommu) == 0);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}
