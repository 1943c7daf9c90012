# src/stream/slice.c
# SPDX-License-Identifier: MPL-2.0
s/line = dev->coherent ? 1 : dma_state.host.line_align;/line = 1;/
s/return dev->coherent || len % dma_state.host.line_align == 0;/return true;/
