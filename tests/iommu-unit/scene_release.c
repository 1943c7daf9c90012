/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Scenarios of release: what another CPU, a posted write, or a device that tries without end can do before, during and
 * after an invalidation.
 */
#include "scene.h"
#include <dmastream/errors.h>
#include <stdio.h>

/* Streams that have table pages of their own come and go; the device never stops trying. */
static void tables_come_and_go(const struct scene *w)
{
	uint64_t paddr, daddr[6];

	for (unsigned round = 0; round < 3; round++) {
		struct dma_stream s[2] = {{0}, {0}};

		for (unsigned i = 0; i < 2; i++) {
			if (!SIM_CHECK(dma_stream_alloc_uninit(&s[i], w->dev, DMA_BIDIRECTIONAL, 1100) == 0))
				return;
			daddr[2 * round + i] = dma_stream_daddr(&s[i]).raw;
			SIM_CHECK(w->look(w->device, daddr[2 * round + i] + 0x200000, true, &paddr) == 0);
			SIM_CHECK(paddr == dma_stream_paddr(&s[i]).raw + 0x200000);
			sim_hostile(w->device, dma_daddr(daddr[2 * round + i] + 0x200000), 64, true);
		}
		for (unsigned i = 0; i < 2; i++) {
			dma_stream_release(&s[i]);
			scene_blocked(w, daddr[2 * round + i] + 0x200000);
		}
		sim_calm();
		scene_traffic(w, 2, 0);
		for (unsigned i = 0; i < 2 * round + 2; i++)
			scene_blocked(w, daddr[i] + 0x200000);
	}
}

/* What another CPU may do at the worst moment, when the entries are cleared and nothing is invalidated yet: it maps
 * memory of its own. Whatever address it got, the device reaches that memory there, and none of it by the old address.
 */
static struct intruder {
	const struct scene *w;
	struct dma_segment segment;
	struct dma_stream stream;
	uint64_t old, noffset;
	bool done;
} intruder;

static void intrude(void *ctx)
{
	struct intruder *in = ctx;
	uint64_t paddr, first, start = in->segment.paddr.raw;
	size_t nbytes = in->segment.npages << DMA_PAGE_SHIFT;
	int error;

	if (in->done)
		return;
	in->done = true;
	error = dma_stream_map(&in->stream, in->w->dev, DMA_BIDIRECTIONAL, &in->segment);
	SIM_CHECK(error == 0 || error == DMA_ENOSPC);
	if (error) /* the address is not to be had yet */
		return;
	first = dma_stream_daddr(&in->stream).raw;
	SIM_CHECK(in->w->look(in->w->device, first, true, &paddr) == 0 && paddr == start);
	for (uint64_t at = 0; at < in->noffset; at += 0x40000)
		if (in->w->look(in->w->device, in->old + at, true, &paddr) == 0)
			SIM_CHECK(paddr < start || paddr >= start + nbytes);
}

static void intruded(const struct scene *w, size_t npages)
{
	struct dma_stream s = {0};
	uint64_t paddr;

	intruder = (struct intruder){.w = w};
	if (!SIM_CHECK(dma_segment_alloc(&intruder.segment, npages, UINT64_MAX, 0) == 0) ||
	    !SIM_CHECK(dma_stream_alloc_uninit(&s, w->dev, DMA_BIDIRECTIONAL, npages) == 0))
		return;
	intruder.old = dma_stream_daddr(&s).raw;
	intruder.noffset = dma_stream_size(&s);
	for (uint64_t at = 0; at < intruder.noffset; at += 0x40000)
		SIM_CHECK(w->look(w->device, intruder.old + at, true, &paddr) == 0);
	w->before_invalidation(w->unit, intrude, &intruder);
	dma_stream_release(&s);
	w->before_invalidation(w->unit, NULL, NULL);
	SIM_CHECK(intruder.done);
	dma_stream_release(&intruder.stream);
	dma_segment_drop(&intruder.segment);
}

void scene_addresses_wait(const struct scene *w)
{
	for (unsigned n = 0; n < 5; n++)
		intruded(w, 12); /* most of the space */
	for (size_t npages = 1; npages <= 3; npages += 2)
		scene_traffic(w, npages, 0);
}

void scene_tables_wait(const struct scene *w)
{
	tables_come_and_go(w);
	for (unsigned n = 0; n < 3; n++)
		intruded(w, 1100);
}

