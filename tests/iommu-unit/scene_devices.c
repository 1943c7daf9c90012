/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains and their devices: made, shared, blocked, bypassed, and what is refused.
 */
#include "../../src/iommu/table/format.h"
#include "scene.h"
#include <dmastream/errors.h>
#include <string.h>

static struct dma_device_config config_for(const struct scene *w, struct dma_domain *domain)
{
	struct dma_device_config config = sim_device_dma(w->device);

	config.domain = domain;
	return config;
}

void scene_arguments(const struct scene *w)
{
	const struct dma_window wraps = {{0}, dma_daddr(UINT64_MAX - 4095), 8192},
				nothing = {{0}, dma_daddr(0x100000), 0};
	static uint32_t others[DMA_PAGE_SIZE / sizeof(uint32_t)]; /* more than a domain notes */
	struct dma_iommu_domain_config config = {.requester = w->requester};
	struct dma_domain_stats stats = {.pages_pending = 7};
	struct dma_domain *domain = NULL;

	SIM_CHECK(dma_iommu_domain_create(NULL, &config, &domain) == DMA_EINVAL);
	SIM_CHECK(dma_iommu_domain_create(w->iommu, NULL, &domain) == DMA_EINVAL);
	SIM_CHECK(dma_iommu_domain_create(w->iommu, &config, NULL) == DMA_EINVAL);
	SIM_CHECK(dma_iommu_domain_destroy(NULL, *w->domain) == DMA_EINVAL);
	SIM_CHECK(dma_iommu_domain_destroy(w->iommu, NULL) == DMA_EINVAL);
	SIM_CHECK(dma_iommu_poll(NULL) == 0);
	while (dma_iommu_poll(w->iommu)) /* what was tried before there was a domain */
		;
	dma_domain_stats(&dma_domain_passthrough, &stats);
	SIM_CHECK(stats.pages_pending == 0 && stats.pages_mapped_tables == 0);
	config.reserved = &wraps;
	config.nreserved = 1;
	SIM_CHECK(dma_iommu_domain_create(w->iommu, &config, &domain) == DMA_EINVAL && domain == NULL);
	config.reserved = NULL;
	config.nreserved = 0;
	config.nothers = 1;
	SIM_CHECK(dma_iommu_domain_create(w->iommu, &config, &domain) == DMA_EINVAL); /* there are none */
	config.others = others;
	others[0] = UINT32_MAX;
	SIM_CHECK(dma_iommu_domain_create(w->iommu, &config, &domain) == DMA_ENODEV); /* no unit is in front of it */
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		others[i] = w->requester;
	sim_fail_hook(SIM_HOOK_PAGE_ALLOC, 2); /* the second page is theirs */
	SIM_CHECK(dma_iommu_domain_create(w->iommu, &config, &domain) == DMA_ENOMEM);
	config.nothers = sizeof(others) / sizeof(others[0]);
	SIM_CHECK(dma_iommu_domain_create(w->iommu, &config, &domain) == DMA_ENOSPC && domain == NULL);
	config.nothers = 0;
	config.reserved = &nothing;
	config.nreserved = 1;
	SIM_CHECK(dma_iommu_domain_create(w->iommu, &config, &domain) == 0);
	/* The first domain goes before the second. */
	SIM_CHECK(dma_device_fini(w->dev) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(w->iommu, *w->domain) == 0);
	*w->domain = domain;
}

/* A domain's number goes to another when it is destroyed: nothing that was cached under it leads anywhere. */
void scene_numbers_again(const struct scene *w)
{
	for (unsigned n = 0; n < 6; n++) {
		struct dma_iommu_domain_config domain = {.requester = w->requester, .deferred = n & 1};
		struct dma_device_config config;
		struct dma_stream s = {0};
		uint64_t daddr;

		SIM_CHECK(dma_stream_alloc_uninit(&s, w->dev, DMA_BIDIRECTIONAL, 2) == 0);
		daddr = dma_stream_daddr(&s).raw;
		SIM_CHECK(scene_reaches(w, daddr, true) && scene_reaches(w, daddr + 0x1000, false));
		dma_stream_release(&s);
		SIM_CHECK(dma_device_fini(w->dev) == 0);
		scene_blocked(w, daddr);
		SIM_CHECK(dma_iommu_domain_destroy(w->iommu, *w->domain) == 0);
		SIM_CHECK(dma_iommu_domain_create(w->iommu, &domain, w->domain) == 0);
		config = config_for(w, *w->domain);
		SIM_CHECK(dma_device_init(w->dev, &config) == 0);
		scene_blocked(w, daddr);
		scene_blocked(w, daddr + 0x1000);
	}
}

