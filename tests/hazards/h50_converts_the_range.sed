# src/stream/view.c
# SPDX-License-Identifier: MPL-2.0
s/dma_host_share(frames->paddr, frames->npages, &shared)/dma_host_share(frames->paddr, frames->npages + 1, \&shared)/
