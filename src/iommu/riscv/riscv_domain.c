/* SPDX-License-Identifier: MPL-2.0 */
/*
 * RISC-V domains: what the unit must be told when second-stage tables change.
 */
#include "../../base/state.h"
#include "riscv_driver.h"

enum {
	PAGE_BITS = 12,	 /* of the table format, whatever the library's page is */
	ONE_BY_ONE = 16, /* pages that are invalidated alone; beyond, the whole domain is */
};

static int run_counted(struct dma_unit_domain *domain, const struct dma_command *commands, unsigned n)
{
	dma_count_invalidations(n);
	return dma_riscv_run(domain->unit, commands, n);
}

static int invalidate_all(struct dma_space *space)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);
	struct dma_command command = riscv_domain(RISCV_IOTINVAL_GVMA, domain->id);

	return run_counted(domain, &command, 1);
}

/* With an address the unit forgets leaves alone: "IOTINVAL.GVMA operands and operations". */
static int invalidate(struct dma_space *space, uint64_t daddr, size_t npages, bool leaf_only)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);
	uint64_t pages = (uint64_t)npages << (DMA_PAGE_SHIFT - PAGE_BITS);
	struct dma_command commands[ONE_BY_ONE];

	if (!leaf_only || pages > ONE_BY_ONE)
		return invalidate_all(space);
	for (unsigned i = 0; i < pages; i++)
		commands[i] = riscv_page(domain->id, daddr + ((uint64_t)i << PAGE_BITS));
	return run_counted(domain, commands, (unsigned)pages);
}

/* "Caching invalid entries": none does, so that nothing is to be told when entries become present. */
const struct dma_unit_ops dma_riscv_domain = {DMA_UNIT_DEVICE_OPS, .invalidate = invalidate,
					      .invalidate_all = invalidate_all};
