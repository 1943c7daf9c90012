/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Two devices whose requesters have the same bits 15:0: of two PCI segments, with longer ids than PCI has, or with the
 * very same id behind two IOMMUs.
 */
#include "scene.h"
#include <dmastream/errors.h>

enum { BOTH = 2 };

static struct apart {
	const struct scene *w;
	struct dma_stream s;
	unsigned told; /* faults of this device */
	struct dma_fault last;
} apart[BOTH];
static unsigned nobodys; /* faults of neither */

static void on_fault(const struct dma_fault *fault, void *context)
{
	bool known = false;

	(void)context;
	for (unsigned i = 0; i < BOTH; i++)
		if (fault->dev == apart[i].w->dev) {
			apart[i].told++;
			apart[i].last = *fault;
			known = true;
		}
	nobodys += !known;
}

static void map(struct apart *a)
{
	SIM_CHECK(dma_stream_alloc_uninit(&a->s, a->w->dev, DMA_BIDIRECTIONAL, 2) == 0);
}

/* It reaches its own memory, at addresses that may be the other's as well. */
static void own(struct apart *a)
{
	uint64_t paddr = 0;

	SIM_CHECK(a->w->look(a->w->device, dma_stream_daddr(&a->s).raw + 4096, true, &paddr) == 0);
	SIM_CHECK(paddr == dma_stream_paddr(&a->s).raw + 4096);
}

static uint64_t counted(const struct apart *a)
{
	struct dma_domain_stats stats;

	dma_domain_stats(*a->w->domain, &stats);
	return stats.faults;
}

/* A fault of one is its own, and is not counted for the other. */
static void faults(struct apart *a, struct apart *other, uint64_t daddr)
{
	uint64_t before = counted(a), others = counted(other), paddr;
	dma_paddr_t registers;

	a->told = other->told = nobodys = 0;
	SIM_CHECK(a->w->look(a->w->device, daddr, true, &paddr) == DMA_EFAULT);
	for (unsigned n = 0; n < 1000 && !a->told && !other->told && !nobodys; n++, sim_relax())
		(void)dma_iommu_poll_all();
	SIM_CHECK(a->told == 1 && a->last.requester == a->w->requester && a->last.daddr.raw == daddr);
	SIM_CHECK(dma_iommu_registers_of(a->w->iommu, a->w->requester, &registers));
	SIM_CHECK(a->last.registers.raw == registers.raw);
	SIM_CHECK(other->told == 0 && nobodys == 0);
	SIM_CHECK(counted(a) == before + 1 && counted(other) == others);
}

static void attach(struct apart *a)
{
	struct dma_device_config config = sim_device_dma(a->w->device);

	config.domain = *a->w->domain;
	SIM_CHECK(dma_device_init(a->w->dev, &config) == 0);
}

/* What nobody has any more is tried: no device hears of it, least of all the other one. */
static void nobodys_faults(struct apart *a, struct apart *other, uint64_t daddr)
{
	uint64_t before = counted(other);

	while (dma_iommu_poll_all())
		;
	a->told = other->told = 0;
	scene_blocked(a->w, daddr);
	for (unsigned n = 0; n < 20; n++, sim_relax())
		(void)dma_iommu_poll_all();
	SIM_CHECK(a->told == 0 && other->told == 0 && counted(other) == before);
}

/* Which of two IOMMUs with one id is in front of a device that names none of them nobody knows: it is refused. */
static void no_bypass(struct apart *a)
{
	struct dma_device_config config = sim_device_dma(a->w->device);

	config.domain = &dma_domain_passthrough;
	SIM_CHECK(dma_device_init(a->w->dev, &config) == DMA_EINVAL);
	config.domain = NULL;
	SIM_CHECK(dma_device_init(a->w->dev, &config) == DMA_EINVAL);
	scene_blocked(a->w, 0x10000);
}

/* Whatever happens to one happens to it alone. */
static void one(struct apart *a, struct apart *other)
{
	uint64_t daddr;

	faults(a, other, 0x40005000);
	map(a);
	own(a);
	own(other);
	daddr = dma_stream_daddr(&a->s).raw;
	dma_stream_release(&a->s);
	SIM_CHECK(!a->w->deferred || dma_domain_flush(*a->w->domain) == 0);
	scene_blocked(a->w, daddr);
	own(other);
	SIM_CHECK(dma_device_fini(a->w->dev) == 0);
	nobodys_faults(a, other, daddr);
	nobodys_faults(a, other, dma_stream_daddr(&other->s).raw);
	if (a->w->requester == other->w->requester)
		no_bypass(a);
	own(other);
	attach(a);
	map(a);
	own(a);
	own(other);
	SIM_CHECK(dma_device_block(a->w->dev) == 0);
	scene_blocked(a->w, dma_stream_daddr(&a->s).raw);
	own(other);
	dma_stream_release(&a->s);
	SIM_CHECK(dma_device_fini(a->w->dev) == 0);
	attach(a);
}

void scene_apart(const struct scene *w)
{
	apart[0] = (struct apart){.w = w};
	apart[1] = (struct apart){.w = w->next};
	SIM_CHECK((uint16_t)w->requester == (uint16_t)w->next->requester);
	SIM_CHECK(w->requester != w->next->requester || w->iommu != w->next->iommu);
	dma_iommu_on_fault(on_fault, NULL);
	for (unsigned i = 0; i < 2 * BOTH; i++) {
		struct apart *a = &apart[i % BOTH], *other = &apart[(i + 1) % BOTH];

		while (dma_iommu_poll_all()) /* those of the step before */
			;
		map(other);
		one(a, other);
		dma_stream_release(&other->s);
	}
	dma_iommu_on_fault(NULL, NULL);
	scene_traffic(w, 2, 1);
	scene_traffic(w->next, 2, 2);
}

/* ---- One behind each of two units -------------------------------------------------------------------------------- */

static void own_unit_alone(const struct scene *w, const struct scene *other)
{
	struct dma_stream s = {0};
	uint64_t daddr, paddr = 0;

	if (!SIM_CHECK(dma_stream_alloc_uninit(&s, w->dev, DMA_BIDIRECTIONAL, 1) == 0))
		return;
	daddr = dma_stream_daddr(&s).raw;
	SIM_CHECK(w->look(w->device, daddr, true, &paddr) == 0 && paddr == dma_stream_paddr(&s).raw);
	scene_blocked(other, daddr);
	dma_stream_release(&s);
	scene_blocked(w, daddr);
}

void scene_own_unit(const struct scene *w)
{
	const struct scene *other = w->next;

	SIM_CHECK(w->unit != other->unit);
	own_unit_alone(w, other);
	own_unit_alone(other, w);
	scene_traffic(w, 2, 1);
	scene_traffic(other, 2, 2);
}
