# src/memory/owed.c
# SPDX-License-Identifier: MPL-2.0
s/DMA_OWED_UNMAP) || dma_host_interrupts_on())/DMA_OWED_UNMAP) || true)/
