/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lists: mapped and unmapped.
 *
 * The fast path is for lists of which nothing has to be decided: cached, snooped, reached, no edge to defend. It looks
 * at no piece but for the IOMMU's entries. There is one more for a buffer that bounces whole. Everything else goes
 * through the steps of a stream's map, each over all pieces before the next: where does it live, blocks for what
 * bounces, copies, one pass of maintenance, one barrier (list_view.c), then one range of addresses, and the count of
 * what the device is told. It fails in any of them and is undone whole.
 */
#include "../base/cache.h"
#include "../base/state.h"
#include "../device/domain_ops.h"
#include "../device/reach.h"
#include "../memory/pieces.h"
#include "../memory/run.h"
#include "bounce.h"
#include "list_own.h"
#include "list_view.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

/* ---- Connected ---- */

/* The device may reach memory for ever: the list's references are never dropped (hazard 67). */
static void keep(const struct dma_list *l, struct dma_piece *pieces, bool plain)
{
	size_t npages = 0;

	for (size_t i = 0; i < l->npieces; i++) {
		struct dma_piece *piece = &pieces[i];
		size_t direct = plain ? piece->len : piece->len - piece->head_len - piece->tail_len;

		if (direct)
			npages += dma_pages_of(
				dma_page_offset(dma_paddr(piece->paddr.raw + (plain ? 0 : piece->head_len))), direct);
		if (direct && piece->run)
			dma_run_keep(piece->run, piece->run_pages);
		if (plain)
			continue;
		if (piece->head)
			dma_bounce_quarantine(piece->head);
		if (piece->tail)
			dma_bounce_quarantine(piece->tail);
		piece->head = piece->tail = NULL;
	}
	if (npages)
		dma_count_quarantined(npages);
}

/* Addresses behind an IOMMU, for all pieces at once. */
static int connect(struct dma_list *l, const struct dma_piece *pieces, bool plain)
{
	struct dma_domain *domain = l->dev->domain;
	struct dma_pieces walk = dma_pieces_begin(l, pieces, plain);
	struct dma_mapped mapped = dma_domain_ops_of(domain)->map_pieces(domain, l->dev, &walk, l->view_pages, l->dir);

	l->daddr = mapped.daddr;
	l->tag = mapped.tag;
	return mapped.error;
}

/* Ends the device's access. 0, or it may go on. */
static int disconnect(struct dma_list *l)
{
	struct dma_domain *domain = l->dev->domain;

	return dma_domain_ops_of(domain)->unmap(domain, l->dev, l->daddr, l->view_pages, l->tag);
}

/* What names the list in the device's ledger: where its first piece begins, or would begin if it did not bounce. */
static dma_daddr_t name_of(const struct dma_list *l, const struct dma_piece *pieces)
{
	if (l->place & DMA_PLACE_TRANSLATED)
		return l->daddr;
	return l->place & DMA_PLACE_PLAIN ? dma_daddr(pieces->paddr.raw + l->daddr.raw) : dma_daddr(pieces->paddr.raw);
}

static void begin(struct dma_list *l, const struct dma_piece *pieces)
{
	if (!DMA_ARCH_TOLD && !(l->place & (DMA_PLACE_BOUNCE | DMA_PLACE_MAINTAIN))) {
		l->to_device_end = l->dir & DMA_TO_DEVICE ? l->nbytes + 1 : 0;
		l->from_device_end = l->dir & DMA_FROM_DEVICE ? l->nbytes + 1 : 0;
	}
	dma_ledger_begin(l->dev, name_of(l, pieces), (l->place & DMA_PLACE_TRANSLATED) != 0);
	if (DMA_ARCH_TOLD)
		dma_pieces_tell(l, pieces, true);
}

static void forget(struct dma_list *l)
{
	l->dev = NULL;
	l->to_device_end = l->from_device_end = 0;
	l->daddr = dma_daddr(0);
	l->view_pages = 0;
	l->tag = 0;
	l->dir = l->place = 0;
}

/* ---- Map ---- */

