# src/stream/access.c
# SPDX-License-Identifier: MPL-2.0
/dma_arch_copy(s->cpu + off, view + off, len);/i\
		dma_arch_copy(view + off, s->cpu + off, len);
