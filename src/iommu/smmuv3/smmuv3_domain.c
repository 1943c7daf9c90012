/* SPDX-License-Identifier: MPL-2.0 */
/*
 * SMMUv3 domains: a space (space.h) with a stage 2 table, where from-device mappings can be write-only, or a stage 1
 * table and its context descriptor; and what the unit must be told when the table changes.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "../table/iommu_frames.h"
#include "smmuv3_driver.h"

enum {
	PAGE_BITS = 12,	    /* of the table format, whatever the library's page is */
	ONE_BY_ONE = 32,    /* pages that are invalidated alone; beyond, the whole domain is */
	RANGE_COMMANDS = 7, /* that make up any range */
};

static int run_counted(struct dma_unit *unit, uint64_t daddr, const struct dma_command *commands, unsigned n)
{
	dma_count_invalidations(daddr, n);
	return dma_smmu_run(unit, commands, n);
}

static int invalidate_all(struct dma_space *space)
{
	struct dma_unit_domain *domain = dma_unit_domain_of(space);
	struct dma_command command = smmu_tlbi_domain(dma_smmu_unit_of(domain->unit)->stage == 2, domain->id);

	return run_counted(domain->unit, 0, &command, 1);
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

	if (pages == 1) /* most releases: neither a range to encode nor a loop */
		commands[n++] = smmu_tlbi(stage_2, domain->id, daddr, leaf_only, false, 0, 0);
	else if (unit->idr3 & SMMU_IDR3_RIL)
		n = ranges(stage_2, domain->id, daddr, pages, leaf_only, commands);
	else if (pages <= ONE_BY_ONE)
		for (; n < pages; n++)
			commands[n] = smmu_tlbi(stage_2, domain->id, daddr + ((uint64_t)n << PAGE_BITS), leaf_only,
						false, 0, 0);
	return n ? run_counted(domain->unit, daddr, commands, n) : invalidate_all(space);
}

static const struct dma_unit_ops ops = {DMA_UNIT_DEVICE_OPS, .invalidate = invalidate,
					.invalidate_all = invalidate_all};

/* MAIR decides how the device's accesses go out, so it is written when the first device is known. */
void dma_smmu_context_write(struct smmu_domain *domain, bool coherent)
{
	const struct smmu_unit *unit = dma_smmu_unit_of(domain->base.unit);
	const struct dma_table *table = &domain->base.space.table;
	uint64_t *cd = dma_host_linear(domain->context, SMMU_CD_BYTES);
	const uint64_t words[] = {
		smmu_cd_0(domain->base.id, 64 - dma_format_width(table->format), unit->output_code) |
			(unit->base.reach.snoops ? SMMU_CD_CACHED : SMMU_CD_UNCACHED),
		table->root.raw,
		0,
		(coherent ? SMMU_MAIR_WRITE_BACK : SMMU_MAIR_NORMAL_NC) | SMMU_MAIR_DEVICE,
	};

	domain->coherent = coherent;
	for (unsigned i = 0; i < 4; i++)
		dma_arch_write_once(&cd[i], words[i], 8);
	dma_unit_clean(unit->base.reach, cd, SMMU_CD_BYTES); /* published with the stream's entry, which leads there */
}

void dma_smmu_domain_forget(struct dma_unit_domain *base)
{
	struct smmu_domain *domain = dma_smmu_domain_of(base);

	if (domain->context.raw)
		dma_iommu_frames_free(domain->context, 1);
}

int dma_smmu_domain_describe(struct dma_unit_domain *base, struct dma_space_config *config)
{
	(void)config;
	if (dma_smmu_unit_of(base->unit)->stage == 1 &&
	    !dma_unit_frames(base->unit->reach, 1, DMA_PAGE_SIZE, &dma_smmu_domain_of(base)->context))
		return DMA_ENOMEM;
	return 0;
}

/* Stage 1 takes addresses of any length, stage 2 as many bits as come out (3.4.1), and it may start at level 0 only
 * where more than 42 come out (DDI 0487, D8.2.7 and VTCR_EL2.SL0): with 40 or 42 the root is 2 or 8 tables of level 1
 * side by side. */
void dma_smmu_domains_describe(struct smmu_unit *unit)
{
	struct dma_unit *base = &unit->base;
	unsigned bits = unit->output_bits;

	base->space.unit = &ops;
	base->space.split_breaks = !dma_smmu_splits_in_place(unit);
	if (unit->stage == 1) {
		base->formats[0] = &dma_format_lpae1_3;
		base->formats[1] = &dma_format_lpae1_4;
		base->space.table.leaf_extra = SMMU_LEAF_1;
		base->device_extra = SMMU_LEAF_1_DEVICE;
		return;
	}
	base->formats[0] = &dma_format_lpae2_3;
	base->formats[1] = bits > 42   ? &dma_format_lpae2_4
			   : bits > 40 ? &dma_format_lpae2_42
			   : bits > 39 ? &dma_format_lpae2_40
				       : NULL;
	base->width = bits;
	base->space.table.leaf_extra = SMMU_LEAF_2;
	base->device_extra = SMMU_LEAF_2_DEVICE;
}
