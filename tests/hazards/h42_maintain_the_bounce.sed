# src/stream/access.c
# SPDX-License-Identifier: MPL-2.0
/dma_access_to_device(dma_stream_place(s)/i\
	if (dma_stream_place(s) & DMA_PLACE_MAINTAIN)\
		dma_cache_clean(s->cpu + off, len);
/dma_access_from_device(dma_stream_place(s)/i\
	if (dma_stream_place(s) & DMA_PLACE_MAINTAIN)\
		dma_cache_invalidate(s->cpu + off, len);
s/\(dma_access_[a-z]*_device(dma_stream_place(s)\)/\1 \& ~(unsigned)DMA_PLACE_MAINTAIN/
