# src/stream/stream.c
# SPDX-License-Identifier: MPL-2.0
s/dma_cache_clean(new->cpu,/dma_cache_invalidate(new->cpu,/