static int check_entries(const struct dma_list *l, const struct dma_piece *pieces, bool one)
{
	const struct dma_device *dev = l->dev;
	bool aligned;
	size_t n;

	/* A buffer is one entry where none is cut, and it lies where the device wants it. */
	if (dma_likely(one && !dev->boundary && !dev->max_segment_size && dev->min_align <= DMA_PAGE_SIZE))
		return 0;
	n = dma_pieces_count(l, pieces, &aligned);
	if (!aligned || (one && n > 1) || (dev->max_segments && n > dev->max_segments))
		return DMA_ENOTSUP;
	return 0;
}

static dma_cold int map_general(struct dma_list *l, struct dma_piece *pieces, struct dma_device *dev, unsigned dir,
				bool one)
{
	struct dma_list_plan p;
	size_t taken = 0;
	int error;

	if (!dma_state.ready || !dev->domain)
		return DMA_EINVAL;
	if (__atomic_load_n(&dev->blocked, __ATOMIC_RELAXED))
		return DMA_ENODEV;
	error = dma_list_plan(&p, dev, dir, one);
	if (error)
		return error;
	l->dev = dev;
	l->dir = (uint16_t)dir;
	l->place = (uint16_t)((p.place & DMA_PLACE_MAINTAIN) | (p.behind ? DMA_PLACE_TRANSLATED : 0));
	for (; taken < l->npieces; taken++) {
		struct dma_piece *piece = &pieces[taken];

		error = dma_piece_take(&p, piece);
		if (error)
			goto undo;
		if (piece->head || piece->tail)
			l->place |= DMA_PLACE_BOUNCE;
		if (piece->view)
			l->place |= DMA_PLACE_OWES;
		l->view_pages += dma_piece_pages(piece, false);
	}
	dma_list_hand_over(l, pieces, &p);
	if (p.behind)
		error = connect(l, pieces, false);
	if (error == DMA_ETIMEDOUT)
		keep(l, pieces, false);
	if (error)
		goto undo;
	error = check_entries(l, pieces, one);
	if (error) {
		if (p.behind && disconnect(l))
			keep(l, pieces, false);
		goto undo;
	}
	begin(l, pieces);
	return 0;

undo:
	while (taken-- > 0)
		dma_piece_give_back(&pieces[taken]);
	forget(l);
	return error;
}

/* The device is told of no more than it takes, without a look at the entries. */
static bool few_enough(const struct dma_list *l, const struct dma_device *dev)
{
	return (!dev->max_segments || l->npieces <= dev->max_segments) && (l->begins & (dev->min_align - 1)) == 0;
}

static int map_plain(struct dma_list *l, struct dma_piece *pieces, struct dma_device *dev, unsigned dir, unsigned place)
{
	int error = 0;

	dma_arch_publish(); /* before the fields: the compiler reads none of them again */
	l->dev = dev;
	l->dir = (uint16_t)dir;
	l->place = (uint16_t)(place | DMA_PLACE_PLAIN);
	l->view_pages = l->npages;
	if (place & DMA_PLACE_TRANSLATED)
		error = connect(l, pieces, true);
	else
		l->daddr = dma_daddr(dev->direct_delta);
	if (dma_unlikely(error)) {
		if (error == DMA_ETIMEDOUT)
			keep(l, pieces, true);
		forget(l);
		return error;
	}
	begin(l, pieces);
	return 0;
}

/* Whether nothing but mask and alignment limits a piece, and sync is a copy: for the two fast paths of buffers that
 * bounce whole. */
static inline bool bounces_plainly(const struct dma_device *dev)
{
	return !dma_is_cvm() && !dev->boundary && !dev->max_segment_size &&
	       !__atomic_load_n(&dev->blocked, __ATOMIC_RELAXED);
}

/* All of the buffer goes into a block that lies ready, as map_general() would do it. False: there is none, or the
 * memory has no linear mapping, and nothing has happened. */
static inline __attribute__((always_inline)) bool fill_ready_block(struct dma_list *l, struct dma_piece *piece,
								   struct dma_device *dev, unsigned dir, size_t shift)
{
	size_t npages;
	struct dma_owed_node *block;

