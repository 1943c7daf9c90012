# src/stream/pool_chunk.c
# SPDX-License-Identifier: MPL-2.0
/^size_t dma_pool_take/,/^}/s/chunk->free = block->next;/dma_arch_copy(\&chunk->free, block->slice.cpu, sizeof(chunk->free));/
/^void dma_pool_give/,/^}/s/blocks\[i\]->next = chunk->free;/dma_arch_copy(blocks[i]->slice.cpu, \&chunk->free, sizeof(chunk->free));/
/^static int fill_chunk/,/^}/s/chunk->free = block;/dma_arch_copy(block->slice.cpu, \&chunk->free, sizeof(chunk->free)); chunk->free = block;/
