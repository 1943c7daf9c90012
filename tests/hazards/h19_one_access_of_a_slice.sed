# src/stream/slice.c
# SPDX-License-Identifier: MPL-2.0
s/dma_access_once((uintptr_t)slice->cpu + off, nbytes)/dma_access_once(off, nbytes)/
