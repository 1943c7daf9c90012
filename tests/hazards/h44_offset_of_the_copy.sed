# src/stream/access.c
# SPDX-License-Identifier: MPL-2.0
s/dma_arch_copy(view + off, s->cpu + off, len)/dma_arch_copy(view, s->cpu + off, len)/
