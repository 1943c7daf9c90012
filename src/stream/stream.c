/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Streams: made and released. (Cut: split.c. Sync and access: access.c.)
 *
 * A stream is complete before anything of it is written to the caller's struct, so that a call that fails has changed nothing.
 */
#include "../base/cache.h"
#include "../base/state.h"
#include "../device/domain_ops.h"
#include "../device/reach.h"
#include "../memory/run.h"
#include "retired.h"
#include "stream_own.h"
#include "view.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

_Static_assert(sizeof(struct dma_stream) + sizeof(struct dma_hold) <= 128,
	       "a live stream and its hold fit in 128 bytes");

static bool dir_ok(unsigned dir)
{
	return (dir & DMA_BIDIRECTIONAL) != 0 && (dir & ~(unsigned)(DMA_BIDIRECTIONAL | DMA_SPLITTABLE)) == 0;
}

static int usable(const struct dma_device *dev)
{
	if (!dma_state.ready || !dev || !dev->domain)
		return DMA_EINVAL;
	return __atomic_load_n(&dev->blocked, __ATOMIC_ACQUIRE) ? DMA_ENODEV : 0;
}

static int place_for(const struct dma_device *dev, enum dma_purpose purpose, bool reachable)
{
	const struct dma_placement_case c = {
		.purpose = purpose,
		.coherent = dev->coherent,
		.can_sync = dma_state.host.can_sync,
		.uncached_ok = dma_state.host.uncached_ok,
		.cvm = dma_state.host.cvm,
		.reachable = reachable,
	};

	return dma_placement(&c);
}

/* The last step of making a stream: sync costs a barrier alone unless it must copy or maintain. */
static void begin(struct dma_stream *s, struct dma_device *dev, unsigned dir, int place)
{
	if (dev->domain->ops)
		place |= DMA_PLACE_TRANSLATED;
	if (s->hold)
		place |= DMA_PLACE_HELD;
	s->dev = dev;
	s->dir = (uint16_t)dir;
	s->place = (uint16_t)place;
	if (!(place & (DMA_PLACE_BOUNCE | DMA_PLACE_MAINTAIN))) {
		s->to_device_end = dir & DMA_TO_DEVICE ? dma_segment_size(&s->seg) + 1 : 0;
		s->from_device_end = dir & DMA_FROM_DEVICE ? dma_segment_size(&s->seg) + 1 : 0;
	}
	dma_ledger_begin(s);
}

/* Where the device finds the frames: behind an IOMMU a fresh mapping, else where its windows put them. */
static int connect(struct dma_stream *s, struct dma_device *dev, dma_paddr_t paddr, size_t npages, unsigned dir)
{
	struct dma_mapped mapped;

	if (!dev->domain->ops)
		return dma_device_reaches(dev, paddr, npages, &s->daddr) ? 0 : DMA_ENOMEM;
	mapped = dev->domain->ops->map(dev->domain, dev, paddr, npages, dir);
	s->daddr = mapped.daddr;
	s->tag = mapped.tag;
	return mapped.error;
}

/* A mapping that the hardware did not confirm may be in force: frames that a device may reach never go back (DESIGN: release). */
static void undo_view(const struct dma_view *view, int error)
{
	if (error == DMA_ETIMEDOUT)
		dma_view_quarantine(view);
	else
		dma_view_unmake(view);
}

/* ---- Alloc ---- */

int dma_stream_make_own(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages,
			enum dma_purpose purpose, bool scrub)
{
	struct dma_stream new = {0};
	struct dma_view view;
	int place, error;

	if (s->dev || npages == 0 || !dir_ok(dir))
		return DMA_EINVAL;
	error = usable(dev);
	if (error)
		return error;
	if (!dma_host_interrupts_on())
		return DMA_EBUSY;
	place = place_for(dev, purpose, true);
	if (place < 0)
		return place;
	if (npages > DMA_SEGMENT_MAX_PAGES)
		return DMA_ENOMEM;
	error = dma_device_takes(dev, npages);
	if (error)
		return error;
	(void)dma_reclaim();

