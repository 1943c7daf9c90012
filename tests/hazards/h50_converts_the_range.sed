# src/memory/convert.c
# SPDX-License-Identifier: MPL-2.0
s/dma_host_share(paddr, npages, &done)/dma_host_share(paddr, npages + 1, \&done)/
