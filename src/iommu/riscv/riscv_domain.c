/* SPDX-License-Identifier: MPL-2.0 */
/*
 * RISC-V domains: what the unit must be told when their tables change; MSI page tables.
 */
#include "../../base/state.h"
#include "../table/iommu_frames.h"
#include "riscv_driver.h"
#include <dmastream/errors.h>

enum {
	PAGE_BITS = 12,	 /* of the table format, whatever the library's page is */
	ONE_BY_ONE = 16, /* pages that are invalidated alone; beyond, the whole domain is */
};

static bool first(const struct dma_unit_domain *domain)
{
	return dma_riscv_unit_of(domain->unit)->first;
}

static int run_one(struct dma_unit_domain *domain, uint64_t daddr, struct dma_command command)
{
	dma_count_invalidations(daddr, 1);
	return dma_riscv_run_one(domain->unit, command);
}

static dma_cold int run_pages(struct dma_unit_domain *domain, uint64_t daddr, unsigned npages)
{
	struct dma_command commands[ONE_BY_ONE];
	bool is_first = first(domain);

	for (unsigned i = 0; i < npages; i++)
		commands[i] = riscv_page(is_first, domain->id, daddr + ((uint64_t)i << PAGE_BITS));
	dma_count_invalidations(daddr, npages);
	/* cppcheck-suppress uninitvar ; there is one at least */
	return dma_riscv_run(domain->unit, commands, npages);
}

static int invalidate_all(struct dma_space *space)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);

	return run_one(domain, 0, riscv_domain(first(domain), domain->id));
}

/* With an address the unit forgets leaves alone: "IOTINVAL.VMA" and "IOTINVAL.GVMA operands and operations". */
static int invalidate(struct dma_space *space, uint64_t daddr, size_t npages, bool leaf_only)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);
	uint64_t pages = (uint64_t)npages << (DMA_PAGE_SHIFT - PAGE_BITS);

	if (!leaf_only || pages > ONE_BY_ONE)
		return invalidate_all(space);
	if (dma_likely(pages == 1))
		return run_one(domain, daddr, riscv_page(first(domain), domain->id, daddr));
	return run_pages(domain, daddr, (unsigned)pages);
}

/* "Caching invalid entries": none does, so that nothing is to be told when entries become present. */
const struct dma_unit_ops dma_riscv_domain = {DMA_UNIT_DEVICE_OPS, .invalidate = invalidate,
					      .invalidate_all = invalidate_all};

/* ---- "Process to translate addresses of MSIs" -------------------------------------------------------------------- */

static size_t table_bytes(const struct dma_unit_domain *base)
{
	return (size_t)RISCV_MSI_BYTES << dma_riscv_unit_of(base->unit)->files.bits;
}

/* An entry for each interrupt file of the domain's devices; a message to any other page of the pattern is blocked. They
 * are written before a context leads there, and never change. The unit joins the table's address and an entry's by OR,
 * so that the table is aligned to its size. */
int dma_riscv_domain_describe(struct dma_unit_domain *base, struct dma_space_config *config)
{
	const struct dma_unit_doorbells *files = &dma_riscv_unit_of(base->unit)->files;
	struct riscv_domain *domain = dma_riscv_domain_of(base);
	size_t nbytes = table_bytes(base);
	struct dma_unit_doorbell file = {0};
	char *table = NULL;

	(void)config;
	while (files->nruns && dma_unit_doorbell_next(base, files, &file)) {
		if (!table)
			table = dma_unit_frames(base->unit->reach, DMA_PAGES(nbytes), nbytes, &domain->table);
		if (!table)
			return DMA_ENOMEM;
		dma_arch_write_once(table + file.number * RISCV_MSI_BYTES, RISCV_MSI_PTE(file.page), sizeof(uint64_t));
		domain->messages = RISCV_MSIPTP(domain->table.raw);
	}
	if (table)
		dma_unit_clean(base->unit->reach, table, nbytes);
	return 0;
}

/* Who gets the domain's number next finds none of its entries cached: it was invalidated. */
void dma_riscv_domain_forget(struct dma_unit_domain *base)
{
	dma_paddr_t table = dma_riscv_domain_of(base)->table;

	if (table.raw)
		dma_iommu_frames_free(table, DMA_PAGES(table_bytes(base)));
}