	if (shift & (dev->min_align - 1))
		shift = 0;
	npages = dma_pages_of(shift, piece->len);
	block = npages <= DMA_BOUNCE_MOST_PAGES ? dma_bounce_get_ready(dev, npages) : NULL;
	if (dma_unlikely(!block))
		return false;
	piece->cpu = dma_piece_linear(piece);
	if (dma_unlikely(!piece->cpu)) {
		dma_bounce_put(block);
		return false;
	}
	piece->head = block;
	piece->tail = piece->view = NULL;
	piece->head_len = piece->len;
	piece->tail_len = 0;
	piece->shift = shift;
	dma_bounce_fill(block, shift, piece->cpu, piece->len, dir);
	dma_bounce_filled(block, shift, piece->len, dir, dev->trusted);
	dma_arch_publish();
	l->dev = dev;
	l->dir = (uint16_t)dir;
	l->place = DMA_PLACE_BOUNCE;
	l->view_pages = npages;
	return true;
}

/* A buffer that bounces whole, where nothing else has to be decided, and the device is behind no IOMMU. It leaves what
 * map_general() leaves. False: it is another case, and nothing has happened. */
static inline bool map_bounced(struct dma_list *l, struct dma_piece *piece, struct dma_device *dev, unsigned dir)
{
	/* A zeroed device is not coherent. */
	if (!DMA_CONFIG_BOUNCE || !dev->coherent || dma_domain_translates(dev->domain) || dev->nwindows ||
	    !bounces_plainly(dev))
		return false;
	if (!(l->begins & (dev->min_align - 1)) && l->last <= dev->mask &&
	    (dev->trusted || !((l->begins | l->ends) & (DMA_PAGE_SIZE - 1))))
		return false;
	if (!fill_ready_block(l, piece, dev, dir, dma_page_offset(piece->paddr)))
		return false;
	dma_ledger_begin(dev, dma_daddr(piece->paddr.raw), false);
	if (DMA_ARCH_TOLD)
		dma_pieces_tell(l, piece, true);
	return true;
}

/* Behind an IOMMU: what is not aligned as the device wants it, or for a device without trust a part of one page. */
static inline bool bounces_whole(const struct dma_piece *piece, const struct dma_device *dev)
{
	size_t shift = dma_page_offset(piece->paddr);

	return (shift & (dev->min_align - 1)) != 0 || (!dev->trusted && shift + piece->len < DMA_PAGE_SIZE);
}

/* The same as map_bounced() for what bounces whole behind an IOMMU. */
static __attribute__((noinline)) int map_bounced_behind(struct dma_list *l, struct dma_piece *piece,
							struct dma_device *dev, unsigned dir)
{
	size_t shift = dma_page_offset(piece->paddr);
	int error;

	if (!DMA_CONFIG_BOUNCE || !dev->coherent || dev->min_align > DMA_PAGE_SIZE || !bounces_plainly(dev) ||
	    !fill_ready_block(l, piece, dev, dir, shift))
		return map_general(l, piece, dev, dir, true);
	l->place |= DMA_PLACE_TRANSLATED;
	error = connect(l, piece, false);
	if (dma_unlikely(error)) {
		if (error == DMA_ETIMEDOUT)
			keep(l, piece, false);
		dma_piece_give_back(piece);
		forget(l);
		return error;
	}
	begin(l, piece);
	return 0;
}

static __attribute__((noinline)) int map_buffer(struct dma_list *l, struct dma_piece *piece, struct dma_device *dev,
						unsigned dir)
{
	if (dma_likely(map_bounced(l, piece, dev, dir)))
		return 0;
	if (DMA_CONFIG_IOMMU && dev->domain && dma_domain_translates(dev->domain) && bounces_whole(piece, dev))
		return map_bounced_behind(l, piece, dev, dir);
	return map_general(l, piece, dev, dir, true);
}

