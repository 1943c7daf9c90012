# src/base/cache.c
# SPDX-License-Identifier: MPL-2.0
s/align = dma_state.host.line_align/align = dma_state.host.line_step/
