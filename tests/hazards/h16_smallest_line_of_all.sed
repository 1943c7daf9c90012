# src/base/cache.c
# SPDX-License-Identifier: MPL-2.0
s/size_t step = dma_state.host.line_step/size_t step = dma_state.host.line_align/
