# src/stream/stream.c
# SPDX-License-Identifier: MPL-2.0
/^static dma_cold int not_mapped/,/^}/s/if (DMA_CONFIG_IOMMU && error == DMA_ETIMEDOUT) {/if (0) {/
