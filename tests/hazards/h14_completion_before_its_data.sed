# include/dmastream/stream.h
# SPDX-License-Identifier: MPL-2.0
/^DMA_MUST_CHECK static inline int dma_stream_sync_from_device/,/^}/s/dma_consume();/;/
