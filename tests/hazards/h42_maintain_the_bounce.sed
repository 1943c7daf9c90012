# src/stream/access.c
# SPDX-License-Identifier: MPL-2.0
s/dma_cache_clean(view + off/dma_cache_clean(s->cpu + off/;s/dma_cache_invalidate(view + off/dma_cache_invalidate(s->cpu + off/
