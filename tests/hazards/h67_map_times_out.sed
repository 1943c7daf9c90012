# src/stream/stream.c
# SPDX-License-Identifier: MPL-2.0
/^static dma_cold int not_mapped/,/^}/s/if (error == DMA_ETIMEDOUT) {/if (0) {/
