# src/stream/stream.c
# SPDX-License-Identifier: MPL-2.0
/if (place & DMA_PLACE_MAINTAIN)/{N;d;}
