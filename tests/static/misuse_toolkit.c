/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One call on one typed list, buffer, pool or scattered memory: misuse.sh compiles it with HANDLE and CALL, for types
 * that have the call and types that do not. C11 and C++17.
 */
#include <dmastream/dmastream.h>

struct request {
	struct dma_piece pieces[2];
	struct dma_stream *streams[3];
	uint32_t tag;
};

int misuse(struct dma_device *dev, struct dma_segment *seg, struct dma_reader *r, struct dma_writer *w, void *mem);

int misuse(struct dma_device *dev, struct dma_segment *seg, struct dma_reader *r, struct dma_writer *w, void *mem)
{
	static struct HANDLE h;
	static struct dma_piece pieces[4];
	static struct dma_pool_config config;
	static struct dma_stream *streams[2];
	static struct dma_range ranges[2];
	struct request *request = DMA_CAST(struct request *, mem);
	struct dma_block_to_device *to = DMA_NULL;
	struct dma_block_from_device *from = DMA_NULL;
	struct dma_block_bidirectional *both = DMA_NULL;
	struct dma_block *core = DMA_NULL;
	uint32_t value = 0;
	int error = 0;

	(void)dev, (void)seg, (void)r, (void)w, (void)mem, (void)h, (void)pieces, (void)config;
	(void)to, (void)from, (void)both, (void)core, (void)value, (void)streams, (void)ranges, (void)request;
	CALL;
	return error;
}
