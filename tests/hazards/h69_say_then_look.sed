# include/dmastream/barrier.h
# SPDX-License-Identifier: MPL-2.0
s/dma_arch_barrier();/dma_arch_publish(), dma_arch_consume();/