	error = dma_view_make(&view, dev, place, npages);
	if (error)
		return error;
	if (scrub || !dev->trusted || dma_state.host.cvm)
		dma_arch_fill(view.va, 0, npages << DMA_PAGE_SHIFT);
	if (view.flags & (DMA_HOLD_KVA | DMA_HOLD_SHARED)) {
		error = DMA_ENOMEM;
		new.hold = dma_hold_alloc();
		if (!new.hold)
			goto unmake;
		dma_view_to_hold(&view, new.hold);
	}
	dma_view_hand_over(&view);
	error = connect(&new, dev, view.paddr, npages, dir);
	if (error)
		goto free_hold;
	new.seg = (struct dma_segment){.paddr = view.paddr, .npages = npages, .run = NULL};
	new.cpu = view.va;
	begin(&new, dev, dir, place | DMA_PLACE_OWN);
	*s = new;
	return 0;

free_hold:
	if (new.hold)
		dma_hold_free(new.hold);
unmake:
	undo_view(&view, error);
	return error;
}

int dma_stream_alloc(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages)
{
	if ((dir & DMA_BIDIRECTIONAL) == DMA_FROM_DEVICE)
		return DMA_EACCES;
	return dma_stream_make_own(s, dev, dir, npages, DMA_FOR_ALLOC, true);
}

int dma_stream_alloc_uninit(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages)
{
	return dma_stream_make_own(s, dev, dir, npages, DMA_FOR_ALLOC, false);
}

/* ---- Map ---- */

/* The CPU view of frames without a linear mapping: a cached mapping of its own, in a hold in front of *chain. */
static int map_cpu_view(const struct dma_segment *seg, struct dma_hold **chain, unsigned char **cpu)
{
	struct dma_hold *hold = dma_hold_alloc();
	void *va;
	int error;

	if (!hold)
		return DMA_ENOMEM;
	error = dma_host_kva_map(seg->paddr, seg->npages, DMA_KVA_CACHED, &va);
	if (error) {
		dma_hold_free(hold);
		return error;
	}
	hold->paddr = seg->paddr;
	hold->npages = (uint32_t)seg->npages;
	hold->va = va;
	hold->flags = DMA_HOLD_KVA;
	hold->next = *chain;
	*chain = hold;
	*cpu = va;
	return 0;
}

/* Undoes map_cpu_view() without dropping the reference, which stays the caller's. */
static void unmap_cpu_view(struct dma_hold *hold)
{
	hold->run = NULL;
	dma_hold_finish(hold);
}

/* Fills a fresh bounce: with the caller's bytes, so that what the device does not write comes back as it was; in a confidential VM the
 * host must not see what it is only to overwrite (hazards 7, 40). */
static void fill_bounce(const struct dma_view *view, const unsigned char *cpu, unsigned dir)
{
	size_t nbytes = view->npages << DMA_PAGE_SHIFT;

	if (!(dir & DMA_TO_DEVICE) && dma_state.host.cvm) {
		dma_arch_fill(view->va, 0, nbytes);
		return;
	}
	dma_arch_copy(view->va, cpu, nbytes);
	dma_add(&dma_state.stats.bytes_bounced, nbytes);
}

static int bounce(struct dma_stream *new, struct dma_device *dev, unsigned dir, int place)
{
	size_t npages = new->seg.npages;
	struct dma_hold *hold;
	struct dma_view view;
	int error;

	error = dma_view_make(&view, dev, place, npages);
	if (error)
		return error;
	hold = dma_hold_alloc();
	error = hold ? 0 : DMA_ENOMEM;
	if (error)
		goto unmake;
	dma_view_to_hold(&view, hold);
	fill_bounce(&view, new->cpu, dir);
	dma_view_hand_over(&view);
	error = connect(new, dev, view.paddr, npages, dir);
	if (error)
		goto free_hold;
	hold->next = new->hold;
	new->hold = hold;
	return 0;

free_hold:
	dma_hold_free(hold);
unmake:
	undo_view(&view, error);
	return error;
}

/* The device view is the caller's frames. */
static int direct(struct dma_stream *new, struct dma_device *dev, unsigned dir, int place)
{
	int error;

	if (place & DMA_PLACE_MAINTAIN)
		dma_cache_clean(new->cpu, dma_segment_size(&new->seg));
	dma_arch_publish();
	error = connect(new, dev, new->seg.paddr, new->seg.npages, dir);
	if (error)
		return error;
	if (new->hold && (place & DMA_PLACE_MAINTAIN))
		new->hold->flags |= DMA_HOLD_MAINTAIN;
	return 0;
}

