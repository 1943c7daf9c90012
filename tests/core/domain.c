/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What streams do with a domain that translates: one of the test's own, which keeps its mappings in a table, looks at the frames when
 * they are unmapped, fails when told to, and defers.
 */
#include "../../src/domain.h"
#include "../../platform/sim/machine.h"
#include "../../src/hold.h"
#include "../../src/placement.h"
#include "core.h"

#define MAPPINGS 64
#define IOVA	 UINT64_C(0x10000000)

static struct fake {
	struct dma_domain domain;
	struct mapping {
		uint64_t daddr, paddr;
		size_t npages;
		unsigned dir;
		uint32_t tag;
	} mappings[MAPPINGS];
	uint64_t next;
	uint32_t next_tag;
	unsigned attached, blocked, flushed, retired, unmapped;
	int attach_error, map_error, split_error, unmap_error;
	struct dma_hold *batch;
} fake;

/* ---- The backend ---- */

static struct mapping *find(uint64_t daddr)
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

static int map(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr, size_t npages, unsigned dir,
	       dma_daddr_t *daddr, uint32_t *tag)
{
	struct mapping *m = empty();

	SIM_CHECK(domain == &fake.domain && dev->domain == domain && m);
	if (fake.map_error)
		return fake.map_error;
	*m = (struct mapping){IOVA + fake.next, paddr.raw, npages, dir, ++fake.next_tag};
	fake.next += (npages + 1) << DMA_PAGE_SHIFT;
	*daddr = dma_daddr(m->daddr);
	*tag = m->tag;
	return 0;
}

static int split(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, size_t at,
		 uint32_t *tail_tag)
{
	struct mapping *m = find(daddr.raw), *tail = empty();

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
	struct mapping *m = find(daddr.raw);

	SIM_CHECK(domain == &fake.domain && dev->domain == domain);
	if (!SIM_CHECK(m && m->daddr == daddr.raw && m->npages == npages && m->tag == tag))
		return 0;
	frames_are_still_there(m);
	m->npages = 0;
	fake.unmapped++;
	return fake.unmap_error;
}

static void retire(struct dma_domain *domain, struct dma_device *dev, struct dma_hold *hold, uint32_t tag)
{
	struct mapping *m = find(hold->daddr);

	SIM_CHECK(domain == &fake.domain && dev->domain == domain);
	SIM_CHECK(m && m->daddr == hold->daddr && m->npages == hold->npages && m->tag == tag);
	SIM_CHECK(!m || m->paddr == hold->paddr.raw);
	hold->next = fake.batch;
	fake.batch = hold;
	fake.retired++;
}

static int flush(struct dma_domain *domain)
{
	SIM_CHECK(domain == &fake.domain);
	fake.flushed++;
	while (fake.batch) {
		struct dma_hold *hold = fake.batch;
		struct mapping *m = find(hold->daddr);

		fake.batch = hold->next;
		if (m) {
			frames_are_still_there(m);
			m->npages = 0;
		}
		if (fake.unmap_error)
			dma_hold_quarantine(hold);
		else
			dma_hold_finish(hold);
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
	.flush = flush,
};

static int translate(void *ctx, struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	struct mapping *m = find(daddr);

	(void)ctx;
	(void)dev;
	if (!m || !(m->dir & (write ? DMA_FROM_DEVICE : DMA_TO_DEVICE)))
		return DMA_EFAULT;
	*paddr = m->paddr + (daddr - m->daddr);
	return 0;
}

static void open_behind(struct core_device *dev, unsigned features)
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

static void close_behind(struct core_device *dev)
{
	core_close(dev);
	SIM_CHECK(fake.attached == 0 && fake.domain.devices == 0 && fake.batch == NULL);
	for (size_t i = 0; i < MAPPINGS; i++)
		SIM_CHECK(fake.mappings[i].npages == 0);
}

static bool defers(void)
{
	return fake.domain.features & DMA_DOMAIN_DEFERRED && sim_config()->device.trusted;
}

/* ---- Lives ---- */

static void life(void *arg)
{
	const unsigned *features = arg;
	struct core_device dev;

	open_behind(&dev, *features);
	for (unsigned i = 0; i < 12; i++) {
		unsigned dir = DMA_TO_DEVICE + i % 3, before = fake.unmapped, retired = fake.retired;
		bool mapped = i % 2, cut = i >= 6;
		struct dma_stream s, tail = {0};
		struct mapping *m;

		if (!core_stream(&s, &dev, dir, 3, mapped, i))
			return;
		m = find(dma_stream_daddr(&s).raw);
		SIM_CHECK(m && m->paddr == dma_stream_paddr(&s).raw && m->npages == 3 && m->dir == dir &&
			  m->tag == s.tag);
		SIM_CHECK(s.place & DMA_PLACE_TRANSLATED);
		core_exchange(&dev, &s, i);
		if (cut) {
			SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0);
			SIM_CHECK(tail.tag == fake.next_tag && s.tag != tail.tag);
			core_exchange(&dev, &tail, i);
			core_exchange(&dev, &s, i + 1);
		}
		if (i % 4 == 3)
			sim_interrupts(false);
		dma_stream_release(&s);
		dma_stream_release(&tail);
		sim_interrupts(true);
		SIM_CHECK(fake.unmapped - before == (defers() ? 0u : cut ? 2u : 1u));
		SIM_CHECK(fake.retired - retired == (!defers() ? 0u : cut ? 2u : 1u));
		if (defers())
			SIM_CHECK(core_pages() > 0); /* what the device can still reach is nobody else's */
		SIM_CHECK(dma_domain_flush(&fake.domain) == 0);
		(void)dma_reclaim();
		SIM_CHECK(core_pages() == 0);
	}
	close_behind(&dev);
}

