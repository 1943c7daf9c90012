# src/memory/owed.c
# SPDX-License-Identifier: MPL-2.0
/dma_host_tlb_shootdown(/d
