/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A unit that answers nothing any more: what is said, what is blocked, what is never given back.
 */
#include "scene.h"
#include <dmastream/errors.h>
#include <string.h>

/* From some command on nothing completes: release blocks the device, keeps the memory, and says so in its figures. */
void scene_quarantine(const struct scene *w)
{
	struct dma_stream s = {0}, other = {0};
	struct dma_stats stats;
	dma_paddr_t paddr, taken[64];
	uint64_t began;

	scene_traffic(w, 1, 0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, w->dev, DMA_BIDIRECTIONAL, 3) == 0);
	paddr = dma_stream_paddr(&s);
	w->dies(w->unit);
	dma_stream_release(&s);
	if (w->deferred)
		SIM_CHECK(dma_domain_flush(*w->domain) == DMA_ETIMEDOUT);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined >= 3);
	for (unsigned i = 0; i < 64; i++) {
		if (!SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &taken[i]) == 0))
			return;
		SIM_CHECK(taken[i].raw < paddr.raw || taken[i].raw >= paddr.raw + 3 * DMA_PAGE_SIZE);
	}
	/* From now on nobody waits for that unit again. */
	began = dma_host_time_ns();
	SIM_CHECK(dma_stream_alloc_uninit(&other, w->dev, DMA_BIDIRECTIONAL, 1) != 0);
	SIM_CHECK(dma_host_time_ns() - began < 100000000);
	/* And nothing that it may still look at can be taken from it. */
	SIM_CHECK(dma_device_fini(w->dev) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(w->iommu, *w->domain) == DMA_ETIMEDOUT);
	SIM_CHECK(w->remove(w->iommu) != 0);
}

static struct {
	struct dma_device *dev;
	unsigned blocked, maybe, cuts;
	int result;
} said;

static void on_log(const char *line)
{
	said.blocked += strstr(line, "blocked for good") != NULL;
	said.maybe += strstr(line, "may still reach") != NULL;
}

static int cut_off(struct dma_device *dev, void *context)
{
	SIM_CHECK(context == &said && (dev == said.dev || !strcmp(dev->name, "twin")));
	said.cuts++;
	return said.result;
}

/* What is said is true. asked: the host is asked to cut devices off; truly: it does. */
static void dies(const struct scene *w, bool asked, bool truly)
{
	struct dma_device_config config = sim_device_dma(w->device);
	struct dma_stream live = {0}, s = {0};
	struct dma_device twin = {0};
	uint64_t daddr;

	sim_on_log(on_log);
	said.dev = w->dev;
	said.blocked = said.maybe = said.cuts = 0;
	said.result = truly ? 0 : DMA_EIO;
	if (asked)
		dma_iommu_cut_off_with(cut_off, &said);
	config.domain = *w->domain;
	config.name = "twin";
	SIM_CHECK(dma_device_init(&twin, &config) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&live, w->dev, DMA_BIDIRECTIONAL, 1) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, w->dev, DMA_BIDIRECTIONAL, 1) == 0);
	daddr = dma_stream_daddr(&live).raw;
	SIM_CHECK(scene_reaches(w, daddr, true));
	w->dies(w->unit);
	dma_stream_release(&s);
	SIM_CHECK(scene_reaches(w, daddr, true)); /* out of its caches */
	SIM_CHECK(said.blocked == truly && said.maybe == !truly && said.cuts == (asked ? 2 : 0));
	SIM_CHECK(dma_device_block(w->dev) == (truly ? 0 : DMA_ETIMEDOUT));
}

void scene_blocked_perhaps(const struct scene *w)
{
	dies(w, false, false);
}

void scene_blocked_in_vain(const struct scene *w)
{
	dies(w, true, false);
}

void scene_blocked_for_good(const struct scene *w)
{
	dies(w, true, true);
}
