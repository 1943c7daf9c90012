# include/dmastream/pool.h
# SPDX-License-Identifier: MPL-2.0
/^static inline int dma_pool_put(.*)$/,/^}/s/DMA_BLOCK_FREE,$/1000,/
