# src/memory/owed.c
# SPDX-License-Identifier: MPL-2.0
/^size_t dma_unshare/,/^}/s/ || done >= npages)/ || true)/
