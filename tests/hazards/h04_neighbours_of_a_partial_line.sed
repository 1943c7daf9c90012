# src/base/cache.c
# SPDX-License-Identifier: MPL-2.0
/^void dma_cache_invalidate/,/^}/s/dma_arch_line_flush/dma_arch_line_invalidate/
