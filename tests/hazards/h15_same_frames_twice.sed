# src/memory/segment.c
# SPDX-License-Identifier: MPL-2.0
/^int dma_segment_clone/,/^}/s/word + dma_run_word(1, 0)/word/
