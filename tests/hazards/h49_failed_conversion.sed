# src/memory/hold.c
# SPDX-License-Identifier: MPL-2.0
/if (dma_host_unshare(hold->paddr/,/^	}/{/if (dma_host_unshare/s/.*/	(void)dma_host_unshare(hold->paddr, hold->npages, \&done);done = hold->npages;{/;/count/d;}