int dma_pieces_map(struct dma_list *l, struct dma_piece *pieces, struct dma_device *dev, unsigned dir, bool one)
{
	if (l->dev)
		return DMA_EINVAL;
	/* direct_last and translated_last are 0 for a zeroed or blocked device, and where anything but a barrier is
	 * due, or a limit is to be kept. */
	if (dma_unlikely(!dev || !l->npieces || dir - 1 > DMA_BIDIRECTIONAL - 1))
		return DMA_EINVAL;
	if (few_enough(l, dev) && (dev->trusted || ((l->begins | l->ends) & (DMA_PAGE_SIZE - 1)) == 0)) {
		if (l->last <= dma_load(&dev->translated_last))
			return map_plain(l, pieces, dev, dir, DMA_PLACE_TRANSLATED);
		if (l->last <= dma_load(&dev->direct_last))
			return map_plain(l, pieces, dev, dir, 0);
	}
	return one ? map_buffer(l, pieces, dev, dir) : map_general(l, pieces, dev, dir, false);
}

/* ---- Unmap ---- */

/* Lines that the device wrote go out of the caches through the mapping that was used. Its blocks are next filled
 * through the same. */
static void flush_lines(const struct dma_list *l, const struct dma_piece *pieces)
{
	struct dma_parts parts = dma_parts_begin(l, pieces, 0, l->nbytes);
	struct dma_part part;

	dma_arch_maintenance_begin();
	while (dma_parts_next(&parts, &part))
		dma_cache_flush_lines(part.view, part.len);
	dma_arch_maintenance_end();
}

/* A list of borrowed memory that neither bounces nor is maintained owes nothing but the end of the access. As a stream
 * of its whole range, it is released by the domain's fast path, or waits for a batch. */
static void release_whole(struct dma_list *l, const struct dma_piece *pieces)
{
	struct dma_stream whole = {
		.dev = l->dev,
		.daddr = l->daddr,
		.seg = {.paddr = dma_paddr(pieces->paddr.raw & ~(uint64_t)(DMA_PAGE_SIZE - 1)),
			.npages = l->view_pages},
		.tag = l->tag,
		.place = DMA_PLACE_TRANSLATED,
	};

	forget(l);
	dma_domain_ops_of(whole.dev->domain)->release_stream(&whole);
}

void dma_pieces_unmap_bounced(struct dma_list *l, struct dma_piece *piece)
{
	struct dma_device *dev = l->dev;
	dma_daddr_t name = dma_daddr(piece->paddr.raw);

	if (DMA_ARCH_TOLD)
		dma_pieces_tell(l, piece, false);
	dma_bounce_put(piece->head);
	piece->head = NULL;
	l->dev = NULL; /* what else a mapped list has is 0 already */
	l->view_pages = 0;
	l->dir = l->place = 0;
	dma_ledger_end(dev, name, false);
}

static __attribute__((noinline)) void unmap_general(struct dma_list *l, struct dma_piece *pieces)
{
	struct dma_device *dev = l->dev;
	dma_daddr_t name = name_of(l, pieces);
	unsigned place = l->place;
	bool plain = (place & DMA_PLACE_PLAIN) != 0, translated = (place & DMA_PLACE_TRANSLATED) != 0;

	if (translated && disconnect(l))
		keep(l, pieces, plain);
	if ((place & DMA_PLACE_MAINTAIN) && (l->dir & DMA_FROM_DEVICE))
		flush_lines(l, pieces);
	for (size_t i = 0; !plain && i < l->npieces; i++)
		dma_piece_give_back(&pieces[i]);
	forget(l);
	dma_ledger_end(dev, name, translated);
}

/* What map_plain() made without an IOMMU. */
static inline void unmap_plain(struct dma_list *l, const struct dma_piece *pieces)
{
	struct dma_device *dev = l->dev;
	dma_daddr_t name = name_of(l, pieces);

	forget(l);
	dma_ledger_end(dev, name, false);
}

void dma_pieces_unmap(struct dma_list *l, struct dma_piece *pieces)
{
	unsigned place = l->place;

	if (DMA_ARCH_TOLD)
		dma_pieces_tell(l, pieces, false);
	if (place == DMA_PLACE_PLAIN)
		unmap_plain(l, pieces);
	else if ((place & DMA_PLACE_TRANSLATED) && !l->owns &&
		 !(place & (DMA_PLACE_BOUNCE | DMA_PLACE_MAINTAIN | DMA_PLACE_OWES)))
		release_whole(l, pieces);
	else
		unmap_general(l, pieces);
}
