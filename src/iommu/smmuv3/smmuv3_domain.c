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
	struct smmu_domain *domain = dma_smmu_domain_of(space);
	struct dma_command command = smmu_tlbi_domain(domain->unit->stage == 2, domain->id);

	return run_counted(domain->unit, &command, 1);
}

/* 4.4.1.1: a range is (num + 1) << scale pages, num of 5 bits: any count is a sum of few, smallest scale first. 0:
 * too many. */
static unsigned ranges(bool stage_2, unsigned id, uint64_t daddr, uint64_t pages, bool leaf,
		       struct dma_command commands[RANGE_COMMANDS])
{
	unsigned n = 0;

	while (pages) {
		unsigned scale = (unsigned)__builtin_ctzll(pages), num = (unsigned)(pages >> scale & 31);

		if (n == RANGE_COMMANDS || scale > 31)
			return 0;
		commands[n++] = smmu_tlbi(stage_2, id, daddr, leaf, true, num - 1, scale);
		daddr += (uint64_t)num << (scale + PAGE_BITS);
		pages -= (uint64_t)num << scale;
	}
	return n;
}

static int invalidate(struct dma_space *space, uint64_t daddr, size_t npages, bool leaf_only)
{
	struct smmu_domain *domain = dma_smmu_domain_of(space);
	bool stage_2 = domain->unit->stage == 2;
	uint64_t pages = (uint64_t)npages << (DMA_PAGE_SHIFT - PAGE_BITS);
	struct dma_command commands[ONE_BY_ONE];
	unsigned n = 0;

	if (domain->unit->idr3 & SMMU_IDR3_RIL)
		n = ranges(stage_2, domain->id, daddr, pages, leaf_only, commands);
	else if (pages <= ONE_BY_ONE)
		for (; n < pages; n++)
			commands[n] = smmu_tlbi(stage_2, domain->id, daddr + ((uint64_t)n << PAGE_BITS), leaf_only,
						false, 0, 0);
	return n ? run_counted(domain->unit, commands, n) : invalidate_all(space);
}

/* ---- Devices --------------------------------------------------------------------------------------------------- */

static void link_device(struct smmu_domain *domain, struct dma_device *dev)
{
	uintptr_t state = dma_host_lock(&domain->unit->table_lock);

	dev->backend = domain->devices;
	domain->devices = dev;
	dma_host_unlock(&domain->unit->table_lock, state);
}

static void unlink_device(struct smmu_domain *domain, struct dma_device *dev)
{
	uintptr_t state = dma_host_lock(&domain->unit->table_lock);
	struct dma_device **link = &domain->devices;

	while (*link && *link != dev)
		link = (struct dma_device **)(void *)&(*link)->backend;
	if (*link)
		*link = dev->backend;
	dev->backend = NULL;
	while (domain->unit->reporting) { /* a fault report may be reading it */
		dma_host_unlock(&domain->unit->table_lock, state);
		state = dma_host_lock(&domain->unit->table_lock);
	}
	dma_host_unlock(&domain->unit->table_lock, state);
}

/* True if a driver's device has that stream. */
static bool taken(struct smmu_unit *unit, uint32_t stream)
{
	uintptr_t state = dma_host_lock(&unit->table_lock);
	bool found = false;

	for (struct smmu_domain *domain = unit->domains; domain; domain = domain->next)
		for (struct dma_device *dev = domain->devices; dev; dev = dev->backend)
			found = found || dev->requester == stream;
	dma_host_unlock(&unit->table_lock, state);
	return found;
}

/* Stage 1: MAIR decides how the device's accesses go out, so it is written when the first device is known. The unit
 * does not look at it before an entry of the stream table names it. */
static void write_context(const struct smmu_domain *domain)
{
	const struct smmu_unit *unit = domain->unit;
	struct smmu_cd *cd = dma_host_linear(domain->context, sizeof(*cd));
	unsigned bits = dma_format_width(domain->space.table.format);
	const uint64_t words[] = {
		smmu_cd_0(domain->id, 64 - bits, unit->output_code) |
			(unit->snoops ? SMMU_CD_CACHED : SMMU_CD_UNCACHED),
		domain->space.table.root.raw,
		0,
		domain->coherent ? SMMU_MAIR_WRITE_BACK : SMMU_MAIR_NORMAL_NC,
	};

	for (unsigned i = 0; i < 4; i++)
		dma_arch_write_once(&cd->word[i], words[i], 8);
	dma_smmu_clean(unit, cd, sizeof(*cd));
	dma_publish();
}

