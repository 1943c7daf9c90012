/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Scattered memory: made and released. (Synced and accessed: scattered_access.c.)
 *
 * The runs are taken from the host one by one, the longest that it has; then the CPU's mapping, of all or of each; then
 * the contents; then one range of device addresses. What fails is undone whole. Each run is a view of its own (view.c),
 * so that the steps of its release are those of every view.
 */
#include "../base/cache.h"
#include "../base/state.h"
#include "../device/domain_ops.h"
#include "../device/reach.h"
#include "../memory/run.h"
#include "scattered_own.h"
#include "stream_own.h"
#include "view.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

/* ---- The host's way to map scattered frames ---- */

static struct {
	struct dma_lock lock;
	dma_host_map_scattered *call;
	void *context;
} map_scattered;

void dma_scattered_map_with(dma_host_map_scattered *call, void *context)
{
	uintptr_t irq = dma_host_lock(&map_scattered.lock);

	map_scattered.call = call;
	map_scattered.context = context;
	dma_host_unlock(&map_scattered.lock, irq);
}

bool dma_scattered_frames_next(struct dma_scattered_frames *frames, struct dma_frame_range *range)
{
	const struct dma_owed_node *run = frames->next;

	if (!run)
		return false;
	range->paddr = run->owed.paddr;
	range->npages = run->owed.npages;
	frames->next = run->next;
	return true;
}

/* All runs at one address: each then owes its part of that mapping. False: the host cannot, or not now. */
static bool map_whole(struct dma_scattered *s, dma_host_map_scattered *call, void *context)
{
	const struct dma_scattered_frames frames = {.next = s->first};
	unsigned char *at;
	void *va;

	if (!call || call(&frames, s->npages, dma_view_attributes(s->place), &va, context))
		return false;
	at = va;
	for (struct dma_owed_node *run = s->first; run; run = run->next) {
		run->va = at;
		run->owed.steps |= DMA_OWED_UNMAP;
		at += (size_t)run->owed.npages << DMA_PAGE_SHIFT;
	}
	s->cpu = va;
	return true;
}

static int map_for_cpu(struct dma_scattered *s, dma_host_map_scattered *call, void *context)
{
	int error = 0;

	if (s->nruns > 1 && map_whole(s, call, context))
		return 0;
	for (struct dma_owed_node *run = s->first; run && !error; run = run->next)
		error = dma_view_map(run, s->place);
	if (!error && s->nruns == 1)
		s->cpu = s->first->va;
	return error;
}

/* ---- Runs ---- */

static size_t power_below(size_t n)
{
	size_t power = 1;

	while (power <= (n - 1) / 2)
		power *= 2;
	return power;
}

/* The longest run of at most *most frames that the host has; *most is its length. */
static int take_frames(size_t *most, dma_paddr_t *paddr)
{
	bool again = true;

	while (dma_host_frames_alloc(*most, UINT64_MAX, DMA_PAGE_SIZE, paddr)) {
		if (*most > 1)
			*most = power_below(*most);
		else if (again && dma_reclaim_all())
			again = false;
		else
			return DMA_ENOMEM;
	}
	return 0;
}

/* The same in a confidential VM, where frames come shared and mapped. */
static int take_shared(struct dma_owed_node *run, const struct dma_device *dev, int place, size_t *most)
{
	int error = dma_view_make(run, dev, place, *most);

	while (error == DMA_ENOMEM && *most > 1) {
		*most = power_below(*most);
		error = dma_view_make(run, dev, place, *most);
	}
	return error;
}

static int gather(struct dma_scattered *s, const struct dma_device *dev, bool mapped_anew)
{
	struct dma_chain_end end = {0};
	size_t most = s->npages, left = s->npages;
	int error = 0;

	while (left > 0 && !error) {
		struct dma_owed_node *run = dma_owed_node_alloc();
		dma_paddr_t paddr;

		if (!run)
			return DMA_ENOMEM;
		most = most < left ? most : left;
		if (DMA_CONFIG_CVM && (s->place & DMA_PLACE_SHARED)) {
			error = take_shared(run, dev, s->place, &most);
		} else {
			error = take_frames(&most, &paddr);
			if (!error)
				error = dma_view_take(run, s->place, paddr, most, mapped_anew);
		}
		if (error) {
			dma_owed_node_free(run);
			return error;
		}
		dma_chain_add(&s->first, &end, run);
		left -= most;
	}
	s->nruns = end.count;
	return 0;
}

/* How runs go back. */
enum ending { NEVER_SEEN, ENDED, IN_DOUBT }; /* the device had no access; has none any more; may have it for ever */

static void give_back(struct dma_owed_node *run, enum ending how)
{
	while (run) {
		struct dma_owed_node *next = run->next;
		struct dma_owed owed = dma_owed_of_node(run);

		run->owed.node = NULL; /* of the chain */
		if (how == NEVER_SEEN && !(run->owed.steps & DMA_OWED_UNMAP))
			run->owed.steps &= ~(unsigned)DMA_OWED_MAINTAIN; /* as dma_view_unmake() */
		if (how == IN_DOUBT)
			dma_owed_quarantine(&owed);
		else
			dma_owed_settle(&owed);
		run = next;
	}
}

/* ---- Alloc ---- */

