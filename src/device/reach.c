/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a device can address, and how frames are found that it can address. Windows, mask, alignment and boundary all
 * limit device addresses (hazards 17, 83).
 */
#include "reach.h"
#include "domain_ops.h"
#include <dmastream/errors.h>
#include <dmastream/platform.h>

static uint64_t last_of(uint64_t base, uint64_t size)
{
	return base + (size - 1);
}

int dma_device_takes(const struct dma_device *dev, size_t npages)
{
	uint64_t nbytes = (uint64_t)npages << DMA_PAGE_SHIFT;

	if (!DMA_CONFIG_LIMITS)
		return 0;
	if (dev->boundary && nbytes > dev->boundary)
		return DMA_ENOTSUP;
	return dev->max_segment_size && nbytes > dev->max_segment_size ? DMA_ENOTSUP : 0;
}

bool dma_device_finds(const struct dma_device *dev, dma_paddr_t paddr, size_t nbytes, dma_daddr_t *daddr)
{
	uint64_t last = last_of(paddr.raw, nbytes);
	uint64_t first = paddr.raw;
	bool found = !DMA_CONFIG_WINDOWS || dev->nwindows == 0;

	for (size_t i = 0; DMA_CONFIG_WINDOWS && i < dev->nwindows && !found; i++) {
		const struct dma_window *w = &dev->windows[i];

		if (paddr.raw >= w->paddr_base.raw && last <= last_of(w->paddr_base.raw, w->size)) {
			first = paddr.raw - w->paddr_base.raw + w->daddr_base.raw;
			found = true;
		}
	}
	if (!found || last - paddr.raw + first > dev->mask)
		return false;
	*daddr = dma_daddr(first);
	return true;
}

bool dma_device_reaches(const struct dma_device *dev, dma_paddr_t paddr, size_t npages, dma_daddr_t *daddr)
{
	size_t nbytes = npages << DMA_PAGE_SHIFT;
	dma_daddr_t found;

	if (!dma_device_finds(dev, paddr, nbytes, &found) || (DMA_CONFIG_LIMITS && found.raw % dev->min_align))
		return false;
	if (DMA_CONFIG_LIMITS && dev->boundary && (found.raw ^ last_of(found.raw, nbytes)) >= dev->boundary)
		return false;
	*daddr = found;
	return true;
}

/* ---- Frames ---- */

/* A stretch of physical addresses, first to last, that the device reaches at one offset. */
struct stretch {
	uint64_t first, last;
	uint64_t delta; /* daddr - paddr */
};

/* Puts the device's stretches into list, the highest first, so that low memory, which devices with small masks need, is
 * used last. */
static size_t stretches(const struct dma_device *dev, struct stretch list[DMA_DEVICE_WINDOWS])
{
	size_t n = 0;

	if (!DMA_CONFIG_WINDOWS || dev->nwindows == 0) {
		list[0] = (struct stretch){.first = 0, .last = dev->mask};
		return 1;
	}
	for (size_t i = 0; i < dev->nwindows; i++) {
		const struct dma_window *w = &dev->windows[i];
		uint64_t size = w->size, base = w->paddr_base.raw;
		size_t at = n;

		if (w->daddr_base.raw > dev->mask)
			continue;
		if (size - 1 > dev->mask - w->daddr_base.raw)
			size = dev->mask - w->daddr_base.raw + 1;
		for (; at > 0 && list[at - 1].last < last_of(base, size); at--)
			list[at] = list[at - 1];
		list[at] =
			(struct stretch){.first = base, .last = last_of(base, size), .delta = w->daddr_base.raw - base};
		n++;
	}
	return n;
}

/* Asks the host. One that has no bounded allocator is asked for anything below the end of the stretch; the caller
 * checks what it gets in either case. */
static int ask(const struct stretch *s, size_t npages, size_t align, dma_paddr_t *paddr)
{
	int error = DMA_CONFIG_WINDOWS && s->first > 0
			    ? dma_host_frames_alloc_within(npages, s->first, s->last, align, paddr)
			    : DMA_ENOTSUP;

	return error == DMA_ENOTSUP ? dma_host_frames_alloc(npages, s->last, align, paddr) : error;
}

/* The alignment of device addresses at which no range of npages crosses a boundary. */
static uint64_t safe_align(const struct dma_device *dev, size_t npages)
{
	uint64_t align = dma_device_step(dev), nbytes = (uint64_t)npages << DMA_PAGE_SHIFT;

	while (DMA_CONFIG_LIMITS && dev->boundary && align < nbytes)
		align <<= 1;
	return align;
}

static bool fits(const struct dma_device *dev, dma_paddr_t paddr, size_t npages)
{
	dma_daddr_t ignored;

	if (dma_device_reaches(dev, paddr, npages, &ignored))
		return true;
	dma_host_frames_free(paddr, npages);
	return false;
}

/* Where the window's offset is no multiple of the alignment, frames that are aligned for the host are not aligned for
 * the device: so it asks for more frames than it needs, uses the aligned part, and gives the rest back. */
static int ask_more(const struct dma_device *dev, const struct stretch *s, size_t npages, uint64_t align,
		    dma_paddr_t *paddr)
{
	uint64_t more = (align >> DMA_PAGE_SHIFT) - 1, skip;
	dma_paddr_t from;

	if (more > SIZE_MAX - npages || ask(s, npages + (size_t)more, DMA_PAGE_SIZE, &from))
		return DMA_ENOMEM;
	skip = (-(from.raw + s->delta) & (align - 1)) >> DMA_PAGE_SHIFT;
	*paddr = dma_paddr(from.raw + (skip << DMA_PAGE_SHIFT));
	if (skip > 0)
		dma_host_frames_free(from, (size_t)skip);
	if (skip < more)
		dma_host_frames_free(dma_paddr(paddr->raw + ((uint64_t)npages << DMA_PAGE_SHIFT)),
				     (size_t)(more - skip));
	return fits(dev, *paddr, npages) ? 0 : DMA_ENOMEM;
}

static int frames_in(const struct dma_device *dev, const struct stretch *s, size_t npages, dma_paddr_t *paddr)
{
	uint64_t safe = safe_align(dev, npages);
	size_t step = dma_device_step(dev);

	if (s->delta % step == 0) {
		if (ask(s, npages, step, paddr))
			return DMA_ENOMEM;
		if (fits(dev, *paddr, npages))
			return 0;
		if (safe == step)
			return DMA_ENOMEM;
	}
	if (s->delta % safe == 0 && safe <= SIZE_MAX)
		return !ask(s, npages, (size_t)safe, paddr) && fits(dev, *paddr, npages) ? 0 : DMA_ENOMEM;
	return ask_more(dev, s, npages, safe, paddr);
}

int dma_device_frames_alloc(const struct dma_device *dev, size_t npages, dma_paddr_t *paddr)
{
	struct stretch list[DMA_DEVICE_WINDOWS];
	int error = DMA_ENOMEM;
	size_t n;

	if (dma_domain_translates(
		    dev->domain)) /* any frame will do; the alignment only helps the IOMMU to use big pages */
		return dma_host_frames_alloc(npages, UINT64_MAX, dma_device_step(dev), paddr);
	n = stretches(dev, list);
	for (size_t i = 0; i < n && error; i++)
		error = frames_in(dev, &list[i], npages, paddr);
	return error;
}
