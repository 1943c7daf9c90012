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
 * Of a context, tc says that it is valid. With the second stage one other word says which domain translates: iohgatp
 * has its table, number and depth, so that one store of it takes a device from one domain to another. With the first
 * stage the number stands in ta and the rest in fsc: the unit may read one before and one after they change, so that
 * the device is blocked in between.
 *
 * Where the unit has MSI page tables, that of the domain is a second such word, msiptp: it is off while iohgatp
 * changes, and messages go through the domain's tables, which have its interrupt files, too.
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

static struct dma_unit_log ring(unsigned n, unsigned words, enum riscv_register tail, enum riscv_register head)
{
	return (struct dma_unit_log){
		.count = n, .words = words, .span = n, .tail_register = tail, .head_register = head, .step = 1};
}

/* The fewest levels that hold the ids and that the unit takes. */
int dma_riscv_memory(struct dma_unit *base)
{
	const struct dma_riscv_config *config = base->iommu->config;
	struct riscv_unit *unit = dma_riscv_unit_of(base);
	unsigned bits = dma_unit_requester_bits(base, config->last_device, USUAL_BITS),
		 leaf = unit->capabilities & RISCV_CAP_MSI_FLAT ? 6 : 7, levels = 1;
	int error = dma_riscv_ask_levels(base);

	while (levels <= 3 && (bits > leaf + DIRECTORY_BITS * (levels - 1) || !(unit->takes >> levels & 1)))
		levels++;
	if (error || levels > 3 || bits > MOST_BITS)
		return error ? error : DMA_ENOTSUP;
	bits = bits > leaf ? bits : leaf;
	unit->levels = (uint8_t)levels;
	base->last = (1u << bits) - 1;
	if (!unit->first && unit->capabilities & RISCV_CAP_MSI_FLAT)
		dma_unit_doorbells_find(base, RISCV_GUEST_BITS(unit->capabilities), &unit->files);
	base->tables = (struct dma_unit_tables){
		.mask = UINT32_MAX,
		.entry = RISCV_TABLE >> leaf,
		.used = ~(uint64_t)0,
		.filling = RISCV_TC_FILLED,
		.words = unit->first	     ? RISCV_DC_FSC + 1
			 : unit->files.nruns ? RISCV_DC_MSI_PATTERN + 1
					     : RISCV_DC_IOHGATP + 1,
		.apart = unit->files.nruns ? RISCV_DC_MSIPTP : 0,
		.naming = unit->first ? RISCV_DC_TA : 0,
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
	error = dma_unit_log_make(base, &base->log, ring(RISCV_FAULTS, RISCV_FAULT_WORDS, RISCV_FQT, RISCV_FQH));
	if (!error && unit->capabilities & RISCV_CAP_ATS)
		error = dma_unit_log_make(base, &base->requests,
					  ring(RISCV_REQUESTS, RISCV_REQUEST_WORDS, RISCV_PQT, RISCV_PQH));
	return error;
}

/* ---- Contexts ---------------------------------------------------------------------------------------------------- */

/* domain NULL: neither stage translates. coherent: the bus knows. */
static int describe(struct dma_unit *base, struct dma_unit_domain *domain, bool coherent, uint64_t *words)
{
	const struct dma_table *table = domain ? &domain->space.table : NULL;
	uint64_t tables = table ? riscv_tables(table->format->levels, table->root.raw) : 0;
	uint64_t id = domain ? domain->id : 0;
	const struct riscv_unit *unit = dma_riscv_unit_of(base);

	(void)coherent;
	words[RISCV_DC_TC] = RISCV_TC_V;
	if (unit->first) {
		words[RISCV_DC_TA] = id << RISCV_PSCID_SHIFT;
		words[RISCV_DC_FSC] = tables;
	} else {
		words[RISCV_DC_IOHGATP] = tables | id << RISCV_GSCID_SHIFT;
		words[RISCV_DC_MSIPTP] = domain ? dma_riscv_domain_of(domain)->messages : 0;
		words[RISCV_DC_MSI_MASK] = unit->files.mask;
		words[RISCV_DC_MSI_PATTERN] = unit->files.pattern;
	}
	return 0;
}

/* "Changing device directory table entry": the context, then what was translated by it. A fence between, since the
 * unit may execute commands in any order. */
static int forget(struct dma_unit *base, uint32_t device, uint64_t former, uint64_t now)
{
	bool first = dma_riscv_unit_of(base)->first;
	unsigned id = first ? RISCV_PSCID(former) : RISCV_GSCID(former);
	const struct dma_command commands[] = {riscv_device(device), riscv_fence(), riscv_domain(first, id),
					       riscv_guest(RISCV_IOTINVAL_VMA, id)};

	(void)now;
	return dma_riscv_run(base, commands, id ? (first ? 3 : 4) : 1);
}

/* With a device's id the unit forgets its context alone. */
static int forget_table(struct dma_unit *base, uint32_t device)
{
	const struct dma_command all = riscv_all(RISCV_INVAL_DDT);

	(void)device;
	return dma_riscv_run(base, &all, 1);
}

const struct dma_unit_entry_ops dma_riscv_entries = {
	.describe = describe, .forget = forget, .forget_table = forget_table};
