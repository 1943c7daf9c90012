# src/memory/run.c
# SPDX-License-Identifier: MPL-2.0
/^int dma_run_hold/,/^}/s/word + dma_run_word(1, 0)/word/
