# src/memory/convert.c
# SPDX-License-Identifier: MPL-2.0
/^void dma_convert_give_back/,/^}/s/ || done >= npages)/ || true)/
