# src/base/cache.c
# SPDX-License-Identifier: MPL-2.0
/^void dma_cache_clean/,/^}/{
s/line = down((uintptr_t)start, step)/line = ((uintptr_t)start + step - 1) \& ~(step - 1)/
s/touched((uintptr_t)start, nbytes, step)/(nbytes + step - 1) \/ step/
}
