/* SPDX-License-Identifier: MPL-2.0 */
/*
 * SMMUv3 domains: a space (space.h) with a stage 2 table, where from-device mappings can be write-only, or a stage 1
 * table and its context descriptor; and what the unit must be told when the table changes.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../../base/state.h"
#include "smmuv3_driver.h"

enum {
	PAGE_BITS = 12,	    /* of the table format, whatever the library's page is */
	ONE_BY_ONE = 32,    /* pages that are invalidated alone; beyond, the whole domain is */
	RANGE_COMMANDS = 7, /* that make up any range */
};

/* ---- Invalidation ------------------------------------------------------------------------------------------ */

static int run_counted(struct smmu_unit *unit, const struct dma_command *commands, unsigned n)
{
	dma_count_invalidations(n);
	return dma_smmu_run(unit, commands, n);
}

static int invalidate_all(struct dma_space *space)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);
	struct smmu_unit *unit = dma_smmu_unit_of(domain->unit);
	struct dma_command command = smmu_tlbi_domain(unit->stage == 2, domain->id);

	return run_counted(unit, &command, 1);
}

/* 4.4.1.1: a range is (num + 1) << scale pages, num of 5 bits: any count is a sum of few, smallest scale first. A range
 * of one page, NUM, SCALE and TTL all 0, is reserved (CERROR_ILL, hazard 70): one page goes without a range. 0: too
 * many. */
static unsigned ranges(bool stage_2, unsigned id, uint64_t daddr, uint64_t pages, bool leaf,
		       struct dma_command commands[RANGE_COMMANDS])
{
	unsigned n = 0;

	while (pages) {
		unsigned scale = (unsigned)__builtin_ctzll(pages), num = (unsigned)(pages >> scale & 31);

		if (n == RANGE_COMMANDS || scale > 31)
			return 0;
		commands[n++] = smmu_tlbi(stage_2, id, daddr, leaf, num > 1 || scale, num - 1, scale);
		daddr += (uint64_t)num << (scale + PAGE_BITS);
		pages -= (uint64_t)num << scale;
	}
	return n;
}

static int invalidate(struct dma_space *space, uint64_t daddr, size_t npages, bool leaf_only)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);
	struct smmu_unit *unit = dma_smmu_unit_of(domain->unit);
	bool stage_2 = unit->stage == 2;
	uint64_t pages = (uint64_t)npages << (DMA_PAGE_SHIFT - PAGE_BITS);
	struct dma_command commands[ONE_BY_ONE];
	unsigned n = 0;

	if (unit->idr3 & SMMU_IDR3_RIL)
		n = ranges(stage_2, domain->id, daddr, pages, leaf_only, commands);
	else if (pages <= ONE_BY_ONE)
		for (; n < pages; n++)
			commands[n] = smmu_tlbi(stage_2, domain->id, daddr + ((uint64_t)n << PAGE_BITS), leaf_only,
						false, 0, 0);
	return n ? run_counted(unit, commands, n) : invalidate_all(space);
}

static const struct dma_unit_ops ops = {
	.attach = dma_unit_attach,
	.detach = dma_unit_detach,
	.block = dma_unit_block,
	.invalidate = invalidate,
	.invalidate_all = invalidate_all,
};

/* ---- Devices --------------------------------------------------------------------------------------------------- */

const char *dma_smmu_refuses(struct dma_unit_domain *base, const struct dma_device *dev)
{
	const struct smmu_unit *unit = dma_smmu_unit_of(base->unit);
	const struct smmu_domain *domain = dma_smmu_domain_of(&base->space);

	if (unit->stage == 1 && base->devices && domain->coherent != dev->coherent)
		return "devices that snoop and others cannot share a domain";
	return NULL;
}

/* MAIR decides how the device's accesses go out, so it is written when the first device is known. */
void dma_smmu_context_write(struct smmu_domain *domain, bool coherent)
{
	const struct smmu_unit *unit = dma_smmu_unit_of(domain->base.unit);
	const struct dma_table *table = &domain->base.space.table;
	struct smmu_cd *cd = dma_host_linear(domain->context, sizeof(*cd));
	const uint64_t words[] = {
		smmu_cd_0(domain->base.id, 64 - dma_format_width(table->format), unit->output_code) |
			(unit->base.reach.snoops ? SMMU_CD_CACHED : SMMU_CD_UNCACHED),
		table->root.raw,
		0,
		(coherent ? SMMU_MAIR_WRITE_BACK : SMMU_MAIR_NORMAL_NC) | SMMU_MAIR_DEVICE,
	};

	domain->coherent = coherent;
	for (unsigned i = 0; i < 4; i++)
		dma_arch_write_once(&cd->word[i], words[i], 8);
	dma_unit_clean(unit->base.reach, cd, sizeof(*cd));
	dma_publish();
}

/* ---- New domains ------------------------------------------------------------------------------------------------- */

_Static_assert(sizeof(struct smmu_domain) <= DMA_PAGE_SIZE, "a domain is a page");

void dma_smmu_domain_forget(struct dma_unit_domain *base)
{
	struct smmu_domain *domain = dma_smmu_domain_of(&base->space);

	if (domain->context.raw)
		dma_host_frames_free(domain->context, 1);
}

/* Bits of device addresses: stage 1 takes any, stage 2 as many as come out (3.4.1). */
static unsigned width_of(const struct smmu_unit *unit, const struct dma_format *format)
{
	unsigned width = dma_format_width(format);

	return unit->stage == 2 && unit->output_bits < width ? unit->output_bits : width;
}

/* Three levels, short walks, unless `last` lies beyond. Stage 2 may start at level 0 only where more than 42 bits come
 * out (DDI 0487, D8.2.7 and VTCR_EL2.SL0): with 40 or 42 the root is 2 or 8 tables of level 1 side by side. NULL:
 * nothing reaches it. */
static const struct dma_format *format_for(const struct smmu_unit *unit, uint64_t last)
{
	const struct dma_format *formats[2] = {&dma_format_lpae1_3, &dma_format_lpae1_4};

	if (unit->stage == 2) {
		formats[0] = &dma_format_lpae2_3;
		formats[1] = unit->output_bits > 42   ? &dma_format_lpae2_4
			     : unit->output_bits > 40 ? &dma_format_lpae2_42
			     : unit->output_bits > 39 ? &dma_format_lpae2_40
						      : NULL;
	}
	for (unsigned i = 0; i < 2; i++)
		if (formats[i] && !(last >> width_of(unit, formats[i])))
			return formats[i];
	return NULL;
}

int dma_smmu_domain_describe(struct dma_unit_domain *base, uint64_t last, struct dma_space_config *config)
{
	const struct smmu_unit *unit = dma_smmu_unit_of(base->unit);
	struct smmu_domain *domain = dma_smmu_domain_of(&base->space);
	const struct dma_format *format = format_for(unit, last);

	if (!format)
		return DMA_ENOTSUP;
	if (unit->stage == 1 && !dma_unit_frames(unit->base.reach, 1, DMA_PAGE_SIZE, &domain->context))
		return DMA_ENOMEM;
	config->unit = &ops;
	config->table = (struct dma_table_config){
		.format = format,
		.leaf_extra = unit->stage == 2 ? SMMU_LEAF_2 : SMMU_LEAF_1,
		.big_levels = format->big_levels,
		.snoops = unit->base.reach.snoops,
		.max_paddr = unit->base.reach.max_paddr,
	};
	config->last = ((uint64_t)1 << width_of(unit, format)) - 1;
	config->split_breaks = !dma_smmu_splits_in_place(unit);
	return 0;
}