static int attach(struct dma_space *space, struct dma_device *dev)
{
	struct smmu_domain *domain = dma_smmu_domain_of(space);
	struct smmu_unit *unit = domain->unit;
	int error;

	if (dev->requester >> unit->stream_bits || taken(unit, dev->requester)) {
		dma_log("smmuv3: %s: stream %x is beyond the stream table, or has a domain already", dev->name,
			(uint64_t)dev->requester);
		return DMA_ENOTSUP;
	}
	if (unit->stage == 1 && domain->devices && domain->coherent != dev->coherent) {
		dma_log("smmuv3: %s: coherent and other devices cannot share a domain", dev->name);
		return DMA_ENOTSUP;
	}
	if (unit->stage == 1 && !domain->devices) {
		domain->coherent = dev->coherent;
		write_context(domain);
	}
	error = dma_smmu_stream_clear(unit, dev->requester); /* firmware's, if it had one */
	if (!error)
		error = dma_smmu_stream_set(unit, dev->requester, domain, dev->coherent);
	if (error) {
		if (!dma_smmu_stream_clear(unit, dev->requester))
			dma_smmu_stream_trim(unit, dev->requester);
		return error;
	}
	link_device(domain, dev);
	return 0;
}

static void detach(struct dma_space *space, struct dma_device *dev)
{
	struct smmu_domain *domain = dma_smmu_domain_of(space);

	if (!dma_smmu_stream_clear(domain->unit, dev->requester))
		dma_smmu_stream_trim(domain->unit, dev->requester);
	unlink_device(domain, dev);
}

/* Where the unit no longer takes commands, the entry alone stops nothing that it has cached: then everything behind
 * it is aborted. */
static int block(struct dma_space *space, struct dma_device *dev)
{
	struct smmu_domain *domain = dma_smmu_domain_of(space);
	int error = 0;

	if (dev)
		error = dma_smmu_stream_clear(domain->unit, dev->requester);
	else
		for (dev = domain->devices; dev && !error; dev = dev->backend)
			error = dma_smmu_stream_clear(domain->unit, dev->requester);
	return error ? dma_smmu_abort_all(domain->unit) : 0;
}

static const struct dma_unit_ops ops = {
	.attach = attach,
	.detach = detach,
	.block = block,
	.invalidate = invalidate,
	.invalidate_all = invalidate_all,
};

/* ---- Made and unmade --------------------------------------------------------------------------------------------- */

_Static_assert(sizeof(struct smmu_domain) <= DMA_PAGE_SIZE, "a domain is a page");

/* Of a domain that the unit does not know, or not any more. */
static void domain_free(struct smmu_domain *domain)
{
	if (domain->context.raw)
		dma_host_frames_free(domain->context, 1);
	dma_host_page_free(domain);
}

/* VMIDs or ASIDs; 0 is not used. 0: none left. */
static unsigned id_get(struct smmu_unit *unit)
{
	bool wide = unit->idr0 & (unit->stage == 2 ? SMMU_IDR0_VMID16 : SMMU_IDR0_ASID16);
	unsigned count = wide ? SMMU_ID_WORDS * 64 : 256, id = 0;
	uintptr_t state = dma_host_lock(&unit->table_lock);

	for (unsigned i = 1; i < count && !id; i++)
		if (!(unit->ids[i / 64] >> i % 64 & 1))
			id = i;
	if (id)
		unit->ids[id / 64] |= (uint64_t)1 << id % 64;
	dma_host_unlock(&unit->table_lock, state);
	return id;
}

static void id_put(struct smmu_unit *unit, unsigned id)
{
	uintptr_t state = dma_host_lock(&unit->table_lock);

	unit->ids[id / 64] &= ~((uint64_t)1 << id % 64);
	dma_host_unlock(&unit->table_lock, state);
}

/* Bits of device addresses: stage 1 takes any, stage 2 as many as come out (3.4.1). */
static unsigned width_of(const struct smmu_unit *unit, const struct dma_format *format)
{
	unsigned width = dma_format_width(format);

	return unit->stage == 2 && unit->output_bits < width ? unit->output_bits : width;
}

