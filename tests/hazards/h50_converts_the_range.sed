# src/stream/view.c
# SPDX-License-Identifier: MPL-2.0
s/dma_host_share(view->paddr, view->npages, &shared)/dma_host_share(view->paddr, view->npages + 1, \&shared)/
