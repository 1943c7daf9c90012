# src/stream/view.c
# SPDX-License-Identifier: MPL-2.0
s/uncertain = error != DMA_ENOMEM;/uncertain = 0;/
