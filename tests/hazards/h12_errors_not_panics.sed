# src/memory/shared.c
# SPDX-License-Identifier: MPL-2.0
s/error = dma_host_kva_map(.*)/& \& 0/