/* Three levels, short walks, unless a region lies beyond. NULL: nothing reaches it. */
static const struct dma_format *format_for(const struct smmu_unit *unit, const struct dma_reserved *regions, size_t n)
{
	static const struct dma_format *const formats[2][2] = {{&dma_format_lpae1_3, &dma_format_lpae1_4},
							       {&dma_format_lpae2_3, &dma_format_lpae2_4}};

	for (unsigned i = 0; i < 2; i++) {
		const struct dma_format *format = formats[unit->stage - 1][i];

		if (i == 1 && unit->stage == 2 && unit->output_bits <= dma_format_width(formats[1][0]))
			break; /* a root of less than two entries is no root */
		if (dma_unit_reaches(regions, n, width_of(unit, format)))
			return format;
	}
	return NULL;
}

_Static_assert(SMMU_MAX_REGIONS + DMA_UNIT_WINDOWS <= DMA_UNIT_HOLES, "regions, and the host's windows");

static int make_space(struct smmu_domain *domain, const struct dma_iommu_domain_config *config)
{
	const struct smmu_unit *unit = domain->unit;
	const struct dma_format *format;
	struct dma_unit_holes holes;
	struct dma_space_config space;
	int error = dma_smmu_regions_of(unit, config->requester, holes.at, &holes.nregions);

	if (error)
		return error;
	format = format_for(unit, holes.at, holes.nregions);
	if (!format)
		return DMA_ENOTSUP;
	holes.n = holes.nregions;
	space = (struct dma_space_config){
		.unit = &ops,
		.table = {.format = format,
			  .leaf_extra = unit->stage == 2 ? SMMU_LEAF_2 : SMMU_LEAF_1,
			  .big_levels = format->big_levels,
			  .snoops = unit->snoops,
			  .max_paddr = unit->max_paddr},
		.last = ((uint64_t)1 << width_of(unit, format)) - 1,
		.split_breaks = !dma_smmu_splits_in_place(unit),
	};
	return dma_unit_space_init(&domain->space, &space, config, &holes);
}

int dma_smmu_domain_create(struct dma_iommu *iommu, const struct dma_iommu_domain_config *config,
			   struct dma_domain **out)
{
	struct smmu_unit *unit = dma_smmu_of(iommu);
	struct smmu_domain *domain;
	uintptr_t state;
	int error;

	if (config->requester >> unit->stream_bits)
		return DMA_ENODEV;
	domain = dma_host_page_alloc();
	if (!domain)
		return DMA_ENOMEM;
	dma_arch_fill(domain, 0, sizeof(*domain));
	domain->unit = unit;
	error = DMA_ENOMEM;
	if (unit->stage == 1 && !dma_smmu_pages(unit, 1, DMA_PAGE_SIZE, &domain->context))
		goto no_id;
	error = DMA_ENOSPC;
	domain->id = (uint16_t)id_get(unit);
	if (!domain->id)
		goto no_id;
	error = make_space(domain, config);
	if (error == DMA_ETIMEDOUT) /* its frames are the hardware's for ever */
		return error;
	if (error)
		goto no_space;
	state = dma_host_lock(&unit->table_lock);
	domain->next = unit->domains;
	unit->domains = domain;
	dma_host_unlock(&unit->table_lock, state);
	*out = &domain->space.domain;
	return 0;

no_space:
	id_put(unit, domain->id);
no_id:
	domain_free(domain);
	return error;
}

int dma_smmu_domain_destroy(struct dma_iommu *iommu, struct dma_domain *old)
{
	struct smmu_domain *domain = dma_smmu_domain_of(dma_space_of(old));
	struct smmu_unit *unit = dma_smmu_of(iommu);
	struct smmu_domain **link = &unit->domains;
	uintptr_t state;
	int error;

	if (domain->devices)
		return DMA_EBUSY;
	if (dma_queue_failed(&unit->queue)) /* it may use what it has cached for ever: nothing of it can go back */
		return DMA_ETIMEDOUT;
	error = invalidate_all(&domain->space); /* the next owner of the id must not find anything */
	if (!error)
		error = dma_space_fini(&domain->space);
	if (error)
		return error;
	state = dma_host_lock(&unit->table_lock);
	while (*link != domain)
		link = &(*link)->next;
	*link = domain->next;
	dma_host_unlock(&unit->table_lock, state);
	id_put(unit, domain->id);
	domain_free(domain);
	return 0;
}

int dma_smmu_domain_for_firmware(struct smmu_domain *domain, uint32_t stream)
{
	domain->firmware = true;
	domain->coherent = true;
	if (domain->unit->stage == 1)
		write_context(domain);
	return dma_smmu_stream_set(domain->unit, stream, domain, true);
}
