/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains of a unit, made and unmade.
 */
#include "../../base/state.h"
#include "unit_devices.h"
#include <dmastream/errors.h>

static void link_domain(struct dma_unit_domain *domain)
{
	uintptr_t state = dma_host_lock(&domain->unit->lock);

	domain->next = domain->unit->domains;
	domain->unit->domains = domain;
	dma_host_unlock(&domain->unit->lock, state);
}

static void unlink_domain(struct dma_unit_domain *domain)
{
	struct dma_unit *unit = domain->unit;
	uintptr_t state = dma_host_lock(&unit->lock);
	struct dma_unit_domain **link = &unit->domains;

	while (*link != domain)
		link = &(*link)->next;
	*link = domain->next;
	while (unit->reporting) {
		dma_host_unlock(&unit->lock, state);
		state = dma_host_lock(&unit->lock);
	}
	dma_host_unlock(&unit->lock, state);
}

static int note_requesters(struct dma_unit_domain *domain, const struct dma_iommu_domain_config *asked)
{
	domain->requester = asked->requester;
	domain->requesters = (struct dma_unit_requesters){&domain->requester, 1 + asked->nothers};
	if (!asked->nothers)
		return 0;
	if (asked->nothers >= DMA_PAGE_SIZE / sizeof(uint32_t))
		return DMA_ENOSPC;
	domain->others = dma_host_page_alloc();
	if (!domain->others)
		return DMA_ENOMEM;
	domain->others[0] = asked->requester;
	dma_arch_copy(&domain->others[1], asked->others, asked->nothers * sizeof(uint32_t));
	domain->requesters.of = domain->others;
	return 0;
}

static void forget_requesters(struct dma_unit_domain *domain)
{
	if (domain->others)
		dma_host_page_free(domain->others);
}

/* The first of the unit's formats that reaches `last`: few levels, short walks (hazard 33). 0, DMA_ENOTSUP. */
static int choose_format(const struct dma_unit *unit, uint64_t last, struct dma_space_config *config)
{
	for (unsigned i = 0; i < DMA_UNIT_FORMATS && unit->formats[i]; i++) {
		unsigned width = dma_format_width(unit->formats[i]);

		width = unit->width && unit->width < width ? unit->width : width;
		if (last >> width)
			continue;
		config->table.format = unit->formats[i];
		config->last = ((uint64_t)1 << width) - 1;
		while (config->nreserved && config->reserved[config->nreserved - 1].daddr > config->last)
			config->nreserved--;
		return 0;
	}
	return unit->formats[0] ? DMA_ENOTSUP : 0; /* no tables that we know of */
}

/* The space of a new domain: what the unit says, what the caller asks for, and the requester's regions. 0 or an error:
 * nothing is left, or DMA_ETIMEDOUT: its memory is the hardware's for ever. */
static int make_space(struct dma_unit_domain *domain, const struct dma_iommu_domain_config *asked)
{
	struct dma_unit *unit = domain->unit;
	struct dma_space_config config = unit->space;
	uint64_t last;
	int error = dma_unit_regions_last(unit->regions, domain->requesters, &last);

	config.table.snoops = unit->reach.snoops;
	config.table.max_paddr = unit->reach.max_paddr;
	if (!error)
		error = choose_format(unit, last, &config);
	if (!error && unit->driver->domain_describe)
		error = unit->driver->domain_describe(domain, &config);
	if (!error)
		error = dma_unit_regions_fit(domain);
	if (error)
		return error;
	config.deferred = asked->deferred;
	config.table.registers_extra = unit->device_extra;
	if (asked->no_big_pages)
		config.table.big_levels = 0;
	config.batch_count = asked->batch_count;
	config.batch_bytes = asked->batch_bytes;
	config.batch_ns = asked->batch_ns;
	error = dma_space_init(&domain->space, &config);
	if (error)
		return error;
	for (size_t i = 0; i < domain->nreserved && !error; i++)
		error = dma_space_reserve(&domain->space, domain->reserved[i].daddr, domain->reserved[i].nbytes);
	for (size_t i = 0; i < asked->nreserved && !error; i++)
		error = dma_space_reserve(&domain->space, asked->reserved[i].daddr_base.raw, asked->reserved[i].size);
	if (!error)
		error = dma_unit_regions_reserve(unit->regions, domain->requesters, &domain->space);
	if (!error)
		error = dma_unit_regions_map(domain);
	if (error && dma_space_fini(&domain->space))
		return DMA_ETIMEDOUT;
	return error;
}

/* What a domain has beside its space. */
static void forget(struct dma_unit_domain *domain)
{
	struct dma_unit *unit = domain->unit;

	if (unit->driver->domain_forget)
		unit->driver->domain_forget(domain);
	if (domain->reserved)
		dma_host_page_free(domain->reserved);
	if (domain->id)
		dma_unit_id_put(&unit->ids, domain->id);
	forget_requesters(domain);
	dma_host_page_free(domain);
}

int dma_unit_domain_create(struct dma_unit *unit, const struct dma_iommu_domain_config *asked, struct dma_domain **out)
{
	struct dma_unit_domain *domain = dma_host_page_alloc();
	int error;

	if (!domain)
		return DMA_ENOMEM;
	dma_arch_fill(domain, 0, DMA_PAGE_SIZE);
	domain->unit = unit;
	error = note_requesters(domain, asked);
	if (error)
		goto no_requesters;
	error = DMA_ENOSPC;
	domain->id = unit->nids ? (uint16_t)dma_unit_id_get(&unit->ids) : 0;
	if (unit->nids && !domain->id)
		goto no_id;
	error = make_space(domain, asked);
	if (error == DMA_ETIMEDOUT)
		return error;
	if (error)
		goto no_space;
	link_domain(domain);
	*out = &domain->space.domain;
	return 0;

no_space:
	forget(domain);
	return error;
no_id:
	forget_requesters(domain);
no_requesters:
	dma_host_page_free(domain);
	return error;
}

int dma_unit_domain_destroy(struct dma_unit_domain *domain)
{
	struct dma_unit *unit = domain->unit;
	int error;

	if (domain->devices)
		return DMA_EBUSY;
	if (unit->running && dma_queue_failed(&unit->queue)) /* it may use what it has cached for ever: it keeps all */
		return DMA_ETIMEDOUT;
	/* The next owner of the id must not find anything. */
	error = unit->running && domain->space.unit ? domain->space.unit->invalidate_all(&domain->space) : 0;
	if (error)
		return error;
	unlink_domain(domain); /* before it goes: fault reports look for it */
	error = dma_space_fini(&domain->space);
	if (error) {
		link_domain(domain);
		return error;
	}
	forget(domain);
	return 0;
}