static void strict_and_deferred_lives(void **state)
{
	unsigned features[2] = {DMA_DOMAIN_SPLITS, DMA_DOMAIN_SPLITS | DMA_DOMAIN_DEFERRED};

	(void)state;
	assert_int_equal(core_run_all(life, &features[0]), 0);
	assert_int_equal(core_run_all(life, &features[1]), 0);
}

/* ---- Failures ---- */

static void failing(void *arg)
{
	const unsigned *features = arg;
	struct dma_segment seg = {0}, before;
	struct dma_stream s = {0}, zero = {0}, tail = {0}, live;
	struct core_device dev;
	struct dma_device other = {0};
	struct dma_device_config config;

	open_behind(&dev, *features);
	if (!core_segment(&seg, 2, 1) || !core_stream(&live, &dev, DMA_BIDIRECTIONAL, 3, true, 2))
		return;
	before = seg;
	config = sim_device_dma(dev.sim);
	config.domain = &fake.domain;
	fake.attach_error = DMA_ENOTSUP;
	SIM_CHECK(dma_device_init(&other, &config) == DMA_ENOTSUP && other.domain == NULL && fake.domain.devices == 1);
	fake.map_error = DMA_ENOSPC;
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL, &seg) == DMA_ENOSPC);
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_BIDIRECTIONAL, 2) == DMA_ENOSPC);
	SIM_CHECK(memcmp(&s, &zero, sizeof(s)) == 0 && memcmp(&before, &seg, sizeof(seg)) == 0);
	fake.map_error = 0;
	fake.split_error = DMA_ENOMEM;
	SIM_CHECK(dma_stream_split(&live, PAGE, &tail) ==
		  (fake.domain.features & DMA_DOMAIN_SPLITS ? DMA_ENOMEM : DMA_ENOTSUP));
	fake.split_error = 0;
	SIM_CHECK(memcmp(&tail, &zero, sizeof(tail)) == 0 && dma_device_live(&dev.dma) == 1);
	core_exchange(&dev, &live, 7);
	/* Only what was made for it splits where the domain cannot unmap a part. */
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL | DMA_SPLITTABLE, &seg) == 0);
	SIM_CHECK(find(dma_stream_daddr(&s).raw)->dir == (DMA_BIDIRECTIONAL | DMA_SPLITTABLE));
	SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0);
	core_exchange(&dev, &s, 7);
	core_exchange(&dev, &tail, 8);
	dma_stream_release(&tail);
	dma_stream_release(&s);
	SIM_CHECK(dma_device_block(&dev.dma) == 0 && fake.blocked == 1);
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 1) == DMA_ENODEV);
	dma_stream_release(&live);
	SIM_CHECK(dma_domain_flush(&fake.domain) == 0);
	(void)dma_reclaim();
	close_behind(&dev);
}

static void a_failing_backend_changes_nothing(void **state)
{
	unsigned features[3] = {0, DMA_DOMAIN_SPLITS, DMA_DOMAIN_DEFERRED};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(core_run_all(failing, &features[i]), 0);
}

/* Access that cannot be ended: the memory is nobody's for good, and counted; nothing else is lost. */
static void lose(unsigned features, unsigned i)
{
	struct core_device dev;
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	struct dma_stats stats;
	dma_paddr_t paddr;

	open_behind(&dev, features);
	SIM_CHECK(dma_host_frames_alloc(2, UINT64_MAX, PAGE, &paddr) == 0);
	if (i == 0) {
		SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_BIDIRECTIONAL, 2) == 0);
	} else if (SIM_CHECK(dma_segment_borrow(&seg, paddr, 2) == 0)) {
		void *linear = dma_host_linear(paddr, 2 * PAGE);

		if (linear)
			dma_arch_fill(linear, 1, 2 * PAGE);
		SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_FROM_DEVICE, &seg) == 0);
	}
	fake.unmap_error = DMA_ETIMEDOUT;
	sim_interrupts(i != 2);
	dma_stream_release(&s);
	SIM_CHECK(s.dev == NULL);
	SIM_CHECK(dma_domain_flush(&fake.domain) == DMA_ETIMEDOUT);
	sim_interrupts(true);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined == 2);
	SIM_CHECK(stats.pages_pending == 0 && stats.pages_bounce == 0 && stats.pages_alloc == 0);
	(void)dma_reclaim();
	fake.unmap_error = 0;
	core_close(&dev);
	SIM_CHECK(dma_fini() == 0);
	/* The caller's own frames, beside the library's if it had some. */
	SIM_CHECK(sim.frames == 2 || sim.frames == 4);
	SIM_CHECK(sim.library_pages == 0 && sim.stale_pages == 0 && sim.locks == 0);
}

static void access_that_cannot_be_ended(void **state)
{
	static const char *const machines[] = {"low=1,high=1", "low=1,high=1,nohigh", "low=1,high=1,noncoherent",
					       "low=1,high=1,noncoherent,nosync", "low=1,high=1,cvm"};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines) * 6; i++) {
		struct sim_config machine = sim_config_plain(machines[i / 6]);

		sim_start(&machine);
		assert_int_equal(dma_init(), 0);
		lose(i % 2 ? DMA_DOMAIN_DEFERRED : 0, (unsigned)i / 2 % 3);
		assert_int_equal(sim_stop(), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strict_and_deferred_lives),
		cmocka_unit_test(a_failing_backend_changes_nothing),
		cmocka_unit_test(access_that_cannot_be_ended),
	};

	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