static dma_cold int map_general(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg)
{
	struct dma_stream new = {.seg = *seg};
	struct dma_hold *cpu_hold;
	dma_daddr_t ignored;
	bool reachable;
	int place, error;

	error = usable(dev);
	if (error)
		return error;
	error = dma_device_takes(dev, seg->npages);
	if (error)
		return error;
	reachable = dev->domain->ops || dma_device_reaches(dev, seg->paddr, seg->npages, &ignored);
	place = place_for(dev, DMA_FOR_MAP, reachable);
	if (place < 0)
		return place;
	new.cpu = dma_host_linear(seg->paddr, dma_segment_size(seg));
	if (((place & DMA_PLACE_BOUNCE) || !new.cpu) && !dma_host_interrupts_on())
		return DMA_EBUSY;
	if (!new.cpu) {
		error = map_cpu_view(seg, &new.hold, &new.cpu);
		if (error)
			return error;
	}
	cpu_hold = new.hold;
	if (place & DMA_PLACE_BOUNCE) {
		(void)dma_reclaim();
		error = bounce(&new, dev, dir, place);
	} else {
		error = direct(&new, dev, dir, place);
	}
	if (error) {
		if (cpu_hold)
			unmap_cpu_view(cpu_hold);
		return error;
	}
	begin(&new, dev, dir, place);
	*s = new;
	*seg = (struct dma_segment){0};
	return 0;
}

/* The short way behind an IOMMU: cached, snooped, in the linear map. */
static inline int map_translated(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg)
{
	struct dma_domain *domain = dev->domain;
	struct dma_mapped mapped;
	size_t end;

	dma_arch_publish();
	mapped = domain->ops->map(domain, dev, seg->paddr, seg->npages, dir);
	if (dma_unlikely(mapped.error))
		return mapped.error;
	end = dma_segment_size(seg) + 1;
	s->dev = dev;
	s->to_device_end = dir & DMA_TO_DEVICE ? end : 0;
	s->from_device_end = dir & DMA_FROM_DEVICE ? end : 0;
	s->cpu = (unsigned char *)(dev->linear_base + (uintptr_t)seg->paddr.raw);
	s->daddr = mapped.daddr;
	s->seg = *seg;
	s->tag = mapped.tag;
	s->dir = (uint16_t)dir;
	s->place = DMA_PLACE_DIRECT | DMA_PLACE_TRANSLATED;
	*seg = (struct dma_segment){0};
	dma_ledger_begin_translated(dev, mapped.daddr);
	return 0;
}

int dma_stream_map_slow(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg)
{
	if (s->dev || !dev || seg->npages == 0 || !dir_ok(dir))
		return DMA_EINVAL;
	return map_general(s, dev, dir, seg);
}

int dma_stream_map_beyond(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg,
			  uint64_t last)
{
	if (dma_likely(last <= dma_load(&dev->translated_last)))
		return map_translated(s, dev, dir, seg);
	return dma_stream_map_slow(s, dev, dir, seg);
}

/* ---- Release ---- */

/* Whatever a stream is. */
static dma_cold void release_general(struct dma_stream *s)
{
	struct dma_device *dev = s->dev;
	struct dma_domain *domain = dev->domain;
	bool translated = (s->place & DMA_PLACE_TRANSLATED) != 0;
	struct dma_retired left;

	/* A bounced segment is out of the device's reach all along; it goes with its mapping, if it has one. */
	if (s->place & DMA_PLACE_BOUNCE) {
		struct dma_hold *cpu_hold = s->hold->next;

		if (cpu_hold) {
			cpu_hold->run = s->seg.run;
			dma_hold_finish(cpu_hold);
		} else {
			dma_segment_drop(&s->seg);
		}
	} else if (s->hold && !(s->place & DMA_PLACE_OWN)) {
		s->hold->run = s->seg.run;
	}
	left = dma_retired_of(s);
	if (translated && dev->deferred)
		domain->ops->retire(domain, s);
	else if (translated && domain->ops->unmap(domain, dev, s->daddr, left.npages, s->tag))
		dma_retired_quarantine(&left);
	else
		dma_retired_finish(&left);
}

void dma_stream_release_slow(struct dma_stream *s)
{
	struct dma_device *dev = s->dev;
	struct dma_domain *domain;

	if (dma_likely(s->place == (DMA_PLACE_DIRECT | DMA_PLACE_TRANSLATED))) {
		domain = dev->domain;
		if (dev->deferred)
			domain->ops->retire(domain, s);
		else if (dma_unlikely(domain->ops->unmap(domain, dev, s->daddr, s->seg.npages, s->tag)))
			dma_count_quarantined(s->seg.npages);
		else if (s->seg.run)
			dma_run_drop(s->seg.run, s->seg.npages);
		dma_ledger_end_translated(dev, s->daddr); /* last: the device may go when nothing of it lives */
	} else if (dev) {
		release_general(s);
		dma_ledger_end(s);
	}
	*s = (struct dma_stream){0};
}
