/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A handler comes in while a device's driver is at work: at each hook, and before each access and barrier between two
 * hooks, wherever interrupts are on. It polls, maps and releases. Nothing waits for ever, and what was promised holds.
 */
#include "scene.h"
#include <dmastream/errors.h>
#include <stdio.h>

static struct handler {
	const struct scene *w;
	struct dma_segment segment; /* what it maps */
	bool attached;		    /* it may use the device */
	bool blocked;		    /* perhaps, by now */
	bool busy;
	unsigned every; /* it comes at each n-th chance */
	unsigned chances, came, mapped;
} handler;

static uint64_t counted(const struct scene *w)
{
	struct dma_domain_stats stats;

	dma_domain_stats(*w->domain, &stats);
	return stats.faults;
}

static void use(const struct scene *w, bool perhaps_blocked)
{
	struct dma_segment mine = {0};
	struct dma_stream s = {0};
	uint64_t daddr, paddr;
	int error;

	SIM_CHECK(dma_segment_clone(&handler.segment, &mine) == 0);
	error = dma_stream_map(&s, w->dev, DMA_BIDIRECTIONAL, &mine);
	SIM_CHECK(error == 0 || error == DMA_ENOMEM || (error == DMA_ENODEV && perhaps_blocked));
	if (error) {
		dma_segment_drop(&mine);
		return;
	}
	daddr = dma_stream_daddr(&s).raw;
	error = w->look(w->device, daddr, true, &paddr);
	SIM_CHECK(error == 0 ? paddr == handler.segment.paddr.raw : perhaps_blocked);
	dma_stream_release(&s);
	if (w->deferred)
		SIM_CHECK(dma_domain_flush(*w->domain) == 0);
	SIM_CHECK(w->look(w->device, daddr, true, &paddr) == DMA_EFAULT);
	handler.mapped++;
}

static void work(void)
{
	handler.busy = true;
	handler.came++;
	(void)dma_iommu_poll_all();
	if (handler.attached)
		use(handler.w, handler.blocked);
	if (handler.w->next)
		use(handler.w->next, false);
	handler.busy = false;
}

static void at_hook(void)
{
	bool on = sim_interrupts(false); /* as a handler has it; so under a lock */

	if (on && !handler.busy && ++handler.chances % handler.every == 0)
		work();
	(void)sim_interrupts(on);
}

static void at_step(void *unused)
{
	(void)unused;
	at_hook();
}

static void attach(const struct scene *w)
{
	struct dma_iommu_domain_config domain = {.requester = w->requester, .deferred = w->deferred};
	struct dma_device_config config = sim_device_dma(w->device);

	SIM_CHECK(dma_iommu_domain_create(w->iommu, &domain, w->domain) == 0);
	config.domain = *w->domain;
	SIM_CHECK(dma_device_init(w->dev, &config) == 0);
	handler.attached = true;
}

static void detach(const struct scene *w)
{
	handler.attached = handler.blocked = false;
	SIM_CHECK(dma_device_fini(w->dev) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(w->iommu, *w->domain) == 0);
}

/* As dma_reclaim() does it, once interrupts are on and nobody draws on reserves meanwhile. */
static void refill(void)
{
	handler.busy = true;
	(void)sim_interrupts(true);
	(void)dma_reclaim();
	(void)sim_interrupts(false);
	handler.busy = false;
}

/* Map, unmap, flush, a fault and its poll, a block: the caller's interrupts are on or off. */
static void calls(const struct scene *w, bool on)
{
	struct dma_segment segment = {0};
	struct dma_stream s = {0};
	uint64_t daddr, paddr, before;
	int error;

	if (!SIM_CHECK(dma_segment_alloc(&segment, 3, UINT64_MAX, 0) == 0))
		return;
	(void)sim_interrupts(on);
	for (unsigned round = 0; round < 2; round++) {
		struct dma_segment mine = {0};

		SIM_CHECK(dma_segment_clone(&segment, &mine) == 0);
		error = dma_stream_map(&s, w->dev, DMA_BIDIRECTIONAL, &mine);
		if (error == DMA_ENOMEM && !on) { /* the handler has taken the last of the reserve */
			refill();
			error = dma_stream_map(&s, w->dev, DMA_BIDIRECTIONAL, &mine);
		}
		if (!SIM_CHECK(error == 0)) {
			dma_segment_drop(&mine);
			break;
		}
		daddr = dma_stream_daddr(&s).raw + 0x1000;
		SIM_CHECK(w->look(w->device, daddr, true, &paddr) == 0 && paddr == segment.paddr.raw + 0x1000);
		before = counted(w);
		SIM_CHECK(w->look(w->device, 0x40001000, true, &paddr) == DMA_EFAULT);
		for (unsigned n = 0; n < 1000 && counted(w) == before; n++, sim_relax())
			(void)dma_iommu_poll_all();
		SIM_CHECK(counted(w) > before);
		if (round) {
			handler.blocked = true;
			SIM_CHECK(dma_device_block(w->dev) == 0);
			scene_blocked(w, daddr);
		}
		dma_stream_release(&s);
		SIM_CHECK(dma_domain_flush(*w->domain) == 0);
		scene_blocked(w, daddr);
	}
	(void)sim_interrupts(true);
	dma_segment_drop(&segment);
}

static void life(const struct scene *w)
{
	for (unsigned on = 0; on < 2; on++) {
		(void)dma_reclaim(); /* the handler draws on reserves */
		detach(w);
		attach(w);
		calls(w, on);
		detach(w);
		attach(w);
	}
}

void scene_interrupted(const struct scene *w)
{
	unsigned hooks = 0;

	handler = (struct handler){.w = w, .attached = true, .every = 1};
	if (!SIM_CHECK(dma_segment_alloc(&handler.segment, 1, UINT64_MAX, 0) == 0))
		return;
	for (unsigned hook = 0; hook < SIM_HOOKS; hook++) {
		unsigned before = handler.came;

		sim_meanwhile(hook, at_hook);
		life(w);
		sim_meanwhile(hook, NULL);
		hooks += handler.came != before;
	}
	SIM_CHECK(hooks >= 4 && handler.mapped > 100);
	if (!sim_config()->adversary) { /* it draws the store buffers, and must not be entered within that */
		unsigned before = handler.came;

		sim_watch(at_step, NULL);
		for (handler.every = 1; handler.every < 6; handler.every += 2)
			life(w);
		sim_watch(NULL, NULL);
		SIM_CHECK(handler.came > before + 1000);
		printf("# a handler came in %u times at %u hooks, %u times between\n", before, hooks,
		       handler.came - before);
	}
	dma_segment_drop(&handler.segment);
}