/* Deferred, with a device that never stops trying, at any step of the adversary: what the allocator has, and what it
 * gave to others meanwhile, is never reached. */
void scene_nobodys(const struct scene *w)
{
	enum { ROUNDS = 24, VICTIMS = 3 };
	static unsigned char now[4096];
	static const unsigned char junk[32] = {0x99};
	struct dma_domain_stats stats;

	for (unsigned n = 0; n < ROUNDS; n++) {
		struct dma_stream s = {0};
		dma_paddr_t victim[VICTIMS];
		uint64_t daddr, paddr;
		size_t npages = 1 + n % 3;

		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, w->dev, DMA_BIDIRECTIONAL, npages) == 0))
			return;
		daddr = dma_stream_daddr(&s).raw;
		SIM_CHECK(sim_device_write(w->device, dma_daddr(daddr), junk, sizeof(junk)) == 0);
		sim_hostile(w->device, dma_daddr(daddr), npages << DMA_PAGE_SHIFT, true);
		dma_stream_release(&s);
		for (unsigned i = 0; i < VICTIMS; i++) {
			if (!SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &victim[i]) == 0))
				return;
			dma_arch_fill(dma_host_linear(victim[i], 4096), 0xcc, 4096);
		}
		dma_arch_publish();
		for (uint64_t at = 0; at < npages << DMA_PAGE_SHIFT;
		     at += 4096) /* what it reaches, if anything, is nobody's */
			if (w->look(w->device, daddr + at, true, &paddr) == 0)
				for (unsigned i = 0; i < VICTIMS; i++)
					SIM_CHECK(paddr >> 12 != victim[i].raw >> 12);
		sim_relax();
		sim_advance(n % 5 == 4 ? 20000000 : 1000000); /* now and then older than a batch may be */
		(void)dma_reclaim();
		for (unsigned i = 0; i < VICTIMS; i++) {
			dma_arch_copy(now, dma_host_linear(victim[i], 4096), sizeof(now));
			for (unsigned k = 0; k < sizeof(now); k++)
				if (!SIM_CHECK(now[k] == 0xcc))
					return;
			dma_host_frames_free(victim[i], 1);
		}
		sim_calm();
		if (n % 7 == 6)
			SIM_CHECK(dma_domain_flush(*w->domain) == 0);
	}
	SIM_CHECK(dma_domain_flush(*w->domain) == 0);
	dma_domain_stats(*w->domain, &stats);
	SIM_CHECK(stats.pages_pending == 0);
	if (!sim_config()->adversary)
		printf("# deferred: %u releases a CPU, %llu bytes, %llu ns may wait; %llu pages did\n",
		       stats.batch_count, (unsigned long long)stats.batch_bytes, (unsigned long long)stats.batch_ns,
		       (unsigned long long)stats.pages_pending_max);
	SIM_CHECK(w->freed(w->unit) == 0);
}

/* Frames, until the one that is wanted is among them. */
static unsigned take(dma_paddr_t wanted, dma_paddr_t *taken, unsigned most)
{
	unsigned n = 0;

	while (n < most && dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &taken[n]) == 0)
		if (taken[n++].raw == wanted.raw)
			break;
	return n;
}

/* A write that the device had posted arrives before the memory goes, or not at all. */
void scene_drained(const struct scene *w)
{
	static const unsigned char junk[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	static unsigned char now[4096];
	static dma_paddr_t taken[8192];

	for (unsigned n = 0; n < 2; n++) {
		struct dma_stream s = {0};
		dma_paddr_t paddr;
		uint64_t daddr;
		unsigned count;

		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, w->dev, DMA_FROM_DEVICE, 1) == 0))
			return;
		paddr = dma_stream_paddr(&s);
		daddr = dma_stream_daddr(&s).raw;
		SIM_CHECK(w->post(w->device, daddr + 64, junk, sizeof(junk)) == 0);
		dma_stream_release(&s);
		count = take(paddr, taken, 8192);
		if (SIM_CHECK(count && taken[count - 1].raw == paddr.raw)) { /* it has a new owner */
			dma_arch_fill(dma_host_linear(paddr, 4096), 0xcc, 4096);
			dma_arch_publish();
			w->land(w->unit);
			dma_arch_copy(now, dma_host_linear(paddr, 4096), sizeof(now));
			for (unsigned i = 0; i < sizeof(now); i++)
				if (!SIM_CHECK(now[i] == 0xcc))
					break;
		}
		while (count)
			dma_host_frames_free(taken[--count], 1);
	}
}
