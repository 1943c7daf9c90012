# include/dmastream/stream_access.h
# SPDX-License-Identifier: MPL-2.0
s/dma_access_once(off, nbytes)/dma_access_once(0, nbytes)/
