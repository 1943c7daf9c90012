/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Memory that is being given back: when the host has no more, deferred domains are asked once for what they keep; and
 * what a release has given back may belong to another CPU while that release still runs.
 */
#include "../../src/base/node.h"
#include "../../src/memory/owed.h"
#include "../hosts/fake.h"

static struct {
	unsigned young, all; /* how often asked */
	bool gives;
	struct dma_stream *late; /* another CPU's, released with interrupts off meanwhile */
} asked;

static bool more(bool all)
{
	SIM_CHECK(dma_host_interrupts_on());
	asked.young += !all;
	asked.all += all;
	if (!all || !asked.gives)
		return false;
	if (asked.late) {
		sim_interrupts(false);
		dma_stream_release(asked.late);
		sim_interrupts(true);
		asked.late = NULL;
	}
	SIM_CHECK(dma_domain_flush(&fake.domain) == 0);
	return true;
}

static void often(void)
{
	(void)more(false);
}

static uint64_t none(void)
{
	return 0;
}

static void tidied(void)
{
}

static const struct dma_deferral deferral = {more, often, none, tidied};

/* What is made when the hook's next call fails. */
static int make(unsigned kind, struct core_device *dev, enum sim_hook hook)
{
	struct dma_coherent ring = {{0}};
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	int error;

	sim_fail_hook(hook, 1);
	switch (kind) {
	case 0:
		error = dma_segment_alloc(&seg, 2, UINT64_MAX, 0);
		break;
	case 1:
		error = dma_stream_alloc(&s, &dev->dma, DMA_TO_DEVICE, 2);
		break;
	default:
		error = dma_coherent_alloc(&ring, &dev->dma, 0, 2);
		break;
	}
	sim_fail_hook(hook, 0);
	SIM_CHECK(error == 0 || (seg.npages == 0 && s.dev == NULL && ring.stream.dev == NULL));
	if (s.dev)
		core_exchange(dev, &s, 5);
	dma_segment_drop(&seg);
	dma_stream_release(&s);
	dma_coherent_release(&ring);
	return error;
}

static void attempt(struct core_device *dev, unsigned kind, enum sim_hook hook, bool gives)
{
	unsigned calls;
	struct dma_stream waits = {0}, late = {0};
	struct dma_stats stats;
	bool defers = fake_defers();

	SIM_CHECK(dma_stream_alloc_uninit(&waits, &dev->dma, DMA_FROM_DEVICE, 3) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&late, &dev->dma, DMA_FROM_DEVICE, 1) == 0);
	dma_stream_release(&waits);
	asked.young = asked.all = 0;
	asked.gives = gives;
	asked.late = gives ? &late : NULL;
	calls = sim_hook_calls(hook);
	SIM_CHECK(make(kind, dev, hook) == (gives ? 0 : DMA_ENOMEM));
	SIM_CHECK(asked.young == (gives ? 2u : 1u) && asked.all == 1);
	SIM_CHECK(sim_hook_calls(hook) - calls == (gives ? 2u : 1u));
	dma_stats(&stats);
	SIM_CHECK(!gives || stats.pages_pending == 0); /* what came back late is worked off, too */
	SIM_CHECK(!gives || !defers || fake.retired > 0);
	dma_stream_release(&late);
	SIM_CHECK(dma_domain_flush(&fake.domain) == 0);
	(void)dma_reclaim();
	SIM_CHECK(core_pages() == 0);
}

static void exhausted(void *arg)
{
	struct core_device dev;

	(void)arg;
	if (sim_config()->cvm && sim_config()->shared_run != 1)
		return; /* the pool of shared memory has some (shared_size.c) */
	fake_open(&dev, DMA_DOMAIN_DEFERRED);
	SIM_CHECK(dma_deferral == NULL);
	for (unsigned kind = 0; kind < 3; kind++)
		SIM_CHECK(make(kind, &dev, SIM_HOOK_FRAMES_ALLOC) == DMA_ENOMEM); /* nobody to ask */
	SIM_CHECK(!dma_reclaim_all());
	dma_deferral = &deferral;
	for (unsigned kind = 0; kind < 3; kind++) {
		attempt(&dev, kind, SIM_HOOK_FRAMES_ALLOC, false);
		attempt(&dev, kind, SIM_HOOK_FRAMES_ALLOC, true);
		if (kind > 0 && (sim_config()->cvm || (kind == 2 && !sim_config()->device.coherent))) {
			attempt(&dev, kind, SIM_HOOK_KVA_MAP, false);
			attempt(&dev, kind, SIM_HOOK_KVA_MAP, true);
		}
	}
	asked.all = 0;
	asked.gives = true;
	asked.late = NULL;
	for (unsigned kind = 0; kind < 3; kind++)
		SIM_CHECK(make(kind, &dev, SIM_HOOK_INFO) == 0 && asked.all == 0); /* nothing fails, nobody is asked */
	if (sim_config()->cvm)
		SIM_CHECK(make(1, &dev, SIM_HOOK_SHARE) == DMA_EIO && asked.all == 0); /* more memory would not help */
	dma_deferral = NULL;
	SIM_CHECK(dma_domain_flush(&fake.domain) == 0);
	(void)dma_reclaim();
	fake_close(&dev);
}

static void what_waits_is_asked_for_once(void **state)
{
	(void)state;
	core_test_all(exhausted);
}

/* ---- Another CPU ---- */

/* The node that was freed last is the next one's. */
static void take_a_node(void)
{
	void *node = dma_node_alloc();

	if (!node)
		return;
	memset(node, 0xff, DMA_NODE_SIZE);
	dma_node_free(node);
}

static void beside(void *arg)
{
	static const enum sim_hook hooks[] = {SIM_HOOK_FRAMES_FREE,  SIM_HOOK_KVA_UNMAP,    SIM_HOOK_TLB_SHOOTDOWN,
					      SIM_HOOK_UNSHARE,	     SIM_HOOK_FRAMES_ALLOC, SIM_HOOK_KVA_MAP,
					      SIM_HOOK_INTERRUPTS_ON};
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	for (unsigned i = 0; i < 2 * sizeof(hooks) / sizeof(*hooks); i++) {
		struct dma_stream s[2], tail = {0};
		struct dma_segment seg = {0};

		if (!core_segment_raw(&seg, 1)) /* so that there is a page of nodes */
			return;
		sim_meanwhile(hooks[i / 2], take_a_node);
		if (!core_stream(&s[0], &dev, DMA_BIDIRECTIONAL, 3, true, i) ||
		    !core_stream(&s[1], &dev, DMA_FROM_DEVICE, 2, false, i))
			return;
		SIM_CHECK(dma_stream_split(&s[0], PAGE, &tail) == 0);
		sim_interrupts(i % 2);
		dma_stream_release(&s[0]);
		dma_stream_release(&s[1]);
		sim_interrupts(true);
		(void)dma_reclaim();
		dma_stream_release(&tail);
		dma_segment_drop(&seg);
		sim_meanwhile(hooks[i / 2], NULL);
		SIM_CHECK(core_pages() == 0);
	}
	core_close(&dev);
}

static void what_is_given_back_may_be_taken_at_once(void **state)
{
	(void)state;
	core_test_all(beside);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_waits_is_asked_for_once),
		cmocka_unit_test(what_is_given_back_may_be_taken_at_once),
	};

	return cmocka_run_group_tests_name("reclaim", tests, NULL, NULL);
}
