/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Makes streams. (own.c allocates those of the library's own frames; release.c ends them, split.c cuts
 * them; access.c has sync and access.)
 *
 * A stream is complete before any of it is written to the caller's struct, so that a call that fails has changed
 * nothing.
 */
#include "../base/cache.h"
#include "../base/state.h"
#include "../device/domain_ops.h"
#include "../device/translated.h"
#include "../memory/run.h"
#include "stream_own.h"
#include "view.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

_Static_assert(sizeof(struct dma_stream) + sizeof(struct dma_owed_node) <= 128,
	       "a live stream and what it owes fit in 128 bytes");

void (*dma_stream_slices_end)(struct dma_stream *s);

static bool dir_ok(unsigned dir)
{
	return (dir & DMA_BIDIRECTIONAL) != 0 && (dir & ~(unsigned)(DMA_BIDIRECTIONAL | DMA_SPLITTABLE)) == 0;
}

static int usable(const struct dma_device *dev)
{
	if (!dma_state.ready || !dev || !dev->domain)
		return DMA_EINVAL;
	return __atomic_load_n(&dev->blocked, __ATOMIC_RELAXED) ? DMA_ENODEV : 0;
}

int dma_stream_place_for(const struct dma_device *dev, enum dma_purpose purpose, bool reachable)
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

/* The last step of making a stream. Its sync is a barrier alone unless it must copy or maintain. */
static void begin(struct dma_stream *s, struct dma_device *dev, unsigned dir, int place)
{
	if (dma_domain_translates(dev->domain))
		place |= DMA_PLACE_TRANSLATED;
	if (DMA_CONFIG_OWES && s->owed)
		place |= DMA_PLACE_OWES;
	if (!place)
		place = DMA_PLACE_PLAIN;
	s->dev = dev;
	s->dir = (uint16_t)dir;
	s->place = (uint16_t)place;
	if (!(place & (DMA_PLACE_BOUNCE | DMA_PLACE_MAINTAIN))) {
		s->to_device_end = dir & DMA_TO_DEVICE ? dma_segment_size(&s->seg) + 1 : 0;
		s->from_device_end = dir & DMA_FROM_DEVICE ? dma_segment_size(&s->seg) + 1 : 0;
	}
	dma_ledger_begin(dev, s->daddr, (place & DMA_PLACE_TRANSLATED) != 0);
	dma_arch_stream_begins(dev, s->cpu, s->seg.paddr.raw, dma_device_view_paddr(s).raw, s->daddr.raw,
			       dma_segment_size(&s->seg), place & DMA_PLACE_COHERENT ? 0 : dir & DMA_BIDIRECTIONAL);
}

/* Where the device finds the frames: behind an IOMMU a fresh mapping, else where its windows put them. */
static int connect(struct dma_stream *s, struct dma_device *dev, dma_paddr_t paddr, size_t npages, unsigned dir)
{
	struct dma_mapped mapped;

	if (!dma_domain_translates(dev->domain))
		return dma_device_reaches(dev, paddr, npages, &s->daddr) ? 0 : DMA_ENOMEM;
	mapped = dma_domain_ops_of(dev->domain)->map(dev->domain, dev, paddr, npages, dir);
	s->daddr = mapped.daddr;
	s->tag = mapped.tag;
	return mapped.error;
}

/* Connecting the device view failed. Where the IOMMU did not answer, the device may reach the view all the same
 * (hazard 67). */
static void undo_view(const struct dma_owed_node *view, int error)
{
	if (DMA_CONFIG_IOMMU && error == DMA_ETIMEDOUT)
		dma_owed_quarantine_now(view);
	else
		dma_view_unmake(view);
}

/* ---- Alloc ---- */

int dma_stream_make_own_slow(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages,
			     enum dma_purpose purpose, bool scrub)
{
	struct dma_stream new = {0};
	struct dma_owed_node view;
	int place, error;

	if (s->dev || npages == 0 || !dir_ok(dir))
		return DMA_EINVAL;
	error = usable(dev);
	if (error)
		return error;
	if (!dma_host_interrupts_on())
		return DMA_EBUSY;
	place = dma_stream_place_for(dev, purpose, true);
	if (place < 0)
		return place;
	if (npages > DMA_SEGMENT_MAX_PAGES)
		return DMA_ENOMEM;
	error = dma_device_takes(dev, npages);
	if (error)
		return error;
	(void)dma_reclaim_waiting();

	error = dma_view_make(&view, dev, place, npages);
	if (error)
		return error;
	if (scrub || !dev->trusted || dma_is_cvm())
		dma_arch_fill(view.va, 0, npages << DMA_PAGE_SHIFT);
	if (view.owed.steps & (DMA_OWED_UNMAP | DMA_OWED_SHARED)) {
		error = DMA_ENOMEM;
		new.owed = dma_owed_node_alloc();
		if (!new.owed)
			goto undo;
		*new.owed = view;
	}
	dma_view_hand_over(&view);
	error = connect(&new, dev, view.owed.paddr, npages, dir);
	if (error)
		goto free_node;
	new.seg = (struct dma_segment){.paddr = view.owed.paddr, .npages = npages, .run = NULL};
	new.cpu = view.va;
	begin(&new, dev, dir, place | DMA_PLACE_OWN | (purpose == DMA_FOR_COHERENT ? DMA_PLACE_COHERENT : 0));
	*s = new;
	return 0;

free_node:
	if (DMA_CONFIG_OWES && new.owed)
		dma_owed_node_free(new.owed);
undo:
	undo_view(&view, error);
	return error;
}

/* ---- Map ---- */

