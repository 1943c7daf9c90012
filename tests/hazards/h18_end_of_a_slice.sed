# src/stream/slice.c
# SPDX-License-Identifier: MPL-2.0
s/\.to_device_end = s->to_device_end ? len + 1 : 0,/.to_device_end = s->to_device_end,/
s/\.nbytes = len,/.nbytes = dma_stream_size(s) - off,/