/* Three functions behind one PCIe-to-PCI bridge. */
void scene_shared_requester(const struct scene *w)
{
	struct dma_iommu_domain_config other = {.requester = w->requester};
	struct dma_device_config config = config_for(w, *w->domain);
	struct dma_device second = {0}, third = {0};
	struct dma_domain *elsewhere;
	struct dma_stream s = {0};
	uint64_t daddr;

	SIM_CHECK(dma_device_init(&second, &config) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &second, DMA_BIDIRECTIONAL, 1) == 0);
	daddr = dma_stream_daddr(&s).raw;
	SIM_CHECK(scene_reaches(w, daddr, true));
	/* not in two domains, and not snooping for one and not for the other */
	SIM_CHECK(dma_iommu_domain_create(w->iommu, &other, &elsewhere) == 0);
	config.domain = elsewhere;
	SIM_CHECK(dma_device_init(&third, &config) == DMA_ENOTSUP);
	config.domain = *w->domain;
	config.coherent = false;
	SIM_CHECK(dma_device_init(&third, &config) == DMA_ENOTSUP);
	config.coherent = true;
	SIM_CHECK(dma_iommu_domain_destroy(w->iommu, elsewhere) == 0);
	/* the first leaves, the second goes on; a third comes; the requester leaves with the last */
	SIM_CHECK(dma_device_fini(w->dev) == 0 && scene_reaches(w, daddr, true));
	SIM_CHECK(dma_device_init(&third, &config) == 0 && scene_reaches(w, daddr, true));
	dma_stream_release(&s);
	SIM_CHECK(dma_device_fini(&second) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(w->iommu, *w->domain) == DMA_EBUSY);
	/* who cannot be told apart from a blocked one does not come in beside it */
	SIM_CHECK(dma_device_block(&third) == 0 && dma_device_init(&second, &config) == DMA_ENOTSUP);
	SIM_CHECK(dma_device_fini(&third) == 0 && !scene_reaches(w, daddr, true));
	SIM_CHECK(dma_device_init(&second, &config) == 0 && dma_device_fini(&second) == 0);
}

/* It reaches nothing, the other goes on. */
void scene_one_blocked(const struct scene *w)
{
	struct dma_stream s = {0};

	SIM_CHECK(dma_stream_alloc(&s, w->dev, DMA_BIDIRECTIONAL, 2) == 0);
	SIM_CHECK(scene_reaches(w, dma_stream_daddr(&s).raw, true)); /* so that the unit has cached it */
	SIM_CHECK(dma_device_block(w->dev) == 0);
	scene_blocked(w, dma_stream_daddr(&s).raw);
	scene_traffic(w->next, 2, 1);
	dma_stream_release(&s);
}

/* What is asked for is what happens. The world has nothing behind any address of this. */
void scene_bypass(const struct scene *w)
{
	struct dma_device_config config = config_for(w, NULL);
	uint64_t daddr = SIM_LOW_RAM + 0x1000, paddr = 0;
	struct dma_device twin = {0};

	SIM_CHECK(dma_device_fini(w->dev) == 0);
	scene_blocked(w, daddr);
	SIM_CHECK(dma_device_init(w->dev, &config) == DMA_EINVAL); /* nobody asked for it */
	config.domain = &dma_domain_passthrough;
	config.trusted = false;
	SIM_CHECK(dma_device_init(w->dev, &config) == DMA_EINVAL);
	config.trusted = true;
	SIM_CHECK(dma_device_init(w->dev, &config) == 0);
	SIM_CHECK(w->look(w->device, daddr, true, &paddr) == 0 && paddr == daddr);
	SIM_CHECK(dma_device_init(&twin, &config) == 0);
	SIM_CHECK(w->remove(w->iommu) == DMA_EBUSY);
	SIM_CHECK(dma_device_fini(w->dev) == 0 && scene_reaches(w, daddr, false));
	SIM_CHECK(dma_device_block(&twin) == 0);
	scene_blocked(w, daddr);
	SIM_CHECK(dma_device_fini(&twin) == 0);
	scene_blocked(w, daddr);
	config = config_for(w, *w->domain);
	SIM_CHECK(dma_device_init(w->dev, &config) == 0);
	scene_life(w);
}