static int check(const struct dma_scattered *s, const struct dma_device *dev, unsigned dir, size_t npages)
{
	if (!dma_state.ready || s->dev || npages == 0 || dir - 1 > DMA_BIDIRECTIONAL - 1 || !dev || !dev->domain)
		return DMA_EINVAL;
	if (__atomic_load_n(&dev->blocked, __ATOMIC_RELAXED))
		return DMA_ENODEV;
	if (!dma_domain_translates(dev->domain)) {
		dma_log("dmastream: %s: scattered frames are one range of addresses only behind an IOMMU", dev->name);
		return DMA_ENOTSUP;
	}
	if (!dma_host_interrupts_on())
		return DMA_EBUSY;
	return npages > DMA_SEGMENT_MAX_PAGES ? DMA_ENOMEM : dma_device_takes(dev, npages);
}

/* Gives the memory its first contents (zeros, if scrub). Afterwards device and CPU find the same bytes there, and no
 * cache holds a dirty line of them. */
static void hand_over(const struct dma_scattered *s, bool scrub)
{
	for (const struct dma_owed_node *run = s->first; run; run = run->next) {
		size_t nbytes = (size_t)run->owed.npages << DMA_PAGE_SHIFT;

		if (scrub)
			dma_arch_fill(run->va, 0, nbytes);
		if (s->place & DMA_PLACE_MAINTAIN)
			dma_cache_clean(run->va, nbytes);
	}
	dma_arch_publish();
}

static int connect(struct dma_scattered *s, struct dma_device *dev)
{
	struct dma_mapped mapped =
		dma_domain_ops_of(dev->domain)->map_chain(dev->domain, dev, s->first, s->npages, s->dir);
	uint64_t daddr = mapped.daddr.raw;

	if (mapped.error)
		return mapped.error;
	s->daddr = mapped.daddr;
	s->tag = mapped.tag;
	for (struct dma_owed_node *run = s->first; run; run = run->next) {
		run->owed.daddr = daddr;
		daddr += (uint64_t)run->owed.npages << DMA_PAGE_SHIFT;
	}
	return 0;
}

/* Where the CPU has a run of it. */
static unsigned char *view_of(const struct dma_scattered *s, const struct dma_owed_node *run)
{
	return s->cpu ? s->cpu + (run->owed.daddr - s->daddr.raw) : run->va;
}

static void begin(struct dma_scattered *s, struct dma_device *dev)
{
	s->dev = dev;
	if (!DMA_ARCH_TOLD && !(s->place & DMA_PLACE_MAINTAIN)) {
		s->to_device_end = s->dir & DMA_TO_DEVICE ? dma_scattered_size(s) + 1 : 0;
		s->from_device_end = s->dir & DMA_FROM_DEVICE ? dma_scattered_size(s) + 1 : 0;
	}
	dma_ledger_begin(dev, s->daddr, true);
	dma_arch_handle_begins(dev, s->daddr.raw, 0, dma_scattered_size(s));
	for (const struct dma_owed_node *run = s->first; run; run = run->next)
		dma_arch_stream_begins(dev, view_of(s, run), run->owed.paddr.raw, run->owed.paddr.raw, run->owed.daddr,
				       (size_t)run->owed.npages << DMA_PAGE_SHIFT, s->dir | DMA_ARCH_PIECE);
}

int dma_scattered_alloc(struct dma_scattered *s, struct dma_device *dev, unsigned dir, size_t npages)
{
	struct dma_scattered new = {.npages = npages, .dir = (uint16_t)dir};
	dma_host_map_scattered *call;
	uintptr_t irq;
	void *context;
	bool in_doubt = false;
	int place, error = check(s, dev, dir, npages);

	if (error)
		return error;
	place = dma_stream_place_for(dev, DMA_FOR_ALLOC, true);
	if (place < 0)
		return place;
	new.place = (uint16_t)(place | DMA_PLACE_OWN | DMA_PLACE_TRANSLATED);
	irq = dma_host_lock(&map_scattered.lock);
	call = map_scattered.call;
	context = map_scattered.context;
	dma_host_unlock(&map_scattered.lock, irq);
	(void)dma_reclaim_waiting();
	error = gather(&new, dev, call != NULL);
	if (!error)
		error = map_for_cpu(&new, call, context);
	if (!error) {
		hand_over(&new, (dir & DMA_TO_DEVICE) || !dev->trusted || dma_is_cvm());
		error = connect(&new, dev);
		in_doubt = error == DMA_ETIMEDOUT; /* hazard 67 */
	}
	if (error) {
		give_back(new.first, in_doubt ? IN_DOUBT : NEVER_SEEN);
		return error;
	}
	begin(&new, dev);
	*s = new;
	return 0;
}

/* ---- Release ---- */

void dma_scattered_release(struct dma_scattered *s)
{
	struct dma_device *dev = s->dev;
	bool known;
	int error;

	if (!dev)
		return;
	known = dma_arch_handle_ends(dev, s->daddr.raw, 0, dma_scattered_size(s));
	for (const struct dma_owed_node *run = s->first; run && known; run = run->next)
		known = dma_arch_stream_ends(view_of(s, run), run->owed.paddr.raw, run->owed.paddr.raw, run->owed.daddr,
					     (size_t)run->owed.npages << DMA_PAGE_SHIFT);
	if (known) {
		error = dma_domain_ops_of(dev->domain)->unmap(dev->domain, dev, s->daddr, s->npages, s->tag);
		give_back(s->first, error ? IN_DOUBT : ENDED);
		dma_ledger_end(dev, s->daddr, true);
	}
	*s = (struct dma_scattered){0};
}
