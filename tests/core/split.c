/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Split: at every page and at every wrong place, halves used and released in both orders, of direct, bounced, uncached
 * and shared streams; no address changes, and what only one half held goes back with it.
 */
#include "../../src/base/node.h"
#include "../hosts/fake.h"

#define NPAGES 5

static void parts(struct core_device *dev, unsigned dir, bool mapped, size_t at, bool head_first)
{
	struct dma_stream s, tail = {0}, whole;
	uint64_t before;

	if (!core_stream(&s, dev, dir, NPAGES, mapped, 7))
		return;
	whole = s;
	before = core_pages();
	SIM_CHECK(dma_stream_split(&s, at * PAGE, &tail) == 0);
	SIM_CHECK(dma_device_live(&dev->dma) == 2);
	SIM_CHECK(dma_stream_size(&s) == at * PAGE && dma_stream_size(&tail) == (NPAGES - at) * PAGE);
	SIM_CHECK(dma_stream_daddr(&s).raw == dma_stream_daddr(&whole).raw);
	SIM_CHECK(dma_stream_daddr(&tail).raw == dma_stream_daddr(&whole).raw + at * PAGE);
	SIM_CHECK(dma_stream_paddr(&s).raw + at * PAGE == dma_stream_paddr(&tail).raw);
	SIM_CHECK(tail.dir == dir && s.dir == dir && tail.place == s.place);
	SIM_CHECK(dma_stream_sync_from_device(&s, 0, at * PAGE + 1) ==
		  (dir & DMA_FROM_DEVICE ? DMA_EINVAL : DMA_EACCES));
	SIM_CHECK(tail.cpu == whole.cpu + at * PAGE);
	core_exchange(dev, &s, 11);
	core_exchange(dev, &tail, 13);
	SIM_CHECK(dma_stream_sync_to_device(&s, 0, at * PAGE + 1) == (dir & DMA_TO_DEVICE ? DMA_EINVAL : DMA_EACCES));
	SIM_CHECK(dma_stream_sync_from_device(&tail, 1, (NPAGES - at) * PAGE) ==
		  (dir & DMA_FROM_DEVICE ? DMA_EINVAL : DMA_EACCES));
	SIM_CHECK(dma_stream_fill(&tail, (NPAGES - at) * PAGE, 0, 1) ==
		  (dir & DMA_TO_DEVICE ? DMA_EINVAL : DMA_EACCES));
	SIM_CHECK(dma_stream_sync_to_device(&tail, 1, (NPAGES - at) * PAGE) ==
		  (dir & DMA_TO_DEVICE ? DMA_EINVAL : DMA_EACCES));
	dma_stream_release(head_first ? &s : &tail);
	SIM_CHECK(core_pages() * NPAGES == before * (head_first ? NPAGES - at : at)); /* at once, page for page */
	core_exchange(dev, head_first ? &tail : &s, 17);
	dma_stream_release(head_first ? &tail : &s);
	SIM_CHECK(core_pages() == 0);
}

static void everywhere(void *arg)
{
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		for (size_t at = 1; at < NPAGES; at++) {
			if ((sim_config()->adversary || DMA_PAGE_SHIFT > 14) &&
			    at != 1 + sim_config()->seed % (NPAGES - 1))
				continue; /* one a seed */
			for (unsigned i = 0; i < 4; i++)
				parts(&dev, dir, i & 1, at, i & 2);
		}
	}
	core_close(&dev);
}

static void halves_live_and_die_alone(void **state)
{
	(void)state;
	core_test_all(everywhere);
}

static void wrong(void *arg)
{
	static const size_t offs[] = {0,
				      1,
				      PAGE - 1,
				      PAGE + 1,
				      PAGE / 2,
				      NPAGES * PAGE,
				      NPAGES * PAGE + 1,
				      NPAGES * PAGE - 1,
				      6 * PAGE,
				      SIZE_MAX,
				      SIZE_MAX - PAGE + 1,
				      (size_t)1 << 63,
				      ((size_t)1 << 32) * PAGE + PAGE};
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	for (int mapped = 0; mapped < 2; mapped++) {
		struct dma_stream s, tail = {0}, full, before, zero = {0};

		if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, NPAGES, mapped, 7) ||
		    !core_stream(&full, &dev, DMA_BIDIRECTIONAL, 1, mapped, 7))
			return;
		before = s;
		for (size_t i = 0; i < sizeof(offs) / sizeof(*offs); i++) {
			SIM_CHECK(dma_stream_split(&s, offs[i], &tail) == DMA_EINVAL);
			SIM_CHECK(memcmp(&before, &s, sizeof(s)) == 0 && memcmp(&tail, &zero, sizeof(tail)) == 0);
		}
		SIM_CHECK(dma_stream_split(&s, PAGE, &full) == DMA_EINVAL);    /* no empty tail */
		SIM_CHECK(dma_stream_split(&full, PAGE, &tail) == DMA_EINVAL); /* one page has no inside */
		SIM_CHECK(memcmp(&before, &s, sizeof(s)) == 0);
		core_exchange(&dev, &s, 3);
		core_exchange(&dev, &full, 4);
		dma_stream_release(&s);
		dma_stream_release(&full);
	}
	core_close(&dev);
}

