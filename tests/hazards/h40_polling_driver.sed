# src/stream/access.c
# SPDX-License-Identifier: MPL-2.0
/dma_access_from_device(dma_stream_place(s)/i\
	if (dma_stream_place(s) & DMA_PLACE_BOUNCE)\
		dma_arch_copy(device_view(s) + off, s->cpu + off, len);
