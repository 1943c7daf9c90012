# src/memory/segment.c
# SPDX-License-Identifier: MPL-2.0
/^int dma_segment_borrow/,/^}/{/dma_is_ram/,/EFAULT/d;}
