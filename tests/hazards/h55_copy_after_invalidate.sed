# src/stream/access.c
# SPDX-License-Identifier: MPL-2.0
/dma_cache_invalidate(view + off, len);/d
/^int dma_stream_sync_from_device_slow/,/^}/{
s/^	if (s->place & DMA_PLACE_MAINTAIN)$/	;/
s/^	return 0;$/	if (s->place \& DMA_PLACE_MAINTAIN)\
		dma_cache_invalidate(view + off, len);\
	return 0;/
}
