/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The CPU's access to segments, while no stream has them.
 */
#include "../base/cache.h"
#include "../base/state.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>
#include <dmastream/segment.h>

/* Zeroes frames that have no linear mapping, through a mapping that is made for it. No line of them stays in a cache:
 * their next owner could not write it back. */
static int zero_through_a_mapping(const struct dma_segment *seg)
{
	void *va;
	int error;

	if (!DMA_CONFIG_HIGHMEM)
		return DMA_ENOTSUP;
	error = dma_host_kva_map(seg->paddr, seg->npages, DMA_KVA_CACHED, &va);
	if (error)
		return error;
	dma_arch_fill(va, 0, dma_segment_size(seg));
	if (dma_state.host.can_sync)
		dma_cache_flush(va, dma_segment_size(seg));
	dma_host_kva_unmap(va, seg->paddr, seg->npages);
	dma_host_tlb_shootdown(va, seg->npages);
	return 0;
}

int dma_segment_alloc_zeroed(struct dma_segment *seg, size_t npages, uint64_t max_paddr, size_t align)
{
	int error = dma_segment_alloc(seg, npages, max_paddr, align);
	void *linear;

	if (error)
		return error;
	linear = dma_host_linear(seg->paddr, dma_segment_size(seg));
	if (linear)
		dma_arch_fill(linear, 0, dma_segment_size(seg));
	else
		error = zero_through_a_mapping(seg);
	if (error)
		dma_segment_drop(seg);
	return error;
}

static int whole(const struct dma_segment *seg, unsigned char **memory)
{
	if (seg->npages == 0)
		return DMA_EINVAL;
	*memory = dma_host_linear(seg->paddr, dma_segment_size(seg));
	return *memory ? 0 : DMA_ENOTSUP;
}

int dma_segment_reader(const struct dma_segment *seg, struct dma_reader *r)
{
	unsigned char *memory;
	int error = whole(seg, &memory);

	if (!error)
		*r = dma_reader_of(memory, dma_segment_size(seg));
	return error;
}

int dma_segment_writer(const struct dma_segment *seg, struct dma_writer *w)
{
	unsigned char *memory;
	int error = whole(seg, &memory);

	if (!error)
		*w = dma_writer_of(memory, dma_segment_size(seg));
	return error;
}

int dma_segment_read(const struct dma_segment *seg, size_t off, struct dma_writer *w)
{
	struct dma_reader r;
	int error = dma_segment_reader(seg, &r);

	if (!error)
		error = dma_reader_skip(&r, off);
	if (error)
		return error;
	if (w->left > r.left)
		return DMA_EINVAL;
	(void)dma_reader_read(&r, w);
	return 0;
}

int dma_segment_write(const struct dma_segment *seg, size_t off, struct dma_reader *r)
{
	struct dma_writer w;
	int error = dma_segment_writer(seg, &w);

	if (!error)
		error = dma_writer_skip(&w, off);
	if (error)
		return error;
	if (r->left > w.left)
		return DMA_EINVAL;
	(void)dma_reader_read(r, &w);
	return 0;
}