/* A device that nobody attached is blocked, and its fault is reported, of no device that we know. */
void scene_stranger(const struct scene *w)
{
	struct sim_device_config other = *sim_device_config(w->device);
	struct sim_device *model;
	char byte;

	other.requester = 7 << 3;
	model = sim_device_new(&other);
	while (dma_iommu_poll(w->iommu) > 0)
		;
	SIM_CHECK(sim_device_probe(model, dma_daddr(0x5000), &byte, 1) == DMA_EFAULT);
	SIM_CHECK(dma_iommu_poll(w->iommu) == 1);
	scene_traffic(w, 2, 0);
}

/* Each has a domain of its own, and reaches what is mapped there for as long as it is attached. */
void scene_crowd(const struct scene *w)
{
	enum { CROWD = 300 };
	static struct dma_domain *domain[CROWD];
	static struct sim_device *device[CROWD];
	static struct dma_device dev[CROWD];
	static struct dma_stream s[CROWD];
	uint64_t paddr;
	int error = 0;
	unsigned n;

	for (n = 0; n < CROWD; n++) {
		struct sim_device_config model = *sim_device_config(w->device);
		struct dma_iommu_domain_config wanted = {0};
		struct dma_device_config config;

		wanted.requester = model.requester = 0xffff - 211 * n; /* over many buses, and tables */
		device[n] = sim_device_new(&model);
		dev[n] = (struct dma_device){0};
		s[n] = (struct dma_stream){0};
		error = dma_iommu_domain_create(w->iommu, &wanted, &domain[n]);
		if (error == DMA_ENOSPC && n >= 250) /* some units have 256 ids */
			break;
		if (!SIM_CHECK(error == 0))
			return;
		config = sim_device_dma(device[n]);
		config.domain = domain[n];
		if (!SIM_CHECK(dma_device_init(&dev[n], &config) == 0) ||
		    !SIM_CHECK(dma_stream_alloc_uninit(&s[n], &dev[n], DMA_BIDIRECTIONAL, 1) == 0))
			return;
	}
	for (unsigned i = 0; i < n; i++) {
		uint64_t daddr = dma_stream_daddr(&s[i]).raw;

		SIM_CHECK(w->look(device[i], daddr, true, &paddr) == 0 && paddr == dma_stream_paddr(&s[i]).raw);
		if (i == 0) /* the neighbours below stay */
			continue;
		dma_stream_release(&s[i]);
		SIM_CHECK(dma_device_fini(&dev[i]) == 0 && dma_iommu_domain_destroy(w->iommu, domain[i]) == 0);
		SIM_CHECK(w->look(device[i], daddr, true, &paddr) == DMA_EFAULT);
		SIM_CHECK(w->look(device[0], dma_stream_daddr(&s[0]).raw, true, &paddr) == 0);
	}
	dma_stream_release(&s[0]);
	SIM_CHECK(dma_device_fini(&dev[0]) == 0 && dma_iommu_domain_destroy(w->iommu, domain[0]) == 0);
	SIM_CHECK(error || n == CROWD);
}

#define MIB_2 ((size_t)0x200000 >> DMA_PAGE_SHIFT)

/* A split that has no page for its table changes nothing. */
void scene_no_page(const struct scene *w)
{
	struct dma_stream parts[DMA_FORMAT_LEVELS + 4] = {{0}};
	const size_t most = sizeof(parts) / sizeof(*parts);
	size_t n = 1;
	int error = 0;

	SIM_CHECK(dma_stream_alloc_uninit(&parts[0], w->dev, DMA_FROM_DEVICE, most * MIB_2) == 0);
	sim_fail_hook_from(SIM_HOOK_FRAMES_ALLOC, 1);
	while (n < most && !error) { /* each cut takes a big page apart, and a table page of the reserve */
		struct dma_stream before = parts[0];

		error = dma_stream_split(&parts[0],
					 dma_stream_size(&parts[0]) - (MIB_2 << DMA_PAGE_SHIFT) / 2 -
						 (n > 1 ? (MIB_2 << DMA_PAGE_SHIFT) / 2 : 0),
					 &parts[n]);
		if (error)
			SIM_CHECK(memcmp(&before, &parts[0], sizeof(before)) == 0 && parts[n].dev == NULL);
		else
			n++;
	}
	SIM_CHECK(error == DMA_ENOMEM && n > 1);
	sim_fail_hook(SIM_HOOK_FRAMES_ALLOC, 0);
	SIM_CHECK(dma_stream_split(&parts[0], MIB_2 / 2 << DMA_PAGE_SHIFT, &parts[n]) == 0);
	for (size_t i = 0; i <= n; i++)
		dma_stream_release(&parts[i]);
}
