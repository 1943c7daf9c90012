/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What devices do all day, and for a long time.
 */
#include "scene.h"
#include <dmastream/errors.h>

static void all(const struct scene *w, size_t npages)
{
	unsigned char seed = 0;

	for (; w; w = w->next)
		scene_traffic(w, npages, seed++);
}

void scene_life(const struct scene *w)
{
	all(w, 1);
	all(w, 3);
}

/* These take the slow path: nothing that the unit must see is left in a store buffer. */
void scene_long_ranges(const struct scene *w)
{
	all(w, 700);
	all(w, 700);
}

void scene_lengths(const struct scene *w)
{
	static const size_t lengths[] = {1, 3, 64, 64, 128, 128, 600, 1};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		scene_traffic(w, lengths[i], 0);
}

void scene_recycle(const struct scene *w)
{
	for (unsigned n = 0; n < 400; n++) {
		struct dma_stream s = {0};

		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, w->dev, DMA_TO_DEVICE, 60) == 0))
			return;
		SIM_CHECK(dma_stream_daddr(&s).raw + dma_stream_size(&s) - 1 <= w->dev->mask);
		dma_stream_release(&s);
	}
}

void scene_wrap(const struct scene *w)
{
	for (unsigned n = 0; n < 300; n++) {
		struct dma_stream s = {0};
		uint64_t daddr;

		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, w->dev, DMA_TO_DEVICE, 1) == 0))
			return;
		daddr = dma_stream_daddr(&s).raw;
		dma_stream_release(&s);
		if (n % 50 == 0)
			scene_blocked(w, daddr);
	}
	scene_life(w);
}

/* The first free address is where the interrupt window begins. */
void scene_holes(const struct scene *w)
{
	struct dma_stream s = {0};

	scene_traffic(w, 1, 0);
	if (SIM_CHECK(dma_stream_alloc_uninit(&s, w->dev, DMA_FROM_DEVICE, 2) == 0)) {
		SIM_CHECK(dma_stream_daddr(&s).raw > 0xfeefffff);
		SIM_CHECK(dma_stream_daddr(&s).raw + dma_stream_size(&s) - 1 <= w->dev->mask);
	}
	dma_stream_release(&s);
}

/* ---- Regions ---- */

/* The region is there, one to one, and nothing beside it is open. */
static void region_is_there(const struct scene *w)
{
	const struct dma_iommu_region *region = &w->region;
	uint64_t paddr, first = region->base.raw, last = first + region->nbytes - 1;

	for (uint64_t at = first; at < last; at += 0x1000 + region->nbytes / 16 / 0x1000 * 0x1000) {
		SIM_CHECK(w->look(w->device, at, true, &paddr) == 0 && paddr == at);
		if (region->dir != DMA_FROM_DEVICE)
			SIM_CHECK(w->look(w->device, at, false, &paddr) == 0 && paddr == at);
	}
	scene_blocked(w, first - 1);
	scene_blocked(w, last + 1);
}

void scene_regions(const struct scene *w)
{
	struct dma_device_config config = sim_device_dma(w->device);

	region_is_there(w);
	scene_life(w); /* it is never handed out */
	region_is_there(w);
	SIM_CHECK(dma_device_fini(w->dev) == 0);
	region_is_there(w);
	config.domain = *w->domain;
	SIM_CHECK(dma_device_init(w->dev, &config) == 0);
	region_is_there(w);
}

/* What the former kernel's cache held leads nowhere, and nothing was open in between. */
void scene_taken_over(const struct scene *w)
{
	for (uint64_t at = 0; at < 64; at += 7)
		scene_blocked(w, (at << 21) + 0x1000);
	if (w->opened)
		SIM_CHECK(w->opened(w->unit) == 0);
	scene_life(w);
}

/* ---- Faults ---- */

static struct {
	unsigned n; /* of the device */
	struct dma_fault last;
} told;

static void on_fault(const struct dma_fault *fault, void *context)
{
	const struct scene *w = context;

	told.n += fault->dev == w->dev;
	told.last = *fault;
}

/* Mapped for the other direction, and the unit has just used that translation: told like any other. */
static void against_direction(const struct scene *w, bool write)
{
	struct dma_stream s = {0};
	uint64_t daddr, paddr;

	if (!write && !((*w->domain)->features & DMA_DOMAIN_WRITE_ONLY))
		return;
	if (!SIM_CHECK(dma_stream_alloc_uninit(&s, w->dev, write ? DMA_TO_DEVICE : DMA_FROM_DEVICE, 1) == 0))
		return;
	daddr = dma_stream_daddr(&s).raw;
	told.n = 0;
	SIM_CHECK(w->look(w->device, daddr, !write, &paddr) == 0);
	SIM_CHECK(w->look(w->device, daddr, write, &paddr) == DMA_EFAULT);
	SIM_CHECK(dma_iommu_poll_all() == 1);
	SIM_CHECK(told.n == 1 && told.last.daddr.raw == daddr);
	SIM_CHECK(told.last.access == (write ? DMA_FAULT_WRITE : DMA_FAULT_READ));
	dma_stream_release(&s);
}

/* Faults are read, cleared and told one by one, for ever: also after the log has overflowed. A poll after a blocked
 * access has the fault, though the record may come late (hazards 61, 79). */
void scene_faults(const struct scene *w)
{
	union {
		const struct scene *given;
		void *context;
	} pass = {w};
	uint64_t paddr;

	dma_iommu_on_fault(on_fault, pass.context);
	while (dma_iommu_poll_all()) /* those of the set-up */
		;
	against_direction(w, true);
	against_direction(w, false);
	for (unsigned n = 0; n < 40; n++) {
		uint64_t daddr = 0x40000000 + n * 0x1000;
		bool write = n & 1;

		told.n = 0;
		SIM_CHECK(w->look(w->device, daddr, write, &paddr) == DMA_EFAULT);
		SIM_CHECK(dma_iommu_poll_all() >= 1);
		SIM_CHECK(told.n == 1 && told.last.daddr.raw == daddr && told.last.owner == DMA_FAULT_NOBODY);
		SIM_CHECK(told.last.access == (write ? DMA_FAULT_WRITE : DMA_FAULT_READ));
		SIM_CHECK(dma_iommu_poll_all() == 0);
		if (n % 10 != 9)
			continue;
		for (unsigned k = 0; k < 300; k++) /* a flood: more than any log here has room for */
			SIM_CHECK(w->look(w->device, k << 12, false, &paddr) == DMA_EFAULT);
		told.n = 0;
		SIM_CHECK(dma_iommu_poll_all() >= 1 && told.n >= 1);
		while (dma_iommu_poll_all())
			;
	}
	dma_iommu_on_fault(NULL, NULL);
}
