/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Start and end of the library, and what it counts.
 */
#include "base/node.h"
#include "base/state.h"
#include "memory/owed.h"
#include "memory/shared.h"
#include <dmastream/errors.h>
#include <dmastream/watch.h>

/* IOMMU tables are remembered by address in packed words, which have no room for address bits from this one on
 * (src/iommu/table/walker_tree.h). The fast lookup of such words ends below it, whatever linear_last says. */
#define TABLE_LIMIT ((uint64_t)1 << 47)

#define RESERVE_NODES 64 /* used where the host leaves the number to the library */

static bool line_size_ok(size_t size, size_t least)
{
	return size >= least && size <= 4096 && (size & (size - 1)) == 0;
}

static const char *wrong_field(const struct dma_host_info *host)
{
	if (host->page_shift != DMA_PAGE_SHIFT)
		return "page_shift (differs from DMA_PAGE_SHIFT)";
	if (host->cpus == 0 || (!DMA_CONFIG_SMP && host->cpus > 1))
		return "cpus";
	if (!DMA_CONFIG_CVM && host->cvm)
		return "cvm (DMA_CONFIG_CVM is 0)";
	if (!line_size_ok(host->line_step, 16))
		return "line_step";
	if (!line_size_ok(host->line_align, host->line_step))
		return "line_align";
	if (DMA_CONFIG_INLINE && host->ram_last &&
	    (host->ram_first > host->ram_last || host->ram_first & (DMA_PAGE_SIZE - 1) ||
	     (host->ram_last + 1) & (DMA_PAGE_SIZE - 1)))
		return "ram_first, ram_last";
	return NULL;
}

/* Of RAM from address 0 to the last one nothing is kept: its bytes are more than 64 bits count. */
static void remember_ram(const struct dma_host_info *host)
{
	uint64_t last = host->ram_last < host->linear_last ? host->ram_last : host->linear_last;
	uint64_t linear = last && last >= host->ram_first ? last - host->ram_first + 1 : 0;

	dma_state.ram_bytes = host->ram_last ? host->ram_last - host->ram_first + 1 : 0;
	dma_state.ram_linear = host->linear_base + (uintptr_t)host->ram_first;
	/* Half of what pointers reach: so a length below it is none that dma_list_add() refuses. */
	dma_state.ram_linear_bytes = linear < UINTPTR_MAX / 2 ? (uintptr_t)linear : UINTPTR_MAX / 2;
}

int dma_init(void)
{
	struct dma_host_info host = {0};
	const char *wrong;
	int error;

	if (dma_state.ready)
		return 0;
	error = dma_host_info(&host);
	if (error)
		return error;
	wrong = wrong_field(&host);
	if (wrong) {
		dma_log("dmastream: dma_host_info makes no sense: %s", wrong);
		return DMA_EINVAL;
	}
	dma_state.host = host;
	dma_state.table_last = host.linear_last < TABLE_LIMIT ? host.linear_last : TABLE_LIMIT - 1;
	dma_state.stats = (struct dma_stats){0};
	for (unsigned i = 0; i < DMA_STATE_COUNTS; i++)
		dma_store(&dma_state.invalidations[i].count, 0);
	if (!dma_node_init(host.reserve_nodes ? host.reserve_nodes : RESERVE_NODES))
		return DMA_ENOMEM;
	if (DMA_CONFIG_INLINE)
		remember_ram(&host);
	dma_state.ready = true;
	return 0;
}

/* Counts the pages that wait to go back to the host. */
static uint64_t pages_pending(void)
{
	const struct dma_deferral *deferral = dma_deferral_ops();

	return dma_load(&dma_state.stats.pages_pending) + (deferral ? deferral->pending() : 0);
}

int dma_fini(void)
{
	const struct dma_keeper *keeper = __atomic_load_n(&dma_keeper, __ATOMIC_RELAXED);
	const struct dma_stats *stats = &dma_state.stats;

	if (!dma_state.ready)
		return DMA_EINVAL;
	if (!dma_host_interrupts_on())
		return DMA_EBUSY;
	if (keeper)
		keeper->drain();
	(void)dma_reclaim();
	if (DMA_CONFIG_CVM && dma_is_cvm())
		(void)dma_shared_reclaim(true);
	if (dma_load(&stats->pages_alloc) || dma_load(&stats->pages_bounce) || pages_pending())
		return DMA_EBUSY;
	if (!dma_node_fini())
		return DMA_EBUSY;
	if (DMA_CONFIG_WATCH)
		dma_ledger_fini();
	if (DMA_CONFIG_INLINE)
		dma_state.ram_bytes = dma_state.ram_linear_bytes = 0;
	dma_state.ready = false;
	return 0;
}

void dma_stats(struct dma_stats *out)
{
	const struct dma_stats *now = &dma_state.stats;

	out->bytes_bounced = dma_load(&now->bytes_bounced);
	out->pages_own = dma_load(&now->pages_own);
	out->pages_bounce = dma_load(&now->pages_bounce);
	out->pages_alloc = dma_load(&now->pages_alloc);
	out->pages_pending = pages_pending();
	out->pages_quarantined = dma_load(&now->pages_quarantined);
	out->pages_shared = dma_load(&now->pages_shared);
	out->conversions = dma_load(&now->conversions);
	out->iotlb_invalidations = 0;
	for (unsigned i = 0; i < DMA_STATE_COUNTS; i++)
		out->iotlb_invalidations += dma_load(&dma_state.invalidations[i].count);
	out->faults = dma_load(&now->faults);
	out->reserve_empty = dma_load(&now->reserve_empty);
}
