/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The fake domain.
 */
#include "fake.h"
#include "../../platform/sim/machine/sim_machine.h"
#include "../../src/device/translated.h"

struct fake fake;

struct mapping *fake_find(uint64_t daddr)
{
	for (size_t i = 0; i < MAPPINGS; i++) {
		struct mapping *m = &fake.mappings[i];

		if (daddr - m->daddr < m->npages << DMA_PAGE_SHIFT)
			return m;
	}
	return NULL;
}

static struct mapping *empty(void)
{
	for (size_t i = 0; i < MAPPINGS; i++) {
		if (fake.mappings[i].npages == 0)
			return &fake.mappings[i];
	}
	return NULL;
}

static int attach(struct dma_domain *domain, struct dma_device *dev)
{
	SIM_CHECK(domain == &fake.domain && dev->domain == domain && dev->mask);
	if (fake.attach_error)
		return fake.attach_error;
	fake.attached++;
	return 0;
}

static void detach(struct dma_domain *domain, struct dma_device *dev)
{
	SIM_CHECK(domain == &fake.domain && dev->domain == domain);
	fake.attached--;
}

static int block(struct dma_domain *domain, struct dma_device *dev)
{
	SIM_CHECK(domain == &fake.domain && dev->blocked);
	fake.blocked++;
	return 0;
}

/* When the device's access begins, nothing of the CPU's is on its way any more. */
static void handed_over(dma_paddr_t paddr, size_t npages)
{
	uint64_t offset = 0;

	machine_lock();
	SIM_CHECK(ram_offset(paddr.raw, npages << DMA_PAGE_SHIFT, &offset));
	for (uint64_t at = offset; at < offset + (npages << DMA_PAGE_SHIFT); at += 1u << sim.line_shift) {
		const struct line *line = line_at(at >> sim.line_shift);

		for (unsigned c = 0; c < sim.config.cpus; c++)
			SIM_CHECK(!store_unpublished(&sim.cpus[c], at, 1u << sim.line_shift));
		if (!sim.config.device.coherent && sim.config.can_sync)
			SIM_CHECK(!(line->cpu[0] | line->cpu[1]) && !(line->flags & LINE_FORMER));
	}
	machine_unlock();
}

static struct dma_mapped map(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr, size_t npages,
			     unsigned dir)
{
	struct mapping *m = empty();

	SIM_CHECK(domain == &fake.domain && dev->domain == domain && m);
	handed_over(paddr, npages);
	if (fake.map_error && !fake.maps_all_the_same)
		return (struct dma_mapped){.error = fake.map_error};
	*m = (struct mapping){IOVA + fake.next, paddr.raw, npages, dir, ++fake.next_tag};
	fake.next += (npages + 1) << DMA_PAGE_SHIFT;
	return (struct dma_mapped){.daddr = dma_daddr(m->daddr), .tag = m->tag, .error = fake.map_error};
}

static int split(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, size_t at,
		 uint32_t *tail_tag)
{
	struct mapping *m = fake_find(daddr.raw), *tail = empty();

	SIM_CHECK(domain == &fake.domain && dev->domain == domain);
	if (fake.split_error)
		return fake.split_error;
	if (!SIM_CHECK(m && tail && m->daddr == daddr.raw && m->npages == npages && at > 0 && at < npages))
		return DMA_EIO;
	SIM_CHECK(*tail_tag == m->tag);
	*tail = *m;
	tail->daddr += at << DMA_PAGE_SHIFT;
	tail->paddr += at << DMA_PAGE_SHIFT;
	tail->npages -= at;
	tail->tag = *tail_tag = ++fake.next_tag;
	m->npages = at;
	fake.split++;
	return 0;
}

/* The law: until the device's access has ended, nothing has happened to the frames. */
static void frames_are_still_there(const struct mapping *m)
{
	uint64_t offset = 0;

	SIM_CHECK(ram_offset(m->paddr, m->npages << DMA_PAGE_SHIFT, &offset));
	for (size_t i = 0; i < m->npages; i++)
		SIM_CHECK(sim.pages[(offset >> DMA_PAGE_SHIFT) + i].flags & PAGE_ALLOCATED);
}

static int unmap(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, uint32_t tag)
{
	struct mapping *m = fake_find(daddr.raw);

	SIM_CHECK(domain == &fake.domain && dev->domain == domain);
	SIM_CHECK(!DMA_CONFIG_LEDGER ||
		  dma_device_live(dev) > 0); /* else another CPU may take the device away meanwhile */
	if (!SIM_CHECK(m && m->daddr == daddr.raw && m->npages == npages && m->tag == tag))
		return 0;
	frames_are_still_there(m);
	m->npages = 0;
	fake.unmapped++;
	return fake.unmap_error;
}

static void retire(struct dma_domain *domain, const struct dma_stream *s)
{
	struct dma_owed left = dma_owed_of(s);
	struct mapping *m = fake_find(left.daddr);

	SIM_CHECK(domain == &fake.domain && s->dev->domain == domain);
	SIM_CHECK(m && m->daddr == left.daddr && m->npages == left.npages && m->tag == s->tag);
	SIM_CHECK(!m || m->paddr == left.paddr.raw);
	if (SIM_CHECK(fake.waiting < RETIRED))
		fake.batch[fake.waiting++] = left;
	fake.retired++;
}

static int flush(struct dma_domain *domain)
{
	SIM_CHECK(domain == &fake.domain);
	fake.flushed++;
	while (fake.waiting) {
		struct dma_owed left = fake.batch[--fake.waiting];
		struct mapping *m = fake_find(left.daddr);

		if (m) {
			frames_are_still_there(m);
			m->npages = 0;
		}
		if (fake.unmap_error)
			dma_owed_quarantine(&left);
		else
			dma_owed_settle(&left);
	}
	return fake.unmap_error;
}

static const struct dma_domain_ops ops = {
	.attach = attach,
	.detach = detach,
	.block = block,
	.map = map,
	.split = split,
	.unmap = unmap,
	.retire = retire,
	.map_stream = dma_stream_map_translated,
	.release_stream = dma_stream_release_translated,
	.flush = flush,
};

static int translate(void *ctx, struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	struct mapping *m = fake_find(daddr);

	(void)ctx;
	(void)dev;
	if (!m || !(m->dir & (write ? DMA_FROM_DEVICE : DMA_TO_DEVICE)))
		return DMA_EFAULT;
	*paddr = m->paddr + (daddr - m->daddr);
	return 0;
}

void fake_open(struct core_device *dev, unsigned features)
{
	struct dma_device_config config;

	fake = (struct fake){.domain = {.ops = &ops, .features = DMA_DOMAIN_TRANSLATES | features}};
	sim_set_translator(translate, NULL);
	dev->sim = sim_device_new(NULL);
	config = sim_device_dma(dev->sim);
	config.domain = &fake.domain;
	SIM_CHECK(dma_device_init(&dev->dma, &config) == 0);
	SIM_CHECK(fake.attached == 1 && fake.domain.devices == 1);
}

void fake_close(struct core_device *dev)
{
	core_close(dev);
	SIM_CHECK(fake.attached == 0 && fake.domain.devices == 0 && fake.waiting == 0);
	for (size_t i = 0; i < MAPPINGS; i++)
		SIM_CHECK(fake.mappings[i].npages == 0);
}

bool fake_defers(void)
{
	return fake.domain.features & DMA_DOMAIN_DEFERRED && sim_config()->device.trusted;
}