/* The CPU view of frames that have no linear mapping: a cached mapping of its own, in a node. */
static int map_cpu_view(const struct dma_segment *seg, struct dma_owed_node **out)
{
	struct dma_owed_node *node = dma_owed_node_alloc();
	int error;

	if (!node)
		return DMA_ENOMEM;
	error = dma_host_kva_map(seg->paddr, seg->npages, DMA_KVA_CACHED, &node->va);
	if (error) {
		dma_owed_node_free(node);
		return error;
	}
	node->owed = (struct dma_owed){.paddr = seg->paddr, .npages = (uint32_t)seg->npages, .steps = DMA_OWED_UNMAP};
	*out = node;
	return 0;
}

/* Fills a fresh bounce. It gets the caller's bytes, so that bytes that the device does not write come back as they
 * were; in a confidential VM a from-device bounce gets zeros, since the host must not see bytes that it is only to
 * overwrite (hazards 7, 40). */
static void fill_bounce(const struct dma_owed_node *view, const unsigned char *cpu, unsigned dir)
{
	size_t nbytes = (size_t)view->owed.npages << DMA_PAGE_SHIFT;

	if (!(dir & DMA_TO_DEVICE) && dma_is_cvm()) {
		dma_arch_fill(view->va, 0, nbytes);
		return;
	}
	dma_arch_copy(view->va, cpu, nbytes);
	dma_add(&dma_state.stats.bytes_bounced, nbytes);
}

static int bounce(struct dma_stream *new, struct dma_device *dev, unsigned dir, int place)
{
	size_t npages = new->seg.npages;
	struct dma_owed_node view, *node;
	int error;

	error = dma_view_make(&view, dev, place, npages);
	if (error)
		return error;
	node = dma_owed_node_alloc();
	error = node ? 0 : DMA_ENOMEM;
	if (error)
		goto undo;
	fill_bounce(&view, new->cpu, dir);
	dma_view_hand_over(&view);
	error = connect(new, dev, view.owed.paddr, npages, dir);
	if (error)
		goto free_node;
	*node = view;
	node->next = new->owed;
	new->owed = node;
	return 0;

free_node:
	dma_owed_node_free(node);
undo:
	undo_view(&view, error);
	return error;
}

/* Maps the caller's own frames as the device view. */
static int direct(struct dma_stream *new, struct dma_device *dev, unsigned dir, int place)
{
	int error;

	if (place & DMA_PLACE_MAINTAIN)
		dma_cache_clean(new->cpu, dma_segment_size(&new->seg));
	dma_arch_publish();
	error = connect(new, dev, new->seg.paddr, new->seg.npages, dir);
	if (error)
		return error;
	if (new->owed && (place & DMA_PLACE_MAINTAIN))
		new->owed->owed.steps |= DMA_OWED_MAINTAIN;
	return 0;
}

/* Mapping the caller's frames failed. Where the IOMMU did not answer, the device may reach them all the same (hazard
 * 67). Then the library keeps a reference of its own for good: the caller's segment stays as it was, and no drop frees
 * the frames. */
static dma_cold int not_mapped(const struct dma_segment *seg, int error)
{
	const struct dma_owed frames = {.paddr = seg->paddr, .run = seg->run, .npages = (uint32_t)seg->npages};

	if (DMA_CONFIG_IOMMU && error == DMA_ETIMEDOUT) {
		if (seg->run)
			dma_run_keep(seg->run, seg->npages);
		dma_owed_quarantine(&frames);
	}
	return error;
}

static dma_cold int map_general(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg)
{
	struct dma_stream new = {.seg = *seg};
	struct dma_owed cpu_view;
	dma_daddr_t ignored;
	bool reachable;
	int place, error;

	error = usable(dev);
	if (error)
		return error;
	error = dma_device_takes(dev, seg->npages);
	if (error)
		return error;
	reachable = dma_domain_translates(dev->domain) || dma_device_reaches(dev, seg->paddr, seg->npages, &ignored);
	place = dma_stream_place_for(dev, DMA_FOR_MAP, reachable);
	if (place < 0)
		return place;
	new.cpu = dma_host_linear(seg->paddr, dma_segment_size(seg));
	if (((place & DMA_PLACE_BOUNCE) || !new.cpu) && !dma_host_interrupts_on())
		return DMA_EBUSY;
	if (!new.cpu) {
		if (!DMA_CONFIG_HIGHMEM)
			return DMA_ENOTSUP;
		error = map_cpu_view(seg, &new.owed);
		if (error)
			return error;
		new.cpu = new.owed->va;
	}
	if (place & DMA_PLACE_BOUNCE) {
		(void)dma_reclaim_waiting();
		error = bounce(&new, dev, dir, place);
	} else {
		error = direct(&new, dev, dir, place);
	}
	if (error) {
		if (DMA_CONFIG_OWES && new.owed) {
			cpu_view = dma_owed_of_node(new.owed);
			dma_owed_settle(&cpu_view); /* the mapping alone: its node has no reference yet */
		}
		return place & DMA_PLACE_BOUNCE ? error : not_mapped(seg, error);
	}
	begin(&new, dev, dir, place);
	*s = new;
	*seg = (struct dma_segment){0};
	return 0;
}

int dma_stream_map_translated(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg)
{
	struct dma_domain *domain = dev->domain;
	struct dma_mapped mapped;

	dma_arch_publish();
	mapped = dma_domain_ops_of(domain)->map(domain, dev, seg->paddr, seg->npages, dir);
	if (dma_unlikely(mapped.error))
		return not_mapped(seg, mapped.error);
	dma_translated_begin(s, dev, dir, seg, seg->npages, mapped.daddr, mapped.tag);
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
	if (DMA_CONFIG_IOMMU && dma_likely(last <= dma_load(&dev->translated_last)))
		return dma_domain_ops_of(dev->domain)->map_stream(s, dev, dir, seg);
	return dma_stream_map_slow(s, dev, dir, seg);
}
