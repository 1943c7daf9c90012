/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The device directory (RISC-V IOMMU 1.0, "Device-Directory-Table"), of one to three levels: which device is
 * translated by which domain. What has no valid context is blocked and recorded.
 *
 *	root        3 levels: an entry for each table of the directory
 *	directory   2 and 3 levels: its tables lie side by side, so that it is one array of pointers: the first level of
 *	            ../unit/unit_tables.h
 *	contexts    a table for 64 devices (extended format) or 128 (base format), made when a device of it gets one
 *
 * Of a context two words are ever other than 0: tc says that it is valid, iohgatp has table, number and depth of the
 * domain. One store of iohgatp takes a device from one domain to another.
 */
#include <dmastream/errors.h>

#include "riscv_driver.h"

enum {
	USUAL_BITS = 16, /* a segment of PCI */
	MOST_BITS = 24,
	DIRECTORY_BITS = 9,
};

static void fill_root(struct riscv_unit *unit)
{
	size_t nbytes = dma_unit_tables_bytes(&unit->base.tables);

	for (size_t i = 0; i * RISCV_TABLE < nbytes; i++)
		dma_arch_write_once(&unit->root[i],
				    RISCV_PPN(unit->base.tables.paddr.raw + i * RISCV_TABLE) | RISCV_DIRECTORY_V, 8);
	dma_unit_clean(unit->base.reach, unit->root, RISCV_TABLE);
}

/* The fewest levels that hold the ids and that the unit takes. */
int dma_riscv_memory(struct dma_unit *base)
{
	struct riscv_unit *unit = dma_riscv_unit_of(base);
	unsigned bits = dma_unit_requester_bits(base, unit->last_device, USUAL_BITS),
		 leaf = unit->capabilities & RISCV_CAP_MSI_FLAT ? 6 : 7, levels = 1;
	int error;

	while (levels <= 3 && (bits > leaf + DIRECTORY_BITS * (levels - 1) || !(unit->takes >> levels & 1)))
		levels++;
	if (levels > 3 || bits > MOST_BITS)
		return DMA_ENOTSUP;
	bits = bits > leaf ? bits : leaf;
	unit->levels = (uint8_t)levels;
	base->last = (1u << bits) - 1;
	base->tables = (struct dma_unit_tables){
		.mask = UINT32_MAX,
		.entry = RISCV_TABLE >> leaf,
		.used = ~(uint64_t)0,
		.shift = levels > 1 ? leaf : 32,
		.stride = sizeof(uint64_t),
		.address = RISCV_PPN_MASK,
		.address_shift = RISCV_PPN_SHIFT,
		.valid = RISCV_DIRECTORY_V,
	};
	error = dma_unit_tables_make(base, (uint64_t)1 << bits, DMA_PAGE_SIZE);
	if (error)
		return error;
	if (levels == 3)
		fill_root(unit);
	return dma_unit_log_make(base, RISCV_FAULTS, RISCV_FAULT_WORDS, RISCV_FAULTS);
}

/* ---- Contexts ---------------------------------------------------------------------------------------------------- */

/* "Changing device directory table entry": the context, then what was translated by it. A fence between, since the
 * unit may execute commands in any order. */
static int forget(struct dma_unit *base, uint32_t device, uint64_t iohgatp)
{
	unsigned id = RISCV_GSCID(iohgatp);
	const struct dma_command commands[] = {riscv_device(device), riscv_fence(),
					       riscv_domain(RISCV_IOTINVAL_VMA, id),
					       riscv_domain(RISCV_IOTINVAL_GVMA, id)};

	return base->running ? dma_riscv_run(base, commands, id ? 4 : 1) : 0;
}

/* domain NULL: neither stage translates. */
static uint64_t describe(const struct dma_unit_domain *domain)
{
	return domain ? riscv_iohgatp(domain->space.table.format->levels, domain->id, domain->space.table.root.raw)
		      : RISCV_IOHGATP_BARE;
}

static int change(struct dma_unit *base, uint32_t device, struct dma_unit_domain *former,
		  struct dma_unit_domain *domain, bool coherent)
{
	uint64_t old[RISCV_DC_IOHGATP + 1], new[RISCV_DC_IOHGATP + 1] = {[RISCV_DC_IOHGATP] = describe(domain)};
	int error;

	(void)former;
	(void)coherent; /* the bus knows */
	dma_unit_entry_read(base, device, old, RISCV_DC_IOHGATP + 1);
	if (!(old[RISCV_DC_TC] & RISCV_TC_V))
		return 1;
	error = dma_unit_entry_write(base, device, new, 1u << RISCV_DC_IOHGATP);
	return error ? error : forget(base, device, old[RISCV_DC_IOHGATP]);
}

/* The unit may read the words of a context in any order: a read that began before the context was filled has ended when
 * it is made valid, so that none joins tc with the iohgatp of before (hazard 71). */
static int set(struct dma_unit *base, uint32_t device, struct dma_unit_domain *domain, bool coherent)
{
	uint64_t iohgatp = describe(domain);
	int error = dma_unit_entry_fill(base, device, RISCV_TC_FILLED, iohgatp);

	(void)coherent;
	if (!error)
		error = forget(base, device, 0);
	if (!error)
		error = dma_unit_entry_fill(base, device, RISCV_TC_V, iohgatp);
	return error ? error : forget(base, device, 0);
}

static int clear(struct dma_unit *base, uint32_t device)
{
	uint64_t iohgatp;

	return dma_unit_entry_close(base, device, &iohgatp) ? forget(base, device, iohgatp) : 0;
}

/* With a device's id the unit forgets its context alone. */
static int forget_table(struct dma_unit *base, uint32_t device)
{
	const struct dma_command all = riscv_all(RISCV_INVAL_DDT);

	(void)device;
	return dma_riscv_run(base, &all, 1);
}

const struct dma_unit_entry_ops dma_riscv_entries = {NULL, change, set, clear, forget_table};
