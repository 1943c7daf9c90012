# src/stream/access.c
# SPDX-License-Identifier: MPL-2.0
s/dma_access_to_device(dma_stream_place(s), s->cpu + off, device_view(s) + off, len)/dma_access_to_device(dma_stream_place(s), s->cpu + off, device_view(s), len)/
