/* SPDX-License-Identifier: MPL-2.0 */
/* The domain and the device of the growth program. */
#include "growth_world.h"
#include "../iommu/always_done.h"

const size_t growth_mix[GROWTH_MIX] = {1, 3, 5, 16, 64, 256};

struct dma_space space;
bool behind_unit;
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

/* The machine's IOMMU has made a domain of that mode, and does translate. */
static bool translates(bool deferred)
{
	unsigned wanted = DMA_DOMAIN_TRANSLATES | (deferred ? DMA_DOMAIN_DEFERRED : 0);

	return (dev.domain->features & (DMA_DOMAIN_TRANSLATES | DMA_DOMAIN_DEFERRED)) == wanted;
}

bool start(bool deferred, uint64_t bits)
{
	struct dma_device_config device = {
		.name = "growth", .mask = ((uint64_t)1 << bits) - 1, .coherent = true, .trusted = true};

	if (behind_unit) {
		if (!must("a device behind the machine's IOMMU", growth_unit_begin(&dev, &device, deferred)))
			return false;
		return dev.domain == &dma_domain_passthrough ||
		       must("a domain that translates", translates(deferred) ? 0 : DMA_ENOTSUP);
	}
	device.domain = &space.domain;
	return make_space(deferred, NULL, 0, 48) && must("a device", dma_device_init(&dev, &device));
}

void stop(void)
{
	if (behind_unit) {
		(void)must("the device's end", growth_unit_end(&dev));
		return;
	}
	(void)must("the device's end", dma_device_fini(&dev));
	(void)must("the domain's end", dma_space_fini(&space));
}

uint64_t own_pages(void)
{
	struct dma_stats stats;

	dma_stats(&stats);
	return stats.pages_own;
}