static void wrong_places_are_refused(void **state)
{
	(void)state;
	core_test_all(wrong);
}

/* Down to single pages, then released in an order of the seed's. */
static void pages(void *arg)
{
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	for (int mapped = 0; mapped < 2; mapped++) {
		struct dma_stream s[NPAGES] = {{0}};

		if (!core_stream(&s[0], &dev, DMA_BIDIRECTIONAL, NPAGES, mapped, 21))
			return;
		for (size_t i = NPAGES - 1; i > 0; i--)
			SIM_CHECK(dma_stream_split(&s[0], i * PAGE, &s[i]) == 0);
		for (size_t left = NPAGES; left > 0; left--) {
			size_t pick = sim_choose((unsigned)left);

			for (size_t i = 0; i < left; i++)
				core_exchange(&dev, &s[i], (unsigned)i);
			dma_stream_release(&s[pick]);
			s[pick] = s[left - 1];
			s[left - 1] = (struct dma_stream){0};
		}
		SIM_CHECK(core_pages() == 0);
	}
	core_close(&dev);
}

static void down_to_single_pages(void **state)
{
	(void)state;
	core_test_all(pages);
}

/* With interrupts off a split draws on the reserve; a release of what needs no host's help is complete at once. */
static void interrupts_off(void *arg)
{
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	for (int mapped = 0; mapped < 2; mapped++) {
		struct dma_stream s, tail = {0};

		if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 2, mapped, 21))
			return;
		sim_interrupts(false);
		SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0 || mapped || s.owed);
		dma_stream_release(&s);
		if (tail.dev)
			core_exchange(&dev, &tail, 2);
		dma_stream_release(&tail);
		sim_interrupts(true);
		(void)dma_reclaim();
		SIM_CHECK(core_pages() == 0);
	}
	core_close(&dev);
}

static void any_context(void **state)
{
	(void)state;
	core_test_all(interrupts_off);
}

#define NODES_MOST (512u << (DMA_PAGE_SHIFT - 12)) /* in several pages */

/* No node for the segment's cut: the domain has not been told of a split that does not happen. */
static void no_node(void *arg)
{
	static void *nodes[NODES_MOST];
	struct core_device dev;
	struct dma_stream s, tail = {0};
	size_t n = 0;
	uint32_t tag;
	bool on;

	(void)arg;
	fake_open(&dev, DMA_DOMAIN_SPLITS);
	if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 2, true, 0))
		return;
	tag = s.tag;
	on = sim_interrupts(false);
	while (n < NODES_MOST && (nodes[n] = dma_node_alloc()))
		n++;
	SIM_CHECK(n < NODES_MOST);
	for (size_t spare = 0; spare < 8 && fake.split == 0; spare++) { /* the nodes of what is owed, then the runs' */
		int error = dma_stream_split(&s, PAGE, &tail);

		SIM_CHECK(error == 0 ? fake.split == 1 : error == DMA_ENOMEM && fake.split == 0);
		SIM_CHECK(error == 0 || (dma_stream_size(&s) == 2 * PAGE && !tail.dev && s.tag == tag));
		if (error)
			dma_node_free(nodes[--n]);
	}
	SIM_CHECK(tail.dev && tail.tag == tag + 1);
	while (n > 0)
		dma_node_free(nodes[--n]);
	sim_interrupts(on);
	dma_stream_release(&tail);
	dma_stream_release(&s);
	fake_close(&dev);
}

static void a_split_without_memory_tells_nobody(void **state)
{
	(void)state;
	core_test_all(no_node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(halves_live_and_die_alone),
		cmocka_unit_test(wrong_places_are_refused),
		cmocka_unit_test(down_to_single_pages),
		cmocka_unit_test(any_context),
		cmocka_unit_test(a_split_without_memory_tells_nobody),
	};

	return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
