# src/stream/access.c
# SPDX-License-Identifier: MPL-2.0
/dma_access_from_device(dma_stream_place(s)/c\
	dma_arch_consume();\
	if (dma_stream_place(s) & DMA_PLACE_BOUNCE)\
		dma_arch_copy(s->cpu + off, device_view(s) + off, len);\
	if (dma_stream_place(s) & DMA_PLACE_MAINTAIN)\
		dma_cache_invalidate(device_view(s) + off, len);
