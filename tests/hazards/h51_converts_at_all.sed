# src/memory/shared.c
# SPDX-License-Identifier: MPL-2.0
s/error = dma_convert_share(paddr, run_pages);/error = 0;/
