/* SPDX-License-Identifier: MPL-2.0 */
/* The domain and the device of the growth program, over an IOMMU that is always done. */
#include "growth_world.h"
#include "../iommu/always_done.h"

const size_t growth_mix[GROWTH_MIX] = {1, 3, 5, 16, 64, 256};

struct dma_space space;
struct dma_device dev __attribute__((aligned(64))); /* the words of its ledger by lines */
struct dma_stream *streams;
uint64_t overhead;

bool make_space(bool deferred, const struct dma_reserved *reserved, size_t nreserved, uint64_t bits)
{
	const struct dma_space_config config = {.mapper = &dma_walker_mapper,
						.unit = &always_done,
						.table = {.format = bits > 48 ? &dma_format_vtd5 : &dma_format_vtd4,
							  .big_levels = 6,
							  .snoops = true,
							  .max_paddr = UINT64_MAX},
						.last = ((uint64_t)1 << bits) - 1,
						.reserved = reserved,
						.nreserved = nreserved,
						.deferred = deferred};

	return must("a domain", dma_space_init(&space, &config));
}

bool start(bool deferred, uint64_t bits)
{
	const struct dma_device_config device = {.name = "growth",
						 .domain = &space.domain,
						 .mask = ((uint64_t)1 << bits) - 1,
						 .coherent = true,
						 .trusted = true};

	return make_space(deferred, NULL, 0, 48) && must("a device", dma_device_init(&dev, &device));
}

void stop(void)
{
	(void)must("the device's end", dma_device_fini(&dev));
	(void)must("the domain's end", dma_space_fini(&space));
}

uint64_t own_pages(void)
{
	struct dma_stats stats;

	dma_stats(&stats);
	return stats.pages_own;
}
